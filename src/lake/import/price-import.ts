import type { DuckDBConnection } from '@duckdb/node-api';
import { LundongError } from '../../domain/errors.js';
import type { LocalDate } from '../../domain/local-date.js';
import type { TradingCalendar } from '../../domain/trading-calendar.js';
import {
  acceptedColumn,
  CODE_NAMES,
  DATE_NAMES,
  PRICE_COLUMNS,
  type PriceColumn,
  type PriceDataset,
} from '../datasets.js';
import { literal, literals, rows } from '../duckdb.js';
import type { BadRow } from './import-report.js';
import { cellsSql, NOTHING, readDate, type TabularFile, unreadable } from './tabular-file.js';

/**
 * Reads price files into the temporary table
 *
 *     staged (file, line, code_id, date, open, high, low, close, volume, amount)
 *
 * with `code (id, code)` beside it, every row valid and unique by code and date; what is not valid lies in
 * `bad (file, line, column_name, value, reason)`. Texts of codes and dates are judged here, once for each distinct text;
 * numbers are judged by DuckDB as they are read.
 */
export interface StagedPrices {
  readonly rowsRead: number;
  readonly badRows: number;
  /** Columns that at least one file brings; others keep what the lake has. */
  readonly columns: readonly PriceColumn[];
  readonly remarks: readonly string[];
}

/** How the columns of one file are read. */
interface FileForm {
  readonly wide: boolean;
  readonly code: number;
  readonly date: number;
  readonly prices: ReadonlyMap<PriceColumn, { index: number; factor: number }>;
  readonly unused: readonly string[];
}

const REASON_TYPE = 'STRUCT(column_name VARCHAR, value VARCHAR, reason VARCHAR)';

export async function stagePrices(
  connection: DuckDBConnection,
  dataset: PriceDataset,
  files: readonly TabularFile[],
  known: { calendar: TradingCalendar; industries: ReadonlySet<string> },
  onFile: (file: TabularFile) => void,
): Promise<StagedPrices> {
  const forms = files.map((file) => fileForm(dataset, file));
  await connection.run(`
    CREATE TEMP TABLE parsed (file INTEGER, line INTEGER, code_text VARCHAR, date_text VARCHAR,
      ${PRICE_COLUMNS.map((column) => `${column} DOUBLE`).join(', ')}, zeros UTINYINT, bad ${REASON_TYPE})`);
  for (const [index, file] of files.entries()) {
    onFile(file);
    await connection.run(`INSERT INTO parsed ${parseSql(file, forms[index] as FileForm, index)}`).catch((cause) => {
      throw unreadable(file.name, cause);
    });
  }
  await connection.run(`
    CREATE TEMP TABLE bad AS
      SELECT file, line, bad.column_name AS column_name, bad.value AS value, bad.reason AS reason
      FROM parsed WHERE bad IS NOT NULL`);
  await judgeCodes(connection, dataset, known.industries);
  await judgeDates(connection, known.calendar);
  await rejectTexts(connection);
  await connection.run(`
    CREATE TEMP TABLE staged AS
      SELECT file, line, code.id AS code_id, day.date, ${PRICE_COLUMNS.join(', ')}
      FROM parsed JOIN code USING (code_text) JOIN day USING (date_text)
      WHERE bad IS NULL AND code.id IS NOT NULL AND day.date IS NOT NULL`);
  const [[rowsRead, zeros]] = (await rows(connection, 'SELECT count(*)::INTEGER, sum(zeros)::INTEGER FROM parsed')) as [
    [number, number],
  ];
  await connection.run('DROP TABLE parsed');
  const repeated = await settleDuplicates(connection, forms);
  const [[badRows]] = (await rows(connection, 'SELECT count(*)::INTEGER FROM bad')) as [[number]];
  const remarks: string[] = [];
  if (zeros > 0) remarks.push(`${zeros} rows with an open, high or low of zero beside a valid close: taken as missing`);
  if (repeated > 0) remarks.push(`${repeated} repeated rows with the same values: taken once`);
  const unused = [...new Set(forms.flatMap((form) => form.unused))];
  if (unused.length > 0) remarks.push(`columns not used: ${unused.join(', ')}`);
  const jumps = await describeJumps(connection, dataset);
  if (jumps !== null) remarks.push(jumps);
  return {
    rowsRead,
    badRows,
    columns: PRICE_COLUMNS.filter((column) => forms.some((form) => form.prices.has(column))),
    remarks,
  };
}

/** The bad rows, in the order of the files. */
export async function badRows(
  connection: DuckDBConnection,
  files: readonly TabularFile[],
  limit: number,
): Promise<BadRow[]> {
  const found = await rows(
    connection,
    `SELECT file, line, column_name, value, reason FROM bad ORDER BY file, line, column_name LIMIT ${limit}`,
  );
  return found.map(([file, line, column, value, reason]) => ({
    file: (files[Number(file)] as TabularFile).name,
    line: Number(line),
    column: String(column),
    value: String(value ?? ''),
    reason: String(reason),
  }));
}

