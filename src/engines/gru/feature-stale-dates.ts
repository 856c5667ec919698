import { LOOK_BACK_DAYS, PREVIOUS_CLOSE_DAYS, WINDOW_DAYS } from '../../domain/intraday-features.js';
import type { TradingCalendar } from '../../domain/trading-calendar.js';
import type { MarketChange } from '../../lake/market-change.js';
import type { DateRange } from '../factor-engine.js';
import { reachedRanges } from '../reached-ranges.js';

/**
 * The dates whose model input a change can reach, the window counted: bars reach their own day and the look-back of the
 * 20 days after it, adjusted closes the overnight returns of their own day and of the 10 days after it, and each of
 * these the windows of itself and of the 39 days after. Members, models, and lists
 * and figures of funds, say nothing about features.
 */
export function featureStaleDates(change: MarketChange, calendar: TradingCalendar): DateRange[] {
  switch (change.kind) {
    case 'bars':
      return reachedRanges(calendar, change.dates, [[0, LOOK_BACK_DAYS + WINDOW_DAYS - 1]]);
    case 'closes':
      return change.series.dataset === 'stock_daily' && change.series.adjustment !== 'none'
        ? reachedRanges(calendar, change.dates, [[0, PREVIOUS_CLOSE_DAYS + WINDOW_DAYS - 1]])
        : [];
    case 'calendar':
      return [{ from: change.from, to: null }];
    case 'members':
    case 'models':
    case 'other':
      return [];
  }
}
