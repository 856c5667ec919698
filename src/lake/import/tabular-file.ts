import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { createGunzip } from 'node:zlib';
import type { DuckDBConnection } from '@duckdb/node-api';
import { LundongError } from '../../domain/errors.js';
import { type LocalDate, tryParseLocalDate } from '../../domain/local-date.js';
import { fileList, literal, rows } from '../duckdb.js';

/** A file to be imported: how it is packed, and what its header says. */
export interface TabularFile {
  readonly path: string;
  readonly name: string;
  readonly format: 'csv' | 'parquet';
  readonly delimiter: string;
  /** Column names as written, trimmed. */
  readonly header: readonly string[];
}

/** Vendors' ways of writing "nothing", in lower case. */
export const NOTHING: readonly string[] = ['', 'nan', 'nat', 'null', 'none', 'na', 'n/a', '-', '--'];

export function isNothing(text: string): boolean {
  return NOTHING.includes(text.trim().toLowerCase());
}

const DELIMITERS = [',', '\t', ';'];
const LONGEST_LINE = 8 * 1024 * 1024;

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
      const columns = await rows(connection, `DESCRIBE SELECT * FROM read_parquet(${fileList(path)})`);
      const header = columns.map(([column]) => String(column));
      // No name of SQL can hold one, so that the column could not be asked for.
      const nul = header.find((column) => column.includes('\0'));
      if (nul !== undefined)
        throw new Error(`the name of its column ${JSON.stringify(nul)} holds a NUL; name it without`);
      return { path, name, format: 'parquet', delimiter: ',', header };
    }
    const line = decodeText(await firstLine(path));
    const delimiter = DELIMITERS.find((candidate) => line.includes(candidate)) ?? ',';
    const header = line.split(delimiter).map((column) => column.replaceAll('"', '').trim());
    if (header.every((column) => column === '')) throw new Error('it is empty; the first line must name the columns');
    return { path, name, format: 'csv', delimiter, header };
  } catch (cause) {
    throw unreadable(name, cause);
  }
}

const NO_TEXT = 'it is no UTF-8 text; save it as CSV in UTF-8';

/** A file that turned out unreadable on the way. */
export function unreadable(name: string, cause: unknown): LundongError {
  const detail = cause instanceof Error ? describeFault(cause.message) : String(cause);
  const shown = detail.replaceAll(/\p{Cc}/gu, ' ').slice(0, 300);
  return new LundongError('FILE_UNREADABLE', `${name} cannot be read: ${shown}.`, { file: name }, { cause });
}

/** DuckDB tells the place first, then the line itself, and only then what is wrong with it. */
function describeFault(message: string): string {
  const [first] = message.split('\n') as [string];
  const place = /^Invalid Input Error: CSV Error on Line: (\d+)$/.exec(first)?.[1];
  if (place === undefined) return first;
  if (message.includes('This file is not utf-8 encoded')) return `line ${place}: ${NO_TEXT}`;
  if (message.includes('Maximum line size')) return `its line ${place} is longer than ${LONGEST_LINE / 2 ** 20} MiB`;
  return first;
}

/**
 * Text of a file, without the mark that some programs put first.
 *
 * @throws Error where the bytes are no text, or text in another encoding, which would turn names into rubbish
 */
export function decodeText(bytes: Buffer): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {}
  throw new Error(NO_TEXT);
}

/** A date as files write it: data frames and databases add a time of midnight. */
export function readDate(text: string): LocalDate | null {
  return tryParseLocalDate(text.replace(/[ T]00:00:00(\.0+)?$/, ''));
}

/** @throws Error for a line that does not end, and for a damaged .gz: DuckDB would read it as far as it goes */
async function firstLine(path: string): Promise<Buffer> {
  const file = createReadStream(path);
  const stream = isGzipped(path) ? file.pipe(createGunzip()) : file;
  const read: Buffer[] = [];
  let length = 0;
  let ended = false;
  try {
    // A broken file errors on the source; iterating the unzipped stream alone would wait for ever.
    file.on('error', (error) => stream.destroy(error));
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      if (ended) continue; // only the end of a .gz tells whether it is whole
      const end = chunk.indexOf(10);
      read.push(end < 0 ? chunk : chunk.subarray(0, end));
      length += chunk.length;
      ended = end >= 0;
      if (ended && stream === file) break;
      if (!ended && length > LONGEST_LINE)
        throw new Error(`its first line is longer than ${LONGEST_LINE / 2 ** 20} MiB`);
    }
  } finally {
    stream.destroy();
    file.destroy();
  }
  const line = Buffer.concat(read);
  return line.at(-1) === 13 ? line.subarray(0, -1) : line;
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
      FROM read_parquet(${fileList(file.path)}, file_row_number = true)`;
  }
  return `
    SELECT line::INTEGER AS line, string_split(replace(text, '"', ''), ${literal(file.delimiter)}) AS cells
    FROM (
      SELECT row_number() OVER () AS line, text
      FROM read_csv(${fileList(file.path)}, compression = ${isGzipped(file.path) ? "'gzip'" : "'none'"}, columns = {'text': 'VARCHAR'}, auto_detect = false, header = false,
                    delim = '\x01', quote = '', escape = '', strict_mode = false, parallel = false,
                    max_line_size = ${LONGEST_LINE})
    )
    WHERE line > 1 AND text IS NOT NULL AND trim(text) <> ''`;
}

export function isGzipped(path: string): boolean {
  return /\.gz$/i.test(path);
}

function identifier(column: string): string {
  return `"${column.replaceAll('"', '""')}"`;
}
