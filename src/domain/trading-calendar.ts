import chineseDays from 'chinese-days';
import { LundongError } from './errors.js';
import {
  addDays,
  fromDayNumber,
  type LocalDate,
  startOfMonth,
  startOfWeek,
  startOfYear,
  toDayNumber,
} from './local-date.js';

/** The span a change is measured over, always back to the last trading day before the span began. */
export type Window = 'DAY' | 'WEEK' | 'MONTH' | 'YEAR';

/** The day the Shanghai exchange opened. */
export const FIRST_TRADING_DAY = '1990-12-19' as LocalDate;

/** The calendar ends here: no day after it is a trading day. */
export const CALENDAR_HORIZON = '2035-12-31' as LocalDate;

/** Weekdays on which the exchanges were shut though the public holiday list has them as workdays. */
const EXCHANGE_CLOSURES: ReadonlySet<string> = new Set(['2024-02-09']); // Spring Festival eve

/**
 * The longest closures, Spring Festivals before 2004, took less than three weeks (since 2010 ten days): where loaded
 * days lie further apart than this, the days between were never loaded.
 */
const LONGEST_GAP_DAYS = 30;

/** Closed for this many days in a row, the market has had a Golden Week (Spring Festival, National Day). */
const GOLDEN_WEEK_DAYS = 7;

/**
 * Trading days of the A-share market, from 1990-12-19 to 2035-12-31. Loaded days are the truth from each to the next,
 * unless the two lie more than 30 calendar days apart: no closure has lasted so long, so nothing was loaded between
 * them. There, before the first and after the last loaded day, every weekday that is no Chinese public holiday is taken
 * for a trading day. The holiday list knows 2004 to 2026 (it grows with the `chinese-days` package); in other years every weekday counts.
 *
 * A query after the horizon is answered as of the horizon; one that would need a day before the first trading day
 * throws DATE_BEFORE_DATA.
 *
 * **The week** is the period of the published weekly table, not always a calendar week (Monday to Sunday): when the
 * market closes for seven days or more, and trading stops in one calendar week and resumes in the next, the two make
 * one period. National Day 2025 (shut 10-01 to 10-08) is published as one week, 2025-09-26 to 2025-10-10. A shorter
 * closure joins nothing: after May Day 2025 (shut 05-01 to 05-05) the published changes run from 04-30 to 05-09.
 */
export class TradingCalendar {
  readonly #days: readonly LocalDate[];
  readonly #indices: ReadonlyMap<LocalDate, number>;

  private constructor(days: readonly LocalDate[]) {
    this.#days = days;
    this.#indices = new Map(days.map((day, index) => [day, index]));
  }

  /** @param loaded known trading days in any order; none gives the calendar of the holiday list alone */
  static of(loaded: readonly LocalDate[]): TradingCalendar {
    const known = [...new Set(loaded)].filter((day) => day >= FIRST_TRADING_DAY && day <= CALENDAR_HORIZON).sort();
    const settled = isSettledBy(known);
    return new TradingCalendar([...known, ...expectedTradingDays().filter((day) => !settled(day))].sort());
  }

  isTradingDay(date: LocalDate): boolean {
    return this.#indices.has(date);
  }

  /**
   * Position of a trading day, counted from 0 on 1990-12-19; differences of positions are distances in trading days.
   *
   * @throws LundongError INVALID_DATE where the date is no trading day
   */
  indexOf(tradingDay: LocalDate): number {
    const index = this.#indices.get(tradingDay);
    if (index === undefined) throw new LundongError('INVALID_DATE', `${tradingDay} is not a trading day.`);
    return index;
  }

  /** @throws LundongError DATE_BEFORE_DATA before 1990-12-19 */
  lastOnOrBefore(date: LocalDate): LocalDate {
    return this.#days[this.#indexOnOrBefore(date)];
  }

  /**
   * The last trading day strictly before the date.
   *
   * @throws LundongError DATE_BEFORE_DATA up to 1990-12-19
   */
  before(date: LocalDate): LocalDate {
    return this.lastOnOrBefore(addDays(date, -1));
  }

