/** A close in yuan is printed to the cent. */
const CENT = 0.01;

/** Below this an ex-right factor is not told from the error of a vendor's adjustment. */
const SMALLEST_EX_RIGHT = 0.002;

/** A limit price is rounded to the cent: on a cheap stock half a percent more than the limit. */
const LIMIT_TOLERANCE = 0.005;

/**
 * What a return of unadjusted prices over a corporate action must be multiplied by to become the holder's: the ratio of
 * adjusted closes over that of unadjusted ones. A dividend, a bonus issue, a split lower the price, so it is above 1. It
 * is 1 where the ratios differ by no more than the rounding of the adjusted closes to the cent explains (a cent of each),
 * by no more than 0.2 %, or in the other direction; 1 also where any close is missing.
 *
 * @param adjusted adjusted close (hfq or qfq) of the day, `adjustedBefore` of the earlier day, yuan
 * @param close unadjusted close of the day, `closeBefore` of the earlier day, yuan
 */
export function exRightFactor(adjusted: number, adjustedBefore: number, close: number, closeBefore: number): number {
  if (!(adjusted > 0 && adjustedBefore > 0)) return 1;
  const factor = adjusted / adjustedBefore / (close / closeBefore);
  const explained = Math.max(CENT / adjusted + CENT / adjustedBefore, SMALLEST_EX_RIGHT);
  return factor - 1 > explained ? factor : 1;
}

/**
 * The return from the close of the stock's last day with bars to a price of the day, a fraction. NaN where a price is
 * missing, and where it lies beyond what the exchange lets a price move in a day, plus half a percent: only a corporate
 * action that no adjusted close tells of, or a first day without limit, does that.
 */
export function returnFromClose(price: number, closeBefore: number, factor: number, limit: number): number {
  const value = (price / closeBefore) * factor - 1;
  return Math.abs(value) <= limit + LIMIT_TOLERANCE ? value : Number.NaN;
}

/**
 * How far a stock's price may move in a day, a fraction: 30 % in Beijing, 20 % on ChiNext (30xxxx) and STAR (688, 689),
 * 10 % elsewhere. The 5 % of ST stocks is not asked for: the limit serves to tell what cannot be a return.
 *
 * @param code with exchange, as 600519.SH
 */
export function dailyLimit(code: string): number {
  if (code.endsWith('.BJ')) return 0.3;
  return code.startsWith('30') || code.startsWith('688') || code.startsWith('689') ? 0.2 : 0.1;
}
