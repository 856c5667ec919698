import type { LocalDate } from '../domain/local-date.js';
import { CALENDAR_HORIZON, type TradingCalendar } from '../domain/trading-calendar.js';
import type { DateRange } from './factor-engine.js';

/** Trading days that lie the given numbers of days after one of the dates, as ranges. */
export function reachedRanges(
  calendar: TradingCalendar,
  dates: readonly LocalDate[],
  reach: readonly (readonly [from: number, to: number])[],
): DateRange[] {
  const indexes = dates.map((date) => calendar.indexOf(date));
  const spans = reach
    .flatMap(([from, to]) => indexes.map((index): [number, number] => [index + from, index + to]))
    .sort((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const span of spans) {
    const last = merged.at(-1);
    if (last !== undefined && span[0] <= last[1] + 1) last[1] = Math.max(last[1], span[1]);
    else merged.push([...span]);
  }
  return merged.flatMap(([first, last]) => {
    const from = dayAt(calendar, first);
    return from === null ? [] : [{ from, to: dayAt(calendar, last) }];
  });
}

/** The trading day at a position counted from 0; null beyond the calendar's end, where there are no values to drop. */
export function dayAt(calendar: TradingCalendar, index: number): LocalDate | null {
  const end = calendar.lastOnOrBefore(CALENDAR_HORIZON);
  const ahead = index - calendar.indexOf(end);
  return ahead > 0 ? null : calendar.shift(end, ahead);
}
