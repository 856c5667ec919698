import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalDate } from '#lundong/domain/local-date.js';
import { fileList, rows } from '#lundong/lake/duckdb.js';
import type { ImportReport } from '#lundong/lake/import/import-report.js';
import type { ImportRequest } from '#lundong/lake/import/import-request.js';
import { wholeMarket } from '#lundong/lake/margin-market.js';
import type { Market } from '#lundong/lake/market.js';
import type { MarketSeries } from '#lundong/lake/market-series.js';
import { openTestWorkspace, type TestWorkspace } from '../support/database.js';
import { refusal, runImport, writeTable } from '../support/import-helpers.js';

let opened: TestWorkspace;
beforeAll(async () => {
  opened = await openTestWorkspace();
});
afterAll(() => opened.close());

let sources = 0;
const freshSource = (): string => `source-${++sources}`;
const file = (name: string, lines: readonly string[]): string =>
  writeTable(join(opened.directory, String(sources)), name, lines);
const load = (
  dataset: ImportRequest['dataset'],
  path: string,
  source: string,
  options: Partial<ImportRequest> = {},
): Promise<ImportReport> => runImport(opened.workspace, dataset, path, { source, ...options });
const market = async (): Promise<Market> => (await opened.workspace.markets()).current();

async function seriesOf(source: string): Promise<MarketSeries> {
  const found = (await market()).dailySeries.find((one) => one.source === source);
  if (found === undefined) throw new Error(`no series of ${source}`);
  return found;
}

/** Every row of a source: `code date` and the figures of its data set; "-" where there is nothing. */
async function held(source: string): Promise<string[]> {
  const { files } = await seriesOf(source);
  const select = `FROM read_parquet(${fileList(...files)}, hive_partitioning = false) ORDER BY code, date`;
  const found = await opened.workspace.duckdb.use((connection) => rows(connection, select));
  return found.map((row) => row.map((cell) => (cell === null ? '-' : String(cell))).join(' '));
}

describe('bars of funds', () => {
  it.each([
    ['volume in lots and amount in yuan', 'code,date,close,volume,amount', '510300,2024-01-02,3.4,7,2380'],
    ['volume_shares in shares', 'code,date,close,volume_shares,amount', '510300.SH,2024-01-02,3.4,700,2380'],
    ['Tushare: lots and thousand yuan', 'ts_code,trade_date,close,vol,amount', '510300.SH,20240102,3.4,7,2.38'],
  ])('have %s', async (_, header, line) => {
    const source = freshSource();
    expect(await load('etf_daily', file('etf.csv', [header, line]), source)).toMatchObject({ rowsNew: 1 });
    expect(await held(source)).toEqual(['510300.SH 2024-01-02 - - - 3.4 700 2380']);
  });

  it('come in adjustments, told by the file name, in the order in which series are asked', async () => {
    const source = freshSource();
    const lines = ['code,date,close', '510300,2024-01-02,3.4'];
    await load('etf_daily', file('etf.csv', lines), source);
    await load('etf_daily', file('etf_hfq.csv', lines), source);
    await load('etf_daily', file('etf_qfq.csv', lines), source);
    const series = (await market()).series('etf_daily').filter((one) => one.source === source);
    expect(series.map(({ adjustment }) => adjustment)).toEqual(['hfq', 'qfq', 'none']);
  });

  it('refuses codes that are none of listed funds', async () => {
    const lines = ['code,date,close', '600519,2024-01-02,1685', '110022.OF,2024-01-02,1', '510300,2024-01-02,3.4'];
    const { message } = await refusal(load('etf_daily', file('etf.csv', lines), freshSource()));
    expect(message).toMatch(/^2 bad rows/);
    expect(message).toContain('line 3, column code: "110022.OF" is no code of etf_daily; write it like 510300.SH');
  });
});

