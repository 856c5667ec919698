import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ColumnValues, TableType } from '../../graphql/types/table.type.js';

/** Values that become text in one turn of the event loop: some five milliseconds. */
const CELLS_A_TURN = 20_000;

/** How a table is written down as text. */
export interface TableText {
  readonly head: string;
  /** @param end after the last row */
  readonly rows: (columns: readonly ColumnValues[], start: number, end: number) => string;
}

/** Writes a table a piece at a time, each made when the one before has been taken. */
export async function* writeText(
  table: TableType,
  { head, rows }: TableText,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const step = Math.max(Math.floor(CELLS_A_TURN / Math.max(table.columns.length, 1)), 1);
  let before = head; // goes with the first rows: until those are there, whatever is wrong can be told
  for await (const columns of table.batches(signal)) {
    const count = columns[0]?.length ?? 0;
    for (let start = 0; start < count; start += step) {
      signal.throwIfAborted();
      yield before + rows(columns, start, Math.min(start + step, count));
      before = '';
      await nextTurn();
    }
  }
  if (before !== '') yield before;
}

/**
 * A first line that says what the table is, then a row a line as an array of values in the order of the columns.
 */
export function ndjson(table: TableType): TableText {
  return {
    head: `${JSON.stringify(describeTable(table))}\n`,
    rows: (columns, start, end) => {
      let text = '';
      for (let row = start; row < end; row++) {
        text += '[';
        for (let column = 0; column < columns.length; column++) {
          const value = columns[column]?.[row] ?? null;
          if (column > 0) text += ',';
          text += typeof value === 'number' && Number.isFinite(value) ? value : JSON.stringify(value);
        }
        text += ']\n';
      }
      return text;
    },
  };
}

/**
 * RFC 4180: a header with the names, lines that end in CR LF. A value that is not available is an empty cell, an empty
 * text is `""`. A text that a spreadsheet would take for a formula gets an apostrophe before it; numbers never do.
 *
 * @param hasMark whether it begins with a byte-order mark
 */
export function csv({ columns: described }: TableType, hasMark: boolean): TableText {
  const head = described.map(({ name }) => quoted(defused(name))).join(',');
  return {
    head: `${hasMark ? '\uFEFF' : ''}${head}\r\n`,
    rows: (columns, start, end) => csvRows(columns, start, end, (text) => quoted(defused(text)), '\r\n'),
  };
}

/** The rows alone, every text as it is: for programs that are told the columns. */
export const PLAIN_CSV: TableText = {
  head: '',
  rows: (columns, start, end) => csvRows(columns, start, end, alwaysQuoted, '\n'),
};

function csvRows(
  columns: readonly ColumnValues[],
  start: number,
  end: number,
  textCell: (text: string) => string,
  lineEnd: string,
): string {
  let text = '';
  for (let row = start; row < end; row++) {
    for (let column = 0; column < columns.length; column++) {
      const value = columns[column]?.[row] ?? null;
      if (column > 0) text += ',';
      if (typeof value === 'string') text += textCell(value);
      else if (value !== null && Number.isFinite(value)) text += value;
    }
    text += lineEnd;
  }
  return text;
}

/** What begins so is a formula to spreadsheets, in full width to those of East Asia. */
const FORMULA = /^[=+\-@\t\r＝＋－＠]/;

function defused(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

function quoted(text: string): string {
  return text === '' || /[",\r\n]|^\s|\s$/.test(text) ? alwaysQuoted(text) : text;
}

function alwaysQuoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

/** All that a table says beside its values. */
export function describeTable({ columns, rowCount, truncated, asOf, dataVersion, notes }: TableType): object {
  return { columns, rowCount, truncated, asOf, dataVersion, notes };
}
