/** By day. */
export interface RecordHighs {
  /** 1 where the day's high is a record, else 0. */
  readonly flags: Uint8Array;
  /** Highest adjusted high of all earlier days; NaN on and before the first day with a high. */
  readonly earlier: Float64Array;
}

/**
 * What a high must exceed the earlier ones by, as a fraction, to count: far less than a cent on any price, far more than
 * the rounding that makes two equal adjusted prices differ.
 */
const ROUNDING = 1e-9;

/**
 * Days with an all-time high:
 *
 *     record(t)  ⇔  high(t) > max{ high(s) : s < t }
 *
 * over highs adjusted for dividends and splits, so that an ex-dividend day hides no record and a reverse split makes
 * none. A tie is no record, and neither is the first day, which has nothing to exceed. All of this holds since the
 * listing only where the series begins there; where it begins later, the caller has to say so.
 *
 * @param adjustedHighs one per day in order, NaN without trading. Backward-adjusted (hfq) in full precision; prices
 *   rounded after adjustment, as forward-adjusted (qfq) ones often are, turn near records into ties
 */
export function recordHighs(adjustedHighs: Float64Array): RecordHighs {
  const days = adjustedHighs.length;
  const flags = new Uint8Array(days);
  const earlier = new Float64Array(days);
  let highest = Number.NaN;
  for (let day = 0; day < days; day++) {
    earlier[day] = highest;
    const high = adjustedHighs[day];
    if (isRecordHigh(high, highest)) flags[day] = 1;
    if (!(high <= highest) && !Number.isNaN(high)) highest = high;
  }
  return { flags, earlier };
}

/**
 * Whether a high exceeds the highest of all earlier ones.
 *
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

/**
 * Backward-adjusted (hfq) prices: price · factor.
 *
 * @param prices as traded
 * @param factors cumulative, 1 at the listing, growing with every payout
 * @throws RangeError where there is not one factor per price
 */
export function adjustedPrices(prices: Float64Array, factors: Float64Array): Float64Array {
  if (prices.length !== factors.length) throw new RangeError(`${prices.length} prices but ${factors.length} factors`);
  return prices.map((price, day) => price * factors[day]);
}
