import type { EventLoopTurns } from '../../domain/event-loop-turns.js';
import { limitFlag } from '../../domain/limit-streak.js';
import { fromDayNumber, type LocalDate } from '../../domain/local-date.js';
import { boardOf } from '../../domain/price-limit.js';
import { describeSeries } from '../../domain/price-series.js';
import { addHighs, type EarlierHighs, isRecordHigh, noEarlierHighs } from '../../domain/record-high.js';
import type { DailyPanel } from '../../lake/daily-panel.js';
import type { Market, MarketSeries } from '../../lake/market.js';
import type { FlashMoment } from './flash-moment.js';
import { percentOn, StockSessions, type StockTerms } from './stock-sessions.js';

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

interface Found {
  readonly events: MarketEvent[];
  readonly notes: string[];
}

const DATASET = 'stock_daily';
/** Between two turns of the event loop: some 2 ms of stocks, and 1 ms of rows of a matrix of 5,000 stocks. */
const STOCKS_AT_ONCE = 500;
const ROWS_AT_ONCE = 50;
const CENT = 0.01;

/** Record highs and limit prices at the moment: by kind, longest streak, highest change and code. */
export async function stockEvents(market: Market, moment: FlashMoment, turns: EventLoopTurns): Promise<Found> {
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
  if (sessions !== null && market.stocks.size === 0)
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

async function limitEvents(
  market: Market,
  { date, knownTo, session }: FlashMoment,
  sessions: StockSessions | null,
  turns: EventLoopTurns,
): Promise<Found> {
  if (sessions === null)
    return {
      events: [],
      notes: [`no limit prices: ${DATASET} has no prices as traded (adjustment none) of ${knownTo}`],
    };
  const known = sessions.traded.row(knownTo) as number;
  const events: MarketEvent[] = [];
  for (const [column, code] of sessions.traded.codes.entries()) {
    if (column % STOCKS_AT_ONCE === 0) await turns.next();
    const stock = termsOf(market, code);
    if (stock === null) continue;
    const add = (flag: -1 | 0 | 1, streak: () => number, close: number, reference: number): void => {
      if (flag === 0) return;
      const days = streak();
      const kind = flag < 0 ? 'LIMIT_DOWN' : days > 1 ? 'LIMIT_UP_STREAK' : 'LIMIT_UP';
      events.push({
        kind,
        code,
        name: nameOf(market, code),
        streak: days,
        close,
        change: close / reference - 1,
        since: null,
      });
    };
    if (session === null) {
      const close = sessions.close(known, column);
      if (Number.isNaN(close)) continue;
      const { reference, percent } = sessions.base(stock, known, column);
      const flag = limitFlag(stock.board, close, reference, percent);
      add(flag, () => sessions.streak(stock, flag as -1 | 1, known, column), close, reference);
      continue;
    }
    const quote = session.quotes.get(code);
    const before = sessions.sessionBefore(known + 1, column);
    if (quote === undefined || before < 0) continue;
    const reference = sessions.close(before, column);
    const flag = limitFlag(stock.board, quote.last, reference, percentOn(stock, date));
    add(flag, () => 1 + sessions.streak(stock, flag as -1 | 1, before, column), quote.last, reference);
  }
  return { events, notes: [] };
}

async function recordHighs(
  market: Market,
  { knownTo, session }: FlashMoment,
  adjusted: MarketSeries | null,
  sessions: StockSessions | null,
  turns: EventLoopTurns,
): Promise<Found> {
  if (adjusted === null)
    return { events: [], notes: [`no record highs: ${DATASET} has no adjusted prices of ${knownTo}`] };
  const panel = await adjusted.panel(['high', 'close']);
  const known = panel.row(knownTo) as number;
  const figure = rowOf(panel, 'high', known).some((value) => value > 0) ? 'high' : 'close';
  const notes = [
    `record highs: of ${figure}s of ${describeSeries(adjusted)} since ${adjusted.firstDate}; what stood before is not known`,
  ];
  if (session !== null && sessions === null)
    return { events: [], notes: ['no record highs: today’s prices can be adjusted only beside prices as traded'] };
  const earlier = await earlierHighs(panel, figure, session === null ? known : known + 1, turns);
  const closes = panel.matrix('close');
  const width = panel.codes.length;
  const events: MarketEvent[] = [];
  for (const [column, code] of panel.codes.entries()) {
    if (column % STOCKS_AT_ONCE === 0) await turns.next();
    if (boardOf(code) === null || (earlier.firstRow[column] as number) < 0) continue;
    const own = {
      kind: 'RECORD_HIGH' as const,
      code,
      name: nameOf(market, code),
      streak: null,
      since: fromDayNumber(panel.days[earlier.firstRow[column] as number] as number),
    };
    const highest = earlier.highest[column] as number;
    if (session === null) {
      const high = rowOf(panel, figure, known)[column] as number;
      if (!isRecordHigh(high, highest)) continue;
      const close = closes[known * width + column] as number;
      const change = close / lastClose(closes, width, column, known - 1) - 1;
      events.push({ ...own, close: tradedClose(sessions, code, knownTo), change: orNull(change) });
      continue;
    }
    const quote = session.quotes.get(code);
    const place = sessions === null ? null : lastSession(sessions, code, knownTo);
    if (quote === undefined || sessions === null || place === null) continue;
    const factor = sessions.factor(place.row, place.column);
    const close = sessions.close(place.row, place.column);
    // The factor is of prices in cents: what it may be off by must not make a record.
    if (!isRecordHigh((figure === 'high' ? quote.high : quote.last) * factor, highest, CENT / close)) continue;
    events.push({ ...own, close: quote.last, change: orNull(quote.last / close - 1) });
  }
  return { events, notes };
}

async function earlierHighs(
  panel: DailyPanel,
  figure: string,
  rows: number,
  turns: EventLoopTurns,
): Promise<EarlierHighs> {
  const highs = noEarlierHighs(panel.codes.length);
  const matrix = panel.matrix(figure);
  for (let row = 0; row < rows; row += ROWS_AT_ONCE) {
    await turns.next();
    addHighs(highs, matrix, row, Math.min(row + ROWS_AT_ONCE, rows));
  }
  return highs;
}

/** null for what is no A share. */
function termsOf(market: Market, code: string): StockTerms | null {
  const stock = market.stocks.get(code);
  const board = stock?.board ?? boardOf(code);
  if (board === null) return null;
  return {
    board,
    riskWarnings: stock?.riskWarnings ?? [],
    listDate: stock?.listDate ?? null,
    sessionsSince: (listed, date) => market.calendar.between(listed, date).length,
  };
}

function nameOf(market: Market, code: string): string | null {
  return market.stocks.get(code)?.name ?? null;
}

function rowOf(panel: DailyPanel, figure: string, row: number): Float64Array {
  return panel.matrix(figure).subarray(row * panel.codes.length, (row + 1) * panel.codes.length);
}

/** The last close on or before a row; NaN without one. */
function lastClose(closes: Float64Array, width: number, column: number, row: number): number {
  let at = row;
  while (at >= 0 && Number.isNaN(closes[at * width + column] as number)) at--;
  return at < 0 ? Number.NaN : (closes[at * width + column] as number);
}

function tradedClose(sessions: StockSessions | null, code: string, date: LocalDate): number | null {
  const [row, column] = [sessions?.traded.row(date) ?? null, sessions?.traded.column(code) ?? null];
  return sessions === null || row === null || column === null ? null : orNull(sessions.close(row, column));
}

/** The last session of a stock on or before a date. */
function lastSession(sessions: StockSessions, code: string, date: LocalDate): { row: number; column: number } | null {
  const column = sessions.traded.column(code);
  const known = sessions.traded.row(date);
  if (column === null || known === null) return null;
  const row = sessions.sessionBefore(known + 1, column);
  return row < 0 ? null : { row, column };
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
