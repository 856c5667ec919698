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
  const { industries, carried } = prices;
  let last: Fill | null = null;
  return rows.map((row) => {
    let count = 0;
    for (let column = 0; column < industries; column++) if (carried[row * industries + column] > 0) count++;
    // Industries come and none goes, so as many as at another reset are the same ones.
    if (last?.columns.length === count) return { row, columns: last.columns, weights: last.weights };
    const columns = Array.from({ length: industries }, (_, column) => column);
    last = equalWeightFill(
      row,
      columns.filter((column) => carried[row * industries + column] > 0),
    );
    return last;
  });
}
