import type { DayNumber } from './local-date.js';

/** Closes by day, days × codes, day by day; NaN = missing. */
export interface DatedCloses {
  /** Ascending. */
  readonly days: Int32Array;
  readonly codes: readonly string[];
  readonly closes: Float64Array;
}

/** First row on or after the day; the number of rows where there is none. */
export function firstRowFrom(days: Int32Array, day: DayNumber): number {
  let [low, high] = [0, days.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (days[middle] < day) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The close from which a weight known on `day` drifts: the last on or before the day, else the first after it; NaN where
 * the stock has none.
 */
export function findReferenceClose(
  { days, codes, closes }: DatedCloses,
  column: number | undefined,
  day: DayNumber,
): number {
  if (column === undefined) return Number.NaN;
  const rowAfter = firstRowFrom(days, day + 1);
  for (let row = rowAfter - 1; row >= 0; row--) {
    const close = closes[row * codes.length + column];
    if (!Number.isNaN(close)) return close;
  }
  for (let row = rowAfter; row < days.length; row++) {
    const close = closes[row * codes.length + column];
    if (!Number.isNaN(close)) return close;
  }
  return Number.NaN;
}
