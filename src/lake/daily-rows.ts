import { type DayNumber, fromDayNumber, type LocalDate } from '../domain/local-date.js';
import { type DuckDb, fileList, literal, literals, numbers, rows } from './duckdb.js';

/** What one read brings at most, unless one code has more: some 3 MB with six figures. */
const BATCH_ROWS = 10_000;

/** Rows of a daily series by code and date, in long form. */
export interface DailyRows {
  readonly codes: string[];
  readonly dates: LocalDate[];
  /** By figure; null = not available. */
  readonly figures: readonly (number | null)[][];
}

/** Which rows of a series are wanted. */
export interface DailyRowsQuestion {
  /** The Parquet files that hold the dates. */
  readonly files: readonly string[];
  readonly from: LocalDate;
  readonly to: LocalDate;
  /** Null = every code. */
  readonly codes: readonly string[] | null;
}

/** The rows of a question, counted and not read yet. */
export class LongRows {
  private constructor(
    private readonly duckdb: DuckDb,
    private readonly question: DailyRowsQuestion,
    /** Rows of each code that has any, by code. */
    private readonly counts: Counts,
  ) {}

  static async count(duckdb: DuckDb, question: DailyRowsQuestion): Promise<LongRows> {
    if (question.files.length === 0 || question.codes?.length === 0) return new LongRows(duckdb, question, []);
    const counted = await duckdb.use((connection) =>
      rows(connection, `SELECT code, count(*)::INTEGER FROM ${sourceOf(question)} GROUP BY code ORDER BY code`),
    );
    return new LongRows(
      duckdb,
      question,
      counted.map(([code, count]) => [String(code), Number(count)]),
    );
  }

  get rowCount(): number {
    return this.counts.reduce((sum, [, count]) => sum + count, 0);
  }

  get codes(): string[] {
    return this.counts.map(([code]) => code);
  }

  /**
   * Rows by code and date, read some codes at a time: the files are sorted so, and each read is a query of its own, so
   * that whoever takes the rows slowly keeps nobody else from DuckDB.
   *
   * @param figures names of the data set's columns
   * @param limit of rows, in all
   */
  async *read(figures: readonly string[], limit: number, signal: AbortSignal): AsyncGenerator<DailyRows> {
    const dateOf = new Map<DayNumber, LocalDate>();
    let left = limit;
    for (const group of groupsOf(this.counts)) {
      if (left <= 0) return;
      signal.throwIfAborted();
      const batch = await readGroup(this.duckdb, this.question, group, figures, left, dateOf);
      left -= batch.dates.length;
      yield batch;
    }
  }
}

type Counts = readonly (readonly [string, number])[];

/** Neighbouring codes with BATCH_ROWS rows together, or one code with more. */
function groupsOf(counts: Counts): Counts[] {
  const groups: (readonly [string, number])[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const count of counts) {
    size += count[1];
    if (size > BATCH_ROWS) {
      groups.push([]);
      size = count[1];
    }
    groups.at(-1)?.push(count);
  }
  return groups;
}

async function readGroup(
  duckdb: DuckDb,
  question: DailyRowsQuestion,
  group: Counts,
  figures: readonly string[],
  limit: number,
  dateOf: Map<DayNumber, LocalDate>,
): Promise<DailyRows> {
  const [first, last] = [group[0]?.[0] as string, group.at(-1)?.[0] as string];
  const dates: LocalDate[] = [];
  const values = figures.map((): (number | null)[] => []);
  await duckdb.use(async (connection) => {
    const result = await connection.run(`
      SELECT date_diff('day', DATE '1970-01-01', date)::INTEGER,
        ${figures.map((figure) => `coalesce(${figure}, 'NaN'::DOUBLE)`).join(', ')}
      FROM ${sourceOf(question)} AND code BETWEEN ${literal(first)} AND ${literal(last)}
      ORDER BY code, date LIMIT ${limit}`);
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      const days = numbers(chunk, 0);
      for (let i = 0; i < chunk.rowCount; i++) dates.push(dateText(days[i] as DayNumber, dateOf));
      for (const [index, column] of values.entries()) {
        const own = numbers(chunk, 1 + index);
        for (let i = 0; i < chunk.rowCount; i++) {
          const value = own[i] as number;
          column.push(Number.isNaN(value) ? null : value);
        }
      }
    }
  });
  const codes = group.flatMap(([code, count]) => Array<string>(count).fill(code)).slice(0, dates.length);
  return { codes, dates, figures: values };
}

/** One text a date, however many rows have it. */
function dateText(day: DayNumber, known: Map<DayNumber, LocalDate>): LocalDate {
  const text = known.get(day) ?? fromDayNumber(day);
  known.set(day, text);
  return text;
}

/** The files with a condition on their rows, to which others can be added. */
function sourceOf({ files, from, to, codes }: DailyRowsQuestion): string {
  const among = codes === null ? '' : ` AND code IN (SELECT unnest(${literals(codes)}))`;
  return `read_parquet(${fileList(...files)}) WHERE date BETWEEN DATE ${literal(from)} AND DATE ${literal(to)}${among}`;
}
