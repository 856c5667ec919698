/**
 * Prices that make up what a holder got: each stock's begins with its first unadjusted close and goes on with the day
 * returns of the days on which it has bars. Yuan on the first day only; later its ratios matter, not its level.
 */
export class PriceChain {
  private readonly last: Float64Array;

  constructor(stocks: number) {
    this.last = new Float64Array(stocks).fill(Number.NaN);
  }

  /**
   * The prices of the next day, NaN for stocks without bars on it.
   *
   * @param columns which stock each of the day's closes and returns belongs to
   * @param closes unadjusted closes, yuan
   * @param dayReturns since the close of the stock's last day with bars, fractions
   */
  next(columns: Int32Array, closes: Float64Array, dayReturns: Float64Array): Float64Array {
    const prices = new Float64Array(this.last.length).fill(Number.NaN);
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i];
      const last = this.last[column];
      prices[column] = Number.isNaN(last) ? closes[i] : last * (1 + dayReturns[i]);
      this.last[column] = prices[column];
    }
    return prices;
  }
}
