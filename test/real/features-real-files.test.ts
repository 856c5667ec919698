import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalDate } from '#lundong/domain/local-date.js';
import { STOCK_DAY_FIGURES } from '#lundong/domain/stock-day-figures.js';
import { StockDaySource } from '#lundong/engines/gru/stock-day-source.js';
import { barsOf, currentMarket } from '../support/bars-workspace.js';
import { openTestWorkspace, type TestWorkspace } from '../support/database.js';
import { runImport } from '../support/import-helpers.js';
import { type Bar, figuresOf, slotsOf } from '../support/intraday-features-reference.js';
import { expectNear } from '../support/near.js';
import { sharedDataAvailable, sharedPath } from '../support/shared-data.js';

const FILES = [
  { file: 'sample_600519_1min.csv.gz', code: '600519.SH', barMinutes: 1 },
  { file: 'sample_600519_5min.csv.gz', code: '600519.SH', barMinutes: 5 },
  { file: 'sample_300766_5min.csv.gz', code: '300766.SZ', barMinutes: 5 },
] as const;

/** The file's rows as they are, an open of 0 included. */
function barsOfFile(file: string, code: string): Bar[] {
  const [header, ...lines] = gunzipSync(readFileSync(sharedPath('data', file)))
    .toString('utf8')
    .trim()
    .split('\n');
  expect(header).toBe('datetime,open,high,low,close,volume,amount');
  return lines.map((line) => {
    const [datetime, open, , , close, volume, amount] = line.split(',') as [string, ...string[]];
    const [date, time] = datetime.split(' ') as [string, string];
    const [hour, minute] = time.split(':').map(Number) as [number, number];
    const numbers = { open: Number(open), close: Number(close), volume: Number(volume), amount: Number(amount) };
    return { code, date, minute: 60 * hour + minute, ...numbers };
  });
}

describe.skipIf(!sharedDataAvailable('data', 'sample_600519_1min.csv.gz'))('figures of the sample files', () => {
  let opened: TestWorkspace;

  beforeAll(async () => {
    opened = await openTestWorkspace();
    await runImport(opened.workspace, 'calendar', sharedPath('data', 'trading_calendar_2010_2026.csv'));
  });
  afterAll(() => opened?.close());

  it.each(FILES)('$file: as the plain reference has them, to 1e-9', async ({ file, code, barMinutes }) => {
    await runImport(opened.workspace, 'minute_bar', sharedPath('data', file), { source: file });
    const market = await currentMarket(opened);
    const series = barsOf(market, file);
    expect(series.barMinutes).toBe(barMinutes);
    const bars = barsOfFile(file, code);
    const dates = [...new Set(bars.map((bar) => bar.date))].sort() as LocalDate[];
    expect(dates.length).toBeGreaterThan(4);
    const days = await new StockDaySource(opened.workspace.store, opened.workspace.duckdb).get(market, series, dates);
    for (const { date, codes, figures } of days) {
      expect(codes).toEqual([code]);
      const expected = figuresOf(slotsOf(bars.filter((bar) => bar.date === date)));
      STOCK_DAY_FIGURES.forEach((name, at) => {
        expectNear(figures.subarray(at, at + 1), [expected[name] as number], name === 'amount' ? 1e-3 : 1e-9);
      });
      expect(Number.isNaN(expected.open)).toBe(false); // where the first bars lack it, the auction tells
    }
  });
});
