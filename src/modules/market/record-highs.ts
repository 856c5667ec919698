import type { EventLoopTurns } from '../../domain/event-loop-turns.js';
import { fromDayNumber, type LocalDate } from '../../domain/local-date.js';
import { boardOf } from '../../domain/price-limit.js';
import { describeSeries } from '../../domain/price-series.js';
import { addHighs, type EarlierHighs, isRecordHigh, noEarlierHighs } from '../../domain/record-high.js';
import type { DailyPanel } from '../../lake/daily-panel.js';
import type { Market } from '../../lake/market.js';
import type { MarketSeries } from '../../lake/market-series.js';
import type { FlashMoment } from './flash-moment.js';
import type { FoundEvents, MarketEvent } from './stock-events.js';
import type { StockSessions } from './stock-sessions.js';

/** Between two turns of the event loop: some 2 ms of stocks, and 1 ms of rows of a matrix of 5,000 stocks. */
const STOCKS_AT_ONCE = 500;
const ROWS_AT_ONCE = 50;
/** Yuan; how far an adjusted price may lie from the exact one, rounded to a cent. */
const HALF_CENT = 0.005;

/**
 * Stocks whose adjusted high exceeds every earlier one of the series.
 *
 * @param adjusted null where no adjusted prices reach the moment: then there are none, and a note
 * @param sessions days as traded, which alone make the prices of a minute comparable with adjusted ones
 */
export async function recordHighs(
  market: Market,
  { knownTo, session }: FlashMoment,
  adjusted: MarketSeries | null,
  sessions: StockSessions | null,
  turns: EventLoopTurns,
): Promise<FoundEvents> {
  if (adjusted === null)
    return { events: [], notes: [`no record highs: stock_daily has no adjusted prices of ${knownTo}`] };
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
      name: market.stocks.get(code)?.name ?? null,
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
    const place = sessions?.lastSession(code, knownTo) ?? null;
    if (quote === undefined || sessions === null || place === null) continue;
    const factor = sessions.factor(place.row, place.column);
    const close = sessions.close(place.row, place.column);
    // Adjusted prices are in cents: what factor and record may be off by must not make a record.
    const rounding = HALF_CENT / (close * factor) + HALF_CENT / highest;
    if (!isRecordHigh((figure === 'high' ? quote.high : quote.last) * factor, highest, rounding)) continue;
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

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