  /**
   * The trading day `n` trading days later, or earlier where `n` is negative.
   *
   * @throws LundongError INVALID_DATE where the start is no trading day, DATE_BEFORE_DATA or INVALID_RANGE where the
   *   answer lies before the first or after the last day of the calendar
   */
  shift(tradingDay: LocalDate, n: number): LocalDate {
    const index = this.indexOf(tradingDay) + n;
    if (index < 0)
      throw new LundongError(
        'DATE_BEFORE_DATA',
        `${-n} trading days before ${tradingDay} is before the first trading day, ${FIRST_TRADING_DAY}.`,
      );
    if (index >= this.#days.length)
      throw new LundongError(
        'INVALID_RANGE',
        `${n} trading days after ${tradingDay} is beyond the trading calendar, which ends on ${CALENDAR_HORIZON}.`,
      );
    return this.#days[index];
  }

  /** Trading days from `from` to `to`, both included; none where `to` lies before `from`. */
  between(from: LocalDate, to: LocalDate): LocalDate[] {
    return this.#days.slice(this.#countBefore(from), this.#countBefore(addDays(to, 1)));
  }

  /**
   * The day whose close a change over the window is measured from: the last trading day before the date's own day,
   * week (as the class defines it), month or year.
   *
   * @throws LundongError DATE_BEFORE_DATA where that day would lie before 1990-12-19
   */
  baseOf(window: Window, date: LocalDate): LocalDate {
    switch (window) {
      case 'DAY':
        return this.before(date);
      case 'WEEK':
        return this.#weekEndingBefore(date);
      case 'MONTH':
        return this.before(startOfMonth(date));
      case 'YEAR':
        return this.before(startOfYear(date));
    }
  }

  /** Last trading day of every week (as the class defines it) that ends from `from` to `to`, both included. */
  weekEndings(from: LocalDate, to: LocalDate): LocalDate[] {
    return this.between(from, to).filter((day) => this.#endsWeek(this.indexOf(day)));
  }

  /** Last trading day of the week before the one the date belongs to. */
  #weekEndingBefore(date: LocalDate): LocalDate {
    let index = this.#indexOnOrBefore(addDays(startOfWeek(date), -1));
    while (index > 0 && !this.#endsWeek(index)) index--;
    if (!this.#endsWeek(index)) throw noTradingBefore(date);
    return this.#days[index];
  }

  #endsWeek(index: number): boolean {
    if (index === this.#days.length - 1) return true;
    const [day, next] = [this.#days[index], this.#days[index + 1]];
    const weeksApart = (toDayNumber(startOfWeek(next)) - toDayNumber(startOfWeek(day))) / 7;
    const daysShut = toDayNumber(next) - toDayNumber(day) - 1;
    return weeksApart > 1 || (weeksApart === 1 && daysShut < GOLDEN_WEEK_DAYS);
  }

  #indexOnOrBefore(date: LocalDate): number {
    const index = this.#countBefore(addDays(date, 1)) - 1;
    if (index < 0) throw noTradingBefore(addDays(date, 1));
    return index;
  }

  /** How many trading days lie strictly before the date. */
  #countBefore(date: LocalDate): number {
    return countBelow(this.#days, date);
  }
}

/** How many of the values, ascending, lie strictly below the bound. */
function countBelow<T extends number | string>(values: readonly T[], bound: T): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] as T) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Tells of any day whether these trading days settle it: it is one of them, or lies in a closure between two of them.
 *
 * @param days trading days, ascending
 */
export function isSettledBy(days: readonly LocalDate[]): (day: LocalDate) => boolean {
  const numbers = days.map(toDayNumber);
  return (day) => {
    const number = toDayNumber(day);
    const next = countBelow(numbers, number);
    if (numbers[next] === number) return true;
    return next > 0 && next < numbers.length && numbers[next] - numbers[next - 1] <= LONGEST_GAP_DAYS;
  };
}

function noTradingBefore(date: LocalDate): LundongError {
  return new LundongError(
    'DATE_BEFORE_DATA',
    `There is no trading before ${date} to answer from; the first trading day is ${FIRST_TRADING_DAY}.`,
  );
}

let expected: readonly LocalDate[] | undefined;

/** The whole calendar by the holiday list alone; kept, since the list is slow to ask (tens of milliseconds). */
function expectedTradingDays(): readonly LocalDate[] {
  if (expected) return expected;
  const first = toDayNumber(FIRST_TRADING_DAY);
  const count = toDayNumber(CALENDAR_HORIZON) - first + 1;
  expected = Array.from({ length: count }, (_, offset) => fromDayNumber(first + offset)).filter(
    (date) => isWeekday(date) && !isPublicHoliday(date) && !EXCHANGE_CLOSURES.has(date),
  );
  return expected;
}

function isWeekday(date: LocalDate): boolean {
  return toDayNumber(date) - toDayNumber(startOfWeek(date)) < 5;
}

/**
 * A range of one day, not `isHoliday`: west of Greenwich the package reads a date as the evening before, in its list
 * and in the query alike, so that looking a day up stays right while its weekday (which `isHoliday` weighs) does not.
 */
function isPublicHoliday(date: LocalDate): boolean {
  return chineseDays.getHolidaysInRange(date, date, false).length > 0;
}
