import type { Fill } from './accounting.js';
import { equalWeightFill } from './equal-weight.js';
import type { PricePanel } from './price-panel.js';

/**
 * The benchmark of a portfolio as fills of its own: all industries, equal weight, reset at the close of the portfolio's
 * own fills, drifting between; it pays no cost (keep its account at 0 basis points).
 *
 * An industry that has had no close yet (CI005030 before 2017) is left out until the first reset on or after its first
 * close; one that has, but lacks the close of a reset, stays in at its last close.
 *
 * @param rows rows of the portfolio's fills
 */
export function benchmarkFills(prices: PricePanel, rows: readonly number[]): Fill[] {
  return rows.map((row) => {
    const columns: number[] = [];
    for (let column = 0; column < prices.industries; column++) {
      if (prices.carried[row * prices.industries + column] > 0) columns.push(column);
    }
    return equalWeightFill(row, columns);
  });
}
