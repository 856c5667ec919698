import { LundongError } from './errors.js';
import type { LocalDate } from './local-date.js';
import { rowOnOrBefore } from './net-value-series.js';
import { canHold, type SelectionRule } from './selection.js';
import { columnsOf } from './selection-input.js';

/** Industries to hold from a date on, by code. */
export interface ScheduledHoldings {
  readonly date: LocalDate;
  readonly industries: readonly string[];
}

export interface ScheduleSelectionInput {
  readonly schedule: readonly ScheduledHoldings[];
  /** Codes of the price panel, one per column. */
  readonly codes: readonly string[];
  /** Dates of the price panel, one per row. */
  readonly dates: readonly LocalDate[];
}

/**
 * SCHEDULE: the holdings of the last entry on or before the signal date; before the first entry none. A rebalance that
 * no entry falls on keeps the industries and resets their weights. An industry without a price on the fill date is not
 * bought and is reported, unless it is held already; the others share its weight.
 *
 * @throws LundongError INVALID_ARGUMENT for an empty schedule, an entry without industries, a date given twice or an
 *   industry named twice on one date; UNKNOWN_INDUSTRY for a code that is not in the panel
 */
export function scheduleSelection({ schedule, codes, dates }: ScheduleSelectionInput): SelectionRule {
  if (schedule.length === 0)
    throw new LundongError('INVALID_ARGUMENT', 'The schedule is empty; give holdings for at least one date.');
  const entries = schedule
    .map(({ date, industries }) => ({ date, columns: columnsOf(industries, codes) }))
    .sort((a, b) => (a.date < b.date ? -1 : 1));
  entries.forEach(({ date, columns }, i) => {
    if (columns.length === 0)
      throw new LundongError('INVALID_ARGUMENT', `The schedule names no industry for ${date}; name at least one.`);
    if (i > 0 && entries[i - 1].date === date)
      throw new LundongError('INVALID_ARGUMENT', `The schedule has ${date} twice; give each date once.`);
  });

  const days = entries.map(({ date }) => date);
  return (moment) => {
    const inForce = entries[rowOnOrBefore(days, dates[moment.signal])]?.columns ?? [];
    const isPriced = (column: number) => canHold(moment, column);
    return { columns: inForce.filter(isPriced), unpriced: inForce.filter((column) => !isPriced(column)) };
  };
}
