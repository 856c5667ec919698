import type { EventLoopTurns } from '../../domain/event-loop-turns.js';
import { limitFlag } from '../../domain/price-limit.js';
import type { Market } from '../../lake/market.js';
import type { FlashMoment, FlashSession } from './flash-moment.js';
import { minuteStreaks } from './minute-streaks.js';
import type { FoundEvents, MarketEvent } from './stock-events.js';
import { percentOn, type StockSessions, termsOf } from './stock-sessions.js';

/** Between two turns of the event loop: some 2 ms. */
const STOCKS_AT_ONCE = 500;

/** A stock that closed, or stands, at a limit price. */
interface AtLimit {
  readonly code: string;
  readonly flag: -1 | 1;
  /** Sessions in a row, this one included. */
  readonly streak: number;
  /** Yuan. */
  readonly price: number;
  /** Yuan, what the limit is taken from. */
  readonly reference: number;
}

/**
 * Stocks at a limit price at the moment.
 *
 * @param sessions days as traded; null where none reach the moment: at a close there are no limits then, and a note,
 *   during a day they are taken from minute bars
 */
export async function limitEvents(
  market: Market,
  moment: FlashMoment,
  sessions: StockSessions | null,
  turns: EventLoopTurns,
): Promise<FoundEvents> {
  const { session } = moment;
  if (session !== null) {
    const { found, notes } = await duringTheDay(market, moment, session, sessions, turns);
    return { events: found.map((one) => eventOf(market, one)), notes };
  }
  if (sessions === null)
    return {
      events: [],
      notes: [`no limit prices: stock_daily has no prices as traded (adjustment none) of ${moment.knownTo}`],
    };
  const found = await atTheClose(market, moment, sessions, turns);
  return { events: found.map((one) => eventOf(market, one)), notes: [] };
}

async function atTheClose(
  market: Market,
  { knownTo }: FlashMoment,
  sessions: StockSessions,
  turns: EventLoopTurns,
): Promise<AtLimit[]> {
  const row = sessions.traded.row(knownTo) as number;
  const found: AtLimit[] = [];
  for (const [column, code] of sessions.traded.codes.entries()) {
    if (column % STOCKS_AT_ONCE === 0) await turns.next();
    const stock = termsOf(market, code);
    const price = sessions.close(row, column);
    if (stock === null || Number.isNaN(price)) continue;
    const { reference, percent } = sessions.base(stock, row, column);
    const flag = limitFlag(stock.board, price, reference, percent);
    if (flag !== 0) found.push({ code, flag, streak: sessions.streak(stock, flag, row, column), price, reference });
  }
  return found;
}

/**
 * Limits are taken from the close of the last session as daily bars have it, and of stocks that these lack from the last
 * minute bar of the trading day before.
 */
async function duringTheDay(
  market: Market,
  { date, knownTo }: FlashMoment,
  session: FlashSession,
  sessions: StockSessions | null,
  turns: EventLoopTurns,
): Promise<{ found: AtLimit[]; notes: string[] }> {
  const found: AtLimit[] = [];
  const byMinutes: Omit<AtLimit, 'streak'>[] = [];
  let [fromMinutes, withoutBase, seen] = [0, 0, 0];
  for (const [code, { last: price }] of session.quotes) {
    if (seen++ % STOCKS_AT_ONCE === 0) await turns.next();
    const stock = termsOf(market, code);
    if (stock === null) continue;
    const daily = sessions?.lastSession(code, knownTo) ?? null;
    const reference =
      daily === null || sessions === null
        ? (session.before.quotes.get(code)?.last ?? null)
        : sessions.close(daily.row, daily.column);
    if (reference === null) {
      withoutBase++;
      continue;
    }
    if (daily === null) fromMinutes++;
    const flag = limitFlag(stock.board, price, reference, percentOn(stock, date));
    if (flag === 0) continue;
    if (daily === null || sessions === null) byMinutes.push({ code, flag, price, reference });
    else {
      const streak = 1 + sessions.streak(stock, flag, daily.row, daily.column);
      found.push({ code, flag, streak, price, reference });
    }
  }
  const streaks = await minuteStreaks(market, session.series, knownTo, byMinutes);
  found.push(...byMinutes.map((one) => ({ ...one, streak: 1 + (streaks.get(one.code) ?? 0) })));
  const notes: string[] = [];
  if (fromMinutes > 0)
    notes.push(
      `limits of ${fromMinutes} stocks without daily prices as traded are taken from their last bar of ${knownTo}`,
    );
  if (withoutBase > 0)
    notes.push(`no limits of ${withoutBase} stocks: there is no price of theirs as traded of ${knownTo}`);
  return { found, notes };
}

function eventOf(market: Market, { code, flag, streak, price, reference }: AtLimit): MarketEvent {
  return {
    kind: flag < 0 ? 'LIMIT_DOWN' : streak > 1 ? 'LIMIT_UP_STREAK' : 'LIMIT_UP',
    code,
    name: market.stocks.get(code)?.name ?? null,
    streak,
    close: price,
    change: price / reference - 1,
    since: null,
  };
}
