import { setImmediate as nextTurn } from 'node:timers/promises';
import { type DayNumber, fromDayNumber, type LocalDate, toDayNumber } from '../domain/local-date.js';
import { cacheLookups } from '../domain/measurements.js';
import { SharedWork } from '../domain/shared-work.js';
import type { TradingCalendar } from '../domain/trading-calendar.js';
import { type DuckDb, fileList, numbers, rows } from './duckdb.js';

/**
 * Columns of one series as dense matrices, date by date: a row for each trading day of the calendar from the series'
 * first to its last, a column for each code in ascending order; NaN where there is no value. They lie on shared memory,
 * so workers compute on them without a copy.
 */
export class DailyPanel {
  private readonly rowOfDate: ReadonlyMap<LocalDate, number>;
  private readonly columnOfCode: ReadonlyMap<string, number>;

  /**
   * @param days since 1970-01-01, ascending
   * @param matrices by figure, the name of a column of the data set
   */
  constructor(
    readonly days: Int32Array,
    readonly codes: readonly string[],
    private readonly matrices: ReadonlyMap<string, Float64Array>,
  ) {
    this.rowOfDate = new Map(Array.from(days, (day, row) => [fromDayNumber(day), row]));
    this.columnOfCode = new Map(codes.map((code, column) => [code, column]));
  }

  /** @returns the row of a trading day, or null outside the panel */
  row(date: LocalDate): number | null {
    return this.rowOfDate.get(date) ?? null;
  }

  /** @returns the column of a code, or null where the series never has it */
  column(code: string): number | null {
    return this.columnOfCode.get(code) ?? null;
  }

  /** @throws RangeError for a figure that the panel was not loaded with */
  matrix(figure: string): Float64Array {
    const matrix = this.matrices.get(figure);
    if (matrix === undefined)
      throw new RangeError(`no ${figure} in a panel of ${[...this.matrices.keys()].join(', ')}`);
    return matrix;
  }

  /** @returns the value, or null where there is none */
  value(figure: string, code: string, date: LocalDate): number | null {
    const row = this.rowOfDate.get(date);
    const column = this.columnOfCode.get(code);
    if (row === undefined || column === undefined) return null;
    const value = this.matrix(figure)[row * this.codes.length + column] as number;
    return Number.isNaN(value) ? null : value;
  }

  /**
   * One code's values on trading days in a row, NaN where there is none: the quick way to many days of one code.
   *
   * @param firstRow may lie before the panel, and the days may reach beyond it
   */
  stretch(figure: string, code: string, firstRow: number, days: number): Float64Array {
    const values = new Float64Array(days).fill(Number.NaN);
    const column = this.columnOfCode.get(code);
    if (column === undefined) return values;
    const matrix = this.matrix(figure);
    const width = this.codes.length;
    const end = Math.min(days, this.days.length - firstRow);
    for (let day = Math.max(0, -firstRow); day < end; day++)
      values[day] = matrix[(firstRow + day) * width + column] as number;
    return values;
  }

  /** @returns dates × codes, date by date; NaN where there is no value */
  valuesOf(figure: string, codes: readonly string[], dates: readonly LocalDate[]): Float64Array {
    const matrix = this.matrix(figure);
    const columns = codes.map((code) => this.columnOfCode.get(code));
    return Float64Array.from(
      dates.flatMap((date) => {
        const row = this.rowOfDate.get(date);
        return columns.map((column) =>
          row === undefined || column === undefined ? Number.NaN : (matrix[row * this.codes.length + column] as number),
        );
      }),
    );
  }
}

/** The closes of one series. */
export class ClosePanel extends DailyPanel {
  constructor(
    days: Int32Array,
    codes: readonly string[],
    readonly closes: Float64Array,
  ) {
    super(days, codes, new Map([['close', closes]]));
  }

  /** @returns the close, or null where there is none */
  close(code: string, date: LocalDate): number | null {
    return this.value('close', code, date);
  }

  /** @returns dates × codes, date by date; NaN where there is no close */
  closesOf(codes: readonly string[], dates: readonly LocalDate[]): Float64Array {
    return this.valuesOf('close', codes, dates);
  }
}

/** Filled between two turns of the event loop: 4 MB, some 3 ms. */
const CELLS_AT_ONCE = 500_000;

/**
 * @param files the Parquet files of the series
 * @param days dates held by the series, ascending, not empty; those that are no trading days get no row
 * @param figures columns of the data set
 */
