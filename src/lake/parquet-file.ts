import { type DuckDb, fileList, literal } from './duckdb.js';

const MEMORY_MB = 64;
/** Rows that are in memory at once: what readers read at once, too. */
const GROUP_ROWS = 20_480;
const MOST_LINE_BYTES = 1_000_000;

/** What a column of a file holds. */
export interface FileColumn {
  readonly name: string;
  readonly type: 'DATE' | 'DOUBLE' | 'BIGINT' | 'VARCHAR';
}

/**
 * Makes a Parquet file of a CSV without header in which every text is quoted and nothing stands for what is not there.
 *
 * @param description kept in the file's metadata under the key `lundong`
 * @param signal whose raising breaks it off
 */
export function convertToParquet(
  duckdb: DuckDb,
  csv: string,
  parquet: string,
  columns: readonly FileColumn[],
  description: string,
  signal: AbortSignal,
): Promise<void> {
  const types = columns.map(({ name, type }) => `${literal(name)}: '${type}'`).join(', ');
  return duckdb.apart(MEMORY_MB, async (connection) => {
    signal.throwIfAborted();
    const interrupt = (): void => connection.interrupt();
    signal.addEventListener('abort', interrupt, { once: true });
    try {
      await connection.run(`
        COPY (
          SELECT * FROM read_csv(${fileList(csv)}, columns = {${types}}, header = false, auto_detect = false,
            delim = ',', quote = '"', escape = '"', new_line = '\\n', nullstr = '', allow_quoted_nulls = false,
            parallel = false, max_line_size = ${MOST_LINE_BYTES}, buffer_size = ${2 * MOST_LINE_BYTES})
        ) TO ${literal(parquet)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${GROUP_ROWS}, KV_METADATA {lundong: ${literal(description)}})`);
    } finally {
      signal.removeEventListener('abort', interrupt);
    }
  });
}
