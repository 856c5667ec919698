import type { LocalDate } from '../../domain/local-date.js';
import { type Board, boardOf } from '../../domain/price-limit.js';
import { TradingCalendar } from '../../domain/trading-calendar.js';
import type { DailyBars } from './price-paths.js';
import { Random } from './random.js';
import type { DemoStock } from './stocks.js';

/** A stay under a risk warning; `lastDay` null = to the end. */
export interface DemoRiskWarning {
  stock: DemoStock;
  firstDay: number;
  lastDay: number | null;
}

/** The boards' first days. */
const OPENED: Readonly<Record<Board, string>> = {
  MAIN: '2005-01-04',
  CHINEXT: '2009-10-30',
  STAR: '2019-07-22',
  BEIJING: '2021-11-15',
};
const LAST_OLD_LISTING = '2021-11-30' as LocalDate;

/** In the order of the stocks: the first bar's day, or for stocks older than the market an invented one. */
export function listDates(stocks: readonly DemoStock[], tradingDays: readonly LocalDate[]): LocalDate[] {
  const before = TradingCalendar.of([]).between(OPENED.MAIN as LocalDate, LAST_OLD_LISTING);
  return stocks.map(({ code, firstDay }) => {
    if (firstDay > 0) return tradingDays[firstDay]!;
    const opened = before.findIndex((date) => date >= OPENED[boardOf(code) as Board]);
    return before[new Random(`listing ${code}`).integer(opened, before.length - 1)]!;
  });
}

const WARNINGS = 10;
const SHORTEST_WARNING = 25;
/** A main-board stock under a warning moves 5 % a day at most: the stays are laid where it moved less than that. */
const CALM = 0.045;

/** The longest calm stretches of main-board stocks since `firstDay`, one per stock. */
export function riskWarnings(
  stocks: readonly DemoStock[],
  barsOfStocks: readonly DailyBars[],
  firstDay: number,
): DemoRiskWarning[] {
  const stretches = stocks.flatMap((stock, position) => {
    if (boardOf(stock.code) !== 'MAIN') return [];
    const { start, end } = longestCalm(stock, barsOfStocks[position]!, firstDay);
    return end - start + 1 < SHORTEST_WARNING
      ? []
      : [{ stock, firstDay: start, lastDay: end < stock.lastDay ? end : null, days: end - start }];
  });
  return stretches.sort((left, right) => right.days - left.days).slice(0, WARNINGS);
}

function longestCalm(stock: DemoStock, bars: DailyBars, firstDay: number): { start: number; end: number } {
  let best = { start: firstDay, end: firstDay - 1 };
  let start = Math.max(firstDay, stock.firstDay + 1);
  for (let day = start; day <= stock.lastDay; day++) {
    const before = bars.close[day - 1]!;
    if (bars.high[day]! / before - 1 > CALM || bars.low[day]! / before - 1 < -CALM) start = day + 1;
    else if (day - start > best.end - best.start) best = { start, end: day };
  }
  return best;
}
