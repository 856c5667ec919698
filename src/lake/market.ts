import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { LundongError } from '../domain/errors.js';
import type { Etf } from '../domain/etf.js';
import type { EtfRules } from '../domain/etf-rules.js';
import { groupBy } from '../domain/group-by.js';
import type { Industry, IndustryScheme } from '../domain/industry.js';
import { type DayNumber, fromDayNumber, type LocalDate, toDayNumber } from '../domain/local-date.js';
import type { MembershipRow } from '../domain/membership-history.js';
import type { ModelVersion } from '../domain/model-version.js';
import { boardOf } from '../domain/price-limit.js';
import {
  type Adjustment,
  type BarMinutes,
  bySeriesPreference,
  type PriceSeriesKey,
  SYNTHETIC_SOURCE,
} from '../domain/price-series.js';
import type { Stock } from '../domain/stock.js';
import { TradingCalendar } from '../domain/trading-calendar.js';
import * as listings from '../store/listing.repository.js';
import * as marketData from '../store/market-data.repository.js';
import { listModels } from '../store/model.repository.js';
import type { Store } from '../store/store.js';
import { type ClosePanel, type DailyPanel, SeriesPanels } from './daily-panel.js';
import { LongRows } from './daily-rows.js';
import { type DatasetStatus, describeStatus } from './dataset-status.js';
import { type DailyDatasetName, hasCloses, TABLE_DATASETS, type TableDatasetName } from './datasets.js';
import type { DuckDb } from './duckdb.js';
import { EtfSorter } from './etf-sorter.js';
import { loadSessionQuotes, type SessionQuotes } from './session-quotes.js';

/** A Parquet file of a series. */
interface SeriesFile {
  readonly path: string;
  readonly rows: number;
  /** Dates with at least one row, ascending. */
  readonly days: readonly DayNumber[];
}

/** One price series of a market: which dates it has, and the files that hold them. */
abstract class LakeSeries implements PriceSeriesKey {
  readonly dataset: string;
  readonly source: string;
  readonly adjustment: Adjustment;
  abstract readonly barMinutes: BarMinutes | null;
  /** Paths of its Parquet files. */
  readonly files: readonly string[];
  readonly rows: number;
  /** Dates with at least one row, ascending. */
  readonly days: readonly DayNumber[];
  private readonly fileOfDay: ReadonlyMap<DayNumber, string>;

  /** @param files in the order of their dates */
  constructor(
    readonly id: number,
    key: PriceSeriesKey,
    files: readonly SeriesFile[],
  ) {
    this.dataset = key.dataset;
    this.source = key.source;
    this.adjustment = key.adjustment;
    this.files = files.map((file) => file.path);
    this.rows = files.reduce((sum, file) => sum + file.rows, 0);
    this.days = files.flatMap((file) => file.days);
    this.fileOfDay = new Map(files.flatMap((file) => file.days.map((day) => [day, file.path])));
  }

  has(date: LocalDate): boolean {
    return this.fileOfDay.has(toDayNumber(date));
  }

  /** The files that hold the dates. */
  filesWith(dates: readonly LocalDate[]): string[] {
    return [...new Set(dates.flatMap((date) => this.fileOfDay.get(toDayNumber(date)) ?? []))];
  }

  get firstDate(): LocalDate {
    return fromDayNumber(this.days[0] as number);
  }

  get lastDate(): LocalDate {
    return fromDayNumber(this.days.at(-1) as number);
  }
}

/** A series with a row a day. */
export class MarketSeries extends LakeSeries {
  readonly barMinutes = null;

  constructor(
    id: number,
    key: PriceSeriesKey,
    files: readonly SeriesFile[],
    private readonly panels: SeriesPanels,
    private readonly duckdb: DuckDb,
  ) {
    super(id, key, files);
  }

  /**
   * The rows of a range, to be read piece by piece: for more of them than anybody wants to hold.
   *
   * @param dates whose rows are wanted, ascending
   * @param codes in the form of the data set; null = all
   */
  longRows(dates: readonly LocalDate[], codes: readonly string[] | null): Promise<LongRows> {
    const [from, to] = [dates[0], dates.at(-1)];
    const files = from === undefined || to === undefined ? [] : this.filesWith(dates);
    return LongRows.count(this.duckdb, { files, from: from as LocalDate, to: to as LocalDate, codes });
  }

  /**
   * Columns of the series as matrices. Each is loaded on first use and kept as long as the series' files stay the same.
   *
   * @param figures names of the data set's columns, at least one: `TABLE_DATASETS[dataset].columns`
   * @param signal leaves, with its reason; what is being loaded goes on while anybody else waits for it
   * @throws RangeError for a name that the data set does not have
   */
  panel(figures: readonly string[], signal?: AbortSignal): Promise<DailyPanel> {
    const { columns } = TABLE_DATASETS[this.dataset as DailyDatasetName];
    const unknown = figures.find((figure) => !columns.some((column) => column.name === figure));
    if (figures.length === 0 || unknown !== undefined)
      throw new RangeError(`${this.dataset} has ${columns.map((column) => column.name).join(', ')}, no "${unknown}"`);
    return this.panels.panel(figures, signal);
  }

  /**
   * The closes as one matrix, loaded on first use.
   *
   * @param signal as for `panel`
   * @throws RangeError for a data set without closes
   */
  closes(signal?: AbortSignal): Promise<ClosePanel> {
    if (!hasCloses(TABLE_DATASETS[this.dataset as DailyDatasetName]))
      throw new RangeError(`${this.dataset} has no closes`);
    return this.panels.closes(signal);
  }