describe('shares of funds', () => {
  const ROWS = ['159915.SZ 2024-01-02 18078300 1.9 - -', '510300.SH 2024-01-02 47418549800 3.4 - 161223069320'];

  it('of etf_share_size come in ten thousand shares and ten thousand yuan', async () => {
    const source = freshSource();
    const lines = [
      'trade_date,ts_code,etf_name,total_share,total_size,nav,close,exchange',
      '20240102,510300.SH,甲,4741854.98,16122306.932,3.4,3.401,SSE',
      '20240102,159915.SZ,乙,1807.83,,1.9,1.901,SZSE',
    ];
    const report = await load('etf_share', file('a.csv', lines), source);
    expect(report).toMatchObject({ rowsNew: 2, remarks: ['columns not used: etf_name, close, exchange'] });
    expect(await held(source)).toEqual(ROWS);
  });

  it('of the exchanges and of fund_nav join to one row; the same files again change nothing', async () => {
    const source = freshSource();
    const shares = file('shares.csv', [
      'date,exchange,code,name,total_shares_wanfen',
      '2024-01-02,SZSE,159915,乙,1807.83',
    ]);
    const navs = file('navs.csv', ['ts_code,ann_date,nav_date,unit_nav', '159915.SZ,20240103,20240102,1.9']);
    await load('etf_share', shares, source);
    expect(await held(source)).toEqual(['159915.SZ 2024-01-02 18078300 - - -']);
    const { dataVersion, rowsChanged } = await load('etf_share', navs, source);
    expect(rowsChanged).toBe(1);
    expect(await held(source)).toEqual(['159915.SZ 2024-01-02 18078300 1.9 - -']);
    for (const path of [shares, navs])
      expect(await load('etf_share', path, source)).toMatchObject({
        rowsNew: 0,
        rowsChanged: 0,
        rowsUnchanged: 1,
        dataVersion,
      });
  });

  it('that look as if they were counted in another unit are pointed out, and taken', async () => {
    const lines = [
      'code,date,shares,nav,size',
      '510300,2024-01-02,1000,3.4,34000000',
      '510300,2024-01-03,10000000,3.4,34000000',
      '159915,2024-01-02,500,1.9,951',
      '159915,2024-01-03,49500,1.9,94050',
      '159915,2024-01-04,49500,1.9,',
    ];
    const { rowsNew, remarks } = await load('etf_share', file('units.csv', lines), freshSource());
    expect(rowsNew).toBe(5);
    expect(remarks).toEqual([
      '1 rows have a size that is not shares · nav, e.g. 510300.SH 2024-01-02: taken, but check the units of the file',
      '1 rows have more than 100 times the shares of the row before, or less than a hundredth, e.g. 510300.SH 2024-01-03: taken, but check the units of the file',
    ]);
  });

  it('come with the comparable shares of the day before', async () => {
    const source = freshSource();
    const lines = [
      'date,code,name,shares,previousComparableShares,shareDelta1d,nav',
      '2024-01-02,159915,乙,739306634.0,756306634.0,-17000000.0,2.2542',
    ];
    await load('etf_share', file('flow.csv', lines), source);
    expect(await held(source)).toEqual(['159915.SZ 2024-01-02 739306634 2.2542 756306634 -']);
  });

  it('need shares or a net asset value, which must be above zero; no shares at all are a figure', async () => {
    const source = freshSource();
    const lines = [
      'code,date,shares,nav',
      '510300,2024-01-02,,',
      '510300,2024-01-03,-1,3.4',
      '510300,2024-01-04,1,0',
      '510300,2024-01-05,many,3.4',
      '510300,2024-01-08,0,3.4',
      '510300,2024-01-09,,3.5',
    ];
    const report = await load('etf_share', file('bad.csv', lines), source, { quarantine: true });
    expect(report).toMatchObject({ rowsRead: 6, rowsNew: 2, rowsQuarantined: 4 });
    expect(await held(source)).toEqual(['510300.SH 2024-01-08 0 3.4 - -', '510300.SH 2024-01-09 - 3.5 - -']);
    const { message } = await refusal(load('etf_share', file('bad.csv', lines), freshSource()));
    expect(message).toContain('line 2, column shares: "" is empty; a row without shares or nav says nothing');
    expect(message).toContain('line 3, column shares: "-1" must not be negative');
    expect(message).toContain('line 4, column nav: "0" a nav must be above zero');
    expect(message).toContain('line 5, column shares: "many" is not a number');
  });

  it('refuses a header without either, and takes no wide files', async () => {
    const error = await refusal(load('etf_share', file('wide.csv', ['date,510300', '2024-01-02,1']), freshSource()));
    expect(error.code).toBe('FILE_UNREADABLE');
    expect(error.message).toContain('and shares or nav; it has date, 510300');
  });

  it('have no closes, and only the figures of their data set', async () => {
    const source = freshSource();
    await load('etf_share', file('a.csv', ['code,date,shares', '510300,2024-01-02,1']), source);
    const series = await seriesOf(source);
    expect(() => series.closes()).toThrow('etf_share has no closes');
    expect(() => series.panel(['close'])).toThrow('no "close"');
    expect(() => series.panel([])).toThrow(RangeError);
  });
});

