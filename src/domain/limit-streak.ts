import { type Board, limitPrices, toCents } from './price-limit.js';

/** One stock's days in order, one element per trading day of the market. */
export interface LimitDays {
  readonly board: Board;
  /** Yuan as traded; NaN on a day without trading (a carried close must be blanked). */
  readonly closes: Float64Array;
  /**
   * Yuan: what each day's limit is taken from, the close of the last session, on an ex-right day less the right. NaN
   * where it is not known.
   */
  readonly references: Float64Array;
  /** Whole percent by day, of `limitPercent`; 0 = no limit. */
  readonly percents: Uint8Array;
}

/** By day; both 0 on days without trading, but for the streak, which goes on. */
export interface LimitStreaks {
  /** 1 = closed limit-up, −1 = limit-down, 0 = neither, no limit, or not to be told. */
  readonly flags: Int8Array;
  /** Sessions in a row closed at the same limit, up counted positive and down negative; 0 = none. */
  readonly streaks: Int16Array;
}

/**
 * Marks the days that closed at a limit price and counts the streaks, in one pass. A day without trading neither breaks
 * nor extends a streak; a session without a limit, or one whose prices are not whole cents, ends it.
 *
 * @throws RangeError where the columns differ in length
 */
export function limitStreaks({ board, closes, references, percents }: LimitDays): LimitStreaks {
  const days = closes.length;
  if (references.length !== days || percents.length !== days)
    throw new RangeError(`${days} closes, but ${references.length} references and ${percents.length} limits`);
  const flags = new Int8Array(days);
  const streaks = new Int16Array(days);
  let streak = 0;
  for (let day = 0; day < days; day++) {
    if (!Number.isNaN(closes[day])) {
      const flag = limitFlag(board, closes[day], references[day], percents[day]);
      flags[day] = flag;
      streak = flag === 0 ? 0 : Math.sign(streak) === flag ? streak + flag : flag;
    }
    streaks[day] = streak;
  }
  return { flags, streaks };
}

/**
 * Whether a close is a limit price of its day.
 *
 * @param close yuan as traded
 * @param reference yuan, see {@link LimitDays}
 * @param percent 0 = no limit
 * @returns 1 = limit-up, −1 = limit-down, 0 = neither, or a price that is not in whole cents
 */
export function limitFlag(board: Board, close: number, reference: number, percent: number): -1 | 0 | 1 {
  const [closeCents, referenceCents] = [toCents(close), toCents(reference)];
  if (percent === 0 || closeCents === null || referenceCents === null) return 0;
  const { up, down } = limitPrices(board, referenceCents, percent);
  if (closeCents === up) return 1;
  return closeCents === down && down < referenceCents ? -1 : 0;
}
