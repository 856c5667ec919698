import { averageRanks } from './ranking.js';

/** Two samples of equal length, without NaN. */
export interface CompletePairs {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** A line through two points always fits; a correlation says something from three pairs on. */
const MIN_PAIRS = 3;

/**
 * The pairs (xᵢ, yᵢ) of which neither value is NaN, in their order.
 *
 * @throws RangeError where the samples differ in length
 */
export function completePairs(x: Float64Array, y: Float64Array): CompletePairs {
  if (x.length !== y.length) throw new RangeError(`cannot pair ${x.length} values with ${y.length}`);
  const pairs = { x: [] as number[], y: [] as number[] };
  for (let i = 0; i < x.length; i++) {
    if (Number.isNaN(x[i]) || Number.isNaN(y[i])) continue;
    pairs.x.push(x[i]);
    pairs.y.push(y[i]);
  }
  return pairs;
}

/**
 * Pearson correlation over the complete pairs, the IC where x is a factor and y the return that follows:
 *
 *     r = Σ(xᵢ − x̄)(yᵢ − ȳ) / √( Σ(xᵢ − x̄)² · Σ(yᵢ − ȳ)² )
 *
 * @returns a number from −1 to 1; NaN with fewer than three complete pairs or where either side does not vary
 * @throws RangeError where the samples differ in length
 */
export function pearson(x: Float64Array, y: Float64Array): number {
  return correlation(completePairs(x, y));
}

/**
 * Spearman correlation over the complete pairs, the Rank IC: {@link pearson} of the ranks among those pairs, equal
 * values sharing their mean rank.
 *
 * @returns a number from −1 to 1; NaN with fewer than three complete pairs or where either side does not vary
 * @throws RangeError where the samples differ in length
 */
export function spearman(x: Float64Array, y: Float64Array): number {
  const pairs = completePairs(x, y);
  return correlation({ x: averageRanks(pairs.x), y: averageRanks(pairs.y) });
}

function correlation({ x, y }: CompletePairs): number {
  if (x.length < MIN_PAIRS || isConstant(x) || isConstant(y)) return Number.NaN;
  const meanX = mean(x);
  const meanY = mean(y);
  let xy = 0;
  let xx = 0;
  let yy = 0;
  for (let i = 0; i < x.length; i++) {
    const dx = x[i] - meanX;
    const dy = y[i] - meanY;
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  }
  return Math.max(-1, Math.min(1, xy / (Math.sqrt(xx) * Math.sqrt(yy)))); // rounding may reach past ±1
}

/** Compared value by value: the variance of equal numbers is not always zero after rounding. */
function isConstant(values: readonly number[]): boolean {
  for (let i = 1; i < values.length; i++) if (values[i] !== values[0]) return false;
  return true;
}

function mean(values: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}
