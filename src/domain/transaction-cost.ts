/**
 * The value V⁺ that is left after trading holdings h into target weights w, when every yuan traded costs c and the
 * targets are met by what is left:
 *
 *     V⁺ = V − c·Σ|w·V⁺ − h|
 *
 * Solved exactly. f(x) = x + c·Σ|w·x − h| is convex, piecewise linear and, with c·Σw < 1, increasing, so f(x) = V has
 * one root, and it lies at or below V. Newton's method from x = V takes the piece that x lies on and goes to that
 * piece's own root: on a convex function the steps come down to the root without passing it, each sign turns from
 * "bought" to "sold" at most once, and on the root's own piece the step lands on it. Mostly that takes two steps, never
 * more than there are holdings, plus one.
 *
 * @param value V: the worth of the holdings plus cash, before trading
 * @param costRate c, at least 0 and below 1 (0.001 = 10 basis points of traded value)
 * @param weights w, each at least 0, at most 1 together; the first `count` entries are read
 * @param worths h, in the order of the weights
 */
export function valueAfterCost(
  value: number,
  costRate: number,
  weights: ArrayLike<number>,
  worths: ArrayLike<number>,
  count: number,
): number {
  if (costRate === 0) return value;
  for (let after = value; ; ) {
    let slope = 1;
    let target = value;
    for (let i = 0; i < count; i++) {
      const signedRate = weights[i] * after >= worths[i] ? costRate : -costRate;
      slope += signedRate * weights[i];
      target += signedRate * worths[i];
    }
    const next = target / slope;
    if (!(next < after)) return after;
    after = next;
  }
}
