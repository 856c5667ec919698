import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LocalDate } from '#lundong/domain/local-date.js';
import { literal } from '#lundong/lake/duckdb.js';
import type { ImportReport } from '#lundong/lake/import/import-report.js';
import type { ImportRequest } from '#lundong/lake/import/import-request.js';
import { openTestWorkspace, type TestWorkspace } from '../support/database.js';
import { duckdbRun, refusal, runImport, writeTable } from '../support/import-helpers.js';

let opened: TestWorkspace;
beforeEach(async () => {
  opened = await openTestWorkspace();
});
afterEach(() => opened.close());

const file = (name: string, content: string | Buffer | readonly string[]): string =>
  writeTable(opened.directory, name, content);

type Options = Partial<ImportRequest>;
const load = (
  dataset: ImportRequest['dataset'],
  paths: string | string[],
  options: Options = {},
): Promise<ImportReport> => runImport(opened.workspace, dataset, paths, options);
const query = (sql: string): Promise<Record<string, unknown>[]> => opened.workspace.store.manager.query(sql);

const tradingDays = async (): Promise<unknown[]> =>
  (await query('SELECT date FROM trading_day ORDER BY date')).map((row) => row.date);

/** `industry stock from–to, known, weight, name`, in order. */
const memberships = async (): Promise<string[]> =>
  (await query('SELECT * FROM membership ORDER BY industry_code, stock_code, in_date')).map(
    (row) =>
      `${row.industry_code} ${row.stock_code} ${row.in_date}–${row.out_date ?? ''} known ${row.known_on} ${row.weight ?? '-'} ${row.stock_name ?? '-'}`,
  );

/** The second import of the same changes nothing at all. */
async function expectNoChange(again: Promise<ImportReport>, version: number): Promise<void> {
  expect(await again).toMatchObject({ rowsNew: 0, rowsChanged: 0, datesTouched: 0, dataVersion: version });
}

