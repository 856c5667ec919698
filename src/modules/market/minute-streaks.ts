import type { LocalDate } from '../../domain/local-date.js';
import { limitFlag } from '../../domain/price-limit.js';
import type { Market } from '../../lake/market.js';
import type { MinuteBarSeries } from '../../lake/market-series.js';
import { CLOSE } from './flash-moment.js';
import { percentOn, type StockTerms, termsOf } from './stock-sessions.js';

/** How many trading days back a streak is looked for, a query each. */
const DAYS_BACK = 20;

/** A stock whose streak goes on as far back as has been looked. */
interface Running {
  readonly stock: StockTerms;
  readonly flag: -1 | 1;
  /** The earliest session looked at: its day and its close, in yuan. */
  session: { readonly date: LocalDate; readonly close: number };
}

/**
 * For stocks that only minute bars tell of: how many sessions in a row up to a day closed at the limit of the flag, from
 * the last bars of the days. A day without bars of the stock neither breaks nor counts.
 *
 * @param date whose last bars the references are
 * @returns by code; none for 0
 */
export async function minuteStreaks(
  market: Market,
  series: MinuteBarSeries,
  date: LocalDate,
  stocks: readonly { readonly code: string; readonly flag: -1 | 1; readonly reference: number }[],
): Promise<ReadonlyMap<string, number>> {
  const streaks = new Map<string, number>();
  const running = new Map(
    stocks.map(({ code, flag, reference }): [string, Running] => [
      code,
      { stock: termsOf(market, code) as StockTerms, flag, session: { date, close: reference } },
    ]),
  );
  let day = date;
  for (let back = 0; back < DAYS_BACK && running.size > 0 && day > series.firstDate; back++) {
    day = market.calendar.before(day);
    const { quotes } = await series.session(day, CLOSE);
    for (const [code, one] of running) {
      const quote = quotes.get(code);
      if (quote === undefined) continue;
      const percent = percentOn(one.stock, one.session.date);
      if (limitFlag(one.stock.board, one.session.close, quote.last, percent) === one.flag) {
        streaks.set(code, (streaks.get(code) ?? 0) + 1);
        one.session = { date: day, close: quote.last };
      } else running.delete(code);
    }
  }
  return streaks;
}
