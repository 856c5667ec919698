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
 * What is held can all be held on, so with `size` of them nothing below the worst of them is chosen. A first pass leaves
 * out what lies below, without a branch that the processor would have to guess; a second one keeps the best so far in
 * order, with their values beside them. Whole rankings would cost more than the accounting.
 *
 * @throws LundongError INVALID_ARGUMENT where `size` is no whole number from 1 to the industries that may be bought, or
 *   an excluded industry is named twice; UNKNOWN_INDUSTRY for an excluded code that is not in the panel
 */
export function topSelection({ factor, size, excluded = [] }: TopSelectionInput): SelectionRule {
  const { codes, values } = factor;
  const candidates = Int32Array.from(buyableColumns(codes, excluded, size));
  // Written anew by every rebalance: a rule is asked hundreds of times a backtest.
  const offered = new Int32Array(candidates.length + 1);
  const best = new Int32Array(size);
  const bestValues = new Float64Array(size);

  return (moment) => {
    const { signal, held } = moment;
    const start = signal * codes.length;
    const floor = held.length < size ? -Infinity : lowest(values, start, held);
    let offers = 0;
    for (let i = 0; i < candidates.length; i++) {
      offered[offers] = candidates[i];
      offers += Number(values[start + candidates[i]] >= floor); // NaN, no value, is not
    }
    let count = 0;
    let passedOver = NONE;
    for (let i = 0; i < offers; i++) {
      const column = offered[i];
      const value = values[start + column];
      if (count === size && !(value > bestValues[size - 1])) continue;
      if (!canHold(moment, column)) {
        passedOver = [...passedOver, column];
        continue;
      }
      let place = count < size ? count++ : size - 1;
      for (; place > 0 && bestValues[place - 1] < value; place--) {
        best[place] = best[place - 1];
        bestValues[place] = bestValues[place - 1];
      }
      best[place] = column;
      bestValues[place] = value;
    }
    // A factor that says nothing on the day is no reason to sell: what is held is kept.
    if (count === 0 && passedOver.length === 0) return { columns: held, unpriced: NONE };
    const columns = new Array<number>(count);
    for (let place = 0; place < count; place++) columns[place] = best[place];
    if (passedOver.length === 0 || count < size) return { columns, unpriced: passedOver };
    return { columns, unpriced: passedOver.filter((each) => ranksBetter(factor, signal, each, columns[size - 1])) };
  };
}

const NONE: readonly number[] = [];

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
