import type { LocalDate } from '#lundong/domain/local-date.js';
import { TradingCalendar } from '#lundong/domain/trading-calendar.js';
import { CrossSectionSource } from '#lundong/engines/gru/cross-section-source.js';
import { FeatureSource, type FeatureWindow } from '#lundong/engines/gru/feature-source.js';
import type { Market } from '#lundong/lake/market.js';
import type { MinuteBarSeries } from '#lundong/lake/market-series.js';
import type { TestWorkspace } from './database.js';
import { runImport, writeTable } from './import-helpers.js';
import type { Bar } from './intraday-features-reference.js';
import { barLines } from './random-bars.js';

/** The trading days of 2024. */
export const DAYS = TradingCalendar.of([]).between('2024-01-02' as LocalDate, '2024-12-31' as LocalDate);

/** Imports bars, and gives the market with them. */
export async function loadBars(opened: TestWorkspace, bars: readonly Bar[], source = 'test'): Promise<Market> {
  const path = writeTable(opened.directory, `${source}.csv`, barLines(bars));
  await runImport(opened.workspace, 'minute_bar', path, { source });
  return currentMarket(opened);
}

/** Imports adjusted closes by "code date". */
export async function loadAdjusted(opened: TestWorkspace, adjusted: ReadonlyMap<string, number>): Promise<Market> {
  const rows = [...adjusted].map(([key, close]) => `${key.replace(' ', ',')},${close}`);
  const path = writeTable(opened.directory, 'closes.csv', ['code,date,close', ...rows]);
  await runImport(opened.workspace, 'stock_daily', path, { source: 'test', adjustment: 'hfq' });
  return currentMarket(opened);
}

export async function currentMarket({ workspace }: TestWorkspace): Promise<Market> {
  return (await workspace.markets()).current();
}

/** The series of minute bars of a source. */
export function barsOf(market: Market, source = 'test'): MinuteBarSeries {
  return market.minuteBars.find((series) => series.source === source) as MinuteBarSeries;
}

export function sections({ workspace }: TestWorkspace): CrossSectionSource {
  return new CrossSectionSource(workspace.store, workspace.duckdb);
}

export async function windowsOf(
  opened: TestWorkspace,
  market: Market,
  dates: readonly LocalDate[],
): Promise<FeatureWindow[]> {
  const windows: FeatureWindow[] = [];
  const source = new FeatureSource(opened.workspace.store, opened.workspace.duckdb);
  for await (const window of source.windows(market, dates)) windows.push(window);
  return windows;
}