describe('calendar', () => {
  it.each([
    ['dates', 'a.csv', 'date\n2024-01-02\n2024-01-03\n2024-01-04\n'],
    [
      'Tushare',
      'b.csv.gz',
      gzipSync('exchange,cal_date,is_open\nSSE,20240101,0\nSSE,20240102,1\nSSE,20240103,1\nSSE,20240104,1\n'),
    ],
    [
      'any order, twice, CRLF, byte order mark',
      'c.csv',
      '\uFEFFdate\r\n2024-01-04\r\n\r\n2024-01-02\r\n2024-01-03\r\n2024-01-02',
    ],
    [
      'moments at midnight',
      'd.tsv',
      'trade_date\tis_open\n2024-01-02 00:00:00\ttrue\n2024-01-03 00:00:00\tTrue\n2024-01-04 00:00:00\t1\n2024-01-05 00:00:00\tFalse\n',
    ],
  ])('%s', async (_, name, content) => {
    const path = file(name, content);
    expect(await load('calendar', path)).toMatchObject({
      rowsNew: 3,
      rowsChanged: 0,
      datesTouched: 3,
      firstDate: '2024-01-02',
      lastDate: '2024-01-04',
      dataVersion: 1,
    });
    expect(await tradingDays()).toEqual(['2024-01-02', '2024-01-03', '2024-01-04']);
    await expectNoChange(load('calendar', path), 1);
  });

  it('Parquet with a DATE column', async () => {
    const path = file('calendar.parquet', '');
    await duckdbRun(
      opened.workspace.config.directories.temporary,
      `COPY (SELECT unnest([DATE '2024-01-02', DATE '2024-01-03']) AS date) TO ${literal(path)} (FORMAT parquet)`,
    );
    expect(await load('calendar', path)).toMatchObject({ rowsRead: 2, rowsNew: 2 });
    expect(await tradingDays()).toEqual(['2024-01-02', '2024-01-03']);
  });

  it('is the truth between its first and last day, and adds to what is known outside', async () => {
    await load(
      'calendar',
      file('first.csv', ['date', '2024-01-02', '2024-01-03', '2024-01-04', '2024-01-05', '2024-01-08']),
    );
    const report = await load(
      'calendar',
      file('second.csv', ['date', '2024-01-03', '2024-01-05', '2024-01-09', '2024-01-10']),
    );
    expect(report).toMatchObject({
      rowsNew: 2,
      rowsChanged: 2,
      rowsUnchanged: 2,
      datesTouched: 4,
      firstDate: '2024-01-04',
      lastDate: '2024-01-10',
    });
    expect(await tradingDays()).toEqual(['2024-01-02', '2024-01-03', '2024-01-05', '2024-01-09', '2024-01-10']);
  });

  it('years loaded with a year between them leave that year alone', async () => {
    const march = (year: number): string =>
      file(`${year}.csv`, ['date', `${year}-03-11`, `${year}-03-12`, `${year}-03-13`]);
    await load('calendar', march(2025));
    await load('calendar', file('around.csv', ['date', '2024-03-11', '2024-03-12', '2026-03-11', '2026-03-12']));
    expect(await tradingDays()).toEqual([
      '2024-03-11',
      '2024-03-12',
      '2025-03-11',
      '2025-03-12',
      '2025-03-13',
      '2026-03-11',
      '2026-03-12',
    ]);
    expect(await load('stock_daily', file('p.csv', ['date,600519', '2025-06-12,1']))).toMatchObject({ rowsNew: 1 });
  });

  it('is refused where it closes a day for which prices are held, loaded or taken from the holiday list', async () => {
    await load('calendar', file('c.csv', ['date', '2024-01-02', '2024-01-03', '2024-01-04']));
    await load('stock_daily', file('p.csv', ['date,600519', '2024-01-03,1', '2024-01-09,1']));
    for (const [days, held] of [
      [['2024-01-02', '2024-01-04'], '2024-01-03'],
      [['2024-01-08', '2024-01-10'], '2024-01-09'],
      [['2024-01-02', '2024-01-10'], '2024-01-03, 2024-01-09'],
    ] as const) {
      const error = await refusal(load('calendar', file('closes.csv', ['date', ...days])));
      expect(error).toMatchObject({ code: 'IMPORT_REJECTED', details: { days: held.split(', ') } });
      expect(error.message).toContain(`takes for closed: ${held}; nothing was imported. Name these days in the file`);
    }
    expect(await tradingDays()).toEqual(['2024-01-02', '2024-01-03', '2024-01-04']);
    const without = file('without.csv', ['date', '2024-01-03', '2024-01-09']);
    expect(await load('calendar', without)).toMatchObject({ rowsNew: 1, rowsChanged: 1 });
  });

  it('decides which dates prices may have', async () => {
    await load('calendar', file('calendar.csv', ['date', '2024-01-02', '2024-01-04']));
    const error = await refusal(
      load('stock_daily', file('p.csv', ['date,600519', '2024-01-02,1', '2024-01-03,1', '2024-01-04,1'])),
    );
    expect(error.details).toMatchObject({ count: 1, rows: [{ line: 3, column: 'date', value: '2024-01-03' }] });
  });

  it('refuses bad dates and weekends by file and line', async () => {
    const path = file('bad.csv', ['date', '2024-01-02', '', '2024-13-01', '2024-01-06', 'tomorrow']);
    const bad = [
      {
        file: 'bad.csv',
        line: 4,
        column: 'date',
        value: '2024-13-01',
        reason: 'is no date; write it as YYYY-MM-DD or YYYYMMDD',
      },
      {
        file: 'bad.csv',
        line: 5,
        column: 'date',
        value: '2024-01-06',
        reason: 'is a weekend; the exchanges never open then',
      },
      {
        file: 'bad.csv',
        line: 6,
        column: 'date',
        value: 'tomorrow',
        reason: 'is no date; write it as YYYY-MM-DD or YYYYMMDD',
      },
    ];
    const error = await refusal(load('calendar', path));
    expect(error).toMatchObject({ code: 'IMPORT_REJECTED', details: { count: 3, rows: bad } });
    expect(await tradingDays()).toEqual([]);
    const report = await load('calendar', path, { quarantine: true });
    expect(report).toMatchObject({ rowsRead: 4, rowsNew: 1, rowsQuarantined: 3 });
    expect(parse(readFileSync(report.quarantineFile as string), { columns: true })).toEqual(
      bad.map((row) => ({ ...row, line: String(row.line) })),
    );
  });

  it('refuses a header without a date', async () => {
    const error = await refusal(load('calendar', file('bad.csv', ['day', '2024-01-02'])));
    expect(error).toMatchObject({
      code: 'FILE_UNREADABLE',
      message: expect.stringContaining('date or cal_date or trade_date'),
    });
  });
});

