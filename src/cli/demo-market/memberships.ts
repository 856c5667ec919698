import type { LocalDate } from '../../domain/local-date.js';
import { DEMO_INDUSTRIES } from './industries.js';
import type { DailyBars } from './price-paths.js';
import type { DemoStock } from './stocks.js';

/** Membership in force from the close of a day until the close of the next snapshot's day. */
export interface Snapshot {
  day: number;
  /** Positions of the stocks, by industry. */
  membersByIndustry: readonly (readonly number[])[];
}

/** Positions of the first trading day of every quarter. */
export function quarterStarts(tradingDays: readonly LocalDate[]): number[] {
  const starts: number[] = [];
  tradingDays.forEach((date, day) => {
    if (day === 0 || quarterOf(date) !== quarterOf(tradingDays[day - 1]!)) starts.push(day);
  });
  return starts;
}

function quarterOf(date: LocalDate): string {
  return `${date.slice(0, 4)}-${Math.ceil(Number(date.slice(5, 7)) / 3)}`;
}

export function takeSnapshot(day: number, stocks: readonly DemoStock[]): Snapshot {
  const membersByIndustry: number[][] = DEMO_INDUSTRIES.map(() => []);
  stocks.forEach((stock, position) => {
    if (day < stock.firstDay || day > stock.lastDay) return;
    const industry = stock.move !== null && day >= stock.move.day ? stock.move.industry : stock.industry;
    membersByIndustry[industry]!.push(position);
  });
  return { day, membersByIndustry };
}

/** Market value at the close; a suspended stock counts with its last close. */
export function marketCap(stock: DemoStock, bars: DailyBars, day: number): number {
  return stock.shares * bars.close[day]!;
}
