import type { LocalDate } from './local-date.js';

/** The deepest fall of a net value from a high before it. */
export interface Drawdown {
  /** V(to)/V(from) − 1, at most 0. */
  readonly depth: number;
  /** The high, the low, and the first day back at the high; null where there was no fall, or no return to the high. */
  readonly from: LocalDate | null;
  readonly to: LocalDate | null;
  readonly recoveredOn: LocalDate | null;
}

/** Of equal falls the first; of equal highs before a fall the last. */
export function maximumDrawdown(dates: readonly LocalDate[], values: Float64Array): Drawdown {
  let high = 0;
  let [from, to, depth] = [0, 0, 0];
  for (let row = 1; row < values.length; row++) {
    if (values[row] >= values[high]) high = row;
    const fall = values[row] / values[high] - 1;
    if (fall < depth) [from, to, depth] = [high, row, fall];
  }
  if (depth === 0) return { depth: 0, from: null, to: null, recoveredOn: null };
  const recovered = values.findIndex((value, row) => row > to && value >= values[from]);
  return { depth, from: dates[from], to: dates[to], recoveredOn: dates[recovered] ?? null };
}
