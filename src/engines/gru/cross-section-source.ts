import { standardiseFeatures, stockByStock } from '../../domain/cross-section.js';
import { dayFeatures } from '../../domain/day-features.js';
import { EventLoopTurns } from '../../domain/event-loop-turns.js';
import type { SectionFeatures } from '../../domain/feature-window.js';
import { FEWEST_STOCKS, LOOK_BACK_DAYS } from '../../domain/intraday-features.js';
import type { LocalDate } from '../../domain/local-date.js';
import type { DayFigures } from '../../domain/stock-day-figures.js';
import type { ClosePanel } from '../../lake/daily-panel.js';
import type { DuckDb } from '../../lake/duckdb.js';
import type { Market } from '../../lake/market.js';
import type { MarketSeries, MinuteBarSeries } from '../../lake/market-series.js';
import type { Store } from '../../store/store.js';
import { DatedMemory } from './dated-memory.js';
import { StockDaySource } from './stock-day-source.js';

/** All stocks with bars on a date, in the order of `codes`. */
export interface CrossSection extends SectionFeatures {
  readonly date: LocalDate;
  /** Whether enough stocks had bars for features to mean something; without, all are missing. */
  readonly hasFeatures: boolean;
  /** Unadjusted, yuan. */
  readonly closes: Float64Array;
  /** Return since the stock's last day with bars, a fraction; see `DayFeatures`. */
  readonly dayReturns: Float64Array;
}

/** 200 days of 5,000 stocks. */
const KEPT_BYTES = 64 * 2 ** 20;

/** The features of `intraday-v1` by date, standardised across stocks; kept in memory by data version. */
export class CrossSectionSource {
  readonly stockDays: StockDaySource;
  private readonly memory = new DatedMemory<CrossSection>(
    'cross_section',
    KEPT_BYTES,
    ({ features, closes, dayReturns }) => features.byteLength + closes.byteLength + dayReturns.byteLength,
  );
  private readonly turns = new EventLoopTurns();

  constructor(store: Store, duckdb: DuckDb) {
    this.stockDays = new StockDaySource(store, duckdb);
  }

  /**
   * @param dates trading days, ascending
   * @param signal leaves, with its reason
   * @returns one value for each date that the series holds, in order
   */
  get(
    market: Market,
    series: MinuteBarSeries,
    dates: readonly LocalDate[],
    signal?: AbortSignal,
  ): Promise<CrossSection[]> {
    const held = dates.filter((date) => series.has(date));
    const make = (missing: readonly LocalDate[], unwanted: AbortSignal): Promise<CrossSection[]> =>
      this.compute(market, series, missing, unwanted);
    return this.memory.get(`${market.dataVersion} ${series.id}`, held, make, signal);
  }

  private async compute(
    market: Market,
    series: MinuteBarSeries,
    dates: readonly LocalDate[],
    signal: AbortSignal,
  ): Promise<CrossSection[]> {
    const before = new Map(dates.map((date) => [date, daysBefore(market, date)]));
    const needed = [...new Set([...dates, ...[...before.values()].flat()])].filter((date) => series.has(date)).sort();
    const adjusted = await adjustedCloses(market, signal);
    const days = new Map((await this.stockDays.get(market, series, needed, signal)).map((day) => [day.date, day]));
    const sections: CrossSection[] = [];
    for (const date of dates) {
      signal.throwIfAborted();
      const day = days.get(date) as DayFigures;
      const { codes } = day;
      const lookBack = (before.get(date) as readonly LocalDate[]).map((one) => days.get(one) ?? null);
      const { features, closes, dayReturns } = await this.inTurns(dayFeatures(day, lookBack, adjusted));
      await this.inTurns(standardiseFeatures(features, codes.length));
      const hasFeatures = codes.length >= FEWEST_STOCKS;
      sections.push({ date, codes, hasFeatures, features: stockByStock(features, codes.length), closes, dayReturns });
    }
    return sections;
  }

  /** Each step in a turn of the event loop of its own: with 5,000 stocks a date takes more than it should be held for. */
  private async inTurns<T>(steps: Generator<void, T>): Promise<T> {
    for (;;) {
      await this.turns.next();
      const step = steps.next();
      if (step.done) return step.value;
    }
  }
}

/** The series that tell of corporate actions, in the order in which they are asked. */
export function adjustedSeries(market: Market): MarketSeries[] {
  return market.series('stock_daily').filter((series) => series.adjustment !== 'none');
}

function adjustedCloses(market: Market, signal: AbortSignal): Promise<ClosePanel[]> {
  return Promise.all(adjustedSeries(market).map((series) => series.closes(signal)));
}

/** The trading days whose bars reach the features of a date, newest first. */
function daysBefore({ calendar }: Market, date: LocalDate): LocalDate[] {
  const days = Math.min(LOOK_BACK_DAYS, calendar.indexOf(date));
  return Array.from({ length: days }, (_, index) => calendar.shift(date, -1 - index));
}
