import { type DiffusionParams, diffusionReach, rowsBeforeFirstValue } from '../../domain/diffusion-params.js';
import type { IndustryScheme } from '../../domain/industry.js';
import { addDays, type LocalDate } from '../../domain/local-date.js';
import { FIRST_TRADING_DAY, type TradingCalendar } from '../../domain/trading-calendar.js';
import type { MarketChange } from '../../lake/market-change.js';
import { driftedStretches } from '../drifted-stretches.js';
import type { ChangeContext, DateRange } from '../factor-engine.js';
import { dayAt, reachedRanges } from '../reached-ranges.js';

/**
 * The dates whose diffusion values a change can reach.
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
    case 'models':
    case 'other':
      return [];
    case 'members':
      return change.scheme === scheme ? [{ from: change.from, to: lastUse(calendar, params, change.to) }] : [];
    case 'closes': {
      if (change.series.dataset !== dataset) return [];
      const compared = reachedRanges(calendar, change.dates, diffusionReach(params));
      if (params.weighting === 'EQUAL') return compared;
      const stretches = await driftedStretches(change, await memberships(scheme));
      const drifted = stretches.map(({ inDate, outDate }) => ({
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
