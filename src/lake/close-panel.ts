import { type DayNumber, fromDayNumber, type LocalDate, toDayNumber } from '../domain/local-date.js';
import type { TradingCalendar } from '../domain/trading-calendar.js';
import { type DuckDb, fileList, numbers, rows } from './duckdb.js';

/**
 * The closes of one series as a dense matrix: a row for each trading day of the calendar from the series' first to its
 * last, a column for each code in ascending order; NaN where there is no close. It lies on shared memory, so workers
 * compute on it without a copy.
 */
export class ClosePanel {
  private readonly rowOfDate: ReadonlyMap<LocalDate, number>;
  private readonly columnOfCode: ReadonlyMap<string, number>;

  constructor(
    readonly days: Int32Array,
    readonly codes: readonly string[],
    readonly closes: Float64Array,
  ) {
    this.rowOfDate = new Map(Array.from(days, (day, row) => [fromDayNumber(day), row]));
    this.columnOfCode = new Map(codes.map((code, column) => [code, column]));
  }

  /** @returns the row of a trading day, or null outside the panel */
  row(date: LocalDate): number | null {
    return this.rowOfDate.get(date) ?? null;
  }

  /** @returns the close, or null where there is none */
  close(code: string, date: LocalDate): number | null {
    const row = this.rowOfDate.get(date);
    const column = this.columnOfCode.get(code);
    if (row === undefined || column === undefined) return null;
    const close = this.closes[row * this.codes.length + column] as number;
    return Number.isNaN(close) ? null : close;
  }

  /** @returns dates × codes, date by date; NaN where there is no close */
  closesOf(codes: readonly string[], dates: readonly LocalDate[]): Float64Array {
    const columns = codes.map((code) => this.columnOfCode.get(code));
    return Float64Array.from(
      dates.flatMap((date) => {
        const row = this.rowOfDate.get(date);
        return columns.map((column) =>
          row === undefined || column === undefined
            ? Number.NaN
            : (this.closes[row * this.codes.length + column] as number),
        );
      }),
    );
  }
}

/**
 * @param files the Parquet files of the series
 * @param days dates held by the series, ascending, not empty; those that are no trading days get no row
 */
export async function loadClosePanel(
  duckdb: DuckDb,
  files: readonly string[],
  days: readonly DayNumber[],
  calendar: TradingCalendar,
): Promise<ClosePanel> {
  const [firstDay, lastDay] = [days[0] as number, days.at(-1) as number];
  const dates = calendar.between(fromDayNumber(firstDay), fromDayNumber(lastDay));
  const panelDays = Int32Array.from(dates, toDayNumber);
  const rowOfDay = new Int32Array(lastDay - firstDay + 1).fill(-1);
  panelDays.forEach((day, row) => {
    rowOfDay[day - firstDay] = row;
  });
  return duckdb.use(async (connection) => {
    const source = `(SELECT code, date, close FROM read_parquet(${fileList(...files)}))`;
    const found = await rows(connection, `SELECT DISTINCT code FROM ${source} ORDER BY code`);
    const codes = found.map(([code]) => String(code));
    const closes = new Float64Array(
      new SharedArrayBuffer(panelDays.length * codes.length * Float64Array.BYTES_PER_ELEMENT),
    ).fill(Number.NaN);
    // Not streamed: a stream runs its first pieces, the join's table included, on the calling thread.
    const result = await connection.run(`
      SELECT position::INTEGER, date_diff('day', DATE '1970-01-01', date)::INTEGER, close
      FROM ${source} JOIN (
        SELECT code, row_number() OVER (ORDER BY code) - 1 AS position FROM (SELECT DISTINCT code FROM ${source})
      ) USING (code)`);
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      const positions = numbers(chunk, 0);
      const dayNumbers = numbers(chunk, 1);
      const prices = numbers(chunk, 2);
      for (let i = 0; i < chunk.rowCount; i++) {
        const row = rowOfDay[(dayNumbers[i] as number) - firstDay] as number;
        if (row >= 0) closes[row * codes.length + (positions[i] as number)] = prices[i] as number;
      }
    }
    return new ClosePanel(panelDays, codes, closes);
  });
}
