/** Series side by side: all days of the first series, then all of the second, and so on; NaN where there is no return. */
export interface ReturnMatrix {
  readonly series: number;
  readonly days: number;
  /** Simple daily returns, fractions, series × days. */
  readonly returns: Float64Array;
}

/** Every series of one matrix against every series of another; element [a · |B| + b] belongs to the pair (a, b). */
export interface ReturnRelations {
  /** Pearson, −1 to 1; NaN with too few common days or where a side does not vary. */
  readonly correlations: Float64Array;
  /** cov(a, b) / var(b): how far a moves with a move of b by 1; NaN as above. */
  readonly betas: Float64Array;
  /** Days on which both have a return. */
  readonly observations: Uint16Array;
}

/** A year of trading days, about: the window that callers cut. */
export const RELATION_DAYS = 250;

/** A quarter of a year: with fewer common days a correlation of 0.25 is within chance (two standard errors). */
export const RELATION_MIN_OBSERVATIONS = 60;

/** Summed squares around the mean below this share of those around the first return are what rounding leaves of none. */
const NO_VARIATION = 1e-12;

/**
 * Correlation and beta of each series of A to each of B over the days that both have (pairwise: a gap leaves out its own
 * pairs only). With Σ over those n days,
 *
 *     cov = Σab − Σa·Σb/n,   r = cov / √(var a · var b),   β = cov / var b
 *
 * from sums of deviations from each series' first return, so that a series that does not vary has a variance of exactly
 * zero. A pair costs one product sum and a step per gap.
 *
 * @param minimum least number of common days for a figure, at least 3
 * @throws RangeError where the matrices differ in days or hold more than 65,535
 */
export function returnRelations(
  a: ReturnMatrix,
  b: ReturnMatrix,
  minimum: number = RELATION_MIN_OBSERVATIONS,
): ReturnRelations {
  if (a.days !== b.days || a.days > 0xffff) throw new RangeError(`cannot compare ${a.days} days with ${b.days}`);
  const pairs = a.series * b.series;
  const relations: ReturnRelations = {
    correlations: new Float64Array(pairs).fill(Number.NaN),
    betas: new Float64Array(pairs).fill(Number.NaN),
    observations: new Uint16Array(pairs),
  };
  const [left, right] = [new Deviations(a), new Deviations(b)];
  for (let i = 0; i < a.series; i++)
    for (let j = 0; j < b.series; j++) relate(left, i, right, j, minimum, relations, i * b.series + j);
  return relations;
}

/** A matrix less each series' first return, 0 in the gaps, with the sums of each series. */
class Deviations {
  readonly days: number;
  readonly values: Float64Array;
  readonly sums: Float64Array;
  readonly squares: Float64Array;
  /** Days without a return, by series. */
  readonly gaps: readonly ReadonlySet<number>[];

  constructor({ series, days, returns }: ReturnMatrix) {
    this.days = days;
    this.values = new Float64Array(series * days);
    this.sums = new Float64Array(series);
    this.squares = new Float64Array(series);
    this.gaps = Array.from({ length: series }, (_, one) => {
      const own = returns.subarray(one * days, (one + 1) * days);
      const origin = own.find((value) => !Number.isNaN(value)) ?? 0;
      const gaps = new Set<number>();
      for (let day = 0; day < days; day++) {
        const value = own[day] - origin;
        if (Number.isNaN(value)) {
          gaps.add(day);
          continue;
        }
        this.values[one * days + day] = value;
        this.sums[one] += value;
        this.squares[one] += value * value;
      }
      return gaps;
    });
  }
}

/** The sums over the common days are those of each series less what it has where the other has a gap. */
function relate(
  left: Deviations,
  i: number,
  right: Deviations,
  j: number,
  minimum: number,
  relations: ReturnRelations,
  pair: number,
): void {
  const { days } = left;
  const atX = i * days;
  const atY = j * days;
  const gapsX = left.gaps[i];
  const gapsY = right.gaps[j];
  let n = days - gapsX.size - gapsY.size;
  let sx = left.sums[i];
  let sy = right.sums[j];
  let sxx = left.squares[i];
  let syy = right.squares[j];
  for (const day of gapsX) {
    const value = right.values[atY + day];
    sy -= value;
    syy -= value * value;
    if (gapsY.has(day)) n++;
  }
  for (const day of gapsY) {
    const value = left.values[atX + day];
    sx -= value;
    sxx -= value * value;
  }
  relations.observations[pair] = n;
  if (n < minimum) return;
  const varianceX = sxx - (sx * sx) / n;
  const varianceY = syy - (sy * sy) / n;
  if (!(varianceX > NO_VARIATION * left.squares[i]) || !(varianceY > NO_VARIATION * right.squares[j])) return;
  const covariance = productSum(left.values, atX, right.values, atY, days) - (sx * sy) / n;
  const correlation = covariance / Math.sqrt(varianceX * varianceY);
  relations.correlations[pair] = Math.max(-1, Math.min(1, correlation)); // rounding may reach past ±1
  relations.betas[pair] = covariance / varianceY;
}

/** Four sums side by side, since each addition waits for the one before it. */
function productSum(x: Float64Array, atX: number, y: Float64Array, atY: number, days: number): number {
  let first = 0;
  let second = 0;
  let third = 0;
  let fourth = 0;
  let day = 0;
  for (; day + 3 < days; day += 4) {
    const u = atX + day;
    const v = atY + day;
    first += x[u] * y[v];
    second += x[u + 1] * y[v + 1];
    third += x[u + 2] * y[v + 2];
    fourth += x[u + 3] * y[v + 3];
  }
  for (; day < days; day++) first += x[atX + day] * y[atY + day];
  return first + second + (third + fourth);
}
