import { LundongError } from '../../domain/errors.js';
import { formatMinute, minuteOfDay, SESSIONS } from '../../domain/intraday-slots.js';
import type { LocalDate } from '../../domain/local-date.js';
import { type ShanghaiTime, toShanghai } from '../../domain/shanghai-time.js';
import type { Market } from '../../lake/market.js';
import type { MinuteBarSeries } from '../../lake/market-series.js';
import type { SessionQuotes } from '../../lake/session-quotes.js';

/** Trading on a day up to a minute, and on the trading day before, both from one series of minute bars. */
export interface FlashSession extends SessionQuotes {
  readonly series: MinuteBarSeries;
  readonly before: SessionQuotes;
}

/** The moment that a flash is of, and what is known then. */
export interface FlashMoment extends ShanghaiTime {
  /** Trading on the day up to the minute; null at the close, where the daily bars say it. */
  readonly session: FlashSession | null;
  /** The last day whose daily bars may be looked at: `date`, or during it the trading day before. */
  readonly knownTo: LocalDate;
  readonly notes: readonly string[];
}

const DAILY = ['index_daily', 'etf_daily', 'stock_daily'] as const;
const OPEN = SESSIONS[0]?.from ?? minuteOfDay(9, 30);
export const CLOSE = minuteOfDay(15, 0);

/**
 * The moment meant by `at`: from 15:00 of a day with daily bars its close, during a day with minute bars that minute,
 * else the last close before it, which a note says.
 *
 * @throws LundongError NO_DATA, DATE_BEFORE_DATA
 */
export async function resolveMoment(market: Market, at: Date | null): Promise<FlashMoment> {
  if (at === null) return atClose(lastClose(market, null), []);
  const { date, minute } = toShanghai(at);
  const tradingDay = market.calendar.isTradingDay(date);
  if (tradingDay && minute >= CLOSE && DAILY.some((name) => market.series(name).some((series) => series.has(date))))
    return atClose(date, []);
  if (tradingDay && minute >= OPEN) {
    const session = await sessionUntil(market, date, Math.min(minute, CLOSE));
    if (session !== null)
      return { date, minute: Math.min(minute, CLOSE), knownTo: market.calendar.before(date), ...session };
  }
  const close = lastClose(market, minute >= CLOSE ? date : market.calendar.before(date));
  const why =
    tradingDay && minute >= OPEN
      ? `nothing is loaded of ${date} up to ${formatMinute(minute)}`
      : `there is no trading on ${date} at ${formatMinute(minute)} or before it`;
  return atClose(close, [`${why} (Shanghai time): answered as of the close of ${close}`]);
}

function atClose(date: LocalDate, notes: readonly string[]): FlashMoment {
  return { date, minute: CLOSE, session: null, knownTo: date, notes };
}

/** The first series of minute bars with a bar that had ended by then. */
async function sessionUntil(
  market: Market,
  date: LocalDate,
  minute: number,
): Promise<(Pick<FlashMoment, 'notes'> & { session: FlashSession }) | null> {
  for (const series of market.minuteBars) {
    if (!series.has(date)) continue;
    const session = await series.session(date, minute);
    if (session.lastMinute === null) continue;
    return {
      session: { ...session, series, before: await series.session(market.calendar.before(date), CLOSE) },
      notes: [
        `bars of ${series.barMinutes} minutes of source "${series.source}", the newest that had ended is that of ${formatMinute(session.lastMinute)}`,
        'ex-right days are not known before the close: today’s changes and limits are taken from the close before as it was traded',
      ],
    };
  }
  return null;
}

/** The last day on or before a date that any daily bars reach. */
function lastClose(market: Market, date: LocalDate | null): LocalDate {
  const loaded = DAILY.filter((name) => market.series(name).length > 0);
  if (loaded.length === 0) return market.resolveDate('index_daily', date);
  const reached = loaded.filter((name) => date === null || market.firstDate(name) <= date);
  const [first] = loaded.map((name) => market.firstDate(name)).sort();
  if (reached.length === 0)
    throw new LundongError('DATE_BEFORE_DATA', `${date} lies before the data: daily bars begin on ${first}.`, {
      date,
      first,
    });
  return reached
    .map((name) => market.resolveDate(name, date))
    .sort()
    .at(-1) as LocalDate;
}
