import type { LocalDate } from './local-date.js';
import type { TradingCalendar, Window } from './trading-calendar.js';

/** A portfolio and its benchmark from the day of the first fill on: one positive value per trading day in each. */
export interface NetValueSeries {
  /** Ascending. */
  readonly dates: readonly LocalDate[];
  readonly portfolio: Float64Array;
  readonly benchmark: Float64Array;
}

/** What happened from the close of `from` to the close of `to`; fractions (0.01 = 1 %). */
export interface PeriodReturn {
  readonly from: LocalDate;
  readonly to: LocalDate;
  readonly portfolioReturn: number;
  readonly benchmarkReturn: number;
  /** Difference of the two. */
  readonly excess: number;
}

/** The last row on or before a date, −1 where there is none. */
export function rowOnOrBefore(dates: readonly LocalDate[], date: LocalDate): number {
  let low = 0;
  let high = dates.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (dates[middle] <= date) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * The rows that periods end on, by the bases of {@link TradingCalendar.baseOf}; the last row too, though its period may
 * still be open. They belong to the dates alone: work them out once for all portfolios on the same dates.
 */
export function periodEndRows(calendar: TradingCalendar, dates: readonly LocalDate[], period: Window): number[] {
  const bases = dates.map((date) => calendar.baseOf(period, date));
  return dates.map((_, row) => row).filter((row) => bases[row] !== bases[row + 1]);
}

/**
 * The return of every period, from the end of the period before it; of the first from the first net value, unless that
 * ends the period.
 *
 * @param ends of {@link periodEndRows}
 */
export function periodReturns(series: NetValueSeries, ends: readonly number[]): PeriodReturn[] {
  return ends.flatMap((end, i) => (end > 0 ? [returnBetween(series, i > 0 ? ends[i - 1] : 0, end)] : []));
}

/** V(to)/V(from) − 1 of the portfolio and of its benchmark, between two rows. */
export function returnBetween({ dates, portfolio, benchmark }: NetValueSeries, from: number, to: number): PeriodReturn {
  const portfolioGrowth = portfolio[to] / portfolio[from];
  const benchmarkGrowth = benchmark[to] / benchmark[from];
  return {
    from: dates[from],
    to: dates[to],
    portfolioReturn: portfolioGrowth - 1,
    benchmarkReturn: benchmarkGrowth - 1,
    excess: portfolioGrowth - benchmarkGrowth,
  };
}
