import { type DayNumber, fromDayNumber, type LocalDate, toDayNumber } from '../domain/local-date.js';
import type { Adjustment, BarMinutes, PriceSeriesKey } from '../domain/price-series.js';
import type { ClosePanel, DailyPanel, SeriesPanels } from './daily-panel.js';
import { LongRows } from './daily-rows.js';
import { type DailyDatasetName, hasCloses, TABLE_DATASETS } from './datasets.js';
import type { DuckDb } from './duckdb.js';
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