describe('industries', () => {
  it('knows both schemes before anything is imported', async () => {
    expect(await query('SELECT scheme, count(*)::int AS n FROM industry GROUP BY scheme ORDER BY scheme')).toEqual([
      { scheme: 'CITIC_L1', n: 30 },
      { scheme: 'SW_L1', n: 31 },
    ]);
  });

  it('renames, adds and leaves alone; without an English name the known one stays', async () => {
    const path = file('industries.csv', [
      'code,name,name_en',
      'CI005001.CI,石油与石化,',
      'CI005002,煤炭,Coal',
      '801999.SI,新行业,',
      'CI005003,有色金属,"Metals, Non-Ferrous"',
    ]);
    expect(await load('industries', path)).toMatchObject({
      rowsRead: 4,
      rowsNew: 1,
      rowsChanged: 2,
      rowsUnchanged: 1,
      dataVersion: 1,
    });
    expect(
      await query(`SELECT * FROM industry WHERE code IN ('CI005001', 'CI005002', 'CI005003', '801999') ORDER BY code`),
    ).toEqual([
      { code: '801999', scheme: 'SW_L1', name_zh: '新行业', name_en: '新行业' },
      { code: 'CI005001', scheme: 'CITIC_L1', name_zh: '石油与石化', name_en: 'Petroleum & Petrochemicals' },
      { code: 'CI005002', scheme: 'CITIC_L1', name_zh: '煤炭', name_en: 'Coal' },
      { code: 'CI005003', scheme: 'CITIC_L1', name_zh: '有色金属', name_en: 'Metals, Non-Ferrous' },
    ]);
    await expectNoChange(load('industries', path), 1);
  });

  it('refuses bad rows, all or nothing', async () => {
    const path = file('bad.csv', ['code,name', '801999,新', 'CI5001,旧', 'CI005001,']);
    const error = await refusal(load('industries', path));
    expect(error.details).toEqual({
      count: 2,
      rows: [
        {
          file: 'bad.csv',
          line: 3,
          column: 'code',
          value: 'CI5001',
          reason: 'is no first-level industry code; write it like CI005001 or 801010',
        },
        { file: 'bad.csv', line: 4, column: 'name_zh', value: '', reason: 'is empty' },
      ],
    });
    expect(await query(`SELECT 1 FROM industry WHERE code = '801999'`)).toEqual([]);
  });

  it('with a NUL in a name of a Parquet file are bad rows', async () => {
    const path = file('industries.parquet', '');
    await duckdbRun(
      opened.directory,
      `COPY (SELECT unnest(['801998', '801999', '801997']) AS code, unnest(['甲' || chr(0), '乙', '丙']) AS name_zh,
         unnest(['A', 'B' || chr(0), 'C']) AS name_en) TO ${literal(path)} (FORMAT parquet)`,
    );
    const bad = { file: 'industries.parquet', reason: 'holds a control character' };
    expect((await refusal(load('industries', path))).details.rows).toEqual([
      { ...bad, line: 2, column: 'name_zh', value: '甲\0' },
      { ...bad, line: 3, column: 'name_en', value: 'B\0' },
    ]);
    expect(await load('industries', path, { quarantine: true })).toMatchObject({ rowsNew: 1, rowsQuarantined: 2 });
    for (const date of ['in_date', 'as_of']) {
      const members = file(`${date}.parquet`, '');
      await duckdbRun(
        opened.directory,
        `COPY (SELECT '801997' AS industry_code, unnest(['600000', '600519']) AS stock, '2024-01-02' AS ${date},
           unnest(['茅' || chr(0), '台']) AS name) TO ${literal(members)} (FORMAT parquet)`,
      );
      expect((await refusal(load('members', members))).details.rows).toEqual([
        { file: `${date}.parquet`, line: 2, column: 'stock_name', value: '茅\0', reason: 'holds a control character' },
      ]);
      expect(await load('members', members, { quarantine: true })).toMatchObject({ rowsQuarantined: 1 });
    }
    expect(await memberships()).toEqual([expect.stringMatching(/^801997 600519.SH 2024-01-02– .* 台$/)]);
  });

  it.each([
    ['rows with a cell more than the header', 'x.csv', 'code,name\nCI005001,石油,石化\nCI005002,煤,炭\n', /line 2/],
    ['a row with a cell too few', 'x.csv', 'code,name,name_en\nCI005001,石油,Oil\n\nCI005002,煤\n', /line 4/],
    ['a quote that does not end', 'x.csv', 'code,name\nCI005001,"石油\n', /quote/i],
    [
      'names in GBK',
      'x.csv',
      Buffer.concat([Buffer.from('code,name\nCI005001,'), Buffer.from([0xca, 0xaf, 0xd3, 0xcd]), Buffer.from('\n')]),
      /UTF-8/,
    ],
    ['a broken gzip', 'x.csv.gz', gzipSync('code,name\nCI005001,石油\n').subarray(0, 30), /end of file/],
  ])('refuses a file with %s', async (_, name, content, message) => {
    const error = await refusal(load('industries', file(name, content)));
    expect(error.code).toBe('FILE_UNREADABLE');
    expect(error.message).toContain(name);
    expect(error.message).toMatch(message);
  });
});

