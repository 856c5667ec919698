import { LundongError } from './errors.js';

/**
 * A calendar date without time or zone, written `YYYY-MM-DD`. Being a string of fixed width it sorts, compares and
 * keys maps by itself.
 */
export type LocalDate = string & { readonly __brand: 'LocalDate' };

/** Days since 1970-01-01: the form in which dates lie in typed arrays. */
export type DayNumber = number;

const DAY_MS = 86_400_000;
const LAST_DAY = Date.UTC(9999, 11, 31) / DAY_MS;
const DASHED = /^(\d{4})-(\d{2})-(\d{2})$/;
const COMPACT = /^(\d{4})(\d{2})(\d{2})$/;

/**
 * Reads `YYYY-MM-DD`, and `YYYYMMDD` as vendors write it.
 *
 * @returns the date, or null where the text is no date of the calendar (2025-02-30, say)
 */
export function tryParseLocalDate(text: string): LocalDate | null {
  const match = DASHED.exec(text) ?? COMPACT.exec(text);
  if (!match) return null;
  const [, year, month, day] = match.map(Number) as [number, number, number, number];
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  return date.toISOString().slice(0, 10) as LocalDate;
}

/** @throws LundongError INVALID_DATE */
export function parseLocalDate(text: string): LocalDate {
  const date = tryParseLocalDate(text);
  if (date === null)
    throw new LundongError(
      'INVALID_DATE',
      `"${text.slice(0, 40)}" is not a date; write it as YYYY-MM-DD, e.g. 2025-11-21.`,
    );
  return date;
}

export function toDayNumber(date: LocalDate): DayNumber {
  return Date.UTC(Number(date.slice(0, 4)), Number(date.slice(5, 7)) - 1, Number(date.slice(8, 10))) / DAY_MS;
}

/** Days past 9999-12-31, which `YYYY-MM-DD` cannot write, are that day: vendors use it for "without end". */
export function fromDayNumber(day: DayNumber): LocalDate {
  return new Date(Math.min(day, LAST_DAY) * DAY_MS).toISOString().slice(0, 10) as LocalDate;
}

/** At most 9999-12-31. */
export function addDays(date: LocalDate, days: number): LocalDate {
  return fromDayNumber(toDayNumber(date) + days);
}

/** Monday of the calendar week (Monday to Sunday) that holds the date. */
export function startOfWeek(date: LocalDate): LocalDate {
  const day = toDayNumber(date);
  return fromDayNumber(day - ((((day + 3) % 7) + 7) % 7)); // day 0, 1970-01-01, was a Thursday
}

/** The given number of weekdays, Monday to Friday, after the date, itself not counted; 0 or more. At most 9999-12-31. */
export function addWeekdays(date: LocalDate, weekdays: number): LocalDate {
  const monday = toDayNumber(startOfWeek(date));
  const ahead = Math.min(toDayNumber(date) - monday, 4) + weekdays; // from a weekend it counts as from its Friday
  return fromDayNumber(monday + 7 * Math.floor(ahead / 5) + (ahead % 5));
}

export function startOfMonth(date: LocalDate): LocalDate {
  return `${date.slice(0, 7)}-01` as LocalDate;
}

export function startOfYear(date: LocalDate): LocalDate {
  return `${date.slice(0, 4)}-01-01` as LocalDate;
}