describe('a panel', () => {
  const LINES = [
    'code,date,shares,nav,size',
    '510300,2024-01-02,100,3.4,340',
    '510300,2024-01-04,120,3.5,420',
    '159915,2024-01-03,50,,',
  ];

  it('has a row per trading day, a column per code, NaN in the gaps', async () => {
    const source = freshSource();
    await load('etf_share', file('a.csv', LINES), source);
    const panel = await (await seriesOf(source)).panel(['shares', 'nav']);
    expect(panel.codes).toEqual(['159915.SZ', '510300.SH']);
    expect([...panel.matrix('shares')]).toEqual([Number.NaN, 100, 50, Number.NaN, Number.NaN, 120]);
    expect([...panel.matrix('nav')]).toEqual([Number.NaN, 3.4, Number.NaN, Number.NaN, Number.NaN, 3.5]);
    expect(panel.matrix('shares').buffer).toBeInstanceOf(SharedArrayBuffer);
    const dates = ['2024-01-04', '2024-01-03', '2024-01-05'] as LocalDate[];
    expect([...panel.valuesOf('shares', ['510300.SH', 'none'], dates)]).toEqual([
      120,
      Number.NaN,
      Number.NaN,
      Number.NaN,
      Number.NaN,
      Number.NaN,
    ]);
    expect(panel.value('nav', '510300.SH', '2024-01-02' as LocalDate)).toBe(3.4);
    expect(panel.value('nav', '159915.SZ', '2024-01-03' as LocalDate)).toBeNull();
    expect([panel.row('2024-01-03' as LocalDate), panel.column('510300.SH'), panel.column('none')]).toEqual([
      1,
      1,
      null,
    ]);
    expect(() => panel.matrix('size')).toThrow('no size in a panel of shares, nav');
  });

  it('loads a figure once, and again only when the files change', async () => {
    const source = freshSource();
    await load('etf_share', file('a.csv', LINES), source);
    const markets = await opened.workspace.markets();
    const own = () => markets.current().dailySeries.find((one) => one.source === source) as MarketSeries;
    const first = await own().panel(['shares']);
    expect((await own().panel(['nav', 'shares'])).matrix('shares')).toBe(first.matrix('shares'));
    await load('etf_share', file('other.csv', LINES), freshSource());
    await markets.refresh();
    expect(await own().panel(['shares'])).toBe(first);
    await load('etf_share', file('b.csv', ['code,date,shares', '510300,2024-01-04,121']), source);
    await markets.refresh();
    expect((await own().panel(['shares'])).value('shares', '510300.SH', '2024-01-04' as LocalDate)).toBe(121);
    expect(first.value('shares', '510300.SH', '2024-01-04' as LocalDate)).toBe(120);
  });

  it('that fails to load is loaded when it is asked for again', async () => {
    const source = freshSource();
    await load('etf_share', file('a.csv', LINES), source);
    const { duckdb } = opened.workspace;
    const series = await seriesOf(source);
    const use = duckdb.use.bind(duckdb);
    let failures = 1;
    duckdb.use = (work) => (failures-- > 0 ? Promise.reject(new Error('disk gone')) : use(work));
    try {
      await expect(series.panel(['shares', 'nav'])).rejects.toThrow('disk gone');
      expect((await series.panel(['shares', 'nav'])).codes).toHaveLength(2);
    } finally {
      duckdb.use = use;
    }
  });
});

