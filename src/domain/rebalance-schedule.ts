import { LundongError } from './errors.js';
import { addDays, type LocalDate } from './local-date.js';
import type { TradingCalendar } from './trading-calendar.js';

/** How often a portfolio is rebalanced: at the end of every week (as TradingCalendar defines it) or month. */
export type RebalanceFrequency = 'WEEKLY' | 'MONTHLY';

/** One rebalance: chosen from what is known at the close of `signal`, bought at the close of `fill`. */
export interface RebalanceDates {
  readonly signal: LocalDate;
  readonly fill: LocalDate;
}

export interface RebalanceScheduleInput {
  readonly calendar: TradingCalendar;
  readonly frequency: RebalanceFrequency;
  readonly from: LocalDate;
  readonly to: LocalDate;
  /** Trading days from the signal to the fill; 0 fills at the close of the signal date. */
  readonly lagDays: number;
  /** Signal dates beside those of the frequency: the dates of a given schedule, which need not end a period. */
  readonly extraSignals?: readonly LocalDate[];
}

/**
 * The rebalances that lie within [from, to], signal and fill alike, in order:
 *
 *     fill = signal + lagDays trading days
 *
 * A signal is the last trading day of a week or month, or one of the extra signals inside the range. A period that is
 * still open on `to` gives none.
 *
 * @throws LundongError INVALID_RANGE where `to` lies before `from`; INVALID_ARGUMENT where the lag is not a whole number
 *   from 0 on; INVALID_DATE where an extra signal is no trading day
 */
export function rebalanceSchedule(input: RebalanceScheduleInput): RebalanceDates[] {
  const { calendar, frequency, from, to, lagDays, extraSignals = [] } = input;
  if (to < from) throw new LundongError('INVALID_RANGE', `The range ${from} to ${to} ends before it begins.`);
  if (!Number.isInteger(lagDays) || lagDays < 0)
    throw new LundongError(
      'INVALID_ARGUMENT',
      `The execution lag must be a whole number of trading days from 0 on, not ${lagDays}.`,
    );
  for (const date of extraSignals) calendar.indexOf(date);

  const days = calendar.between(from, to);
  const rowOf = new Map(days.map((day, row) => [day, row]));
  const periodEnds = frequency === 'WEEKLY' ? calendar.weekEndings(from, to) : monthEndings(calendar, from, to);
  const signals = [...new Set([...periodEnds, ...extraSignals])].filter((date) => rowOf.has(date)).sort();
  return signals
    .map((signal) => ({ signal, fill: days[rowOf.get(signal)! + lagDays] }))
    .filter(({ fill }) => fill !== undefined);
}

/** Last trading day of every month that ends (in trading days) from `from` to `to`, both included. */
export function monthEndings(calendar: TradingCalendar, from: LocalDate, to: LocalDate): LocalDate[] {
  const days = calendar.between(from, to);
  return days.filter((day, row) => {
    const next = days[row + 1] ?? nextTradingDay(calendar, day);
    return next === undefined || next.slice(0, 7) !== day.slice(0, 7);
  });
}

/** No closure of the market lasts a month, so the next day shows within one if the calendar has it. */
function nextTradingDay(calendar: TradingCalendar, day: LocalDate): LocalDate | undefined {
  return calendar.between(addDays(day, 1), addDays(day, 31))[0];
}
