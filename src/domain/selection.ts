import type { Fill } from './accounting.js';
import { equalWeightFill } from './equal-weight.js';
import type { PricePanel } from './price-panel.js';

/** One rebalance in rows of the price panel: chosen at the close of `signal`, bought at the close of `fill`. */
export interface RebalanceRows {
  readonly signal: number;
  readonly fill: number;
}

/** Industries are columns of the price panel throughout. */
export interface Selection {
  /** Industries to hold from the fill on. */
  readonly columns: readonly number[];
  /** Industries that would have been bought but have no price on the fill date. */
  readonly unpriced: readonly number[];
}

/** What a rule may look at: nothing later than the signal, but for whether a price exists on the fill date. */
export interface SelectionMoment extends RebalanceRows {
  readonly prices: PricePanel;
  /** What the same rule chose last; empty before the first purchase. */
  readonly held: readonly number[];
}

/** Chooses the holdings of one rebalance. Pure: the same moment gives the same selection. */
export type SelectionRule = (moment: SelectionMoment) => Selection;

/** A factor's values beside the prices, and the codes that settle equal values. */
export interface FactorPanel {
  readonly codes: readonly string[];
  /** rows × industries as of each close, higher is better; NaN where an industry has no value. */
  readonly values: Float64Array;
}

/** Whether `a` ranks better than `b` on a row, as in `rankDescending`; an industry without a value ranks last. */
export function ranksBetter({ codes, values }: FactorPanel, row: number, a: number, b: number): boolean {
  const valueOfA = values[row * codes.length + a];
  const valueOfB = values[row * codes.length + b];
  if (valueOfA > valueOfB || valueOfA < valueOfB) return valueOfA > valueOfB;
  if (Number.isNaN(valueOfA) !== Number.isNaN(valueOfB)) return Number.isNaN(valueOfB);
  return codes[a] < codes[b];
}

export interface ChosenRebalance extends RebalanceRows, Selection {}

/** Walks a rule through the rebalances in order, each from the holdings that the one before left. */
export function chooseHoldings(
  rule: SelectionRule,
  prices: PricePanel,
  rebalances: readonly RebalanceRows[],
): ChosenRebalance[] {
  const chosen = new Array<ChosenRebalance>(rebalances.length);
  let held: readonly number[] = [];
  for (let i = 0; i < rebalances.length; i++) {
    const { signal, fill } = rebalances[i];
    const { columns, unpriced } = rule({ prices, signal, fill, held });
    chosen[i] = { signal, fill, columns, unpriced };
    held = columns;
  }
  return chosen;
}

/**
 * The equal-weight fills of the chosen holdings. The portfolio begins with the first rebalance that buys anything, so
 * the dates on which a factor has no value yet are not spent in cash.
 */
export function equalWeightFills(chosen: readonly ChosenRebalance[]): Fill[] {
  const first = chosen.findIndex(({ columns }) => columns.length > 0);
  return first < 0 ? [] : chosen.slice(first).map(({ fill, columns }) => equalWeightFill(fill, columns));
}

/**
 * Whether an industry may be held from the fill on. One without a price cannot be bought; one that is held already may
 * stay, at its last close.
 */
export function canHold({ prices, fill, held }: SelectionMoment, column: number): boolean {
  return prices.closes[fill * prices.industries + column] > 0 || held.includes(column);
}