async function loadDailyPanel(
  duckdb: DuckDb,
  files: readonly string[],
  days: readonly DayNumber[],
  calendar: TradingCalendar,
  figures: readonly string[],
  signal: AbortSignal,
): Promise<DailyPanel> {
  const [firstDay, lastDay] = [days[0] as number, days.at(-1) as number];
  const dates = calendar.between(fromDayNumber(firstDay), fromDayNumber(lastDay));
  const panelDays = Int32Array.from(dates, toDayNumber);
  const rowOfDay = new Int32Array(lastDay - firstDay + 1).fill(-1);
  panelDays.forEach((day, row) => {
    rowOfDay[day - firstDay] = row;
  });
  return duckdb.use(async (connection) => {
    const source = `(SELECT code, date, ${figures.join(', ')} FROM read_parquet(${fileList(...files)}))`;
    const found = await rows(connection, `SELECT DISTINCT code FROM ${source} ORDER BY code`);
    const codes = found.map(([code]) => String(code));
    const cells = panelDays.length * codes.length;
    const matrices: Float64Array[] = [];
    for (const _ of figures) matrices.push(await emptyMatrix(cells));
    // Not streamed: a stream runs its first pieces, the join's table included, on the calling thread.
    const result = await connection.run(`
      SELECT position::INTEGER, date_diff('day', DATE '1970-01-01', date)::INTEGER,
        ${figures.map((figure) => `coalesce(${figure}, 'NaN'::DOUBLE)`).join(', ')}
      FROM ${source} JOIN (
        SELECT code, row_number() OVER (ORDER BY code) - 1 AS position FROM (SELECT DISTINCT code FROM ${source})
      ) USING (code)`);
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      const positions = numbers(chunk, 0);
      const dayNumbers = numbers(chunk, 1);
      for (const [index, matrix] of matrices.entries()) {
        const values = numbers(chunk, 2 + index);
        for (let i = 0; i < chunk.rowCount; i++) {
          const row = rowOfDay[(dayNumbers[i] as number) - firstDay] as number;
          if (row >= 0) matrix[row * codes.length + (positions[i] as number)] = values[i] as number;
        }
      }
    }
    return new DailyPanel(
      panelDays,
      codes,
      new Map(figures.map((figure, index) => [figure, matrices[index] as Float64Array])),
    );
  }, signal);
}

/** On shared memory, NaN throughout; the system hands out its pages as they are first written, which takes its time. */
async function emptyMatrix(cells: number): Promise<Float64Array> {
  const matrix = new Float64Array(new SharedArrayBuffer(cells * Float64Array.BYTES_PER_ELEMENT));
  for (let start = 0; start < cells; start += CELLS_AT_ONCE) {
    matrix.fill(Number.NaN, start, start + CELLS_AT_ONCE);
    await nextTurn();
  }
  return matrix;
}

/** The panels of one series' files: each figure is loaded once, on first use, whatever it is asked for with. */
export class SeriesPanels {
  private readonly loads = new Map<string, SharedWork<DailyPanel>>();
  private readonly panels = new Map<string, DailyPanel>();
  private closePanel: ClosePanel | null = null;

  /** As for loadDailyPanel. */
  constructor(
    private readonly duckdb: DuckDb,
    private readonly files: readonly string[],
    private readonly days: readonly DayNumber[],
    private readonly calendar: TradingCalendar,
  ) {}

  /** @param signal leaves, with its reason; what is being loaded goes on while anybody else waits for it */
  async panel(figures: readonly string[], signal?: AbortSignal): Promise<DailyPanel> {
    const key = figures.join();
    const parts = this.panels.has(key) ? [] : await Promise.all(this.loadsOf(figures).map((load) => load.wait(signal)));
    // Others may have come as far meanwhile: everybody has the same one.
    const known = this.panels.get(key);
    tellLookup(parts.length === 0);
    if (known !== undefined) return known;
    const [{ days, codes }] = parts as [DailyPanel];
    const panel = new DailyPanel(
      days,
      codes,
      new Map(parts.map((part, index) => [figures[index] as string, part.matrix(figures[index] as string)])),
    );
    this.panels.set(key, panel);
    return panel;
  }

  /** As `panel`. */
  async closes(signal?: AbortSignal): Promise<ClosePanel> {
    if (this.closePanel !== null) tellLookup(true);
    else {
      const panel = await this.panel(['close'], signal);
      this.closePanel ??= new ClosePanel(panel.days, panel.codes, panel.matrix('close'));
    }
    return this.closePanel;
  }

  /** Whatever is not loaded or on its way comes in one query. */
  private loadsOf(figures: readonly string[]): SharedWork<DailyPanel>[] {
    const missing = figures.filter((figure) => this.loads.get(figure)?.isAbandoned ?? true);
    if (missing.length > 0) {
      const load = new SharedWork((signal) =>
        loadDailyPanel(this.duckdb, this.files, this.days, this.calendar, missing, signal).catch((error) => {
          for (const figure of missing) if (this.loads.get(figure) === load) this.loads.delete(figure);
          throw error;
        }),
      );
      for (const figure of missing) this.loads.set(figure, load);
    }
    return figures.map((figure) => this.loads.get(figure) as SharedWork<DailyPanel>);
  }
}

function tellLookup(isHit: boolean): void {
  cacheLookups.tell({ cache: 'panel', hits: isHit ? 1 : 0, misses: isHit ? 0 : 1 });
}
