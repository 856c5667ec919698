/**
 * What a high must exceed the earlier ones by, as a fraction, to count: far less than a cent on any price, far more than
 * the rounding that makes two equal adjusted prices differ.
 */
const ROUNDING = 1e-9;

/**
 * Whether a high is a record, one that exceeds the highest of all earlier ones:
 *
 *     record(t)  ⇔  high(t) > max{ high(s) : s < t }
 *
 * over highs adjusted for dividends and splits, so that an ex-dividend day hides no record and a reverse split makes
 * none. A tie is no record, and neither is the first day, which has nothing to exceed. All of this holds since the
 * listing only where the series begins there; where it begins later, the caller has to say so. Backward-adjusted (hfq)
 * highs in full precision are best; prices rounded after adjustment, as forward-adjusted (qfq) ones often are, turn near
 * records into ties.
 *
 * @param highest NaN without an earlier one
 * @param rounding fraction that it must exceed it by, where the two are not equally exact
 */
export function isRecordHigh(high: number, highest: number, rounding: number = ROUNDING): boolean {
  return high > highest * (1 + rounding);
}

/** The highest of all earlier days of many series side by side, and the first day of each. */
export interface EarlierHighs {
  /** By series; NaN without an earlier high. */
  readonly highest: Float64Array;
  /** Row of each series' first high; −1 without one. */
  readonly firstRow: Int32Array;
}

export function noEarlierHighs(series: number): EarlierHighs {
  return { highest: new Float64Array(series).fill(Number.NaN), firstRow: new Int32Array(series).fill(-1) };
}

/**
 * Takes rows of highs into account, day by day as they lie in a matrix: far quicker than a series at a time.
 *
 * @param highs days × series, NaN without trading; a row per day in order
 */
export function addHighs(
  { highest, firstRow }: EarlierHighs,
  highs: Float64Array,
  fromRow: number,
  toRow: number,
): void {
  const series = highest.length;
  for (let row = fromRow; row < toRow; row++)
    for (let one = 0; one < series; one++) {
      const high = highs[row * series + one];
      if (Number.isNaN(high)) continue;
      if (firstRow[one] < 0) firstRow[one] = row;
      if (!(high <= highest[one])) highest[one] = high;
    }
}
