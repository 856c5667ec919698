import { marketCap } from './memberships.js';
import type { DailyBars } from './price-paths.js';
import { Random } from './random.js';
import type { DemoStock } from './stocks.js';

/** One value per trading day in whole yuan; 0 before the listing. */
export interface MarginDays {
  financingBalance: Float64Array;
  financingBought: Float64Array;
  financingRepaid: Float64Array;
  lendingBalance: Float64Array;
}

/** How fast balances follow the market value that they are held against. */
const CATCHING_UP = 0.05;
const LENDING_SHARE = 0.012;

/** Balance(t) = balance(t−1) + bought − repaid, drawn to a share of the stock's market value. */
export function simulateMargin(stock: DemoStock, bars: DailyBars): MarginDays {
  const dayCount = bars.close.length;
  const random = new Random(`margin ${stock.code}`);
  const days: MarginDays = {
    financingBalance: new Float64Array(dayCount),
    financingBought: new Float64Array(dayCount),
    financingRepaid: new Float64Array(dayCount),
    lendingBalance: new Float64Array(dayCount),
  };
  const usualShare = random.between(0.015, 0.07);
  let balance = 0;
  for (let day = stock.firstDay; day <= stock.lastDay; day++) {
    const wanted = usualShare * marketCap(stock, bars, day);
    if (day === stock.firstDay) balance = Math.round(wanted);
    else if (bars.volume[day]! > 0) {
      const change = Math.round(CATCHING_UP * (wanted - balance) + 0.012 * balance * random.normal());
      const financed = 1000 * bars.amount[day]! * random.between(0.05, 0.1);
      days.financingBought[day] = Math.round(financed) + Math.max(0, change);
      days.financingRepaid[day] = days.financingBought[day]! - change;
      balance += change;
    }
    days.financingBalance[day] = balance;
    days.lendingBalance[day] = Math.round(balance * LENDING_SHARE);
  }
  return days;
}

export interface MarketMargin extends MarginDays {
  /** Assets over debt of all accounts, a fraction. */
  maintenanceRatio: Float64Array;
}

const USUAL_MAINTENANCE = 2.6;
const MAINTENANCE_DAYS = 60;

/** @param level the closes of an index of the whole market */
export function sumOfMargins(margins: readonly MarginDays[], level: Float64Array): MarketMargin {
  const sum = (figure: keyof MarginDays): Float64Array =>
    Float64Array.from(level, (_, day) => margins.reduce((total, margin) => total + margin[figure][day]!, 0));
  return {
    financingBalance: sum('financingBalance'),
    financingBought: sum('financingBought'),
    financingRepaid: sum('financingRepaid'),
    lendingBalance: sum('lendingBalance'),
    maintenanceRatio: level.map((close, day) => {
      const ratio = USUAL_MAINTENANCE * Math.sqrt(close / level[Math.max(0, day - MAINTENANCE_DAYS)]!);
      return Math.round(ratio * 10_000) / 10_000;
    }),
  };
}
