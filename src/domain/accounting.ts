import { LundongError } from './errors.js';
import type { PricePanel } from './price-panel.js';
import { valueAfterCost } from './transaction-cost.js';

/** Target weights set at the close of a row of the price panel; what they leave of 1 is cash. */
export interface Fill {
  readonly row: number;
  /** Industries held from this close on, ascending columns of the price panel. */
  readonly columns: readonly number[];
  /** Fraction of the value after cost by column, in the order of `columns`; positive, at most 1 together. */
  readonly weights: readonly number[];
}

/** A portfolio from its first fill to the last row of the panel. */
export interface PortfolioAccount {
  /** Row of the first fill. */
  readonly firstRow: number;
  /** Value per row from `firstRow` on, of 1 invested; after cost on the rows of fills. */
  readonly netValues: Float64Array;
  /** Per fill half the L1 distance of drifted and target weights, cash not counted: 0 to 1; the purchase counts 0.5. */
  readonly turnovers: Float64Array;
  /** Per fill the cost as a fraction of the value before it. */
  readonly costs: Float64Array;
}

/** What a portfolio owns at the close of a row. */
export interface Positions {
  readonly columns: readonly number[];
  /** Shares by column, per 1 invested at the first fill; shares × price + cash = net value. */
  readonly shares: readonly number[];
  /** Drifted weights by column, fractions of the net value. */
  readonly weights: readonly number[];
  readonly cash: number;
}

const BASIS_POINT = 1e-4;

/** Room for the rounding of weights such as 1/6 added up. */
const WEIGHT_SUM_TOLERANCE = 1e-9;

/**
 * Keeps the books of a portfolio day by day. At a fill the value V is traded into the target weights w for the value
 * V⁺ that the cost leaves (see {@link valueAfterCost}); until the next fill the shares stay and the weights drift:
 *
 *     shares = w·V⁺ / price(fill),   V(t) = cash + Σ shares·price(t)
 *
 * A held industry without a close keeps its last one, also where a fill trades it. Each net value is worked out from
 * the shares of its own fill and the prices of its own row, so none depends on a later row.
 *
 * @param fills in order of their rows
 * @param costBps basis points of traded value, from 0 to below 10,000; the first purchase pays too
 * @throws LundongError INVALID_ARGUMENT for a cost out of bounds; INVALID_RANGE without a fill
 * @throws RangeError for fills that are not in order, a column without any close yet, or weights over 1
 * together
 */
export function keepAccount(prices: PricePanel, fills: readonly Fill[], costBps: number): PortfolioAccount {
  if (!(costBps >= 0 && costBps * BASIS_POINT < 1))
    throw new LundongError(
      'INVALID_ARGUMENT',
      `costBps must be at least 0 and below 10000 basis points, not ${costBps}.`,
    );
  if (fills.length === 0)
    throw new LundongError('INVALID_RANGE', 'The portfolio never buys anything in this range; choose a longer one.');

  const { rows, industries, carried } = prices;
  const firstRow = fills[0].row;
  const netValues = new Float64Array(rows - firstRow);
  const turnovers = new Float64Array(fills.length);
  const costs = new Float64Array(fills.length);
  const trade = new Trade(prices, costBps * BASIS_POINT);

  for (let index = 0; index < fills.length; index++) {
    const fill = fills[index];
    const end = index + 1 < fills.length ? fills[index + 1].row : rows;
    if (!(fill.row >= 0 && fill.row < end)) throw new RangeError(`fill ${index}, row ${fill.row}, is out of order`);
    trade.into(fill);
    turnovers[index] = trade.turnover;
    costs[index] = trade.cost;
    netValues[fill.row - firstRow] = trade.value;

    const { columns } = fill;
    const { shares, cash } = trade;
    for (let row = fill.row + 1; row < end; row++) {
      const start = row * industries;
      let value = cash;
      for (let i = 0; i < columns.length; i++) value += shares[i] * carried[start + columns[i]];
      netValues[row - firstRow] = value;
    }
  }
  return { firstRow, netValues, turnovers, costs };
}

/**
 * What the account owns at the close of a row, worked out from the last fill on or before it as in {@link keepAccount}.
 *
 * @throws RangeError outside the account's rows
 */
export function positionsAt(
  prices: PricePanel,
  fills: readonly Fill[],
  account: PortfolioAccount,
  row: number,
): Positions {
  if (!(row >= account.firstRow && row < prices.rows)) throw new RangeError(`row ${row} is outside the account`);
  const fill = fills.findLast((each) => each.row <= row)!;
  const filled = account.netValues[fill.row - account.firstRow];
  const priceOf = (column: number, at: number) => prices.carried[at * prices.industries + column];
  const shares = fill.columns.map((column, i) => (fill.weights[i] * filled) / priceOf(column, fill.row));
  const netValue = account.netValues[row - account.firstRow];
  return {
    columns: fill.columns,
    shares,
    weights: fill.columns.map((column, i) => (shares[i] * priceOf(column, row)) / netValue),
    cash: fill.weights.reduce((cash, weight) => cash - weight * filled, filled),
  };
}

/** The book between two fills: what is owned, and how the last trade went. */
class Trade {
  value = 1;
  cash = 1;
  /** In the order of the last fill's columns. */
  readonly shares: Float64Array;
  turnover = 0;
  cost = 0;

  #held: readonly number[] = [];
  readonly #worths: Float64Array;
  readonly #targets: Float64Array;

  constructor(
    readonly prices: PricePanel,
    readonly costRate: number,
  ) {
    this.shares = new Float64Array(prices.industries);
    this.#worths = new Float64Array(prices.industries);
    this.#targets = new Float64Array(prices.industries);
  }

  into({ row, columns, weights }: Fill): void {
    const { carried, industries } = this.prices;
    const start = row * industries;
    const traded = this.#compare(start, columns, weights);
    let before = this.cash;
    for (let i = 0; i < this.#held.length; i++) before += this.shares[i] * carried[start + this.#held[i]];
    const after = valueAfterCost(before, this.costRate, this.#targets, this.#worths, traded);

    let distance = 0;
    for (let i = 0; i < traded; i++) distance += Math.abs(this.#targets[i] - this.#worths[i] / before);
    this.turnover = distance / 2;
    this.cost = (before - after) / before;
    this.value = after;

    this.cash = after;
    for (let i = 0; i < columns.length; i++) {
      const price = carried[start + columns[i]];
      if (!(price > 0)) throw new RangeError(`column ${columns[i]} has had no close by row ${row}, its fill`);
      const worth = weights[i] * after;
      this.shares[i] = worth / price;
      this.cash -= worth;
    }
    if (!(this.cash >= -WEIGHT_SUM_TOLERANCE * after))
      throw new RangeError(`the weights of the fill of row ${row} are over 1 together`);
    this.#held = columns;
  }

  /**
   * Sets worth held and weight wanted side by side for every industry held or wanted, by merging the two ascending
   * lists of columns.
   *
   * @returns how many industries that are
   */
  #compare(start: number, columns: readonly number[], weights: readonly number[]): number {
    const held = this.#held;
    const { carried } = this.prices;
    let traded = 0;
    for (let old = 0, wanted = 0; old < held.length || wanted < columns.length; traded++) {
      const heldFirst = wanted === columns.length || (old < held.length && held[old] <= columns[wanted]);
      const wantedFirst = old === held.length || (wanted < columns.length && columns[wanted] <= held[old]);
      this.#worths[traded] = heldFirst ? this.shares[old] * carried[start + held[old++]] : 0;
      this.#targets[traded] = wantedFirst ? weights[wanted++] : 0;
    }
    return traded;
  }
}
