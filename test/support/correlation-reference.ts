/** Slow, literal definitions to hold the product's fast ones against; NaN marks a missing value. */

export function pearsonReference(x: readonly number[], y: readonly number[]): number {
  const pairs = x.map((value, i) => [value, y[i]]).filter(([a, b]) => !Number.isNaN(a) && !Number.isNaN(b));
  if (pairs.length < 3) return Number.NaN;
  if (new Set(pairs.map(([a]) => a)).size === 1 || new Set(pairs.map(([, b]) => b)).size === 1) return Number.NaN;
  const average = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const meanX = average(pairs.map(([a]) => a));
  const meanY = average(pairs.map(([, b]) => b));
  const covariance = average(pairs.map(([a, b]) => (a - meanX) * (b - meanY)));
  const varianceX = average(pairs.map(([a]) => (a - meanX) ** 2));
  const varianceY = average(pairs.map(([, b]) => (b - meanY) ** 2));
  return covariance / Math.sqrt(varianceX * varianceY);
}

export function spearmanReference(x: readonly number[], y: readonly number[]): number {
  const complete = x.map((value, i) => [value, y[i]]).filter(([a, b]) => !Number.isNaN(a) && !Number.isNaN(b));
  return pearsonReference(
    averageRanksReference(complete.map(([a]) => a)),
    averageRanksReference(complete.map(([, b]) => b)),
  );
}

/** Sorts, then averages the 1-based places at which each value stands. */
export function averageRanksReference(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  return values.map((value) => {
    const places = sorted.flatMap((other, place) => (other === value ? [place + 1] : []));
    return places.reduce((sum, place) => sum + place, 0) / places.length;
  });
}

/** pandas `qcut`, literally: interpolated edges, right-closed bins, the lowest value in the first; 0-based groups. */
export function quantileReference(values: readonly number[], quantiles: number): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const edges = Array.from({ length: quantiles + 1 }, (_, k) => {
    const below = Math.floor((k * (values.length - 1)) / quantiles);
    const weight = ((k * (values.length - 1)) % quantiles) / quantiles;
    return weight === 0 ? sorted[below] : sorted[below] + weight * (sorted[below + 1] - sorted[below]);
  });
  return values.map((value) => {
    if (value === edges[0]) return 0;
    return edges.findIndex((edge, k) => k > 0 && edges[k - 1] < value && value <= edge) - 1;
  });
}
