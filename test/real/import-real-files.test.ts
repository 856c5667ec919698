import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseLocalDate } from '#lundong/domain/local-date.js';
import type { DailyDatasetName } from '#lundong/lake/datasets.js';
import { literals, rows } from '#lundong/lake/duckdb.js';
import { wholeMarket } from '#lundong/lake/margin-market.js';
import type { Market } from '#lundong/lake/market.js';
import { openRealWorkspace, REAL_FILES, type RealWorkspace } from '../support/real-workspace.js';
import { sharedDataAvailable, sharedPath } from '../support/shared-data.js';

describe.skipIf(!sharedDataAvailable('data'))('the real files', () => {
  let real: RealWorkspace;
  let market: Market;
  beforeAll(async () => {
    real = await openRealWorkspace();
    market = (await real.workspace.markets()).current();
  });
  afterAll(() => real?.workspace.close());

  const lakeRows = (dataset: DailyDatasetName, select: string): Promise<unknown[][]> => {
    const files = market.series(dataset).flatMap((series) => series.files);
    return real.workspace.duckdb.use((connection) =>
      rows(connection, select.replace('lake', `read_parquet(${literals(files)})`)),
    );
  };
  const close = async (dataset: DailyDatasetName, adjustment: string, code: string, date: string) =>
    (
      await market
        .series(dataset)
        .find((series) => series.adjustment === adjustment)
        ?.closes()
    )?.close(code, parseLocalDate(date));

  it('load whole: no row refused or set aside', () => {
    const found = real.reports.map((report) => [
      report.files[0],
      report.rowsRead,
      report.rowsNew,
      report.rowsChanged,
      report.rowsUnchanged,
      report.rowsQuarantined,
      report.firstDate,
      report.lastDate,
    ]);
    expect(found).toEqual([
      ['trading_calendar_2010_2026.csv', 4128, 4128, 0, 0, 0, '2010-01-04', '2026-12-31'],
      ['citic_l1_close_2015_2025.csv.gz', 79_732, 79_732, 0, 0, 0, '2015-01-05', '2025-12-31'],
      // Bars join the closes of the first file row by row.
      ['citic_l1_daily_ohlcv_2015_2024.csv.gz', 72_442, 0, 72_442, 0, 0, '2015-01-05', '2024-12-31'],
      ['sw_l1_close_merged_20140102_20260318.csv.gz', 91_915, 91_915, 0, 0, 0, '2014-01-02', '2026-03-18'],
      ['csi_index_daily_2015_20260821.csv.gz', 24_446, 24_446, 0, 0, 0, '2015-01-05', '2026-08-21'],
      // Twice as many memberships as rows: those of the snapshot's own date, and the stretch declared before it.
      ['citic_l1_members_20260127.csv.gz', 5154, 10_308, 0, 0, 0, '2015-01-01', '2026-01-27'],
      ['sw_classification_history_to_202409.csv.gz', 12_506, 7445, 0, 10_308, 0, '1986-09-26', '2024-08-30'],
      ['a_share_hfq_close_2022_2024.csv.gz', 3_656_682, 3_656_682, 0, 0, 0, '2022-01-04', '2024-12-31'],
      ['mainboard_qfq_close_20240102_20260107.csv.gz', 1_375_849, 1_375_849, 0, 0, 0, '2024-01-02', '2026-01-07'],
      // 608 rows are the zeros of suspended stocks.
      ['sse_15min_dev_4_per_citic.csv.gz', 576_000, 575_392, 0, 0, 0, '2025-01-02', '2026-04-01'],
      ['sample_600519_5min.csv.gz', 1488, 1488, 0, 0, 0, '2026-02-05', '2026-03-27'],
      ['sample_300766_5min.csv.gz', 1536, 1536, 0, 0, 0, '2026-02-05', '2026-03-30'],
      ['sample_600519_1min.csv.gz', 1205, 1205, 0, 0, 0, '2026-03-23', '2026-03-27'],
      ['etf_names_202507.csv', 1204, 1204, 0, 0, 0, null, null],
      // Five days of every fund, 11 rows of funds that are no ETFs; 900 funds bear another name than a year before.
      ['etf_flow_nav_shares_20260812_20260818.csv.gz', 8027, 431, 900, 274, 0, null, null],
      ['etf_qfq_daily_20220104_20250704.csv.gz', 387_494, 387_494, 0, 0, 0, '2022-01-04', '2025-07-04'],
      ['etf_shares_20260514_20260821.csv.gz', 63_545, 63_545, 0, 0, 0, '2026-05-14', '2026-08-21'],
      // Net asset values join the shares of the exchanges; Shenzhen's list was cut to 300 funds.
      ['etf_flow_nav_shares_20260812_20260818.csv.gz', 8027, 2060, 3282, 2685, 0, '2026-08-12', '2026-08-18'],
      ['margin_market_daily_20120927_20260820.csv', 3373, 3373, 0, 0, 0, '2012-09-27', '2026-08-20'],
    ]);
    expect(REAL_FILES).toHaveLength(found.length);
    expect(market.dataVersion).toBe(found.length);
  });

  it('are counted by the status', async () => {
    const status = (await market.status()).map(({ name, rows, codes, from, to }) => [name, rows, codes, from, to]);
    expect(status).toEqual([
      ['calendar', 4128, 0, '2010-01-04', '2026-12-31'],
      ['industries', 61, 61, null, null],
      ['members', 17_753, 5659, '1986-09-26', '2026-01-27'],
      ['etfs', 1635, 1635, null, null],
      ['stocks', 0, 0, null, null],
      ['stock_daily', 5_032_531, 5378, '2022-01-04', '2026-01-07'],
      ['industry_daily', 171_647, 61, '2014-01-02', '2026-03-18'],
      ['index_daily', 24_446, 9, '2015-01-05', '2026-08-21'],
      ['etf_daily', 387_494, 799, '2022-01-04', '2025-07-04'],
      ['etf_share', 65_605, 1614, '2026-05-14', '2026-08-21'],
      ['margin_market', 3373, 1, '2012-09-27', '2026-08-20'],
      ['margin_stock', 0, 0, null, null],
      ['minute_bar', 579_621, 121, '2025-01-02', '2026-04-01'],
    ]);
  });

  it('708 rows of 综合金融 with zeros have a close and nothing invented beside it', async () => {
    expect(real.reports[2]?.remarks).toEqual([
      '708 rows with an open, high or low of zero beside a valid close: taken as missing',
    ]);
    const missing = await lakeRows(
      'industry_daily',
      `SELECT code, count(*)::INTEGER, count(close)::INTEGER, count(high)::INTEGER, count(low)::INTEGER, max(volume)
       FROM lake WHERE code LIKE 'CI%' AND open IS NULL AND volume IS NOT NULL GROUP BY code`,
    );
    expect(missing).toEqual([['CI005030', 708, 708, 0, 0, 0]]);
    const zeros = 'SELECT count(*)::INTEGER FROM lake WHERE 0 IN (open, high, low, close)';
    expect(await lakeRows('industry_daily', zeros)).toEqual([[0]]);
  });

  it('every CITIC close of the matrix is the one that figures read', async () => {
    const text = gunzipSync(readFileSync(sharedPath('data', 'citic_l1_close_2015_2025.csv.gz'))).toString();
    const [header, ...lines] = text.trim().split(/\r?\n/);
    const codes = header
      .split(',')
      .slice(1)
      .map((code) => code.slice(0, 8));
    const panel = await market.series('industry_daily')[0].closes();
    let compared = 0;
    const wrong: string[] = [];
    for (const line of lines) {
      const [date, ...cells] = line.split(',');
      cells.forEach((cell, column) => {
        const expected = cell === '' ? null : Number(cell);
        if (expected !== null) compared++;
        if (panel.close(codes[column], parseLocalDate(date)) !== expected) wrong.push(`${date} ${codes[column]}`);
      });
    }
    expect(wrong).toEqual([]);
    expect(compared).toBe(79_732);
    expect(panel.close('CI005030', parseLocalDate('2016-12-30'))).toBeNull();
    expect(panel.close('CI005030', parseLocalDate('2017-01-03'))).not.toBeNull();
  });

  it('known values', async () => {
    expect(await close('index_daily', 'none', '000300.SH', '2020-01-02')).toBe(4152.24);
    expect(await close('index_daily', 'none', '000300.SH', '2025-12-31')).toBe(4629.94);
    expect(await close('stock_daily', 'hfq', '000001.SZ', '2022-01-04')).toBe(1144.5875);
    expect(await close('stock_daily', 'qfq', '000001.SZ', '2024-01-02')).toBe(7.99);
    expect(await close('industry_daily', 'none', '801010', '2014-01-02')).toBe(1910.49);
    const amount = `SELECT amount FROM lake WHERE code = '000300.SH' AND date = '2015-01-05'`;
    expect(await lakeRows('index_daily', amount)).toEqual([[519_850_000_000]]);
    const volume = `SELECT open, high, low, close, volume FROM lake WHERE code = 'CI005001' AND date = '2015-01-05'`;
    expect(await lakeRows('industry_daily', volume)).toEqual([
      [2413.3401, 2557.2011, 2397.6855, 2543.7518, 3028263929],
    ]);
  });

  it('members: the snapshot rules from 2015-01-01 as hindsight, Shenwan point in time', () => {
    const of = (scheme: 'CITIC_L1' | 'SW_L1', stock: string): string[] =>
      (market.memberships.get(scheme) ?? [])
        .filter((row) => row.stockCode === stock)
        .map(
          (row) =>
            `${row.industryCode} ${row.inDate}–${row.outDate ?? ''} known ${row.knownOn} ${row.weight?.toFixed(6)}`,
        );
    expect(of('CITIC_L1', '601857.SH')).toEqual([
      'CI005001 2015-01-01–2026-01-27 known 2026-01-27 0.178542',
      'CI005001 2026-01-27– known 2026-01-27 0.178542',
    ]);
    expect(of('SW_L1', '000001.SZ')).toEqual(['801780 2021-07-30– known 2021-07-30 undefined']);
    const weights = new Map<string, number>();
    for (const row of market.memberships.get('CITIC_L1') ?? [])
      if (row.outDate === null) weights.set(row.industryCode, (weights.get(row.industryCode) ?? 0) + (row.weight ?? 0));
    expect(weights.size).toBe(30);
    for (const sum of weights.values()) expect(sum).toBeCloseTo(1, 3);
  });

  it('funds: known closes, volumes counted in lots', async () => {
    expect(await close('etf_daily', 'qfq', '510300.SH', '2025-07-04')).toBe(4.032);
    const day = `SELECT close, volume, amount FROM lake WHERE code = '159201.SZ' AND date = '2025-02-27'`;
    expect(await lakeRows('etf_daily', day)).toEqual([[1.004, 344_768_400, 345_249_521]]);
    // A price that volume and amount tell lies within the day's range, but for adjustments and rounding.
    const ratio = `SELECT median(amount / volume / close) FROM lake WHERE volume > 0 AND date >= '2025-06-01'`;
    const [[median]] = (await lakeRows('etf_daily', ratio)) as [[number]];
    expect(Math.abs(median - 1)).toBeLessThan(0.01);
  });

  it('funds: shares in shares, with the gaps of the exchanges left as they are', async () => {
    const panel = await market.series('etf_share')[0].panel(['shares', 'nav', 'previous_shares']);
    const at = (figure: string, code: string, date: string) => panel.value(figure, code, parseLocalDate(date));
    expect(at('shares', '159001.SZ', '2026-05-14')).toBe(18_078_300);
    expect(at('nav', '159001.SZ', '2026-05-14')).toBeNull();
    expect([
      at('shares', '159997.SZ', '2026-08-18'),
      at('nav', '159997.SZ', '2026-08-18'),
      at('previous_shares', '159997.SZ', '2026-08-18'),
    ]).toEqual([739_306_634, 2.2542, 756_306_634]);
    const shares = panel.matrix('shares');
    const counts = (date: string): number[] => {
      const row = panel.row(parseLocalDate(date)) as number;
      return ['.SH', '.SZ'].map(
        (exchange) =>
          panel.codes.filter(
            (code, column) => code.endsWith(exchange) && !Number.isNaN(shares[row * panel.codes.length + column]),
          ).length,
      );
    };
    expect(panel.days).toHaveLength(71);
    expect(counts('2026-06-12')).toEqual([50, 280]);
    expect(counts('2026-06-15')).toEqual([860, 280]);
    expect(counts('2026-08-10')).toEqual([0, 300]); // Shanghai's day is missing
    expect(counts('2026-08-18')).toEqual([894, 714]);
    expect(counts('2026-08-21')).toEqual([896, 300]);
  });

  it('funds: nearly every name is sorted by the rules', () => {
    const etfs = [...market.etfs.values()];
    expect(etfs.filter(({ category, outside }) => category === null && outside === null)).toHaveLength(11);
    expect(market.etfs.get('560660.SH')).toMatchObject({ category: 'TMT' });
    expect(market.etfs.get('560660.SH')?.themes.map(({ key }) => key)).toContain('cloud-computing');
  });

  it('margin financing of the market: no gap, yuan, known values', async () => {
    const panel = await market.series('margin_market')[0].panel(['financing_balance', 'maintenance_ratio']);
    const balance = wholeMarket(panel, 'financing_balance');
    const on = (date: string) => balance[panel.row(parseLocalDate(date)) as number];
    expect(on('2015-06-18')).toBe(2_266_430_000_000);
    expect(on('2026-08-20')).toBe(2_639_500_368_567);
    expect(balance).toHaveLength(3373);
    expect(balance.filter(Number.isNaN)).toHaveLength(0);
    const ratio = wholeMarket(panel, 'maintenance_ratio');
    expect(ratio.filter(Number.isNaN)).toHaveLength(70);
    expect(ratio.at(-1)).toBeCloseTo(2.777545, 12);
  });
});
