import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '#lundong/config.js';
import { isUnderRiskWarning } from '#lundong/domain/stock.js';
import type { ImportReport } from '#lundong/lake/import/import-report.js';
import type { ImportRequest } from '#lundong/lake/import/import-request.js';
import type { Market } from '#lundong/lake/market.js';
import { Workspace } from '#lundong/workspace.js';
import { openTestWorkspace, type TestWorkspace } from '../support/database.js';
import { duckdbRun, refusal, runImport, writeTable } from '../support/import-helpers.js';

let opened: TestWorkspace;
beforeEach(async () => {
  opened = await openTestWorkspace();
});
afterEach(() => opened.close());

const load = (
  dataset: ImportRequest['dataset'],
  lines: readonly string[],
  options: Partial<ImportRequest> = {},
): Promise<ImportReport> =>
  runImport(opened.workspace, dataset, writeTable(opened.directory, `${dataset}.csv`, lines), options);
const market = async (): Promise<Market> => (await opened.workspace.markets()).current();

describe('funds', () => {
  const etfs = async (): Promise<string[]> =>
    [...(await market()).etfs.values()].map(
      ({ code, name, manager, indexCode, listDate, category, outside, themes }) =>
        `${code} ${name} ${manager ?? '-'} ${indexCode ?? '-'} ${listDate ?? '-'} ${category ?? outside ?? '?'} ${themes.map(({ key }) => key).join()}`,
    );

  it('of Tushare’s etf_basic come with manager, index and listing date, in order of their codes', async () => {
    const report = await load('etfs', [
      'ts_code,csname,extname,cname,index_code,index_name,setup_date,list_date,exchange,mgr_name,mgt_fee,etf_type',
      '560660.SH,云50,云50ETF,全称,931469.CSI,中证云计算50,20230101,20230131,SH,甲基金,0.5,纯境内',
      '159915.SZ,创业板,创业板ETF乙,全称,399006.SZ,创业板指数,,20111209,SZ,乙基金,0.15,纯境内',
    ]);
    expect(report).toMatchObject({ rowsRead: 2, rowsNew: 2, rowsChanged: 0, remarks: [], dataVersion: 1 });
    expect(await etfs()).toEqual([
      '159915.SZ 创业板ETF乙 乙基金 399006.SZ 2011-12-09 broad index or style ',
      '560660.SH 云50ETF 甲基金 931469.CSI 2023-01-31 TMT ai-computing,cloud-computing',
    ]);
  });

  it('of fund_basic come without the funds that are no listed ETFs, which are counted', async () => {
    const report = await load('etfs', [
      'ts_code,name,management,list_date,benchmark',
      '110022.OF,某混合,甲基金,,某指数',
      '161725.SZ,白酒LOF,甲基金,20150618,某指数',
      '512690.SH,酒ETF,甲基金,20190506,中证酒指数收益率',
    ]);
    expect(report).toMatchObject({
      rowsRead: 3,
      rowsNew: 1,
      remarks: ['2 rows of funds that are no listed ETFs: left out'],
    });
    expect(await etfs()).toEqual(['512690.SH 酒ETF 甲基金 - 2019-05-06 消费 liquor']);
    expect((await market()).etfs.get('512690.SH')?.indexName).toBe('中证酒指数收益率');
  });

  it('that were delisted have the date, which a later listing undoes, and of a status without it a remark', async () => {
    const header = 'ts_code,name,list_date,delist_date,status';
    const list = [
      header,
      '512690.SH,酒ETF,20190506,20240105,D',
      '512691.SH,茶酒ETF,20190506,,D',
      '512692.SH,新酒ETF,,,I',
      '512693.SH,老酒ETF,20190506,,L',
    ];
    expect(await load('etfs', list)).toMatchObject({
      rowsNew: 4,
      remarks: [
        '2 funds are not listed by their status, but of no date: taken as listed, 512691.SH 茶酒ETF, 512692.SH 新酒ETF',
      ],
    });
    const delisted = async () => [...(await market()).etfs.values()].map(({ delistDate }) => delistDate);
    expect(await delisted()).toEqual(['2024-01-05', null, null, null]);
    expect(await load('etfs', ['code,name', '512690,酒ETF'])).toMatchObject({ rowsUnchanged: 1 });
    expect(await load('etfs', ['code,name,list_date', '512690,酒ETF,2025-03-03'])).toMatchObject({ rowsChanged: 1 });
    expect(await delisted()).toEqual([null, null, null, null]);
    const { message } = await refusal(
      load('etfs', ['code,name,delist_date', '512690,酒ETF,2025-03-03', '512691,茶酒ETF,later']),
    );
    expect(message.split('\n').slice(1)).toEqual([
      '  etfs.csv, line 2, column delist_date: "2025-03-03" is not after the listing on 2025-03-03',
      '  etfs.csv, line 3, column delist_date: "later" is no date; write it as YYYY-MM-DD or YYYYMMDD',
    ]);
  });

  it('of names that no rule knows are named in the report, and sorted nowhere', async () => {
    const { remarks } = await load('etfs', [
      'code,name,category',
      '512690,酒ETF,',
      '512001,某某ETF,',
      '512002,某,红利',
    ]);
    expect(remarks).toEqual(['1 funds have names that no ETF rule knows, and no category: 512001.SH 某某ETF']);
    expect(await etfs()).toContain('512001.SH 某某ETF - - - ? ');
    const many = Array.from({ length: 25 }, (_, fund) => `${512_100 + fund},某${fund},`);
    const report = await load('etfs', ['code,name,category', ...many]);
    expect(report.remarks[0]).toMatch(/^25 funds have .*: 512100\.SH 某0, .*512119\.SH 某19, and 5 more$/);
  });

  it('keep what a later file does not tell, take its name, and the same file changes nothing', async () => {
    await load('etfs', ['code,name,manager,category,themes', '512690,酒ETF,甲基金,农林牧渔,crops|liquor']);
    const names = ['date,code,name', '2026-08-13,512690,酒ETF新', '2026-08-12,512690,酒ETF旧'];
    expect(await load('etfs', names)).toMatchObject({ rowsRead: 2, rowsNew: 0, rowsChanged: 1, dataVersion: 2 });
    expect(await etfs()).toEqual(['512690.SH 酒ETF新 甲基金 - - 农林牧渔 liquor,crops']);
    expect(await load('etfs', names)).toMatchObject({ rowsNew: 0, rowsChanged: 0, rowsUnchanged: 1, dataVersion: 2 });
  });

  it('are refused with every kind of fault, all or nothing', async () => {
    const lines = [
      'code,name,list_date,category,themes',
      '600519,酒,,,',
      '512690,,,,',
      '512691,酒ETF,2019-13-01,,',
      '512692,酒ETF,,酒类,',
      '512693,酒ETF,,,liquor|wine',
      '512694,酒ETF,,,',
    ];
    const { message } = await refusal(load('etfs', lines));
    expect(message.split('\n').slice(1)).toEqual([
      '  etfs.csv, line 2, column code: "600519" is no code of an ETF; write it like 510300.SH, or six digits',
      '  etfs.csv, line 3, column name: "" is empty',
      '  etfs.csv, line 4, column list_date: "2019-13-01" is no date; write it as YYYY-MM-DD or YYYYMMDD',
      expect.stringMatching(/^ {2}etfs.csv, line 5, column category: "酒类" is none of 医药生科, .*军工$/),
      '  etfs.csv, line 6, column themes: "wine" is no key of a theme in the rules file',
    ]);
    expect((await market()).etfs.size).toBe(0);
    expect(await load('etfs', lines, { quarantine: true })).toMatchObject({ rowsNew: 1, rowsQuarantined: 5 });
  });

  it('with texts that cannot be kept are bad rows', async () => {
    const path = join(opened.directory, 'etfs.parquet');
    await duckdbRun(
      opened.directory,
      `COPY (FROM (VALUES
         ('512690', 'a' || chr(0), '', '', ''),
         ('512691', '酒ETF', chr(0), '', ''),
         ('512692', '酒ETF', '', chr(27) || '[2J', ''),
         ('512693', '酒ETF', '', '', repeat('指', 501)),
         ('512694', '酒ETF', '', '', repeat('指', 500))
       ) etf (code, name, manager, index_code, index_name)) TO '${path}' (FORMAT parquet)`,
    );
    const { message } = await refusal(runImport(opened.workspace, 'etfs', path));
    expect(message.split('\n').slice(1)).toEqual([
      '  etfs.parquet, line 2, column name: "a\\u0000" holds a control character',
      '  etfs.parquet, line 3, column manager: "\\u0000" holds a control character',
      '  etfs.parquet, line 4, column index_code: "\\u001b[2J" holds a control character',
      `  etfs.parquet, line 5, column index_name: "${'指'.repeat(60)}" is longer than 500 characters`,
    ]);
    expect(await runImport(opened.workspace, 'etfs', path, { quarantine: true })).toMatchObject({ rowsNew: 1 });
  });

  it('that are told twice are joined where the rows agree, and bad rows where they do not', async () => {
    const joined = ['code,name,manager,list_date', '512690,酒ETF,甲基金,', '512690.SH,酒ETF,,2019-05-06'];
    expect(await load('etfs', joined)).toMatchObject({ rowsRead: 2, rowsNew: 1 });
    expect(await etfs()).toEqual(['512690.SH 酒ETF 甲基金 - 2019-05-06 消费 liquor']);
    const torn = ['code,name,themes', '512690,酒ETF,liquor', '512690,白酒ETF,', '512690,酒ETF,crops'];
    const { message } = await refusal(load('etfs', torn));
    expect(message.split('\n').slice(1)).toEqual([
      '  etfs.csv, line 3, column name: "白酒ETF" contradicts another row of the same fund',
      '  etfs.csv, line 4, column themes: "crops" contradicts another row of the same fund',
    ]);
  });

  it.each([
    ['etfs', 'code,ts_code,name', '512690,512691.SH,酒ETF'],
    ['stocks', 'code,ts_code,name', '600001,600002.SH,甲'],
    ['members', 'stock,con_code,index_code,in_date,out_date', '600001,600002.SH,CI005001,2020-01-02,'],
  ] as const)('and other lists (%s) are refused where a row has two codes', async (dataset, header, row) => {
    const { message } = await refusal(load(dataset, [header, row]));
    const [column, other] = header.split(',');
    expect(message.split('\n').slice(1)).toEqual([
      `  ${dataset}.csv, line 2, column ${other}: "${row.split(',')[1]}" is another code than that in the column ${column}; leave the wrong column out`,
    ]);
  });

  it('are refused where the header has a column twice', async () => {
    const error = await refusal(load('etfs', ['code,name,NAME', '512690,酒ETF,茶ETF']));
    expect(error.code).toBe('FILE_UNREADABLE');
    expect(error.message).toBe('etfs.csv: the column name stands twice in its header; leave one of them in.');
    expect(await load('etfs', ['code,name,,', '512690,酒ETF,,'])).toMatchObject({ rowsNew: 1 });
  });

  it('are counted by the status', async () => {
    await load('etfs', ['code,name', '512690,酒ETF']);
    const status = (await (await market()).status()).find(({ name }) => name === 'etfs');
    expect(status).toMatchObject({ rows: 1, codes: 1, from: null, to: null, importedAt: expect.any(Date) });
  });

  it('are sorted anew, without an import, by another rules file', async () => {
    await load('etfs', ['code,name', '512690,酒ETF']);
    const path = join(opened.directory, 'rules.json');
    const rules = { categories: ['甲类'], categoryRules: [{ category: '甲类', words: ['酒'] }], themes: [] };
    writeFileSync(path, JSON.stringify(rules));
    const other = await Workspace.open(readConfig({ ...opened.environment, ETF_RULES_FILE: path }));
    try {
      const { etfs: sorted, etfRules } = (await other.markets()).current();
      expect(sorted.get('512690.SH')).toMatchObject({ category: '甲类', themes: [] });
      expect(etfRules.categories).toEqual(['甲类']);
    } finally {
      await other.close();
    }
  });

  it('need rules that can be read', async () => {
    const missing = join(opened.directory, 'missing.json');
    const error = await refusal(Workspace.open(readConfig({ ...opened.environment, ETF_RULES_FILE: missing })));
    expect(error.code).toBe('INVALID_CONFIG');
    expect(error.message).toContain(`The ETF rules ${missing} cannot be read: ENOENT. Set ETF_RULES_FILE`);
    writeFileSync(missing, '{');
    const invalid = await refusal(Workspace.open(readConfig({ ...opened.environment, ETF_RULES_FILE: missing })));
    expect(invalid.message).toContain('it is not JSON');
  });
});

