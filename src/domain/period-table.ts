import { LundongError } from './errors.js';
import type { LocalDate } from './local-date.js';
import { type NetValueSeries, type PeriodReturn, returnBetween, rowOnOrBefore } from './net-value-series.js';
import type { TradingCalendar, Window } from './trading-calendar.js';

/** One portfolio's line of the weekly report, as of a week ending; fractions (0.01 = 1 %). */
export interface PeriodTable {
  readonly weekEnding: LocalDate;
  readonly weekReturn: number;
  readonly benchmarkWeekReturn: number;
  readonly weekExcess: number;
  readonly monthReturn: number;
  readonly monthExcess: number;
  readonly yearReturn: number;
  readonly yearExcess: number;
}

/**
 * The week, the month and the year up to a day, with V the portfolio's and B the benchmark's net value:
 *
 *     return = V(t)/V(base) − 1,   excess = V(t)/V(base) − B(t)/B(base)
 *
 * where the base is the last trading day of the week (as TradingCalendar defines it), month or year before. A
 * portfolio that began after that day is measured from its first net value, the benchmark likewise.
 *
 * @param weekEnding a day of the series; any will do, the table is then as of a week that is still open
 * @throws LundongError DATE_BEFORE_DATA before the first net value; INVALID_DATE where the series lacks the day
 */
export function periodTable(series: NetValueSeries, calendar: TradingCalendar, weekEnding: LocalDate): PeriodTable {
  const { dates } = series;
  const row = rowOnOrBefore(dates, weekEnding);
  if (row < 0)
    throw new LundongError('DATE_BEFORE_DATA', `The portfolio has no net value on ${weekEnding}; it began later.`);
  if (dates[row] !== weekEnding)
    throw new LundongError(
      'INVALID_DATE',
      `There is no net value on ${weekEnding}; the last before it is ${dates[row]}.`,
    );

  const since = (window: Window): PeriodReturn =>
    returnBetween(series, Math.max(0, rowOnOrBefore(dates, calendar.baseOf(window, weekEnding))), row);
  const [week, month, year] = [since('WEEK'), since('MONTH'), since('YEAR')];
  return {
    weekEnding,
    weekReturn: week.portfolioReturn,
    benchmarkWeekReturn: week.benchmarkReturn,
    weekExcess: week.excess,
    monthReturn: month.portfolioReturn,
    monthExcess: month.excess,
    yearReturn: year.portfolioReturn,
    yearExcess: year.excess,
  };
}
