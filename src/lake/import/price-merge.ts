import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { type DayNumber, type LocalDate } from '../../domain/local-date.js';
import { PRICE_COLUMNS, type PriceColumn } from '../datasets.js';
import { fileList, literal, literals, rows } from '../duckdb.js';

/** A year of a series as it will be once the import has landed. */
export interface MergedYear {
  readonly year: number;
  /** Relative to the lake's root. */
  readonly path: string;
  readonly rows: number;
  readonly days: readonly DayNumber[];
}

export interface PriceDifference {
  readonly rowsNew: number;
  readonly rowsChanged: number;
  readonly rowsUnchanged: number;
  /** Dates with a new or changed row. */
  readonly dates: readonly LocalDate[];
  /** Dates with a new or changed close: all that factors read. */
  readonly closeDates: readonly LocalDate[];
  readonly years: readonly number[];
}

/**
 * Compares `staged` with what the series holds and makes `difference (code_id, date, is_new, close_differs)`. A cell
 * that the files leave empty, or a column they do not bring, keeps what the lake has.
 *
 * @param currentFiles the series' Parquet files by year
 */
export async function compareWithLake(
  connection: DuckDBConnection,
  currentFiles: ReadonlyMap<number, string>,
  columns: readonly PriceColumn[],
): Promise<PriceDifference> {
  const staged = await rows(connection, 'SELECT DISTINCT year(date)::INTEGER FROM staged ORDER BY 1');
  const touched = staged.map(([year]) => Number(year));
  const differs = columns.map((column) => `(s.${column} IS NOT NULL AND s.${column} IS DISTINCT FROM c.${column})`);
  await connection.run(`
    CREATE TEMP TABLE difference AS
      SELECT s.code_id, s.date, c.code_id IS NULL AS is_new, s.close IS DISTINCT FROM c.close AS close_differs
      FROM staged s LEFT JOIN (${currentSql(touched.flatMap((year) => currentFiles.get(year) ?? []))}) c
        ON c.code_id = s.code_id AND c.date = s.date
      WHERE c.code_id IS NULL OR ${differs.join(' OR ')}`);
  const [[rowsNew, rowsChanged, rowsStaged]] = (await rows(
    connection,
    `SELECT count(*) FILTER (is_new)::INTEGER, count(*) FILTER (NOT is_new)::INTEGER,
       (SELECT count(*) FROM staged)::INTEGER FROM difference`,
  )) as [[number, number, number]];
  const dates = await rows(
    connection,
    'SELECT date, bool_or(close_differs) FROM difference GROUP BY date ORDER BY date',
  );
  const years = new Set(dates.map(([date]) => Number(String(date).slice(0, 4))));
  return {
    rowsNew,
    rowsChanged,
    rowsUnchanged: rowsStaged - rowsNew - rowsChanged,
    dates: dates.map(([date]) => date as LocalDate),
    closeDates: dates.filter(([, close]) => close).map(([date]) => date as LocalDate),
    years: [...years].sort((a, b) => a - b),
  };
}

/**
 * Writes the merged years as new files, on disk for good before it returns. Nobody sees them until the manifest names
 * them.
 *
 * @param pathOf where a year goes, relative to `root`
 */
export async function writeMergedYears(
  connection: DuckDBConnection,
  root: string,
  years: readonly number[],
  currentFiles: ReadonlyMap<number, string>,
  pathOf: (year: number) => string,
  onYear: (year: number) => void,
): Promise<MergedYear[]> {
  const written: MergedYear[] = [];
  for (const year of years) {
    onYear(year);
    const path = pathOf(year);
    const file = join(root, path);
    await mkdir(dirname(file), { recursive: true });
    const merged = PRICE_COLUMNS.map((column) => `coalesce(s.${column}, c.${column}) AS ${column}`);
    // Old rows of codes that this import does not know have no id: they are joined by code.
    await connection.run(`
      COPY (
        SELECT coalesce(s.code, c.code) AS code, coalesce(s.date, c.date) AS date, ${merged.join(', ')}
        FROM (
          SELECT codes.code, staged.* FROM staged JOIN (SELECT DISTINCT id, code FROM code) codes ON codes.id = code_id
          WHERE year(date) = ${year}
        ) s FULL JOIN (${allRowsSql(currentFiles.get(year))}) c ON c.code = s.code AND c.date = s.date
        ORDER BY 1, 2
      ) TO ${literal(file)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 250000)`);
    await syncToDisk(root, path);
    const days = await rows(
      connection,
      `SELECT date_diff('day', DATE '1970-01-01', date)::INTEGER AS day, count(*)::INTEGER
       FROM read_parquet(${fileList(file)}) GROUP BY date ORDER BY date`,
    );
    written.push({
      year,
      path,
      rows: days.reduce((sum, [, count]) => sum + Number(count), 0),
      days: days.map(([day]) => Number(day)),
    });
  }
  return written;
}

/**
 * Of the given dates, those that a new or changed close serves as the reference from which weights of that date drift:
 * a stock's last close on or before the date or, where it has none, its first close after it.
 *
 * @param files all files of the series after the merge
 */
export async function touchedReferences(
  connection: DuckDBConnection,
  files: readonly string[],
  weightDates: readonly LocalDate[],
): Promise<LocalDate[]> {
  if (weightDates.length === 0) return [];
  const found = await rows(
    connection,
    `WITH touched AS (SELECT code_id, date FROM difference WHERE close_differs),
          closes AS (SELECT code_id, date FROM (${currentSql(files)}) SEMI JOIN touched USING (code_id)),
          pairs AS (
            SELECT code_id, weight_date FROM (SELECT DISTINCT code_id FROM touched)
            CROSS JOIN (SELECT unnest(${literals(weightDates)}::DATE[]) AS weight_date)
          ),
          before AS (
            SELECT pairs.*, closes.date FROM pairs ASOF LEFT JOIN closes
              ON closes.code_id = pairs.code_id AND closes.date <= pairs.weight_date
          ),
          reference AS (
            SELECT code_id, weight_date, date FROM before WHERE date IS NOT NULL
            UNION ALL
            SELECT before.code_id, before.weight_date, min(closes.date) FROM before JOIN closes USING (code_id)
            WHERE before.date IS NULL GROUP BY ALL
          )
     SELECT DISTINCT weight_date FROM reference SEMI JOIN touched USING (code_id, date) ORDER BY 1`,
  );
  return found.map(([date]) => date as LocalDate);
}

function allRowsSql(file: string | undefined): string {
  return file === undefined
    ? `SELECT NULL::VARCHAR AS code, NULL::DATE AS date, ${PRICE_COLUMNS.map((column) => `NULL::DOUBLE AS ${column}`).join(', ')} WHERE false`
    : `SELECT code, date, ${PRICE_COLUMNS.join(', ')} FROM read_parquet(${fileList(file)})`;
}

/** Rows of the given files whose codes the import names, with its ids. */
function currentSql(files: readonly string[]): string {
  const source =
    files.length === 0
      ? `SELECT * FROM (${allRowsSql(undefined)})`
      : `SELECT * FROM read_parquet(${fileList(...files)})`;
  return `SELECT codes.id AS code_id, source.* FROM (${source}) source JOIN (SELECT DISTINCT id, code FROM code) codes USING (code)`;
}

/** The file and every folder on the way to it: a new entry of a folder is not on disk until the folder is. */
async function syncToDisk(root: string, path: string): Promise<void> {
  for (let part = path; ; part = dirname(part)) {
    const handle = await open(join(root, part), 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (part === '.') return;
  }
}
