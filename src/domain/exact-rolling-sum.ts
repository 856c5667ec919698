/**
 * A sum from which numbers can be taken away again without a trace, so that a rolling sum depends only on the numbers
 * inside its window and not on where the roll began.
 *
 * The sum is an unevaluated pair `high + low` with high = the exact sum rounded to a double and low = the rest
 * ("double-double"). Adding takes the error of `high + x` out exactly (two-sum: Knuth, TAOCP 2, 4.2.2, theorem B) and
 * folds it into `low`, then normalises the pair (fast two-sum: Dekker 1971).
 *
 * Why this is exact: every addend, hence every sum, is a multiple of the last bit of the smallest addend, which is at
 * least 2^-53 of it. As long as no sum exceeds that bit 2^105-fold, what is left beside `high` fits the 53 bits of
 * `low`, so no step rounds; and the normalised pair of an exact value is unique. One stock's closes may thus span a
 * ratio of 2^42 (0.001 to 4,000,000,000) in windows of 1,000, and diffusion values smoothed twice over 250 days may be
 * as small as 2^-36.
 */
export class ExactRollingSum {
  #high = 0;
  #low = 0;

  /** Adds x; `add(-x)` takes an earlier x away again. */
  add(x: number): void {
    const sum = this.#high + x;
    const added = sum - this.#high;
    const error = this.#high - (sum - added) + (x - added);
    const rest = this.#low + error;
    this.#high = sum + rest;
    this.#low = rest - (this.#high - sum);
  }

  clear(): void {
    this.#high = 0;
    this.#low = 0;
  }

  /** The exact sum, rounded once. */
  get value(): number {
    return this.#high;
  }
}
