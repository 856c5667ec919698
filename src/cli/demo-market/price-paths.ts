import { Random } from './random.js';
import type { DemoStock } from './stocks.js';

/**
 * One value per trading day. A day without trading has volume 0 and the last close as all four prices; before the
 * listing the prices are NaN.
 */
export interface DailyBars {
  open: Float64Array;
  high: Float64Array;
  low: Float64Array;
  close: Float64Array;
  /** Lots of 100 shares. */
  volume: Float64Array;
  /** Thousand yuan. */
  amount: Float64Array;
}

export interface CommonReturns {
  market: Float64Array;
  /** By industry. */
  industries: readonly Float64Array[];
}

const PRICE_STEPS_PER_YUAN = 10_000;

export function emptyBars(dayCount: number): DailyBars {
  return {
    open: new Float64Array(dayCount).fill(Number.NaN),
    high: new Float64Array(dayCount).fill(Number.NaN),
    low: new Float64Array(dayCount).fill(Number.NaN),
    close: new Float64Array(dayCount).fill(Number.NaN),
    volume: new Float64Array(dayCount),
    amount: new Float64Array(dayCount),
  };
}

/** Prices are rounded as they arise, so that indices computed from them agree with what the files say. */
export function simulateBars(stock: DemoStock, common: CommonReturns): DailyBars {
  const dayCount = common.market.length;
  const random = new Random(`prices ${stock.code}`);
  const bars = emptyBars(dayCount);
  const usualTurnover = random.between(0.004, 0.02);
  let previousClose = stock.startPrice;
  let activity = 0;
  for (let day = stock.firstDay; day < dayCount; day++) {
    if (day > stock.lastDay || stock.suspended[day] === 1) {
      setPrices(bars, day, previousClose, previousClose, previousClose, previousClose);
      continue;
    }
    const lowest = roundPrice(previousClose * (1 - stock.priceLimit));
    const highest = roundPrice(previousClose * (1 + stock.priceLimit));
    const withinLimits = (price: number) => Math.min(highest, Math.max(lowest, roundPrice(price)));

    const industry = stock.move !== null && day > stock.move.day ? stock.move.industry : stock.industry;
    const commonReturn = stock.beta * common.market[day]! + common.industries[industry]![day]!;
    // News now and then moves a stock as far as its daily limit.
    const newsFactor = random.chance(0.01) ? 4 : 1;
    const ownReturn = newsFactor * stock.ownVolatility * random.normal();
    const isArranged = stock.limitUpFrom !== null && day >= stock.limitUpFrom;
    const dayReturn = isArranged ? 2 * stock.priceLimit : commonReturn + ownReturn;
    const overnightReturn = 0.35 * dayReturn + 0.3 * stock.ownVolatility * random.normal();
    const open = withinLimits(previousClose * Math.exp(overnightReturn));
    const close = withinLimits(previousClose * Math.exp(dayReturn));
    const upperShadow = 0.5 * stock.ownVolatility * Math.abs(random.normal());
    const lowerShadow = 0.5 * stock.ownVolatility * Math.abs(random.normal());
    const high = withinLimits(Math.max(open, close) * (1 + upperShadow));
    const low = withinLimits(Math.min(open, close) * (1 - lowerShadow));
    setPrices(bars, day, open, high, low, close);

    // Trading comes in waves, and large moves draw it.
    activity = 0.9 * activity + 0.2 * random.normal();
    const turnover = usualTurnover * Math.exp(activity + 8 * Math.abs(dayReturn));
    const lots = Math.max(1, Math.round((stock.shares * turnover) / 100));
    bars.volume[day] = lots;
    bars.amount[day] = Math.round(lots * 100 * ((open + high + low + close) / 4)) / 1000;
    previousClose = close;
  }
  return bars;
}

function setPrices(bars: DailyBars, day: number, open: number, high: number, low: number, close: number): void {
  bars.open[day] = open;
  bars.high[day] = high;
  bars.low[day] = low;
  bars.close[day] = close;
}

/** To four decimals. */
export function roundPrice(price: number): number {
  return Math.round(price * PRICE_STEPS_PER_YUAN) / PRICE_STEPS_PER_YUAN;
}
