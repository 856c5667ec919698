import { LundongError } from './errors.js';
import { canHold, type FactorPanel, ranksBetter, type SelectionRule } from './selection.js';
import { buyableColumns, columnsOf } from './selection-input.js';

export interface SwapSelectionInput {
  readonly factor: FactorPanel;
  readonly size: number;
  readonly swapsPerRebalance: number;
  /** Codes that are ranked but never bought. */
  readonly excluded?: readonly string[];
  /** Codes bought as they are on the first rebalance date; without them it buys the top `size`. */
  readonly initialHoldings?: readonly string[];
}

/**
 * SWAP: at each rebalance, up to `swapsPerRebalance` times, the best-ranked industry that is not held (and not
 * excluded) replaces the worst-ranked held one, as long as it ranks better than the one it replaces. Every published
 * swap fits this; none tells what happens when the holdings already are the best, where swapping on would trade a
 * better industry for a worse one.
 *
 * Industries rank by factor value on the signal date, equal values by code ascending; one without a value is never
 * bought, and held it ranks last: the model no longer speaks for it. Without a price on the fill date an industry that
 * is next to be bought is passed over for the next best, and reported. Holdings short of `size` (because too few
 * industries had values or prices) are first filled up with the best, which does not count as swaps.
 *
 * @throws LundongError INVALID_ARGUMENT where `size` or `swapsPerRebalance` is out of bounds, the initial holdings are
 *   more than `size` or an industry is named twice; UNKNOWN_INDUSTRY for a code that is not in the panel
 */
export function swapSelection(input: SwapSelectionInput): SelectionRule {
  const { factor, size, swapsPerRebalance, excluded = [], initialHoldings = [] } = input;
  const { codes, values } = factor;
  const candidates = buyableColumns(codes, excluded, size);
  const initial = columnsOf(initialHoldings, codes);
  if (!Number.isInteger(swapsPerRebalance) || swapsPerRebalance < 1)
    throw new LundongError(
      'INVALID_ARGUMENT',
      `swapsPerRebalance must be a whole number from 1 on, not ${swapsPerRebalance}.`,
    );
  if (initial.length > size)
    throw new LundongError(
      'INVALID_ARGUMENT',
      `There are ${initial.length} initial holdings for a portfolio of ${size}; name at most ${size}.`,
    );

  return (moment) => {
    const { signal, held } = moment;
    if (held.length === 0 && initial.length > 0) {
      const isPriced = (column: number) => canHold(moment, column);
      return { columns: initial.filter(isPriced), unpriced: initial.filter((column) => !isPriced(column)) };
    }

    const columns = held.slice();
    const unpriced: number[] = [];
    const better = (a: number, b: number) => (ranksBetter(factor, signal, a, b) ? a : b);
    const worse = (a: number, b: number) => (ranksBetter(factor, signal, a, b) ? b : a);
    const isOffered = (column: number) =>
      !Number.isNaN(values[signal * codes.length + column]) && !columns.includes(column) && !unpriced.includes(column);

    let swapsLeft = swapsPerRebalance;
    for (;;) {
      const offered = candidates.filter(isOffered);
      if (offered.length === 0) break;
      const incoming = offered.reduce(better);
      const outgoing = columns.length < size ? null : columns.reduce(worse);
      if (outgoing !== null && (swapsLeft === 0 || better(incoming, outgoing) === outgoing)) break;

      if (!canHold(moment, incoming)) unpriced.push(incoming);
      else if (outgoing === null) columns.push(incoming);
      else {
        columns[columns.indexOf(outgoing)] = incoming;
        swapsLeft--;
      }
    }
    return { columns, unpriced };
  };
}
