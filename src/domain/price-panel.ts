/**
 * Closes ready for portfolio accounting: row by row, one row per trading day and one column per industry. A close that
 * is not above zero (NaN included) is missing.
 */
export interface PricePanel {
  readonly rows: number;
  readonly industries: number;
  /** rows × industries, as given: whether an industry has a price on a day, and so can be bought. */
  readonly closes: Float64Array;
  /** rows × industries: each close, or the last one before it where it is missing; NaN before the first. */
  readonly carried: Float64Array;
}

/**
 * @param closes rows × industries; kept, not copied
 * @throws RangeError where the closes do not fill whole rows
 */
export function createPricePanel(closes: Float64Array, industries: number): PricePanel {
  const rows = closes.length / industries;
  if (!Number.isInteger(rows))
    throw new RangeError(`${closes.length} closes are not whole rows of ${industries} industries`);
  const carried = new Float64Array(closes.length);
  for (let i = 0; i < closes.length; i++) {
    const previous = i < industries ? Number.NaN : carried[i - industries];
    carried[i] = closes[i] > 0 ? closes[i] : previous;
  }
  return { rows, industries, closes, carried };
}
