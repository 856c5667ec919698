import type { LocalDate } from '../../domain/local-date.js';
import { type Adjustment, describeSeries } from '../../domain/price-series.js';
import type { DailyPanel } from '../../lake/daily-panel.js';
import type { Market } from '../../lake/market.js';
import type { MarketSeries } from '../../lake/market-series.js';

/** Prices of funds at one moment, one element per fund of the list; NaN and null where there is none. */
export interface EtfQuotes {
  /** Yuan. */
  readonly closes: Float64Array;
  /** Fraction, against the close of the trading day before. */
  readonly changes: Float64Array;
  /** Yuan traded on the day, up to the moment. */
  readonly amounts: Float64Array;
  /** What the series of the close and of the change are called. */
  readonly closeSeries: readonly (string | null)[];
  readonly changeSeries: readonly (string | null)[];
  /** Whether the close is a price as traded, which can be held against a net asset value. */
  readonly traded: readonly boolean[];
}

/** A series of fund prices with its closes and amounts. */
export interface EtfPrices {
  readonly series: MarketSeries;
  readonly panel: DailyPanel;
}

const DATASET = 'etf_daily';

/**
 * What an unadjusted price may move on a day before it must be a split or merge: more than the widest limit of the
 * boards, as for net asset values (domain/share-split.ts).
 */
const LARGEST_UNADJUSTED_MOVE = 0.25;

/** As an exchange shows prices: those as traded first. */
const TRADED_ORDER: readonly Adjustment[] = ['none', 'qfq', 'hfq'];

/** Every series of fund prices, in the order in which series are asked for returns (hfq, qfq, none). */
export function loadEtfPrices(market: Market): Promise<EtfPrices[]> {
  return Promise.all(
    market.series(DATASET).map(async (series) => ({ series, panel: await series.panel(['close', 'amount']) })),
  );
}

/** The quotes at the close of a day. */
export function closingQuotes(
  market: Market,
  prices: readonly EtfPrices[],
  codes: readonly string[],
  date: LocalDate,
): EtfQuotes {
  return {
    ...lastPrices(prices, codes, date),
    ...priceChanges(prices, codes, [market.calendar.before(date), date]),
  };
}

/**
 * Changes from the close of the first day to that of the last, each fund's from the first series, adjusted before
 * unadjusted, that has both.
 *
 * @param dates trading days in a row
 */
export function priceChanges(
  prices: readonly EtfPrices[],
  codes: readonly string[],
  dates: readonly LocalDate[],
): Pick<EtfQuotes, 'changes' | 'changeSeries'> {
  const changes = new Float64Array(codes.length).fill(Number.NaN);
  const names = prices.map(({ series }) => describeSeries(series));
  const changeSeries = codes.map((code, fund) => {
    for (const [source, { series, panel }] of prices.entries()) {
      const change = believedChange(
        series.adjustment,
        dates.map((date) => panel.value('close', code, date)),
      );
      if (change === null) continue;
      changes[fund] = change;
      return names[source] as string;
    }
    return null;
  });
  return { changes, changeSeries };
}

/** Closes and amounts of a day, each fund's from the first series that has it, prices as traded first. */
function lastPrices(
  prices: readonly EtfPrices[],
  codes: readonly string[],
  date: LocalDate,
): Omit<EtfQuotes, 'changes' | 'changeSeries'> {
  const ordered = prices.toSorted(
    (a, b) => TRADED_ORDER.indexOf(a.series.adjustment) - TRADED_ORDER.indexOf(b.series.adjustment),
  );
  const closes = new Float64Array(codes.length).fill(Number.NaN);
  const amounts = new Float64Array(codes.length).fill(Number.NaN);
  const names = ordered.map(({ series }) => describeSeries(series));
  const traded: boolean[] = [];
  const closeSeries = codes.map((code, fund) => {
    const at = ordered.findIndex(({ panel }) => panel.value('close', code, date) !== null);
    const amount = ordered.map(({ panel }) => panel.value('amount', code, date)).find((value) => value !== null);
    amounts[fund] = amount ?? Number.NaN;
    traded.push(ordered[at]?.series.adjustment === 'none');
    if (at < 0) return null;
    closes[fund] = (ordered[at] as EtfPrices).panel.value('close', code, date) as number;
    return names[at] as string;
  });
  return { closes, amounts, closeSeries, traded };
}

/**
 * Last close over the first, less 1; null where either is missing, and where unadjusted prices moved from one session to
 * the next as only a split or merge moves them. Over several days a fund may well rise by more than that.
 */
function believedChange(adjustment: Adjustment, closes: readonly (number | null)[]): number | null {
  const [base, last] = [closes[0] ?? null, closes.at(-1) ?? null];
  if (base === null || last === null) return null;
  const known = closes.filter((close) => close !== null);
  const isBelieved = known.every(
    (close, i) => i === 0 || believedReturn(adjustment, known[i - 1] as number, close) !== null,
  );
  return isBelieved ? last / base - 1 : null;
}

/** to / from − 1 from one session to the next; null where unadjusted prices moved as only a split or merge moves them. */
export function believedReturn(adjustment: Adjustment, from: number, to: number): number | null {
  const change = to / from - 1;
  return adjustment === 'none' && Math.abs(change) > LARGEST_UNADJUSTED_MOVE ? null : change;
}