describe('margin financing', () => {
  it('of the market comes without codes, in 100m yuan and percent', async () => {
    const source = freshSource();
    const lines = [
      'date,fin_balance_yi,sec_loan_balance_yi,fin_buy_yi,maintenance_ratio_pct',
      '2024-01-02,704.53,15.31,34.09,250',
      '2024-01-03,685.5,15.25,33.5,',
    ];
    expect(await load('margin_market', file('a.csv', lines), source)).toMatchObject({ rowsNew: 2, remarks: [] });
    expect(await held(source)).toEqual([
      'ALL 2024-01-02 70453000000 1531000000 3409000000 - 2.5',
      'ALL 2024-01-03 68550000000 1525000000 3350000000 - -',
    ]);
  });

  it('of Tushare comes by exchange and adds up', async () => {
    const source = freshSource();
    const lines = [
      'trade_date,exchange_id,rzye,rzmre,rzche,rqye,rqmcl,rzrqye,rqyl',
      '20240102,SSE,100,10,9,5,1,105,1',
      '20240102,SZSE,80,8,7,4,1,84,1',
      '20240102,BSE,1,0,0,0,0,1,0',
    ];
    await load('margin_market', file('a.csv', lines), source);
    expect(await held(source)).toEqual([
      'BSE 2024-01-02 1 0 0 0 -',
      'SSE 2024-01-02 100 5 10 9 -',
      'SZSE 2024-01-02 80 4 8 7 -',
    ]);
    const panel = await (await seriesOf(source)).panel(['financing_balance', 'financing_bought']);
    expect([...wholeMarket(panel, 'financing_balance')]).toEqual([181]);
    expect([...wholeMarket(panel, 'financing_bought')]).toEqual([18]);
  });

  it('by stock and fund has Tushare’s names, in yuan', async () => {
    const source = freshSource();
    const lines = [
      'trade_date,ts_code,name,rzye,rqye,rzmre,rqyl,rzche,rqchl,rqmcl,rzrqye',
      '20240102,600519.SH,甲,18000000000,90000000,500000000,50000,450000000,0,0,18090000000',
      '20240102,510300.SH,乙,1800000000,,50000000,,45000000,,,1800000000',
    ];
    await load('margin_stock', file('a.csv', lines), source);
    expect(await held(source)).toEqual([
      '510300.SH 2024-01-02 1800000000 - 50000000 45000000',
      '600519.SH 2024-01-02 18000000000 90000000 500000000 450000000',
    ]);
  });

  it('needs a balance', async () => {
    const lines = ['code,date,rzye,rqye', '600519,2024-01-02,,5', '600519,2024-01-03,-1,5'];
    const { message } = await refusal(load('margin_stock', file('a.csv', lines), freshSource()));
    expect(message).toContain('column rzye: "" is empty; a row without a financing_balance says nothing');
    expect(message).toContain('column rzye: "-1" must not be negative');
    const header = await refusal(load('margin_market', file('b.csv', ['date,rqye', '2024-01-02,5']), freshSource()));
    expect(header.message).toContain('its header needs a date (date, trade_date) and financing_balance');
  });
});
