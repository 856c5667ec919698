import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LundongError } from '#lundong/domain/errors.js';
import type { LocalDate } from '#lundong/domain/local-date.js';
import { DuckDb, literals, rows } from '#lundong/lake/duckdb.js';
import type { ImportReport } from '#lundong/lake/import/import-report.js';
import type { ImportRequest } from '#lundong/lake/import/import-request.js';
import type { Workspace } from '#lundong/workspace.js';

/** Writes a file into `directory`, several lines joined; returns its path. */
export function writeTable(directory: string, name: string, content: string | Buffer | readonly string[]): string {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, name);
  writeFileSync(path, Array.isArray(content) ? `${content.join('\n')}\n` : (content as string | Buffer));
  return path;
}

/** Runs the importer with the command's defaults. */
export function runImport(
  workspace: Workspace,
  dataset: ImportRequest['dataset'],
  paths: string | readonly string[],
  options: Partial<ImportRequest> = {},
): Promise<ImportReport> {
  return workspace.importer().run({
    actor: 'test',
    dataset,
    paths: typeof paths === 'string' ? [paths] : paths,
    source: 'default',
    adjustment: null,
    validFrom: null,
    barMinutes: null,
    quarantine: false,
    ...options,
  });
}

/** The error that the work must end with. */
export async function refusal(work: Promise<unknown>): Promise<LundongError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof LundongError)) throw new Error('no LundongError was thrown', { cause: error });
  return error;
}

/** What a fresh reader sees of a source: every row of its lake files, and the version it sees them at. */
export interface Visible {
  readonly dataVersion: number;
  /** `code date open high low close volume amount`, ascending; "-" where there is nothing. */
  readonly rows: readonly string[];
}

export async function visible(workspace: Workspace, source = 'default', adjustment?: string): Promise<Visible> {
  const market = (await workspace.markets()).current();
  const files = market.allSeries
    .filter((one) => one.source === source && (adjustment === undefined || one.adjustment === adjustment))
    .flatMap((one) => one.files);
  if (files.length === 0) return { dataVersion: market.dataVersion, rows: [] };
  const found = await workspace.duckdb.use((connection) =>
    rows(
      connection,
      `SELECT code, date, open, high, low, close, volume, amount FROM read_parquet(${literals(files)}) ORDER BY 1, 2`,
    ),
  );
  return {
    dataVersion: market.dataVersion,
    rows: found.map((row) => row.map((cell) => (cell === null ? '-' : String(cell))).join(' ')),
  };
}

/** The close as every figure reads it. */
export async function closeOf(
  workspace: Workspace,
  source: string,
  code: string,
  date: string,
): Promise<number | null | undefined> {
  const series = (await workspace.markets()).current().dailySeries.find((one) => one.source === source);
  return (await series?.closes())?.close(code, date as LocalDate);
}

/** Runs SQL in a DuckDB of its own: for writing Parquet files. */
export async function duckdbRun(temporaryDirectory: string, ...statements: string[]): Promise<void> {
  const duckdb = await DuckDb.open({ temporaryDirectory, memoryLimitMb: 200 });
  try {
    await duckdb.use(async (connection) => {
      for (const statement of statements) await connection.run(statement);
    });
  } finally {
    duckdb.close();
  }
}
