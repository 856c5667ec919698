import { mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { groupBy } from '../../domain/group-by.js';
import { type LocalDate, toDayNumber } from '../../domain/local-date.js';
import type { ManifestFile } from '../../store/market-data.repository.js';
import { hasCloses, type TableDataset } from '../datasets.js';
import { fileList, literal, literals, rows } from '../duckdb.js';
import { type RowKey, rowKey } from './row-key.js';

export interface TableDifference {
  readonly rowsNew: number;
  readonly rowsChanged: number;
  readonly rowsUnchanged: number;
  /** Dates with a new or changed row. */
  readonly dates: readonly LocalDate[];
  /** Dates with a new or changed close. */
  readonly closeDates: readonly LocalDate[];
  /** Whose files must be written anew, ascending. */
  readonly periods: readonly number[];
}

/**
 * Compares `staged` with what the series holds and makes `difference (code_id, date, is_new, close_differs)`. A cell
 * that the files leave empty, or a column they do not bring, keeps what the lake has.
 *
 * @param currentFiles the series' Parquet files by period
 */
export async function compareWithLake(
  connection: DuckDBConnection,
  dataset: TableDataset,
  currentFiles: ReadonlyMap<number, string>,
  columns: readonly string[],
): Promise<TableDifference> {
  const key = rowKey(dataset);
  const staged = await rows(connection, 'SELECT DISTINCT date FROM staged ORDER BY 1');
  const touched = new Set(staged.map(([date]) => key.periodOf(date as LocalDate)));
  const differs = columns.map((column) => `(s.${column} IS NOT NULL AND s.${column} IS DISTINCT FROM c.${column})`);
  await connection.run(`
    CREATE TEMP TABLE difference AS
      SELECT s.code_id, s.date, c.code_id IS NULL AS is_new, ${hasCloses(dataset) ? 's.close IS DISTINCT FROM c.close' : 'false'} AS close_differs
      FROM staged s LEFT JOIN (${currentSql(
        dataset,
        [...touched].flatMap((period) => currentFiles.get(period) ?? []),
      )}) c
        ON c.code_id = s.code_id AND ${sameKey(key)}
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
  const periods = new Set(dates.map(([date]) => key.periodOf(date as LocalDate)));
  return {
    rowsNew,
    rowsChanged,
    rowsUnchanged: rowsStaged - rowsNew - rowsChanged,
    dates: dates.map(([date]) => date as LocalDate),
    closeDates: dates.filter(([, close]) => close).map(([date]) => date as LocalDate),
    periods: [...periods].sort((a, b) => a - b),
  };
}

/**
 * Writes the merged periods as new files, on disk for good before it returns. Nobody sees them until the manifest names
 * them.
 *
 * @param pathOf where a period goes, relative to `root`
 */
export async function writeMergedFiles(
  connection: DuckDBConnection,
  dataset: TableDataset,
  root: string,
  periods: readonly number[],
  currentFiles: ReadonlyMap<number, string>,
  pathOf: (period: number) => string,
  onPeriod: (period: number) => void,
): Promise<ManifestFile[]> {
  if (periods.length === 0) return [];
  const paths = periods.map(pathOf);
  try {
    return await writeAll(connection, dataset, root, periods, currentFiles, paths, onPeriod);
  } catch (error) {
    // A disk that is full must not stay so for files that nobody will name.
    await Promise.all(paths.map((path) => rm(join(root, path), { force: true }).catch(() => undefined)));
    throw error;
  }
}

async function writeAll(
  connection: DuckDBConnection,
  dataset: TableDataset,
  root: string,
  periods: readonly number[],
  currentFiles: ReadonlyMap<number, string>,
  paths: readonly string[],
  onPeriod: (period: number) => void,
): Promise<ManifestFile[]> {
  const key = rowKey(dataset);
  for (let start = 0; start < periods.length; start += key.mergedAtOnce) {
    const together = periods.slice(start, start + key.mergedAtOnce);
    let source = `(${mergedSql(dataset, together, currentFiles)})`;
    if (together.length > 1) {
      await connection.run(`CREATE OR REPLACE TEMP TABLE merged AS FROM ${source} ORDER BY date`);
      source = 'merged';
    }
    for (const [index, period] of together.entries()) {
      onPeriod(period);
      const file = join(root, paths[start + index] as string);
      await mkdir(dirname(file), { recursive: true });
      await connection.run(`
        COPY (SELECT * FROM ${source} WHERE ${withinSql(key, period)} ORDER BY code, ${key.columns.join(', ')})
        TO ${literal(file)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 250000)`);
    }
  }
  await syncToDisk(root, paths);
  const counts = await rows(
    connection,
    `SELECT date, count(*)::INTEGER FROM read_parquet(${fileList(...paths.map((path) => join(root, path)))})
     GROUP BY date ORDER BY date`,
  );
  const byPeriod = groupBy(counts, ([date]) => key.periodOf(date as LocalDate));
  return periods.map((period, index) => {
    const days = byPeriod.get(period) ?? [];
    return {
      period,
      path: paths[index] as string,
      rows: days.reduce((sum, [, count]) => sum + Number(count), 0),
      days: days.map(([date]) => toDayNumber(date as LocalDate)),
    };
  });
}

/**
 * Of the given dates, those that a new or changed close serves as the reference from which weights of that date drift:
 * a stock's last close on or before the date or, where it has none, its first close after it.
 *
 * @param files all files of the series after the merge
 */
export async function touchedReferences(
  connection: DuckDBConnection,
  dataset: TableDataset,
  files: readonly string[],
  weightDates: readonly LocalDate[],
): Promise<LocalDate[]> {
  if (weightDates.length === 0) return [];
  const found = await rows(
    connection,
    `WITH touched AS (SELECT code_id, date FROM difference WHERE close_differs),
          closes AS (SELECT code_id, date FROM (${currentSql(dataset, files)}) SEMI JOIN touched USING (code_id)),
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

/** Rows of the periods as they will be. Old rows of codes that the import does not know are joined by code. */
function mergedSql(
  dataset: TableDataset,
  periods: readonly number[],
  currentFiles: ReadonlyMap<number, string>,
): string {
  const key = rowKey(dataset);
  const columns = ['code', ...key.columns, ...dataset.columns.map(({ name }) => name)];
  const merged = columns.map((column) => `coalesce(s.${column}, c.${column}) AS ${column}`);
  const current = periods.flatMap((period) => currentFiles.get(period) ?? []);
  return `
    SELECT ${merged.join(', ')}
    FROM (
      SELECT codes.code, staged.* FROM staged JOIN (SELECT DISTINCT id, code FROM code) codes ON codes.id = code_id
      WHERE ${periods.map((period) => withinSql(key, period)).join(' OR ')}
    ) s FULL JOIN (${allRowsSql(dataset, current)}) c ON c.code = s.code AND ${sameKey(key)}`;
}

function withinSql(key: RowKey, period: number): string {
  const [from, to] = key.datesOf(period);
  return `date BETWEEN DATE '${from}' AND DATE '${to}'`;
}

function sameKey(key: RowKey): string {
  return key.columns.map((column) => `c.${column} = s.${column}`).join(' AND ');
}

function allRowsSql(dataset: TableDataset, files: readonly string[]): string {
  const figures = dataset.columns.map(({ name }) => name);
  const columns = ['code', ...rowKey(dataset).columns, ...figures];
  return files.length === 0
    ? `SELECT NULL::VARCHAR AS code, NULL::DATE AS date, NULL::SMALLINT AS minute, ${figures.map((column) => `NULL::DOUBLE AS ${column}`).join(', ')} WHERE false`
    : `SELECT ${columns.join(', ')} FROM read_parquet(${fileList(...files)})`;
}

/** Rows of the given files whose codes the import names, with its ids. */
function currentSql(dataset: TableDataset, files: readonly string[]): string {
  return `SELECT codes.id AS code_id, source.* FROM (${allRowsSql(dataset, files)}) source JOIN (SELECT DISTINCT id, code FROM code) codes USING (code)`;
}

const SYNCED_AT_ONCE = 32;

/** The files and every folder on the way to them: a new entry of a folder is not on disk until the folder is. */
async function syncToDisk(root: string, paths: readonly string[]): Promise<void> {
  const folders = new Set<string>();
  for (let start = 0; start < paths.length; start += SYNCED_AT_ONCE)
    await Promise.all(paths.slice(start, start + SYNCED_AT_ONCE).map((path) => sync(join(root, path))));
  for (const path of paths) {
    for (let folder = dirname(path); !folders.has(folder); folder = dirname(folder)) folders.add(folder);
  }
  for (const folder of folders) await sync(join(root, folder));
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