describe('stocks', () => {
  const LIST = ['ts_code,symbol,name,area,industry,market,list_date', '600001.SH,600001,ST甲,北京,银行,主板,20010827'];
  const NAMES = [
    'ts_code,name,start_date,end_date,ann_date,change_reason',
    '600001.SH,ST甲,20250506,,20250430,ST',
    '600001.SH,甲,20010827,20250505,,其他',
    '300001.SZ,乙,20100101,,,其他',
  ];

  it('have names, listing dates and boards from a list, stays under a warning from names', async () => {
    expect(await load('stocks', LIST)).toMatchObject({ rowsRead: 1, rowsNew: 1 });
    expect(await load('stocks', NAMES)).toMatchObject({ rowsRead: 3, rowsNew: 1, rowsChanged: 1, dataVersion: 2 });
    const { stocks } = await market();
    expect([...stocks.values()]).toEqual([
      { code: '300001.SZ', name: '乙', listDate: null, board: 'CHINEXT', riskWarnings: [] },
      {
        code: '600001.SH',
        name: 'ST甲',
        listDate: '2001-08-27',
        board: 'MAIN',
        riskWarnings: [{ from: '2025-05-06', until: null }],
      },
    ]);
    const stock = stocks.get('600001.SH');
    expect(stock && isUnderRiskWarning(stock, '2025-05-05' as never)).toBe(false);
    expect(stock && isUnderRiskWarning(stock, '2025-05-06' as never)).toBe(true);
    for (const lines of [LIST, NAMES])
      expect(await load('stocks', lines)).toMatchObject({ rowsNew: 0, rowsChanged: 0, dataVersion: 2 });
  });

  it('have their stays replaced by a newer history of names, and left alone by a list', async () => {
    await load('stocks', NAMES);
    await load('stocks', ['code,name,list_date', '600001,甲,20010828']);
    expect((await market()).stocks.get('600001.SH')?.riskWarnings).toEqual([{ from: '2025-05-06', until: null }]);
    await load('stocks', ['code,name,start_date,end_date', '600001,ST甲,2025-05-06,2025-11-03']);
    expect((await market()).stocks.get('600001.SH')).toMatchObject({
      name: '甲',
      listDate: '2001-08-28',
      riskWarnings: [{ from: '2025-05-06', until: '2025-11-04' }],
    });
  });

  it('are refused with every kind of fault', async () => {
    const list = await refusal(load('stocks', ['code,name,list_date', '510300,甲,', '600001,,', '600002,乙,soon']));
    expect(list.message.split('\n').slice(1)).toEqual([
      '  stocks.csv, line 2, column code: "510300" is no stock code; write it like 600519.SH, or six digits',
      '  stocks.csv, line 3, column name: "" is empty',
      '  stocks.csv, line 4, column list_date: "soon" is no date; write it as YYYY-MM-DD or YYYYMMDD',
    ]);
    const names = await refusal(
      load('stocks', [
        'code,name,start_date,end_date',
        '600001,甲,,2024-01-02',
        '600001,甲,2024-01-02,later',
        '600001,甲,2024-01-02,2024-01-01',
      ]),
    );
    expect(names.message.split('\n').slice(1)).toEqual([
      '  stocks.csv, line 2, column start_date: "" is no date; write it as YYYY-MM-DD or YYYYMMDD',
      '  stocks.csv, line 3, column end_date: "later" is no date; write it as YYYY-MM-DD or YYYYMMDD',
      '  stocks.csv, line 4, column end_date: "2024-01-01" lies before start_date 2024-01-02',
    ]);
  });

  it('with texts that cannot be kept, or that contradict each other, are bad rows', async () => {
    const list = ['code,name,list_date', '600001,甲,', '600001,甲,2001-08-27', '600001,甲,2001-08-28', '600001,乙,'];
    expect((await refusal(load('stocks', [...list, '600002,\u001b[31m丙,']))).message.split('\n').slice(1)).toEqual([
      '  stocks.csv, line 4, column list_date: "2001-08-28" contradicts another row of the same stock',
      '  stocks.csv, line 5, column name: "乙" contradicts another row of the same stock',
      '  stocks.csv, line 6, column name: "\\u001b[31m丙" holds a control character',
    ]);
    const names = ['code,name,start_date,end_date', '600001,ST甲,2025-05-06,', '600001,ST甲,2025-05-06,2025-11-03'];
    const torn = await refusal(load('stocks', [...names, '600001,甲,2025-05-06,']));
    expect(torn.message.split('\n').slice(1)).toEqual([
      '  stocks.csv, line 4, column name: "甲" contradicts another row of the same stock from the same date',
    ]);
    expect(await load('stocks', names)).toMatchObject({ rowsRead: 2, rowsNew: 1 });
  });
});

