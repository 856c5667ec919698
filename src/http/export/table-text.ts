import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ColumnValues, TableType } from '../../graphql/types/table.type.js';

/** Values that become text in one turn of the event loop: some five milliseconds. */
const CELLS_A_TURN = 20_000;

/** How a table is written down as text. */
export interface TableText {
  readonly head: string;
  readonly rowStart: string;
  readonly rowEnd: string;
  /** Of a value that is not available. */
  readonly nothing: string;
  readonly textCell: (text: string) => string;
  readonly dateCell: (date: string) => string;
}

/** Writes a table a piece at a time, each made when the one before has been taken. */
export async function* writeText(table: TableType, form: TableText, signal: AbortSignal): AsyncGenerator<string> {
  const step = Math.max(Math.floor(CELLS_A_TURN / Math.max(table.columns.length, 1)), 1);
  let before = form.head; // goes with the first rows: until those are there, whatever is wrong can be told
  for await (const columns of table.batches(signal)) {
    const count = columns[0]?.length ?? 0;
    for (let start = 0; start < count; start += step) {
      signal.throwIfAborted();
      yield before + rowsOf(table, form, columns, start, Math.min(start + step, count));
      before = '';
      await nextTurn();
    }
  }
  if (before !== '') yield before;
}

function rowsOf(
  { columns: described }: TableType,
  form: TableText,
  columns: readonly ColumnValues[],
  start: number,
  end: number,
): string {
  const cells = described.map(({ type }, index) =>
    cellsOf(type, (columns[index] as ColumnValues).slice(start, end), form),
  );
  let text = '';
  for (let row = 0; row < end - start; row++) {
    text += form.rowStart + cells[0]?.[row];
    for (let column = 1; column < cells.length; column++) text += `,${cells[column]?.[row]}`;
    text += form.rowEnd;
  }
  return text;
}

/** @param values at least one */
function cellsOf(type: string, values: ColumnValues, { nothing, textCell, dateCell }: TableText): string[] {
  if (type === 'Float' || type === 'Int') {
    // Several times as fast as one number after the other, and the very digits of the API's JSON; NaN is null there, too.
    const texts = JSON.stringify(values).slice(1, -1).split(',');
    return nothing === 'null' ? texts : texts.map((text) => (text === 'null' ? nothing : text));
  }
  const cellOf = type === 'LocalDate' ? dateCell : textCell;
  let [last, cell]: [unknown, string] = [null, nothing];
  return values.map((value) => {
    // Codes come in runs.
    if (value !== last) [last, cell] = [value, value === null ? nothing : cellOf(String(value))];
    return cell;
  });
}

/** A first line that says what the table is, then a row a line as an array of values in the order of the columns. */
export function ndjson(table: TableType): TableText {
  return {
    head: `${JSON.stringify(describeTable(table))}\n`,
    rowStart: '[',
    rowEnd: ']\n',
    nothing: 'null',
    textCell: JSON.stringify,
    dateCell: (date) => `"${date}"`,
  };
}

/**
 * RFC 4180: a header with the names, lines that end in CR LF. A value that is not available is an empty cell, an empty
 * text is `""`. A text that a spreadsheet would take for a formula gets an apostrophe before it; numbers never do.
 *
 * @param hasMark whether it begins with a byte-order mark
 */
export function csv({ columns }: TableType, hasMark: boolean): TableText {
  const textCell = (text: string): string => quoted(defused(text));
  return {
    head: `${hasMark ? '\uFEFF' : ''}${columns.map(({ name }) => textCell(name)).join(',')}\r\n`,
    rowStart: '',
    rowEnd: '\r\n',
    nothing: '',
    textCell,
    dateCell: (date) => date,
  };
}

/** The rows alone, every text as it is: for programs that are told the columns. */
export const PLAIN_CSV: TableText = {
  head: '',
  rowStart: '',
  rowEnd: '\n',
  nothing: '',
  textCell: alwaysQuoted,
  dateCell: (date) => date,
};

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
