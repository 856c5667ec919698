import { standardiseFeatures } from '#lundong/domain/cross-section.js';
import { dayFeatures } from '#lundong/domain/day-features.js';
import { LOOK_BACK_DAYS } from '#lundong/domain/intraday-features.js';
import type { LocalDate } from '#lundong/domain/local-date.js';
import { PriceChain } from '#lundong/domain/price-chain.js';
import { positionsIn } from '#lundong/domain/sorted-codes.js';
import {
  type DayFigures,
  fillStockDayFigures,
  type SlotPrices,
  STOCK_DAY_FIGURES,
  withoutSuspended,
} from '#lundong/domain/stock-day-figures.js';
import { type Bar, type ReferenceMarket, slotsOf } from './intraday-features-reference.js';

export interface ChainDay {
  readonly codes: readonly string[];
  /** Figures × stocks. */
  readonly figures: Float64Array;
  /** Features × stocks. */
  readonly features: Float64Array;
  readonly standardised: Float64Array;
  /** One a stock. */
  readonly prices: readonly number[];
}

/** The product's pure functions one after the other, from bars to the cross-section of every day that has bars. */
export function featureChain({ dates, bars, adjusted }: ReferenceMarket): Map<string, ChainDay> {
  const closes = { close: (code: string, date: LocalDate) => adjusted.get(`${code} ${date}`) ?? null };
  const byDay = new Map<string, Map<string, Bar[]>>();
  for (const bar of bars) {
    const day = byDay.get(bar.date) ?? new Map<string, Bar[]>();
    byDay.set(bar.date, day.set(bar.code, [...(day.get(bar.code) ?? []), bar]));
  }
  const days = dates.map((date) => {
    const own = byDay.get(date);
    return own === undefined ? null : dayFigures(date as LocalDate, own);
  });
  const allCodes = [...new Set(bars.map((bar) => bar.code))].sort();
  const chain = new PriceChain(allCodes.length);
  const result = new Map<string, ChainDay>();
  days.forEach((day, t) => {
    if (day === null) return;
    const before = days.slice(Math.max(0, t - LOOK_BACK_DAYS), t).reverse();
    const { features, closes: own, dayReturns } = atOnce(dayFeatures(day, before, [closes]));
    const standardised = features.slice();
    for (const _ of standardiseFeatures(standardised, day.codes.length));
    const columns = positionsIn(allCodes, day.codes);
    const prices = chain.next(columns, own, dayReturns);
    result.set(day.date, {
      codes: day.codes,
      figures: day.figures,
      features,
      standardised,
      prices: Array.from(columns, (column) => prices[column] as number),
    });
  });
  return result;
}

function dayFigures(date: LocalDate, bars: ReadonlyMap<string, readonly Bar[]>): DayFigures {
  const held = [...bars.keys()].sort();
  const slots = held.flatMap((code) => slotsOf(bars.get(code) as readonly Bar[]));
  const column = (name: 'open' | 'close' | 'volume' | 'amount'): Float64Array =>
    Float64Array.from(slots, (slot) => slot?.[name] ?? Number.NaN);
  const prices = { open: column('open'), close: column('close'), volume: column('volume'), amount: column('amount') };
  const traded = withoutSuspended({ codes: held, ...prices });
  return { date, codes: traded.codes, figures: stockDayFigures(traded, traded.codes.length) };
}

/** The figures of all stocks of a day at once, figures × stocks. */
export function stockDayFigures(slots: SlotPrices, stocks: number): Float64Array {
  const figures = new Float64Array(STOCK_DAY_FIGURES.length * stocks);
  fillStockDayFigures(figures, slots, stocks, 0, stocks);
  return figures;
}

/** Takes all the steps of what the product does step by step. */
export function atOnce<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
