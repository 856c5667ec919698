import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { EtfRules } from '../domain/etf-rules.js';
import type { IndustryScheme } from '../domain/industry.js';
import type { MembershipRow } from '../domain/membership-history.js';
import { boardOf } from '../domain/price-limit.js';
import { bySeriesPreference } from '../domain/price-series.js';
import { TradingCalendar } from '../domain/trading-calendar.js';
import * as listings from '../store/listing.repository.js';
import * as marketData from '../store/market-data.repository.js';
import { listModels } from '../store/model.repository.js';
import type { Store } from '../store/store.js';
import { SeriesPanels } from './daily-panel.js';
import { type DatasetStatus, describeStatus } from './dataset-status.js';
import type { DuckDb } from './duckdb.js';
import { EtfSorter } from './etf-sorter.js';
import { Market } from './market.js';
import { MarketSeries, MinuteBarSeries } from './market-series.js';

/** How long to wait before data that could not be loaded are asked for again: doubled each time, up to the longest. */
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 60_000;

/** Holds the current market of this process and replaces it whenever an import of any process has landed. */
export class MarketSource {
  private market!: Market;
  private refreshing: Promise<void> = Promise.resolve();
  private panels = new Map<string, SeriesPanels>();
  private stopListening: (() => Promise<void>) | null = null;
  private readonly etfSorter: EtfSorter;
  private failure: unknown = null;
  private retry: NodeJS.Timeout | undefined;
  private closed = false;

  private constructor(
    private readonly store: Store,
    private readonly duckdb: DuckDb,
    private readonly lakeDirectory: string,
    private readonly etfRules: EtfRules,
  ) {
    this.etfSorter = new EtfSorter(etfRules);
  }

  static async open(store: Store, duckdb: DuckDb, lakeDirectory: string, etfRules: EtfRules): Promise<MarketSource> {
    const source = new MarketSource(store, duckdb, lakeDirectory, etfRules);
    await source.refresh();
    return source;
  }

  current(): Market {
    return this.market;
  }

  /** Whether the last attempt to load the data succeeded; otherwise `current` is a market that imports have overtaken. */
  get isCurrent(): boolean {
    return this.failure === null;
  }

  /** Why the last attempt failed; null where it succeeded. */
  get lastError(): unknown {
    return this.failure;
  }

  /**
   * From now on follows the imports of every process.
   *
   * @param onError told of every failed attempt to load one; the next attempt is made by itself
   * @param onLoaded told of every market that replaced another
   */
  async follow(onError: (error: unknown) => void, onLoaded: (market: Market) => void = () => undefined): Promise<void> {
    this.stopListening = await this.store.onDataVersion((version) => {
      if (version !== this.market.dataVersion) this.pursue(onError, onLoaded, FIRST_RETRY_MS);
    });
  }

  /** Refreshes until it succeeds: no second notification comes for an import that was heard of. */
  private pursue(onError: (error: unknown) => void, onLoaded: (market: Market) => void, delayMs: number): void {
    clearTimeout(this.retry);
    this.refresh().then(
      () => {
        if (!this.closed) onLoaded(this.market);
      },
      (error) => {
        if (this.closed) return;
        onError(error);
        clearTimeout(this.retry);
        const longer = Math.min(2 * delayMs, LONGEST_RETRY_MS);
        this.retry = setTimeout(() => this.pursue(onError, onLoaded, longer), delayMs).unref();
      },
    );
  }

  /** Loads the market as it stands now; refreshes that overlap run one after the other. */
  refresh(): Promise<void> {
    this.refreshing = this.refreshing
      .catch(() => undefined)
      .then(() => this.load())
      .then(
        () => {
          this.failure = null;
        },
        (error: unknown) => {
          this.failure = error;
          throw error;
        },
      );
    return this.refreshing;
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.retry);
    await this.stopListening?.();
  }

  private async load(): Promise<void> {
    // One snapshot of the database, so that no half of an import is ever seen.
    const read = await this.store.dataSource.transaction('REPEATABLE READ', async (manager) => ({
      version: await marketData.dataVersion(manager),
      reference: await marketData.loadReferenceData(manager),
      memberships: await marketData.loadMemberships(manager),
      etfs: await listings.loadEtfs(manager),
      stocks: await listings.loadStocks(manager),
      series: await marketData.loadSeries(manager),
      imports: await marketData.lastImports(manager),
      models: await listModels(manager),
    }));
    const calendar = TradingCalendar.of(read.reference.tradingDays);
    const { industries } = read.reference;
    const memberships = new Map<IndustryScheme, MembershipRow[]>([
      ['CITIC_L1', []],
      ['SW_L1', []],
    ]);
    for (const row of read.memberships)
      memberships.get(industries.get(row.industryCode)?.scheme as IndustryScheme)?.push(row);
    const etfs = await this.etfSorter.sort(read.etfs);
    const stocks = new Map(read.stocks.map((stock) => [stock.code, { ...stock, board: boardOf(stock.code) }]));
    const panels = new Map<string, SeriesPanels>();
    const calendarKey = createHash('sha256').update(read.reference.tradingDays.join()).digest('hex');
    const series = read.series
      .filter((one) => one.files.length > 0)
      .map((one) => {
        const files = one.files.map((file) => ({ ...file, path: join(this.lakeDirectory, file.path) }));
        if (one.barMinutes !== null) return new MinuteBarSeries(one.id, one, files, one.barMinutes, this.duckdb);
        const paths = files.map((file) => file.path);
        const days = files.flatMap((file) => file.days);
        const key = [calendarKey, ...paths].join('\n');
        const own = this.panels.get(key) ?? new SeriesPanels(this.duckdb, paths, days, calendar);
        panels.set(key, own);
        return new MarketSeries(one.id, one, files, own, this.duckdb);
      })
      .sort(bySeriesPreference);
    let status: Promise<readonly DatasetStatus[]> | null = null;
    this.panels = panels;
    this.market = new Market(
      read.version,
      calendar,
      industries,
      memberships,
      this.etfRules,
      etfs,
      stocks,
      series,
      () => {
        if (status === null) {
          status = describeStatus(this.duckdb, read, series);
          status.catch(() => {
            status = null;
          });
        }
        return status;
      },
      read.models,
    );
  }
}
