import { type DiffusionParams, diffusionReach, rowsBeforeFirstValue } from '../../domain/diffusion-params.js';
import type { IndustryScheme } from '../../domain/industry.js';
import { addDays, type LocalDate } from '../../domain/local-date.js';
import { CALENDAR_HORIZON, FIRST_TRADING_DAY, type TradingCalendar } from '../../domain/trading-calendar.js';
import type { MarketChange } from '../../lake/market-change.js';
import type { ChangeContext, DateRange } from '../factor-engine.js';

/**
 * The dates whose diffusion values a change can reach. Closes that weights drift from are told apart by weight date and
 * not by stock: a corrected one drops every stretch with weights of that date, its stock a member there or not.
 *
 * @param dataset whose closes the values are computed from
 */
export async function diffusionStaleDates(
  dataset: string,
  params: DiffusionParams,
  scheme: IndustryScheme,
  change: MarketChange,
  { calendar, memberships }: ChangeContext,
): Promise<DateRange[]> {
  switch (change.kind) {
    case 'calendar':
      return [{ from: change.from, to: null }];
    case 'bars':
      return [];
    case 'members':
      return change.scheme === scheme ? [{ from: change.from, to: lastUse(calendar, params, change.to) }] : [];
    case 'closes': {
      if (change.series.dataset !== dataset) return [];
      const compared = reachedRanges(calendar, change.dates, diffusionReach(params));
      if (params.weighting === 'EQUAL') return compared;
      const rows = await memberships(scheme);
      const touched = new Set(await change.touchedReferences([...new Set(rows.map((row) => row.knownOn))]));
      const drifting = rows.filter((row) => touched.has(row.knownOn));
      const stretches = new Map(drifting.map((row) => [`${row.inDate} ${row.outDate}`, row]));
      const drifted = [...stretches.values()].map(({ inDate, outDate }) => ({
        from: inDate,
        to: lastUse(calendar, params, outDate),
      }));
      return [...compared, ...drifted];
    }
  }
}

/** The last trading day whose value can rest on a stretch of days that ends before `end`; null = without end. */
export function lastUse(calendar: TradingCalendar, params: DiffusionParams, end: LocalDate | null): LocalDate | null {
  if (end === null) return null;
  const last = addDays(end, -1);
  const { smoothing } = rowsBeforeFirstValue(params);
  return dayAt(calendar, last < FIRST_TRADING_DAY ? 0 : calendar.indexOf(calendar.lastOnOrBefore(last)) + smoothing);
}

/** Trading days that lie the given numbers of days after one of the dates, as ranges. */
function reachedRanges(
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
function dayAt(calendar: TradingCalendar, index: number): LocalDate | null {
  const end = calendar.lastOnOrBefore(CALENDAR_HORIZON);
  const ahead = index - calendar.indexOf(end);
  return ahead > 0 ? null : calendar.shift(end, ahead);
}
