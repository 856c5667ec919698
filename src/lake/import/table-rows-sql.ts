import type { TableDataset } from '../datasets.js';
import { literal, literals } from '../duckdb.js';
import { otherCode } from './records.js';
import type { FigureForm, FileForm } from './table-file-form.js';
import { cellsSql, NOTHING, type TabularFile } from './tabular-file.js';

/**
 * Columns of the table that files of a data set are read into. Numbers are judged on the way: `bad` tells the first fault of
 * a row. Texts are left for later; `time_text` is empty where a row is a day. `silent` rows say nothing but that there was
 * no trade.
 */
export const parsedColumns = ({
  columns,
}: TableDataset): string => `file INTEGER, line INTEGER, code_text VARCHAR, date_text VARCHAR, time_text VARCHAR,
  ${columns.map(({ name }) => `${name} DOUBLE`).join(', ')}, zeros UTINYINT, silent BOOLEAN,
  bad STRUCT(column_name VARCHAR, value VARCHAR, reason VARCHAR)`;

/** SQL for the rows of one file as parsedColumns. */
export function parsedRowsSql(dataset: TableDataset, file: TabularFile, form: FileForm, index: number): string {
  return form.wide ? wideSql(dataset, file, form, index) : longSql(dataset, file, form, index);
}

/** A text as a number; NULL where it is empty or no finite number. */
const number = (text: string): string =>
  `CASE WHEN isfinite(TRY_CAST(${text} AS DOUBLE)) THEN TRY_CAST(${text} AS DOUBLE) END`;
const isEmpty = (text: string): string => `lower(trim(${text})) IN (${NOTHING.map(literal).join(', ')})`;
/** The part of a code that every vendor writes alike; NULL where a text has none. */
const digits = (text: string): string => `nullif(regexp_extract(${text}, '[0-9]{6}'), '')`;
const problem = (when: string, column: string, value: string, reason: string): string =>
  `WHEN ${when} THEN {'column_name': ${column}, 'value': left(${value}, 60), 'reason': ${literal(reason)}}`;

function wideSql(dataset: TableDataset, file: TabularFile, form: FileForm, index: number): string {
  const width = file.header.length;
  const value = number('text');
  const values = dataset.columns.map(({ name }) => (name === dataset.wideColumn ? value : 'NULL'));
  return `
    SELECT ${index}, line, ${literals(file.header)}[position] AS code_text, date_text, '',
      ${values.join(', ')}, 0, false,
      CASE
        ${problem(`width <> ${width}`, "''", "width || ' cells'", `the header has ${width} columns`)}
        ${problem(`${value} IS NULL`, 'code_text', 'text', 'is not a number')}
        ${problem(`${value} <= 0`, 'code_text', 'text', `a ${dataset.wideColumn} must be above zero`)}
      END
    FROM (
      SELECT line, len(cells) AS width, trim(cells[${form.date + 1}]) AS date_text,
        unnest(CASE WHEN len(cells) = ${width} THEN cells ELSE ['', 'row'] END) AS text,
        generate_subscripts(CASE WHEN len(cells) = ${width} THEN cells ELSE ['', 'row'] END, 1) AS position
      FROM (${cellsSql(file)})
    )
    WHERE position <> ${form.date + 1} AND NOT ${isEmpty('text')}`;
}

function longSql(dataset: TableDataset, file: TabularFile, form: FileForm, index: number): string {
  const width = file.header.length;
  const cell = (position: number): string => `cells[${position + 1}]`;
  const text = (column: string): string => cell((form.figures.get(column) as FigureForm).index);
  const value = (column: string): string => {
    const read = form.figures.get(column);
    if (read === undefined) return 'NULL';
    if (read.factor === 1) return number(cell(read.index));
    const scaled = `${number(cell(read.index))} * ${read.factor}`;
    return read.column.whole ? `round(${scaled})` : scaled;
  };
  const columns = dataset.columns.map(({ name }) => name);
  const range = ['open', 'high', 'low'].filter((column) => form.figures.has(column));
  const others = (column: string): string =>
    [...range.filter((other) => other !== column), 'close'].map((other) => `nullif(${other}, 0)`).join(', ');
  const problems = [
    problem(`len(cells) <> ${width}`, "''", "len(cells) || ' cells'", `the header has ${width} columns`),
  ];
  const codeName = file.header[form.code] as string;
  for (const other of form.otherCodes)
    problems.push(
      problem(
        `${digits(cell(other))} <> ${digits(cell(form.code))}`,
        literal(file.header[other] as string),
        cell(other),
        otherCode(codeName),
      ),
    );
  const needed = dataset.needsOneOf.filter((column) => form.figures.has(column));
  const neededWords = needed.length === 1 ? `a ${needed[0]}` : needed.join(' or ');
  const saysNothing = needed.map((column) => `${column} IS NULL`).join(' AND ');
  for (const [column, read] of form.figures) {
    const name = literal(file.header[read.index] as string);
    problems.push(problem(`NOT ${isEmpty(text(column))} AND ${column} IS NULL`, name, text(column), 'is not a number'));
    if (column === needed[0])
      problems.push(problem(saysNothing, name, text(column), `is empty; a row without ${neededWords} says nothing`));
    problems.push(
      read.column.sign === 'positive'
        ? problem(`${column} <= 0`, name, text(column), `a ${column} must be above zero`)
        : problem(`${column} < 0`, name, text(column), 'must not be negative'),
    );
  }
  // Prices rounded on their way differ in the last bits: only a real contradiction counts.
  if (form.figures.has('low'))
    problems.push(
      problem(`low > least(${others('low')}) * (1 + 1e-9)`, "'low'", text('low'), 'is above open, high or close'),
    );
  if (form.figures.has('high'))
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
  const zero = columns.map((column) => `coalesce(${column}, 0) = 0`).join(' AND ');
  const isSilent = dataset.intraday ? `(close IS NOT NULL AND volume IS NOT NULL AND ${zero})` : 'false';
  const shown = columns.map((column) => (range.includes(column) ? `nullif(${column}, 0)` : column));
  const code = form.onlyCode === null ? `trim(${cell(form.code)})` : literal(form.onlyCode);
  const dateLength = `CASE WHEN moment[5] = '-' THEN 10 WHEN regexp_matches(moment, '^[0-9]{8}') THEN 8 ELSE 60 END`;
  const dateAndTime = dataset.intraday
    ? `left(moment, ${dateLength}), ltrim(substr(moment, ${dateLength} + 1), ' T')`
    : `moment, ''`;
  return `
    SELECT ${index}, line, code_text, ${dateAndTime}, ${shown.join(', ')}, CASE WHEN ${hasZero} THEN 1 ELSE 0 END,
      ${isSilent}, CASE WHEN ${isSilent} THEN NULL ${problems.join('\n        ')} END
    FROM (
      SELECT line, cells, ${code} AS code_text, trim(${cell(form.date)}) AS moment,
        ${columns.map((column) => `(${value(column)})::DOUBLE AS ${column}`).join(', ')}
      FROM (${cellsSql(file)})
    )`;
}