function fileForm(dataset: PriceDataset, file: TabularFile): FileForm {
  const names = file.header.map((column) => column.toLowerCase());
  const date = names.findIndex((column) => DATE_NAMES.includes(column));
  const code = names.findIndex((column) => CODE_NAMES.includes(column));
  const tushareForm = names.includes('ts_code');
  if (date === 0 && code < 0 && names.length > 1 && !names.includes('close')) {
    const repeated = file.header.find((column, index) => file.header.indexOf(column) !== index);
    if (repeated !== undefined) throw badHeader(file, `the column ${repeated} stands twice in its header`);
    return { wide: true, code, date, prices: new Map([['close', { index: -1, factor: 1 }]]), unused: [] };
  }
  const prices = new Map<PriceColumn, { index: number; factor: number }>();
  const unused: string[] = [];
  names.forEach((column, index) => {
    if (index === date || index === code) return;
    const accepted = acceptedColumn(dataset, column, tushareForm);
    if (accepted === null) unused.push(column);
    else if (prices.has(accepted.column))
      throw badHeader(file, `more than one of its columns gives ${accepted.column}; leave one of them in`);
    else prices.set(accepted.column, { index, factor: accepted.factor });
  });
  if (date < 0 || code < 0 || !prices.has('close'))
    throw badHeader(
      file,
      `its header needs a code (${CODE_NAMES.join(', ')}), a date (${DATE_NAMES.join(', ')}) and close, ` +
        `or date first and then a column per code; it has ${file.header.slice(0, 8).join(', ')}`,
    );
  return { wide: false, code, date, prices, unused };
}

function badHeader(file: TabularFile, detail: string): LundongError {
  return new LundongError('FILE_UNREADABLE', `${file.name}: ${detail}.`, { file: file.name });
}

/** A text as a number; NULL where it is empty or no finite number. */
const number = (text: string): string =>
  `CASE WHEN isfinite(TRY_CAST(${text} AS DOUBLE)) THEN TRY_CAST(${text} AS DOUBLE) END`;
const isEmpty = (text: string): string => `lower(trim(${text})) IN (${NOTHING.map(literal).join(', ')})`;
const problem = (when: string, column: string, value: string, reason: string): string =>
  `WHEN ${when} THEN {'column_name': ${column}, 'value': left(${value}, 60), 'reason': ${literal(reason)}}`;

function parseSql(file: TabularFile, form: FileForm, index: number): string {
  return form.wide ? wideSql(file, form, index) : longSql(file, form, index);
}

