import { canHold, type FactorPanel, ranksBetter, type SelectionRule } from './selection.js';
import { buyableColumns } from './selection-input.js';

export interface TopSelectionInput {
  readonly factor: FactorPanel;
  readonly size: number;
  /** Codes that are ranked but never bought. */
  readonly excluded?: readonly string[];
}

/**
 * TOP_N: the `size` industries with the highest factor values on the signal date, best first, equal values by code
 * ascending: the order of `rankDescending`. Industries without a value are not ranked and so never chosen. One without a price on the
 * fill date is passed over for the next best and reported, unless it is held already. With fewer candidates than
 * `size`, all of them; where no industry at all has a value, what is held is kept.
 *
 * A single pass keeps the best so far in order. What is held can all be held on, so with `size` of them nothing below
 * the worst of them is chosen, and most industries are settled by one comparison; whole rankings would cost more than
 * the accounting.
 *
 * @throws LundongError INVALID_ARGUMENT where `size` is no whole number from 1 to the industries that may be bought, or
 *   an excluded industry is named twice; UNKNOWN_INDUSTRY for an excluded code that is not in the panel
 */
export function topSelection({ factor, size, excluded = [] }: TopSelectionInput): SelectionRule {
  const { codes, values } = factor;
  const candidates = buyableColumns(codes, excluded, size);

  return (moment) => {
    const { signal, held } = moment;
    const start = signal * codes.length;
    const floor = held.length < size ? -Infinity : lowest(values, start, held);
    const best: number[] = [];
    const passedOver: number[] = [];
    for (let i = 0; i < candidates.length; i++) {
      const column = candidates[i];
      const value = values[start + column];
      if (!(value >= floor)) continue; // so does NaN, no value
      if (best.length === size && value <= values[start + best[size - 1]]) continue;
      if (!canHold(moment, column)) {
        passedOver.push(column);
        continue;
      }
      let place = Math.min(best.length, size - 1);
      for (; place > 0 && values[start + best[place - 1]] < value; place--) best[place] = best[place - 1];
      best[place] = column;
    }
    // A factor that says nothing on the day is no reason to sell: what is held is kept.
    if (best.length === 0 && passedOver.length === 0) return { columns: held, unpriced: [] };
    if (passedOver.length === 0 || best.length < size) return { columns: best, unpriced: passedOver };
    return { columns: best, unpriced: passedOver.filter((each) => ranksBetter(factor, signal, each, best[size - 1])) };
  };
}

/** The lowest value of the columns, −Infinity where one has none. */
function lowest(values: Float64Array, start: number, columns: readonly number[]): number {
  let low = Infinity;
  for (let i = 0; i < columns.length; i++) {
    const value = values[start + columns[i]];
    if (Number.isNaN(value)) return -Infinity;
    if (value < low) low = value;
  }
  return low;
}
