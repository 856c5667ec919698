import type { Etf } from '../../domain/etf.js';
import type { LocalDate } from '../../domain/local-date.js';
import type { SessionQuotes } from '../../lake/session-quotes.js';
import type { EtfPrices, EtfQuotes } from '../etf/etf-quotes.js';

/**
 * Quotes of funds during a day, from bars as traded; a change is against the close before, as traded too, which alone
 * they can be held against.
 *
 * @param before the trading day before
 */
export function minuteQuotes(
  session: SessionQuotes,
  prices: readonly EtfPrices[],
  funds: readonly Etf[],
  before: LocalDate,
): EtfQuotes {
  const traded = prices.filter(({ series }) => series.adjustment === 'none');
  const own = funds.map(({ code }) => session.quotes.get(code) ?? null);
  const bases = funds.map(
    ({ code }) => traded.map(({ panel }) => panel.value('close', code, before)).find((close) => close !== null) ?? null,
  );
  const changes = Float64Array.from(
    own,
    (quote, fund) => (quote?.last ?? Number.NaN) / (bases[fund] ?? Number.NaN) - 1,
  );
  return {
    closes: Float64Array.from(own, (quote) => quote?.last ?? Number.NaN),
    changes,
    amounts: Float64Array.from(own, (quote) => quote?.amount ?? Number.NaN),
    closeSeries: own.map((quote) => (quote === null ? null : SERIES)),
    changeSeries: Array.from(changes, (change) => (Number.isNaN(change) ? null : SERIES)),
    traded: own.map((quote) => quote !== null),
  };
}

const SERIES = 'minute_bar of the day';
