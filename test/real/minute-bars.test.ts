import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalDate } from '#lundong/domain/local-date.js';
import type { BarMinutes } from '#lundong/domain/price-series.js';
import type { MinuteBarSeries } from '#lundong/lake/market-series.js';
import { loadSlotDays, type SlotDay } from '#lundong/lake/minute-bars.js';
import { openRealWorkspace, type RealWorkspace } from '../support/real-workspace.js';
import { sharedDataAvailable } from '../support/shared-data.js';

const MOUTAI = '600519.SH';
const COMMON_DAYS = ['2026-03-23', '2026-03-24', '2026-03-25', '2026-03-26', '2026-03-27'] as LocalDate[];

describe.skipIf(!sharedDataAvailable('data'))('real minute bars', () => {
  let real: RealWorkspace;
  let seriesOf: (barMinutes: BarMinutes) => MinuteBarSeries;
  beforeAll(async () => {
    real = await openRealWorkspace();
    const { minuteBars } = (await real.workspace.markets()).current();
    seriesOf = (barMinutes) => minuteBars.find((one) => one.barMinutes === barMinutes) as MinuteBarSeries;
  });
  afterAll(() => real?.workspace.close());

  const slotDays = async (barMinutes: BarMinutes, dates: readonly LocalDate[]): Promise<SlotDay[]> => {
    const days: SlotDay[] = [];
    for await (const day of loadSlotDays(real.workspace.duckdb, seriesOf(barMinutes), dates)) days.push(day);
    return days;
  };
  /** A column of one stock's slots, day by day. */
  const slotsOf = (days: readonly SlotDay[], code: string, column: 'open' | 'close' | 'volume' | 'amount'): number[] =>
    days.flatMap((day) => {
      const row = day.codes.indexOf(code);
      return [...day[column].subarray(16 * row, 16 * (row + 1))];
    });

  it('are told by length and by remarks', () => {
    const remarks = new Map(real.reports.map((report) => [report.files[0], [report.series, ...report.remarks]]));
    expect(remarks.get('sse_15min_dev_4_per_citic.csv.gz')).toEqual([
      'minute_bar (15 min) of source "default", adjustment none',
      '608 rows of zeros, as of suspended stocks: left out',
    ]);
    expect(remarks.get('sample_300766_5min.csv.gz')).toEqual([
      'minute_bar (5 min) of source "default", adjustment none',
      "no column of codes: taken from the files' names, 300766.SZ from sample_300766_5min.csv.gz",
    ]);
    expect(remarks.get('sample_600519_1min.csv.gz')).toEqual([
      'minute_bar (1 min) of source "default", adjustment none',
      "no column of codes: taken from the files' names, 600519.SH from sample_600519_1min.csv.gz",
      '964 rows with an open, high or low of zero beside a valid close: taken as missing',
    ]);
  });

  it('of 15 minutes: 300 days of up to 120 stocks, without those that are suspended', async () => {
    const series = seriesOf(15);
    expect([series.days.length, series.files.length, series.rows]).toEqual([300, 300, 575_392]);
    const { calendar } = (await real.workspace.markets()).current();
    const days = await slotDays(15, calendar.between(series.firstDate, series.lastDate));
    expect(days).toHaveLength(300);
    const counts = days.map(({ codes }) => codes.length);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(300 * 120 - 608 / 16);
    expect(Math.max(...counts)).toBe(120);
    for (const { date, codes } of days)
      expect(codes.includes('601088.SH')).toBe(date < '2025-08-04' || date > '2025-08-15');
    for (const { close, volume, amount } of days)
      expect([close, volume, amount].every((values) => values.every((value) => value >= 0))).toBe(true);
    const first = days.slice(0, 1);
    expect(slotsOf(first, MOUTAI, 'open')[0]).toBe(1524);
    expect(slotsOf(first, MOUTAI, 'close').at(-1)).toBe(1488);
    expect(slotsOf(first, MOUTAI, 'volume')[0]).toBe(929_500);
  });

  it('of 1, 5 and 15 minutes agree on the days that they share', async () => {
    const [one, five, fifteen] = (await Promise.all(
      ([1, 5, 15] as const).map((barMinutes) => slotDays(barMinutes, COMMON_DAYS)),
    )) as [SlotDay[], SlotDay[], SlotDay[]];
    expect(slotsOf(one, MOUTAI, 'close')).toHaveLength(80);
    for (const other of [five, fifteen]) expect(slotsOf(one, MOUTAI, 'close')).toEqual(slotsOf(other, MOUTAI, 'close'));
    // Four of five days of the 1-minute file have no opens; the auction's price stands in for the first of a day.
    const opens = (days: readonly SlotDay[]): number[] => slotsOf(days, MOUTAI, 'open').filter((_, i) => i % 16 === 0);
    for (const other of [five, fifteen]) expect(opens(one)).toEqual(opens(other));
    expect(slotsOf(one, MOUTAI, 'amount')).toEqual(slotsOf(five, MOUTAI, 'amount'));
    expect(farthest(one, fifteen, 'amount')).toBeLessThanOrEqual(1);
    // The vendors round volumes to lots of 100 shares bar by bar: three slots differ by one lot.
    const lots = slotsOf(one, MOUTAI, 'volume').map(
      (volume, i) => volume - (slotsOf(five, MOUTAI, 'volume')[i] as number),
    );
    expect(lots.filter((difference) => difference !== 0)).toEqual([100, -100, -100]);
    expect(farthest(one, fifteen, 'volume')).toBeLessThanOrEqual(1500);
  });

  const farthest = (a: readonly SlotDay[], b: readonly SlotDay[], column: 'volume' | 'amount'): number =>
    Math.max(
      ...slotsOf(a, MOUTAI, column).map((value, i) => Math.abs(value - (slotsOf(b, MOUTAI, column)[i] as number))),
    );
});
