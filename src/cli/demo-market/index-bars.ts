import { marketCap } from './memberships.js';
import { type DailyBars, emptyBars, roundPrice } from './price-paths.js';
import type { DemoStock } from './stocks.js';

/** The stocks that make up an index from the close of a day on. */
export interface Basket {
  day: number;
  positions: readonly number[];
}

/**
 * Stocks do not reach their extremes at the same minute, so an index goes only part of the way to the sum of its
 * members' extremes.
 */
const SHARED_EXTREME = 0.6;

/**
 * A capitalisation-weighted index, chain-linked where the basket changes: within the life of a basket
 * level(t) / level(start) = Σ cap(t) / Σ cap(start).
 *
 * @param baseLevel level at the close of the first day
 * @param baskets in order of day, the first on day 0
 */
export function chainIndex(
  baseLevel: number,
  baskets: readonly Basket[],
  stocks: readonly DemoStock[],
  barsOfStocks: readonly DailyBars[],
): DailyBars {
  const dayCount = barsOfStocks[0]!.close.length;
  const index = emptyBars(dayCount);
  let level = baseLevel;
  baskets.forEach((basket, number) => {
    const startCap = basket.positions.reduce(
      (sum, position) => sum + marketCap(stocks[position]!, barsOfStocks[position]!, basket.day),
      0,
    );
    const scale = level / startCap;
    const lastDay = baskets[number + 1]?.day ?? dayCount - 1;
    for (let day = number === 0 ? 0 : basket.day + 1; day <= lastDay; day++)
      level = addBar(index, day, scale, basket.positions, stocks, barsOfStocks);
  });
  return index;
}

/** @returns the level at the close, before rounding */
function addBar(
  index: DailyBars,
  day: number,
  scale: number,
  positions: readonly number[],
  stocks: readonly DemoStock[],
  barsOfStocks: readonly DailyBars[],
): number {
  let open = 0;
  let high = 0;
  let low = 0;
  let close = 0;
  for (const position of positions) {
    const bars = barsOfStocks[position]!;
    const weight = scale * stocks[position]!.shares;
    open += weight * bars.open[day]!;
    high += weight * bars.high[day]!;
    low += weight * bars.low[day]!;
    close += weight * bars.close[day]!;
    index.volume[day]! += bars.volume[day]!;
    index.amount[day]! += bars.amount[day]!;
  }
  const top = Math.max(open, close);
  const bottom = Math.min(open, close);
  index.open[day] = roundPrice(open);
  index.high[day] = roundPrice(top + SHARED_EXTREME * (high - top));
  index.low[day] = roundPrice(bottom - SHARED_EXTREME * (bottom - low));
  index.close[day] = roundPrice(close);
  return close;
}
