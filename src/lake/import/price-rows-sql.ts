import { PRICE_COLUMNS, type PriceColumn, type PriceDataset } from '../datasets.js';
import { literal, literals } from '../duckdb.js';
import type { FileForm } from './price-file-form.js';
import { cellsSql, NOTHING, type TabularFile } from './tabular-file.js';

/**
 * Columns of the table that files of prices are read into. Numbers are judged on the way: `bad` tells the first fault of
 * a row. Texts are left for later; `time_text` is empty where a row is a day. `silent` rows say nothing but that there was
 * no trade.
 */
export const PARSED_COLUMNS = `file INTEGER, line INTEGER, code_text VARCHAR, date_text VARCHAR, time_text VARCHAR,
  ${PRICE_COLUMNS.map((column) => `${column} DOUBLE`).join(', ')}, zeros UTINYINT, silent BOOLEAN,
  bad STRUCT(column_name VARCHAR, value VARCHAR, reason VARCHAR)`;

/** SQL for the rows of one file as PARSED_COLUMNS. */
export function parsedRowsSql(dataset: PriceDataset, file: TabularFile, form: FileForm, index: number): string {
  return form.wide ? wideSql(file, form, index) : longSql(dataset, file, form, index);
}

/** A text as a number; NULL where it is empty or no finite number. */
const number = (text: string): string =>
  `CASE WHEN isfinite(TRY_CAST(${text} AS DOUBLE)) THEN TRY_CAST(${text} AS DOUBLE) END`;
const isEmpty = (text: string): string => `lower(trim(${text})) IN (${NOTHING.map(literal).join(', ')})`;
const problem = (when: string, column: string, value: string, reason: string): string =>
  `WHEN ${when} THEN {'column_name': ${column}, 'value': left(${value}, 60), 'reason': ${literal(reason)}}`;

function wideSql(file: TabularFile, form: FileForm, index: number): string {
  const width = file.header.length;
  const close = number('text');
  return `
    SELECT ${index}, line, ${literals(file.header)}[position] AS code_text, date_text, '',
      NULL, NULL, NULL, ${close}, NULL, NULL, 0, false,
      CASE
        ${problem(`width <> ${width}`, "''", "width || ' cells'", `the header has ${width} columns`)}
        ${problem(`${close} IS NULL`, 'code_text', 'text', 'is not a number')}
        ${problem(`${close} <= 0`, 'code_text', 'text', 'a close must be above zero')}
      END
    FROM (
      SELECT line, len(cells) AS width, trim(cells[${form.date + 1}]) AS date_text,
        unnest(CASE WHEN len(cells) = ${width} THEN cells ELSE ['', 'row'] END) AS text,
        generate_subscripts(CASE WHEN len(cells) = ${width} THEN cells ELSE ['', 'row'] END, 1) AS position
      FROM (${cellsSql(file)})
    )
    WHERE position <> ${form.date + 1} AND NOT ${isEmpty('text')}`;
}

function longSql(dataset: PriceDataset, file: TabularFile, form: FileForm, index: number): string {
  const width = file.header.length;
  const cell = (position: number): string => `cells[${position + 1}]`;
  const text = (column: PriceColumn): string => cell((form.prices.get(column) as { index: number }).index);
  const value = (column: PriceColumn): string => {
    const read = form.prices.get(column);
    if (read === undefined) return 'NULL';
    return read.factor === 1 ? number(cell(read.index)) : `${number(cell(read.index))} * ${read.factor}`;
  };
  const range = (['open', 'high', 'low'] as const).filter((column) => form.prices.has(column));
  const others = (column: PriceColumn): string =>
    [...range.filter((other) => other !== column), 'close'].map((other) => `nullif(${other}, 0)`).join(', ');
  const problems = [
    problem(`len(cells) <> ${width}`, "''", "len(cells) || ' cells'", `the header has ${width} columns`),
  ];
  for (const [column, read] of form.prices) {
    const name = literal(file.header[read.index] as string);
    problems.push(problem(`NOT ${isEmpty(text(column))} AND ${column} IS NULL`, name, text(column), 'is not a number'));
    if (column === 'close') {
      problems.push(problem('close IS NULL', name, text(column), 'is empty; a row without a close says nothing'));
      problems.push(problem('close <= 0', name, text(column), 'a close must be above zero'));
    } else problems.push(problem(`${column} < 0`, name, text(column), 'must not be negative'));
  }
  // Prices rounded on their way differ in the last bits: only a real contradiction counts.
  if (form.prices.has('low'))
    problems.push(
      problem(`low > least(${others('low')}) * (1 + 1e-9)`, "'low'", text('low'), 'is above open, high or close'),
    );
  if (form.prices.has('high'))
    problems.push(
      problem(
        `nullif(high, 0) < greatest(${others('high')}) * (1 - 1e-9)`,
        "'high'",
        text('high'),
        'is below open, low or close',
      ),
    );
  const hasZero = range.map((column) => `${column} = 0`).join(' OR ') || 'false';
  // Vendors of minute bars fill the days of a suspension with zeros.
  const zero = PRICE_COLUMNS.map((column) => `coalesce(${column}, 0) = 0`).join(' AND ');
  const isSilent = dataset.intraday ? `(close IS NOT NULL AND volume IS NOT NULL AND ${zero})` : 'false';
  const shown = PRICE_COLUMNS.map((column) =>
    (range as readonly string[]).includes(column) ? `nullif(${column}, 0)` : column,
  );
  const code = form.codeInName === null ? `trim(${cell(form.code)})` : literal(form.codeInName);
  const dateLength = `CASE WHEN moment[5] = '-' THEN 10 WHEN regexp_matches(moment, '^[0-9]{8}') THEN 8 ELSE 60 END`;
  const dateAndTime = dataset.intraday
    ? `left(moment, ${dateLength}), ltrim(substr(moment, ${dateLength} + 1), ' T')`
    : `moment, ''`;
  return `
    SELECT ${index}, line, code_text, ${dateAndTime}, ${shown.join(', ')}, CASE WHEN ${hasZero} THEN 1 ELSE 0 END,
      ${isSilent}, CASE WHEN ${isSilent} THEN NULL ${problems.join('\n        ')} END
    FROM (
      SELECT line, cells, ${code} AS code_text, trim(${cell(form.date)}) AS moment,
        ${PRICE_COLUMNS.map((column) => `(${value(column)})::DOUBLE AS ${column}`).join(', ')}
      FROM (${cellsSql(file)})
    )`;
}
