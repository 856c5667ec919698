import type { LocalDate } from '../domain/local-date.js';
import type { ClosePanel } from './daily-panel.js';
import type { DailyDatasetName } from './datasets.js';
import type { Market } from './market.js';
import type { MarketSeries } from './market-series.js';

/** One series and its closes, and which of the dates asked about they reach. */
export interface ChosenSeries {
  readonly series: MarketSeries;
  readonly panel: ClosePanel;
  /** First and last of the dates on which any of the codes has a close. */
  readonly first: LocalDate;
  readonly last: LocalDate;
}

/**
 * The one series that a figure over several codes and dates takes all its closes from: of those that have a close of any
 * of the codes on `required`, the one with the most closes of the codes on the dates; among equals the first in the
 * order in which series are asked. It is never completed from another (docs/adr/0003).
 *
 * @param dates trading days, ascending
 * @param required one of the dates; null where none is indispensable
 * @returns null where no series has such a close
 */
export async function chooseSeries(
  market: Market,
  dataset: DailyDatasetName,
  codes: readonly string[],
  dates: readonly LocalDate[],
  required: LocalDate | null = null,
): Promise<ChosenSeries | null> {
  let best: (ChosenSeries & { readonly closes: number }) | null = null;
  for (const series of market.series(dataset)) {
    const panel = await series.closes();
    const counts = dates.map((date) => codes.filter((code) => panel.close(code, date) !== null).length);
    const closes = counts.reduce((sum, count) => sum + count, 0);
    if (closes <= (best?.closes ?? 0)) continue;
    if (required !== null && counts[dates.indexOf(required)] === 0) continue;
    const first = dates[counts.findIndex((count) => count > 0)] as LocalDate;
    const last = dates[counts.findLastIndex((count) => count > 0)] as LocalDate;
    best = { series, panel, first, last, closes };
  }
  return best;
}
