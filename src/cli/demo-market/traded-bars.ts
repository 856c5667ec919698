import { type Board, boardOf, limitPrices } from '../../domain/price-limit.js';
import { type DailyBars, emptyBars, roundPrice } from './price-paths.js';
import type { DemoStock } from './stocks.js';

/**
 * The bars in whole cents, as an exchange trades: where the fine prices stand at their daily limit these stand at the
 * limit in cents. Days before `firstDay` stay empty.
 */
export function tradedBars(stock: DemoStock, bars: DailyBars, firstDay: number): DailyBars {
  const dayCount = bars.close.length;
  const traded = emptyBars(dayCount);
  const board = boardOf(stock.code) as Board;
  const percent = Math.round(100 * stock.priceLimit);
  let previous = Math.round(100 * (bars.close[firstDay - 1] ?? Number.NaN));
  for (let day = Math.max(firstDay, stock.firstDay); day <= stock.lastDay; day++) {
    if (bars.volume[day] === 0) continue;
    if (Number.isNaN(previous)) previous = Math.round(100 * stock.startPrice);
    const fine = day === stock.firstDay ? stock.startPrice : bars.close[day - 1]!;
    const [lowest, highest] = [roundPrice(fine * (1 - stock.priceLimit)), roundPrice(fine * (1 + stock.priceLimit))];
    const { up, down } = limitPrices(board, previous, percent);
    const cents = (price: number): number => {
      if (price >= highest) return up;
      return price <= lowest ? down : Math.min(up, Math.max(down, Math.round(100 * price)));
    };
    const [open, high, low, close] = [bars.open, bars.high, bars.low, bars.close].map((prices) => cents(prices[day]!));
    traded.open[day] = open! / 100;
    traded.high[day] = high! / 100;
    traded.low[day] = low! / 100;
    traded.close[day] = close! / 100;
    traded.volume[day] = bars.volume[day]!;
    traded.amount[day] = Math.round((bars.volume[day]! * (open! + high! + low! + close!)) / 4) / 1000;
    previous = close!;
  }
  return traded;
}
