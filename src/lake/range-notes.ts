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

/** What is said beside the figures of one date. */
export interface DatedNotes {
  readonly date: LocalDate;
  readonly notes: readonly string[];
}

/**
 * The notes of many dates, one line each, in the order in which they first come up. A note that does not hold for all of
 * the dates says for how many it does, and from which to which.
 *
 * @param dated ascending, each date once
 * @param dates what the dates are, in the plural
 */
export function mergeNotes(dated: readonly DatedNotes[], dates: string): string[] {
  const stretches = new Map<string, Span & { readonly count: number }>();
  for (const { date, notes } of dated)
    for (const note of new Set(notes)) {
      const known = stretches.get(note);
      stretches.set(note, { first: known?.first ?? date, last: date, count: (known?.count ?? 0) + 1 });
    }
  return [...stretches].map(([note, { first, last, count }]) => {
    if (count === dated.length) return note;
    return `${note} (${count} of ${dated.length} ${dates}, ${first === last ? first : `${first} … ${last}`})`;
  });
}