function wideSql(file: TabularFile, form: FileForm, index: number): string {
  const width = file.header.length;
  const close = number('text');
  return `
    SELECT ${index}, line, ${literals(file.header)}[position] AS code_text, date_text,
      NULL, NULL, NULL, ${close}, NULL, NULL, 0,
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

function longSql(file: TabularFile, form: FileForm, index: number): string {
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
  const shown = PRICE_COLUMNS.map((column) =>
    (range as readonly string[]).includes(column) ? `nullif(${column}, 0)` : column,
  );
  return `
    SELECT ${index}, line, code_text, date_text, ${shown.join(', ')}, CASE WHEN ${hasZero} THEN 1 ELSE 0 END,
      CASE ${problems.join('\n        ')} END
    FROM (
      SELECT line, cells, trim(${cell(form.code)}) AS code_text, trim(${cell(form.date)}) AS date_text,
        ${PRICE_COLUMNS.map((column) => `(${value(column)})::DOUBLE AS ${column}`).join(', ')}
      FROM (${cellsSql(file)})
    )`;
}

/** Makes `code (code_text, id, code, reason)`: the id, or why the text is no code of the data set. */
async function judgeCodes(
  connection: DuckDBConnection,
  dataset: PriceDataset,
  industries: ReadonlySet<string>,
): Promise<void> {
  const texts = await distinctTexts(connection, 'code_text');
  const codes = texts.map((text) => dataset.normaliseCode(text));
  const reasons = codes.map((code) => {
    if (code === null) return `is no code of ${dataset.name}; write it like ${dataset.codeForm}`;
    if (dataset.name === 'industry_daily' && !industries.has(code))
      return 'is no known industry; import it with the data set industries first';
    return null;
  });
  const ids = new Map([...new Set(codes)].map((code, id) => [code, id]));
  await connection.run('CREATE TEMP TABLE code (code_text VARCHAR, id INTEGER, code VARCHAR, reason VARCHAR)');
  await insertRows(
    connection,
    'code',
    texts.map((text, index) => [
      literal(text),
      reasons[index] === null ? String(ids.get(codes[index] as string)) : 'NULL',
      codes[index] === null ? 'NULL' : literal(codes[index] as string),
      reasons[index] === null ? 'NULL' : literal(reasons[index] as string),
    ]),
  );
}

/** Makes `day (date_text, date, reason)`: the date, or why the text is no trading day. */
async function judgeDates(connection: DuckDBConnection, calendar: TradingCalendar): Promise<void> {
  const texts = await distinctTexts(connection, 'date_text');
  await connection.run('CREATE TEMP TABLE day (date_text VARCHAR, date DATE, reason VARCHAR)');
  await insertRows(
    connection,
    'day',
    texts.map((text) => {
      const date = readDate(text);
      if (date !== null && calendar.isTradingDay(date)) return [literal(text), `DATE '${date}'`, 'NULL'];
      const reason =
        date === null
          ? 'is no date; write it as YYYY-MM-DD or YYYYMMDD'
          : 'is no trading day; if the exchanges were open, import the calendar first';
      return [literal(text), 'NULL', literal(reason)];
    }),
  );
}

async function distinctTexts(connection: DuckDBConnection, column: string): Promise<string[]> {
  const found = await rows(connection, `SELECT DISTINCT ${column} FROM parsed WHERE bad IS NULL ORDER BY 1`);
  return found.map(([text]) => String(text));
}

async function insertRows(connection: DuckDBConnection, table: string, values: readonly string[][]): Promise<void> {
  for (let start = 0; start < values.length; start += 1000)
    await connection.run(
      `INSERT INTO ${table} VALUES ${values
        .slice(start, start + 1000)
        .map((row) => `(${row.join(', ')})`)
        .join(', ')}`,
    );
}

/** Rows whose date or else code was refused, each told once: a bad date of a wide file spoils a whole line of cells. */
async function rejectTexts(connection: DuckDBConnection): Promise<void> {
  await connection.run(`
    INSERT INTO bad SELECT DISTINCT file, line,
      CASE WHEN day.reason IS NULL THEN 'code' ELSE 'date' END,
      left(CASE WHEN day.reason IS NULL THEN code_text ELSE date_text END, 60),
      coalesce(day.reason, code.reason)
    FROM parsed JOIN code USING (code_text) JOIN day USING (date_text)
    WHERE bad IS NULL AND (code.reason IS NOT NULL OR day.reason IS NOT NULL)`);
}

/**
 * The same code and date more than once: rows that agree are taken as one, each with what the others lack; where they
 * contradict each other all are bad.
 *
 * @returns the number of rows that were repetitions
 */
async function settleDuplicates(connection: DuckDBConnection, forms: readonly FileForm[]): Promise<number> {
  const closeFirst = ['close', ...PRICE_COLUMNS.filter((column) => column !== 'close')];
  await connection.run(`
    CREATE TEMP TABLE repeated AS
      SELECT code_id, date, count(*) AS times,
        CASE ${closeFirst.map((column) => `WHEN count(DISTINCT ${column}) > 1 THEN '${column}'`).join(' ')} END AS torn
      FROM staged SEMI JOIN (SELECT code_id, date FROM staged GROUP BY ALL HAVING count(*) > 1) USING (code_id, date)
      GROUP BY code_id, date`);
  const [[pairs]] = (await rows(connection, 'SELECT count(*)::INTEGER FROM repeated')) as [[number]];
  if (pairs === 0) return 0;
  const wide = forms.map((form) => String(form.wide));
  await connection.run(`
    INSERT INTO bad
      SELECT file, line, CASE WHEN [${wide.join(', ')}][file + 1] THEN codes.code ELSE torn END,
        regexp_replace(
          (CASE torn ${PRICE_COLUMNS.map((column) => `WHEN '${column}' THEN ${column}`).join(' ')} END)::VARCHAR, '[.]0$', ''),
        'contradicts another row of the same code and date'
      FROM staged JOIN repeated USING (code_id, date) JOIN (SELECT DISTINCT id, code FROM code) codes ON id = code_id
      WHERE torn IS NOT NULL;
    CREATE TEMP TABLE joined AS
      SELECT min(file), min(line), code_id, date,
        ${PRICE_COLUMNS.map((column) => `any_value(${column})`).join(', ')}
      FROM staged SEMI JOIN (FROM repeated WHERE torn IS NULL) USING (code_id, date) GROUP BY code_id, date;
    DELETE FROM staged USING repeated WHERE staged.code_id = repeated.code_id AND staged.date = repeated.date;
    INSERT INTO staged SELECT * FROM joined`);
  const [[repetitions]] = (await rows(
    connection,
    'SELECT coalesce(sum(times - 1), 0)::INTEGER FROM repeated WHERE torn IS NULL',
  )) as [[number]];
  return repetitions;
}

/** Points at closes that moved further in a day than the data set's usual; they are taken all the same. */
async function describeJumps(connection: DuckDBConnection, dataset: PriceDataset): Promise<string | null> {
  const found = await rows(
    connection,
    `SELECT code.code, moved.date, 100 * (moved.close / moved.before - 1), count(*) OVER ()
     FROM (SELECT code_id, date, close, lag(close) OVER (PARTITION BY code_id ORDER BY date) AS before FROM staged) moved
     JOIN (SELECT DISTINCT id, code FROM code) code ON code.id = moved.code_id
     WHERE abs(close / before - 1) > ${dataset.jump} ORDER BY abs(close / before - 1) DESC LIMIT 3`,
  );
  if (found.length === 0) return null;
  const examples = found.map(([code, date, move]) => `${code} ${date as LocalDate} ${Number(move).toFixed(1)} %`);
  return `${found[0]?.[3]} closes moved more than ${100 * dataset.jump} % in a day, e.g. ${examples.join(', ')}: taken, but worth a look`;
}
