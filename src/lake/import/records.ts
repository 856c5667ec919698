import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { DuckDBConnection } from '@duckdb/node-api';
import { parse } from 'csv-parse/sync';
import { LundongError } from '../../domain/errors.js';
import { rows } from '../duckdb.js';
import type { BadRow } from './import-report.js';
import { cellsSql, decodeText, isGzipped, type TabularFile, unreadable } from './tabular-file.js';

const unzip = promisify(gunzip);

/** A row of a small file: its cells by column name, and what to say where one is bad. */
export class FileRecord {
  constructor(
    private readonly file: TabularFile,
    private readonly line: number,
    private readonly cells: ReadonlyMap<string, string>,
  ) {}

  /** The first of the columns that the file has; '' where it has none of them. */
  get(...names: string[]): string {
    const name = names.find((candidate) => this.cells.has(candidate));
    return name === undefined ? '' : (this.cells.get(name) as string);
  }

  /** The bad row that this is where two of the columns name different codes; null where they agree. */
  codesTorn(...names: string[]): BadRow | null {
    const named = names.filter((name) => digitsOf(this.get(name)) !== null);
    const other = named.find((name) => digitsOf(this.get(name)) !== digitsOf(this.get(named[0] as string)));
    return other === undefined ? null : this.bad(other, this.get(other), otherCode(named[0] as string));
  }

  bad(column: string, value: string, reason: string): BadRow {
    return { file: this.file.name, line: this.line, column, value: value.slice(0, 60), reason };
  }
}

/** The part of a code that every vendor writes alike; null where a text has none. */
function digitsOf(text: string): string | null {
  return /\d{6}/.exec(text)?.[0] ?? null;
}

/** What is said of a code that is another than that of the column beside it. */
export function otherCode(column: string): string {
  return `is another code than that in the column ${column}; leave the wrong column out`;
}

/** What is longer is no name: a delimiter was lost, and every answer would carry it. */
const LONGEST_TEXT = 500;

/** Why a text cannot be kept; null where it can. PostgreSQL keeps no NUL, and terminals obey other control characters. */
export function faultOfText(text: string): string | null {
  if (/\p{Cc}/u.test(text)) return 'holds a control character';
  return text.length > LONGEST_TEXT ? `is longer than ${LONGEST_TEXT} characters` : null;
}

/**
 * Reads a whole file of a data set without prices. Columns are known by their names in lower case.
 *
 * @throws LundongError FILE_UNREADABLE for a file that is no CSV, or whose header has a name twice
 */
export async function readRecords(connection: DuckDBConnection, file: TabularFile): Promise<FileRecord[]> {
  const names = file.header.map((name) => name.toLowerCase());
  const repeated = names.find((name, index) => name !== '' && names.indexOf(name) !== index);
  if (repeated !== undefined)
    throw new LundongError(
      'FILE_UNREADABLE',
      `${file.name}: the column ${repeated} stands twice in its header; leave one of them in.`,
      { file: file.name },
    );
  const record = (line: number, cells: readonly string[]): FileRecord =>
    new FileRecord(file, line, new Map(names.map((name, index) => [name, (cells[index] ?? '').trim()])));
  if (file.format === 'parquet') {
    const found = await rows(connection, `${cellsSql(file)} ORDER BY line`);
    return found.map(([line, cells]) => record(Number(line), cells as string[]));
  }
  try {
    const bytes = await readFile(file.path);
    const text = decodeText(isGzipped(file.path) ? await unzip(bytes) : bytes);
    const parsed = parse(text, {
      delimiter: file.delimiter,
      info: true,
      skip_empty_lines: true,
    });
    const [, ...found] = parsed as unknown as { record: string[]; info: { lines: number } }[];
    return found.map(({ record: cells, info }) => record(info.lines, cells));
  } catch (cause) {
    throw unreadable(file.name, cause);
  }
}

/** @throws LundongError FILE_UNREADABLE unless the header has one of the names for each column */
export function requireColumns(file: TabularFile, ...columns: readonly (readonly string[])[]): void {
  const names = file.header.map((name) => name.toLowerCase());
  const missing = columns.filter((accepted) => !accepted.some((name) => names.includes(name)));
  if (missing.length > 0)
    throw new LundongError(
      'FILE_UNREADABLE',
      `${file.name}: its header lacks ${missing.map((accepted) => accepted.join(' or ')).join(', ')}; ` +
        `it has ${names.slice(0, 10).join(', ')}. See lundong import --help.`,
      { file: file.name },
    );
}
