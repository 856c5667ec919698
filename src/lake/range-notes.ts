import { addDays, type LocalDate } from '../domain/local-date.js';
import type { TradingCalendar } from '../domain/trading-calendar.js';

/** A stretch of dates, both ends included. */
interface Span {
  readonly first: LocalDate;
  readonly last: LocalDate;
}

/** What must be said beside a table of a range that the data do not reach back over, or end before. */
export function rangeNotes(calendar: TradingCalendar, asked: Span, data: Span): string[] {
  if (asked.first > data.last) return [`no rows: the data end on ${data.last}`];
  const isClipped = calendar.between(asked.first, addDays(data.first, -1)).length > 0;
  return isClipped ? [`rows begin on ${data.first}: the data begin there`] : [];
}