  /** The date whose closes a weight known on `date` drifts from: the last on or before it, else the first after it. */
  referenceDate(date: LocalDate): LocalDate {
    const day = toDayNumber(date);
    return fromDayNumber(this.days.findLast((held) => held <= day) ?? (this.days[0] as number));
  }
}

/** A series of minute bars; `loadSlotDays` reads whole days of it. */
export class MinuteBarSeries extends LakeSeries {
  constructor(
    id: number,
    key: PriceSeriesKey,
    files: readonly SeriesFile[],
    readonly barMinutes: BarMinutes,
    private readonly duckdb: DuckDb,
  ) {
    super(id, key, files);
  }

  /** A day up to a minute of it. */
  session(date: LocalDate, minute: number): Promise<SessionQuotes> {
    return loadSessionQuotes(this.duckdb, this.filesWith([date]), date, minute);
  }
}

/**
 * All market data as of one `dataVersion`. Immutable: a request that began on one version ends on it, however many
 * imports land meanwhile.
 */
export class Market {
  private readonly spans = new Map<TableDatasetName, { first: LocalDate; last: LocalDate }>();
  constructor(
    readonly dataVersion: number,
    readonly calendar: TradingCalendar,
    readonly industries: ReadonlyMap<string, Industry>,
    readonly memberships: ReadonlyMap<IndustryScheme, readonly MembershipRow[]>,
    /** The categories and themes that there are. */
    readonly etfRules: EtfRules,
    /** The funds of the list `etfs` by code, ascending, with categories and themes. */
    readonly etfs: ReadonlyMap<string, Etf>,
    /** The stocks of the list `stocks` by code, ascending. */
    readonly stocks: ReadonlyMap<string, Stock>,
    /** In the order in which they are asked. */
    readonly allSeries: readonly (MarketSeries | MinuteBarSeries)[],
    readonly status: () => Promise<readonly DatasetStatus[]>,
    /** Every registered model, by name. */
    readonly models: readonly ModelVersion[] = [],
  ) {}

  private membershipsByIndustry: ReadonlyMap<string, readonly MembershipRow[]> | null = null;

  /** The series of a data set, in the order in which they are asked. */
  series(dataset: DailyDatasetName): readonly MarketSeries[] {
    return this.dailySeries.filter((series) => series.dataset === dataset);
  }

  get dailySeries(): readonly MarketSeries[] {
    return this.allSeries.filter((series) => series instanceof MarketSeries);
  }

  /**
   * The series of minute bars, in the order in which they are asked: by first import. Neither the shorter bars nor the
   * wider coverage wins: joined to slots, bars of any length say the same, and the answer for a date must not change
   * because a second vendor was added.
   */
  get minuteBars(): readonly MinuteBarSeries[] {
    return this.allSeries.filter((series) => series instanceof MinuteBarSeries);
  }

  get synthetic(): boolean {
    return this.allSeries.some((series) => series.source === SYNTHETIC_SOURCE);
  }

  industriesOf(scheme: IndustryScheme): Industry[] {
    return [...this.industries.values()].filter((industry) => industry.scheme === scheme);
  }

  /** Every stay in an industry, at any time. */
  membershipsOf(industryCode: string): readonly MembershipRow[] {
    this.membershipsByIndustry ??= groupBy([...this.memberships.values()].flat(), (row) => row.industryCode);
    return this.membershipsByIndustry.get(industryCode) ?? [];
  }

  /**
   * The trading day meant by `asOf`: the last one on or before it that any series of the data set reaches; without
   * `asOf` the newest.
   *
   * @throws LundongError DATE_BEFORE_DATA, NO_DATA
   */
  resolveDate(dataset: TableDatasetName, asOf: LocalDate | null): LocalDate {
    const { first, last } = this.span(dataset);
    if (asOf === null || asOf >= last) return last;
    if (asOf < first)
      throw new LundongError('DATE_BEFORE_DATA', `${asOf} lies before the data: ${dataset} begins on ${first}.`, {
        date: asOf,
        first,
        last,
      });
    return this.calendar.lastOnOrBefore(asOf);
  }

  /**
   * The trading days of a range that any series of the data set reaches.
   *
   * @throws LundongError INVALID_RANGE when `from` is after `to`, DATE_BEFORE_DATA when the range ends before the data
   */
  resolveRange(dataset: TableDatasetName, from: LocalDate, to: LocalDate): LocalDate[] {
    if (from > to) throw new LundongError('INVALID_RANGE', `from ${from} is after to ${to}; swap them.`, { from, to });
    const last = this.resolveDate(dataset, to);
    const { first } = this.span(dataset);
    return this.calendar.between(from > first ? from : first, last);
  }

  /** @throws LundongError NO_DATA */
  firstDate(dataset: TableDatasetName): LocalDate {
    return this.span(dataset).first;
  }

  /** The first and the last trading day with data. A day with data may have turned out to be no trading day since. */
  private span(dataset: TableDatasetName): { first: LocalDate; last: LocalDate } {
    const known = this.spans.get(dataset);
    if (known !== undefined) return known;
    const dates = this.allSeries
      .filter((one) => one.dataset === dataset)
      .flatMap((one) => [one.firstDate, one.lastDate])
      .sort();
    const days = dates.length === 0 ? [] : this.calendar.between(dates[0] as LocalDate, dates.at(-1) as LocalDate);
    if (days.length === 0)
      throw new LundongError(
        'NO_DATA',
        `No ${dataset} data are loaded; import some with: lundong import ${dataset} <files>.`,
      );
    const span = { first: days[0] as LocalDate, last: days.at(-1) as LocalDate };
    this.spans.set(dataset, span);
    return span;
  }
}

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