describe('members: snapshots', () => {
  const HEADER = 'industry_code,industry,stock,stock_name,weight,as_of';
  const snapshot = (date: string, ...members: string[]): string =>
    file(`${date}.csv`, [HEADER, ...members.map((member) => `CI005021.CI,银行,${member},${date}`)]);
  const january = (): string => snapshot('2024-01-31', '600036.SH,招商银行,60', '000001.SZ,平安银行,40');
  const february = (): string => snapshot('2024-02-29', '600036.SH,招商银行,55.5', '601398.SH,工商银行,44.5');
  const march = (): string => snapshot('2024-03-29', '600036.SH,招商银行,100');
  const AFTER_ALL = [
    'CI005021 000001.SZ 2024-01-31–2024-02-29 known 2024-01-31 0.4 平安银行',
    'CI005021 600036.SH 2024-01-31–2024-02-29 known 2024-01-31 0.6 招商银行',
    'CI005021 600036.SH 2024-02-29–2024-03-29 known 2024-02-29 0.555 招商银行',
    'CI005021 600036.SH 2024-03-29– known 2024-03-29 1 招商银行',
    'CI005021 601398.SH 2024-02-29–2024-03-29 known 2024-02-29 0.445 工商银行',
  ];

  it.each([[[0, 1, 2]], [[2, 1, 0]], [[1, 2, 0]], [[1, 0, 2]]])('one by one in the order %j', async (order) => {
    const paths = [january(), february(), march()];
    for (const index of order) await load('members', paths[index] as string);
    expect(await memberships()).toEqual(AFTER_ALL);
    for (const path of paths) await expectNoChange(load('members', path), 3);
  });

  it('all at once', async () => {
    expect(await load('members', [march(), january(), february()])).toMatchObject({
      rowsRead: 5,
      rowsNew: 5,
      dataVersion: 1,
    });
    expect(await memberships()).toEqual(AFTER_ALL);
  });

  it('a corrected snapshot takes the place of the first, nothing else', async () => {
    await load('members', [january(), february(), march()]);
    const corrected = snapshot('2024-02-29', '600036.SH,招商银行,50', '601288.SH,农业银行,50');
    expect(await load('members', corrected)).toMatchObject({
      rowsNew: 1,
      rowsChanged: 2,
      rowsUnchanged: 3,
      firstDate: '2024-02-29',
    });
    expect(await memberships()).toEqual([
      AFTER_ALL[0],
      AFTER_ALL[1],
      'CI005021 600036.SH 2024-02-29–2024-03-29 known 2024-02-29 0.5 招商银行',
      AFTER_ALL[3],
      'CI005021 601288.SH 2024-02-29–2024-03-29 known 2024-02-29 0.5 农业银行',
    ]);
  });

  it('leaves other industries alone', async () => {
    await load('members', january());
    await load('members', file('steel.csv', [HEADER, 'CI005005,钢铁,600019,宝钢股份,100,20240229']));
    expect(await memberships()).toEqual([
      'CI005005 600019.SH 2024-02-29– known 2024-02-29 1 宝钢股份',
      'CI005021 000001.SZ 2024-01-31– known 2024-01-31 0.4 平安银行',
      'CI005021 600036.SH 2024-01-31– known 2024-01-31 0.6 招商银行',
    ]);
  });

  it('--valid-from declares a snapshot for the time before it, and says that it is hindsight', async () => {
    const options = { validFrom: '2020-01-01' as LocalDate };
    expect(await load('members', march(), options)).toMatchObject({ rowsRead: 1, rowsNew: 2 });
    expect(await memberships()).toEqual([
      'CI005021 600036.SH 2020-01-01–2024-03-29 known 2024-03-29 1 招商银行',
      'CI005021 600036.SH 2024-03-29– known 2024-03-29 1 招商银行',
    ]);
    await expectNoChange(load('members', march(), options), 1);
    // What was known in its time rules from its date on.
    await load('members', january());
    expect(await memberships()).toEqual([
      'CI005021 000001.SZ 2024-01-31–2024-03-29 known 2024-01-31 0.4 平安银行',
      'CI005021 600036.SH 2020-01-01–2024-01-31 known 2024-03-29 1 招商银行',
      'CI005021 600036.SH 2024-01-31–2024-03-29 known 2024-01-31 0.6 招商银行',
      'CI005021 600036.SH 2024-03-29– known 2024-03-29 1 招商银行',
    ]);
    await expectNoChange(load('members', march(), options), 2);
  });

  it('--valid-from never replaces what was known on that very date', async () => {
    await load('members', january());
    await load('members', march(), { validFrom: '2024-01-31' as LocalDate });
    expect(await memberships()).toEqual([
      'CI005021 000001.SZ 2024-01-31–2024-03-29 known 2024-01-31 0.4 平安银行',
      'CI005021 600036.SH 2024-01-31–2024-03-29 known 2024-01-31 0.6 招商银行',
      'CI005021 600036.SH 2024-03-29– known 2024-03-29 1 招商银行',
    ]);
  });

  it('--valid-from can only reach back, and is only for snapshots', async () => {
    expect(await refusal(load('members', january(), { validFrom: '2024-02-01' as LocalDate }))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message:
        '--valid-from 2024-02-01 is after 2024-01-31, the date of the snapshot in 2024-01-31.csv; it can only reach back.',
    });
    const intervals = file('i.csv', ['l1_code,ts_code,in_date,out_date', '801780.SI,600036.SH,20040101,']);
    expect(await refusal(load('members', intervals, { validFrom: '2003-01-01' as LocalDate }))).toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect(await memberships()).toEqual([]);
  });

  it("takes Tushare's index_weight and snapshots without weights", async () => {
    await load(
      'members',
      file('w.csv', ['index_code,con_code,trade_date,weight', 'CI005021.CI,600036.SH,20240131,12.5']),
    );
    await load('members', file('n.csv', ['industry_code,stock,as_of', 'CI005005,600019,2024-01-31']));
    expect(await memberships()).toEqual([
      'CI005005 600019.SH 2024-01-31– known 2024-01-31 - -',
      'CI005021 600036.SH 2024-01-31– known 2024-01-31 0.125 -',
    ]);
  });

  it('takes "nan", "null" and "-" for no weight and no name, as for prices', async () => {
    const nothing = ['nan', 'NULL', '-', 'N/A'];
    const rows = nothing.map((text, index) => `CI005021.CI,银行,60003${index}.SH,${text},${text},2024-01-31`);
    await load('members', file('n.csv', [HEADER, ...rows]));
    expect(await memberships()).toEqual(
      nothing.map((_, index) => `CI005021 60003${index}.SH 2024-01-31– known 2024-01-31 - -`),
    );
  });

  it('tells every kind of bad row, and sets exactly these aside', async () => {
    const path = file('bad.csv', [
      HEADER,
      'CI005021.CI,银行,600036.SH,招商银行,60,2024-01-31',
      'CI005099.CI,银行,600037.SH,x,1,2024-01-31',
      '银行,银行,600038.SH,x,1,2024-01-31',
      'CI005021.CI,银行,60003,x,1,2024-01-31',
      'CI005021.CI,银行,600039.SH,x,1,2024-02-31',
      'CI005021.CI,银行,600040.SH,x,-1,2024-01-31',
      'CI005021.CI,银行,600041.SH,x,101,2024-01-31',
      'CI005021.CI,银行,600042.SH,x,much,2024-01-31',
      'CI005021.CI,银行,600036,x,1,2024-01-31',
    ]);
    const bad = [
      [3, 'industry_code', 'CI005099.CI', 'is no known industry; import the data set industries first'],
      [4, 'industry_code', '银行', 'is no first-level industry code, like CI005001'],
      [5, 'stock', '60003', 'is no stock code; write it like 600519.SH'],
      [6, 'as_of', '2024-02-31', 'is no date; write it as YYYY-MM-DD'],
      [7, 'weight', '-1', 'is no percentage between 0 and 100'],
      [8, 'weight', '101', 'is no percentage between 0 and 100'],
      [9, 'weight', 'much', 'is no percentage between 0 and 100'],
      [10, 'stock', '600036.SH', 'stands twice in this snapshot'],
    ].map(([line, column, value, reason]) => ({ file: 'bad.csv', line, column, value, reason }));
    const error = await refusal(load('members', path));
    expect(error.details).toEqual({ count: 8, rows: bad });
    expect(await memberships()).toEqual([]);
    const report = await load('members', path, { quarantine: true });
    expect(report).toMatchObject({ rowsRead: 9, rowsNew: 1, rowsQuarantined: 8 });
    expect(parse(readFileSync(report.quarantineFile as string), { columns: true })).toEqual(
      bad.map((row) => ({ ...row, line: String(row.line) })),
    );
    expect(await memberships()).toEqual(['CI005021 600036.SH 2024-01-31– known 2024-01-31 0.6 招商银行']);
  });

  it('refuses a header that lacks a column, naming it', async () => {
    const error = await refusal(load('members', file('m.csv', ['industry_code,weight', 'CI005021,1'])));
    expect(error.code).toBe('FILE_UNREADABLE');
    expect(error.message).toContain('m.csv: its header lacks stock or con_code');
    expect(error.message).toContain('as_of or trade_date');
  });
});

