import type { EventLoopTurns } from '../../domain/event-loop-turns.js';
import type { LocalDate } from '../../domain/local-date.js';
import type { Market } from '../../lake/market.js';
import type { FlashMoment } from './flash-moment.js';
import { limitEvents } from './limit-events.js';
import { recordHighs } from './record-highs.js';
import { StockSessions } from './stock-sessions.js';

export type MarketEventKind = 'RECORD_HIGH' | 'LIMIT_UP' | 'LIMIT_UP_STREAK' | 'LIMIT_DOWN';
const KINDS: readonly MarketEventKind[] = ['RECORD_HIGH', 'LIMIT_UP', 'LIMIT_UP_STREAK', 'LIMIT_DOWN'];

/** Something about one stock. */
export interface MarketEvent {
  readonly kind: MarketEventKind;
  readonly code: string;
  readonly name: string | null;
  /** Sessions in a row at the limit; null for a record high. */
  readonly streak: number | null;
  /** Yuan as traded; null where no such prices are loaded. */
  readonly close: number | null;
  /** Fraction, against what the day's limits are taken from; of a record high against the adjusted close before. */
  readonly change: number | null;
  /** First day whose highs are known, for a record high. */
  readonly since: LocalDate | null;
}

/** Events of some kinds, in any order, and what must be said beside them. */
export interface FoundEvents {
  readonly events: MarketEvent[];
  readonly notes: string[];
}

const DATASET = 'stock_daily';

/** Record highs and limit prices at the moment: by kind, longest streak, highest change and code. */
export async function stockEvents(market: Market, moment: FlashMoment, turns: EventLoopTurns): Promise<FoundEvents> {
  const all = market.series(DATASET).filter((series) => series.has(moment.knownTo));
  const traded = all.find(({ adjustment }) => adjustment === 'none') ?? null;
  const adjusted = all.find(({ adjustment }) => adjustment !== 'none') ?? null;
  const sessions =
    traded === null
      ? null
      : new StockSessions(await traded.panel(['close', 'volume']), (await adjusted?.panel(['close'])) ?? null);
  const limits = await limitEvents(market, moment, sessions, turns);
  const records = await recordHighs(market, moment, adjusted, sessions, turns);
  const notes = [...limits.notes, ...records.notes];
  if (sessions !== null && adjusted === null)
    notes.push(
      'no adjusted prices of stocks: on ex-right days the limits are taken from the close before as it was traded',
    );
  if ((sessions !== null || moment.session !== null) && market.stocks.size === 0)
    notes.push('no list of stocks is loaded: limits are those of stocks listed long ago and under no risk warning');
  const events = [...records.events, ...limits.events].sort(
    (a, b) =>
      KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) ||
      (b.streak ?? 0) - (a.streak ?? 0) ||
      (b.change ?? 0) - (a.change ?? 0) ||
      (a.code < b.code ? -1 : 1),
  );
  return { events, notes };
}
