import type { LocalDate } from '../domain/local-date.js';
import { type DuckDb, fileList, literals, rows } from './duckdb.js';

/** One code's trading on a day up to a minute, as traded. */
export interface SessionQuote {
  /** Yuan; indices: points. */
  readonly last: number;
  /** The same; the highest of highs and closes. */
  readonly high: number;
  /** Yuan; null where the bars tell none. */
  readonly amount: number | null;
}

/** A trading day up to a minute. */
export interface SessionQuotes {
  /** By code. */
  readonly quotes: ReadonlyMap<string, SessionQuote>;
  /** End of the newest bar that counts, a minute of the day; null without any. */
  readonly lastMinute: number | null;
}

/**
 * The bars of a day that had ended by a minute: one that is still open at that minute tells what came later and does
 * not count.
 *
 * @param files that hold the day
 * @param minute of the day
 */
export function loadSessionQuotes(
  duckdb: DuckDb,
  files: readonly string[],
  date: LocalDate,
  minute: number,
): Promise<SessionQuotes> {
  if (files.length === 0) return Promise.resolve({ quotes: new Map(), lastMinute: null });
  return duckdb.use(async (connection) => {
    const found = await rows(
      connection,
      `SELECT code, arg_max(close, minute), max(greatest(coalesce(high, close), close)), sum(amount ORDER BY minute),
         max(minute)::INTEGER
       FROM read_parquet(${fileList(...files)})
       WHERE date IN (SELECT unnest(${literals([date])}::DATE[])) AND minute <= ${Math.trunc(minute)} AND close > 0
       GROUP BY code ORDER BY code`,
    );
    const quotes = new Map(
      found.map(([code, last, high, amount]) => [
        String(code),
        { last: Number(last), high: Number(high), amount: amount === null ? null : Number(amount) },
      ]),
    );
    const minutes = found.map((row) => Number(row[4]));
    return { quotes, lastMinute: minutes.length === 0 ? null : minutes.reduce((a, b) => Math.max(a, b)) };
  });
}