describe('members: intervals', () => {
  const HEADER = 'l1_code,l1_name,ts_code,name,in_date,out_date,is_new';

  it('keeps half-open stays, and is the whole truth about the stocks it names', async () => {
    const path = file('i.csv', [
      HEADER,
      '801780.SI,银行,600036.SH,招商银行,20040101,20210730,N',
      '801780.SI,银行,600036.SH,招商银行,20210730,,Y',
      '801040.SI,钢铁,600019.SH,宝钢股份,20001212,nan,Y',
      '801040.SI,钢铁,600019.SH,宝钢股份,2000-12-12,None,Y',
    ]);
    expect(await load('members', path)).toMatchObject({ rowsRead: 4, rowsNew: 3, rowsQuarantined: 0 });
    const steel = '801040 600019.SH 2000-12-12– known 2000-12-12 - 宝钢股份';
    expect(await memberships()).toEqual([
      steel,
      '801780 600036.SH 2004-01-01–2021-07-30 known 2004-01-01 - 招商银行',
      '801780 600036.SH 2021-07-30– known 2021-07-30 - 招商银行',
    ]);
    await expectNoChange(load('members', path), 1);
    const corrected = file('c.csv', [HEADER, '801780.SI,银行,600036.SH,招商银行,20020409,,Y']);
    expect(await load('members', corrected)).toMatchObject({
      rowsNew: 1,
      rowsChanged: 2,
      rowsUnchanged: 1,
      firstDate: '2002-04-09',
    });
    expect(await memberships()).toEqual([steel, '801780 600036.SH 2002-04-09– known 2002-04-09 - 招商银行']);
  });

  it.each(['9999-12-31', '20991231', '2036-01-01', '-', 'NaT'])('takes out_date %s for "still in"', async (outDate) => {
    await load('members', file('i.csv', [HEADER, `801780.SI,银行,600036.SH,招商银行,20040101,${outDate},Y`]));
    expect(await memberships()).toEqual(['801780 600036.SH 2004-01-01– known 2004-01-01 - 招商银行']);
  });

  it('and snapshots are not mixed in one industry; stays that name every stock take the place of snapshots', async () => {
    const snapshot = file('s.csv', [
      'industry_code,stock,weight,as_of',
      'CI005021,600036,60,2024-01-31',
      'CI005021,601398,40,2024-01-31',
    ]);
    const one = file('one.csv', [HEADER, 'CI005021.CI,银行,600036.SH,招商银行,20040101,,Y']);
    const all = file('all.csv', [
      HEADER,
      'CI005021.CI,银行,600036.SH,招商银行,20040101,,Y',
      'CI005021.CI,银行,601398.SH,工商银行,20061027,20240601,N',
      'CI005021.CI,银行,601288.SH,农业银行,20100715,,Y',
    ]);
    await load('members', snapshot);
    const before = await memberships();
    for (const paths of [[one], [all, snapshot]]) {
      const error = await refusal(load('members', paths));
      expect(error).toMatchObject({ code: 'IMPORT_REJECTED', details: { industries: ['CI005021'] } });
      expect(error.message).toContain('cannot be joined in one industry');
    }
    expect(await memberships()).toEqual(before);
    await load('members', all);
    const stays = await memberships();
    expect(stays).toHaveLength(3);
    // Laid over these stays the snapshot would have ended with the first of them that begins or ends after it.
    expect(await refusal(load('members', snapshot))).toMatchObject({ code: 'IMPORT_REJECTED' });
    expect(await memberships()).toEqual(stays);
  });

  it('refuses stays that end before they begin, or overlap', async () => {
    const path = file('bad.csv', [
      HEADER,
      '801780.SI,银行,600036.SH,a,20200102,20200102,N',
      '801780.SI,银行,600000.SH,b,20200102,20190102,N',
      '801780.SI,银行,601398.SH,c,20210104,,Y',
      '801780.SI,银行,601398.SH,c,20200102,20210105,N',
      '801780.SI,银行,601288.SH,d,20200102,,Y',
      '801780.SI,银行,601288.SH,d,20200102,20210104,Y',
    ]);
    const error = await refusal(load('members', path));
    expect(error.details).toEqual({
      count: 4,
      rows: [
        {
          file: 'bad.csv',
          line: 2,
          column: 'out_date',
          value: '20200102',
          reason: 'is not after in_date 2020-01-02; a stay is half-open [in_date, out_date)',
        },
        {
          file: 'bad.csv',
          line: 3,
          column: 'out_date',
          value: '20190102',
          reason: 'is not after in_date 2020-01-02; a stay is half-open [in_date, out_date)',
        },
        {
          file: 'bad.csv',
          line: 4,
          column: 'in_date',
          value: '2021-01-04',
          reason: 'overlaps the stay of 601398.SH from 2020-01-02',
        },
        {
          file: 'bad.csv',
          line: 7,
          column: 'in_date',
          value: '2020-01-02',
          reason: 'overlaps the stay of 601288.SH from 2020-01-02',
        },
      ],
    });
    expect(await load('members', path, { quarantine: true })).toMatchObject({ rowsNew: 2, rowsQuarantined: 4 });
    expect(await memberships()).toEqual([
      '801780 601288.SH 2020-01-02– known 2020-01-02 - d',
      '801780 601398.SH 2020-01-02–2021-01-05 known 2020-01-02 - c',
    ]);
  });

  it('concerns one scheme: the other keeps its members', async () => {
    await load('members', file('s.csv', ['industry_code,stock,weight,as_of', 'CI005021,600036,100,2024-01-31']));
    await load('members', file('i.csv', [HEADER, '801780.SI,银行,600036.SH,招商银行,20200102,,Y']));
    expect(await memberships()).toHaveLength(2);
    const market = (await opened.workspace.markets()).current();
    expect(market.memberships.get('CITIC_L1')).toHaveLength(1);
    expect(market.memberships.get('SW_L1')).toHaveLength(1);
  });
});

