import type { Etf } from '../../domain/etf.js';
import type { LocalDate } from '../../domain/local-date.js';
import { believedReturn, type EtfPrices, type EtfQuotes } from '../etf/etf-quotes.js';
import type { FlashSession } from './flash-moment.js';

const SERIES = 'minute_bar of the day';

/**
 * Quotes of funds during a day, from bars as traded. A change is against the close before as it was traded, which alone
 * they can be held against: that of daily bars, else the last minute bar's. There is none on the day of a split or merge.
 *
 * @param before the trading day before
 */
export function minuteQuotes(
  session: FlashSession,
  prices: readonly EtfPrices[],
  funds: readonly Etf[],
  before: LocalDate,
): EtfQuotes {
  const traded = prices.filter(({ series }) => series.adjustment === 'none');
  const own = funds.map(({ code }) => session.quotes.get(code) ?? null);
  const changes = Float64Array.from(funds, ({ code }, fund) => {
    const daily = traded.map(({ panel }) => panel.value('close', code, before)).find((close) => close !== null);
    const base = daily ?? session.before.quotes.get(code)?.last ?? Number.NaN;
    return believedReturn('none', base, own[fund]?.last ?? Number.NaN) ?? Number.NaN;
  });
  return {
    closes: Float64Array.from(own, (quote) => quote?.last ?? Number.NaN),
    changes,
    amounts: Float64Array.from(own, (quote) => quote?.amount ?? Number.NaN),
    closeSeries: own.map((quote) => (quote === null ? null : SERIES)),
    changeSeries: Array.from(changes, (change) => (Number.isNaN(change) ? null : SERIES)),
    traded: own.map((quote) => quote !== null),
  };
}