it('the migration goes down with all that came by it, and up again', async () => {
  await load('etfs', ['code,name', '512690,酒ETF']);
  await load('stocks', ['code,name,start_date,end_date', '600001,ST甲,2025-05-06,']);
  await load('etf_share', ['code,date,shares', '512690,2024-01-02,100']);
  await load('stock_daily', ['code,date,close', '600001,2024-01-02,1']);
  const { dataSource, manager } = opened.workspace.store;
  const runner = dataSource.createQueryRunner();
  // What a later migration adds to the table goes with it, and has to come again.
  const migrations = ['EtfsAndStocks', 'EtfDelistDate'].map((name) =>
    dataSource.migrations.find((one) => one.name?.startsWith(name)),
  );
  try {
    for (const migration of migrations.toReversed()) await migration?.down(runner);
    expect(await manager.query('SELECT dataset FROM price_series')).toEqual([{ dataset: 'stock_daily' }]);
    expect(await manager.query('SELECT dataset FROM import_log')).toEqual([{ dataset: 'stock_daily' }]);
    expect(await manager.query("SELECT to_regclass('etf') AS etf, to_regclass('stock') AS stock")).toEqual([
      { etf: null, stock: null },
    ]);
    for (const migration of migrations) await migration?.up(runner);
  } finally {
    await runner.release();
  }
  expect(await load('etfs', ['code,name', '512690,酒ETF'])).toMatchObject({ rowsNew: 1 });
});
