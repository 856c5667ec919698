import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { createGunzip } from 'node:zlib';
import type { DuckDBConnection } from '@duckdb/node-api';
import { LundongError } from '../../domain/errors.js';
import { literal, rows } from '../duckdb.js';

/** A file to be imported: how it is packed, and what its header says. */
export interface TabularFile {
  readonly path: string;
  readonly name: string;
  readonly format: 'csv' | 'parquet';
  readonly delimiter: string;
  /** Column names as written, trimmed. */
  readonly header: readonly string[];
}

const DELIMITERS = [',', '\t', ';'];
const HEADER_LIMIT = 8 * 1024 * 1024;

/** @throws LundongError FILE_UNREADABLE for a file that is missing, empty, no CSV, CSV.gz or Parquet, or without header */
export async function openTabularFile(connection: DuckDBConnection, path: string): Promise<TabularFile> {
  const name = basename(path);
  const info = await stat(path).catch((cause) => {
    throw new LundongError('FILE_UNREADABLE', `${path} cannot be read: ${cause.code ?? cause.message}.`, {}, { cause });
  });
  if (!info.isFile()) throw new LundongError('FILE_UNREADABLE', `${path} is not a file; name the files themselves.`);
  const parquet = /\.parquet$/i.test(name);
  if (!parquet && !/\.(csv|txt|tsv)(\.gz)?$/i.test(name))
    throw new LundongError('FILE_UNREADABLE', `${name}: only .csv, .csv.gz, .tsv, .txt and .parquet files are read.`);
  try {
    if (parquet) {
      const columns = await rows(connection, `DESCRIBE SELECT * FROM read_parquet(${literal(path)})`);
      return { path, name, format: 'parquet', delimiter: ',', header: columns.map(([column]) => String(column)) };
    }
    const line = (await firstLine(path)).replace(/^\uFEFF/, '');
    const delimiter = DELIMITERS.find((candidate) => line.includes(candidate)) ?? ',';
    const header = line.split(delimiter).map((column) => column.replaceAll('"', '').trim());
    if (header.every((column) => column === '')) throw new Error('it is empty; the first line must name the columns');
    return { path, name, format: 'csv', delimiter, header };
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new LundongError('FILE_UNREADABLE', `${name} cannot be read: ${detail}.`, {}, { cause });
  }
}

async function firstLine(path: string): Promise<string> {
  const file = createReadStream(path);
  const stream = path.toLowerCase().endsWith('.gz') ? file.pipe(createGunzip()) : file;
  const read: Buffer[] = [];
  let length = 0;
  try {
    // A broken file errors on the source; iterating the unzipped stream alone would wait for ever.
    file.on('error', (error) => stream.destroy(error));
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      const end = chunk.indexOf(10);
      read.push(end < 0 ? chunk : chunk.subarray(0, end));
      length += chunk.length;
      if (end >= 0) break;
      if (length > HEADER_LIMIT) throw new Error('its first line is longer than 8 MiB');
    }
  } finally {
    stream.destroy();
    file.destroy();
  }
  return Buffer.concat(read).toString('utf8').replace(/\r$/, '');
}

/**
 * SQL for the rows of a file as `line` (INTEGER, 1 = the header's) and `cells` (list of texts, in the header's order).
 * A CSV is split here, not by a CSV reader: a wide matrix of 5,000 columns would cost a block of memory for each, and
 * every bad cell must be told by its line and column. Quotes around a cell are dropped; a quoted delimiter is
 * therefore a wrong number of cells.
 */
export function cellsSql(file: TabularFile): string {
  if (file.format === 'parquet') {
    const cells = file.header.map((column) => `coalesce(${identifier(column)}::VARCHAR, '')`);
    return `
      SELECT (file_row_number + 2)::INTEGER AS line, [${cells.join(', ')}] AS cells
      FROM read_parquet(${literal(file.path)}, file_row_number = true)`;
  }
  return `
    SELECT line::INTEGER AS line, string_split(replace(text, '"', ''), ${literal(file.delimiter)}) AS cells
    FROM (
      SELECT row_number() OVER () AS line, text
      FROM read_csv(${literal(file.path)}, columns = {'text': 'VARCHAR'}, auto_detect = false, header = false,
                    delim = '\x01', quote = '', escape = '', strict_mode = false, parallel = false,
                    max_line_size = ${HEADER_LIMIT})
    )
    WHERE line > 1 AND text IS NOT NULL AND trim(text) <> ''`;
}

function identifier(column: string): string {
  return `"${column.replaceAll('"', '""')}"`;
}
