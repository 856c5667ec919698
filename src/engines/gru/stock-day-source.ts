import type { EntityManager } from 'typeorm';
import { EventLoopTurns } from '../../domain/event-loop-turns.js';
import { FEATURE_SPEC, FEATURE_SPEC_VERSION } from '../../domain/intraday-features.js';
import type { LocalDate } from '../../domain/local-date.js';
import {
  type DayFigures,
  fillStockDayFigures,
  STOCK_DAY_FIGURES,
  withoutSuspended,
} from '../../domain/stock-day-figures.js';
import type { DuckDb } from '../../lake/duckdb.js';
import type { Market } from '../../lake/market.js';
import type { MarketChange } from '../../lake/market-change.js';
import type { MinuteBarSeries } from '../../lake/market-series.js';
import { loadSlotDays } from '../../lake/minute-bars.js';
import * as stockDays from '../../store/stock-day.repository.js';
import type { Store } from '../../store/store.js';
import { storedOrComputed } from '../stored-or-computed.js';
import { DatedMemory } from './dated-memory.js';

/** 120 days of 5,000 stocks: what the features of a window and of the days behind it rest on, twice. */
const KEPT_BYTES = 64 * 2 ** 20;

/** Their figures take two milliseconds. */
const STOCKS_AT_ONCE = 1000;

/**
 * The raw figures of stocks by date: in memory, else in PostgreSQL, else computed from the day's minute bars. Missing
 * dates are computed in one batch, once, however many ask for them at the same time, in this process and in others.
 */
export class StockDaySource {
  private readonly memory = new DatedMemory<DayFigures>('stock_day', KEPT_BYTES, ({ figures }) => figures.byteLength);
  private readonly turns = new EventLoopTurns();

  /** Dates whose figures were computed from bars since the process started. */
  readonly computed: LocalDate[] = [];

  constructor(
    private readonly store: Store,
    private readonly duckdb: DuckDb,
  ) {}

  /**
   * @param dates that the series holds, ascending
   * @param signal leaves, with its reason
   * @returns one value a date, in order
   */
  get(
    market: Market,
    series: MinuteBarSeries,
    dates: readonly LocalDate[],
    signal?: AbortSignal,
  ): Promise<DayFigures[]> {
    const identity = { spec: FEATURE_SPEC, specVersion: FEATURE_SPEC_VERSION, seriesId: series.id };
    const make = (missing: readonly LocalDate[], unwanted: AbortSignal): Promise<DayFigures[]> =>
      storedOrComputed(
        this.store,
        `${FEATURE_SPEC} ${FEATURE_SPEC_VERSION} ${series.id}`,
        missing,
        (connection, some) => stockDays.readStockDays(connection, identity, some, market.dataVersion),
        (connection, some) => this.compute(market, series, identity, connection, some, unwanted),
      );
    return this.memory.get(`${market.dataVersion} ${series.id}`, dates, make, signal);
  }

  private async compute(
    market: Market,
    series: MinuteBarSeries,
    identity: stockDays.StockDayIdentity,
    connection: EntityManager,
    dates: readonly LocalDate[],
    signal: AbortSignal,
  ): Promise<DayFigures[]> {
    const days: DayFigures[] = [];
    for await (const loaded of loadSlotDays(this.duckdb, series, dates, signal)) {
      const slots = withoutSuspended(loaded);
      const { date, codes } = slots;
      const figures = new Float64Array(STOCK_DAY_FIGURES.length * codes.length);
      for (let from = 0; from < codes.length; from += STOCKS_AT_ONCE) {
        await this.turns.next();
        signal.throwIfAborted();
        fillStockDayFigures(figures, slots, codes.length, from, Math.min(from + STOCKS_AT_ONCE, codes.length));
      }
      const day = { date, codes, figures };
      await stockDays.storeStockDay(connection, identity, day, market.dataVersion);
      this.computed.push(date);
      days.push(day);
    }
    return days;
  }
}

/** Forgets the stored figures of exactly the dates whose bars changed; called inside the transaction of the import. */
export async function dropStaleStockDays(manager: EntityManager, change: MarketChange): Promise<void> {
  if (change.kind !== 'bars') return;
  const identity = { spec: FEATURE_SPEC, specVersion: FEATURE_SPEC_VERSION, seriesId: change.seriesId };
  await stockDays.deleteStockDays(manager, identity, change.dates);
}