describe('members: history', () => {
  const HEADER = 'stock,start_date,industry_code,update_date,l1,l1_index';

  it('each row ends the one before; an empty industry is none', async () => {
    const path = file('h.csv', [
      HEADER,
      '000001,2021-07-30,480301,2021-07-30,银行,801780.SI',
      '000001,1991-04-03,440101,2015-10-27,,',
      '000001,2014-01-01,480101,2015-10-27,银行,801780.SI',
      '600019,2000-12-12,230101,2015-10-27,钢铁,801040.SI',
      '600019,2022-01-04,230102,2022-01-04,,',
      '600019,2022-01-04,230102,2022-01-04,,',
    ]);
    expect(await load('members', path)).toMatchObject({ rowsRead: 6, rowsNew: 3 });
    expect(await memberships()).toEqual([
      '801040 600019.SH 2000-12-12–2022-01-04 known 2000-12-12 - -',
      '801780 000001.SZ 2014-01-01–2021-07-30 known 2014-01-01 - -',
      '801780 000001.SZ 2021-07-30– known 2021-07-30 - -',
    ]);
    await expectNoChange(load('members', path), 1);
  });

  it('tells bad rows, and rows that contradict each other', async () => {
    const path = file('bad.csv', [
      HEADER,
      '000001,2014-01-01,1,2,银行,801780.SI',
      '000001,2014-01-01,1,2,钢铁,801040.SI',
      '000002,never,1,2,钢铁,801040.SI',
      '0000021,2014-01-01,1,2,钢铁,801040.SI',
      '000003,2014-01-01,1,2,钢铁,801998.SI',
    ]);
    const error = await refusal(load('members', path));
    expect(error.details).toEqual({
      count: 4,
      rows: [
        {
          file: 'bad.csv',
          line: 3,
          column: 'start_date',
          value: '2014-01-01',
          reason: 'contradicts another row of 000001.SZ from the same date',
        },
        {
          file: 'bad.csv',
          line: 4,
          column: 'start_date',
          value: 'never',
          reason: 'is no date; write it as YYYY-MM-DD',
        },
        {
          file: 'bad.csv',
          line: 5,
          column: 'stock',
          value: '0000021',
          reason: 'is no stock code; write it like 600519.SH',
        },
        {
          file: 'bad.csv',
          line: 6,
          column: 'industry_code',
          value: '801998.SI',
          reason: 'is no known industry; import the data set industries first',
        },
      ],
    });
    expect(await memberships()).toEqual([]);
  });
});
