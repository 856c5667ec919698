import type { LocalDate } from './local-date.js';

/**
 * How a stock's prices treat dividends and splits: as traded (`none`), adjusted backwards from today (`qfq`, forward
 * adjustment: the latest price is as traded) or forwards from the listing (`hfq`, backward adjustment).
 */
export type Adjustment = 'none' | 'qfq' | 'hfq';

/** What the demo's series are called; their presence makes `dataStatus.synthetic` true. */
export const SYNTHETIC_SOURCE = 'synthetic';

/** Minutes that one bar of a series of minute bars spans. */
export type BarMinutes = 1 | 5 | 15;
export const BAR_MINUTES: readonly BarMinutes[] = [1, 5, 15];

/** One vendor's prices under one adjustment, bars of one length: the identity of a series. */
export interface PriceSeriesKey {
  readonly dataset: string;
  readonly source: string;
  readonly adjustment: Adjustment;
  /** null = a row a day. */
  readonly barMinutes: BarMinutes | null;
}

export function describeSeries({ dataset, source, adjustment, barMinutes }: PriceSeriesKey): string {
  const bars = barMinutes === null ? '' : ` (${barMinutes} min)`;
  return `${dataset}${bars} of source "${source}", adjustment ${adjustment}`;
}

const PROVENANCE = 'closes: ';

/** The note that names the series of a figure's closes. */
export function provenanceNote(series: PriceSeriesKey): string {
  return PROVENANCE + describeSeries(series);
}

/** The series that such a note among the given ones names; null where none does. */
export function seriesNamedIn(notes: readonly string[]): string | null {
  return notes.find((note) => note.startsWith(PROVENANCE))?.slice(PROVENANCE.length) ?? null;
}

/** Best for momentum first: adjusted prices have no ex-dividend gaps; `hfq` is not rewritten by each new dividend. */
const ADJUSTMENT_ORDER: readonly Adjustment[] = ['hfq', 'qfq', 'none'];

/**
 * The order in which series are asked: by adjustment (hfq, qfq, none), then by first import. One series serves a figure
 * alone; two never meet inside one.
 */
export function bySeriesPreference(
  a: { id: number; adjustment: Adjustment },
  b: { id: number; adjustment: Adjustment },
): number {
  return ADJUSTMENT_ORDER.indexOf(a.adjustment) - ADJUSTMENT_ORDER.indexOf(b.adjustment) || a.id - b.id;
}

/** The first series, in order, that holds all the dates. */
export function firstSeriesWith<S extends { has(date: LocalDate): boolean }>(
  series: readonly S[],
  dates: readonly LocalDate[],
): S | null {
  return series.find((candidate) => dates.every((date) => candidate.has(date))) ?? null;
}
