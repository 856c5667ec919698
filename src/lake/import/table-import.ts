import type { DuckDBConnection } from '@duckdb/node-api';
import { formatMinute } from '../../domain/intraday-slots.js';
import type { LocalDate } from '../../domain/local-date.js';
import type { BarMinutes } from '../../domain/price-series.js';
import type { TableDataset } from '../datasets.js';
import { rows } from '../duckdb.js';
import { settleBarMinutes } from './bar-length.js';
import type { BadRow } from './import-report.js';
import { judgeTexts, type Known } from './judged-texts.js';
import { rowKey } from './row-key.js';
import { describeShareDoubts } from './share-doubts.js';
import { type FileForm, fileForm } from './table-file-form.js';
import { parsedColumns, parsedRowsSql } from './table-rows-sql.js';
import { type TabularFile, unreadable } from './tabular-file.js';

/**
 * Files of a data set of the lake, read into the temporary table
 *
 *     staged (file, line, code_id, date, minute, … the columns of the data set)
 *
 * with `code (id, code)` beside it, every row valid and unique by code, date and, of minute bars, the minute of the day
 * at which the bar ends; what is not valid lies in `bad (file, line, column_name, value, reason)`.
 */
export interface StagedTable {
  readonly rowsRead: number;
  readonly badRows: number;
  /** Columns that at least one file brings; others keep what the lake has. */
  readonly columns: readonly string[];
  /** Of minute bars; null for daily ones, and where no row is valid. */
  readonly barMinutes: BarMinutes | null;
  readonly remarks: readonly string[];
}

const SHOWN_NAMES = 3;

export async function stageTable(
  connection: DuckDBConnection,
  dataset: TableDataset,
  files: readonly TabularFile[],
  known: Known,
  declaredBarMinutes: BarMinutes | null,
  onFile: (file: TabularFile) => void,
): Promise<StagedTable> {
  const forms = files.map((file) => fileForm(dataset, file));
  const columns = dataset.columns.map(({ name }) => name);
  await connection.run(`CREATE TEMP TABLE parsed (${parsedColumns(dataset)})`);
  for (const [index, file] of files.entries()) {
    onFile(file);
    const sql = parsedRowsSql(dataset, file, forms[index] as FileForm, index);
    await connection.run(`INSERT INTO parsed ${sql}`).catch((cause) => {
      throw unreadable(file.name, cause);
    });
  }
  await connection.run(`
    CREATE TEMP TABLE bad AS
      SELECT file, line, bad.column_name AS column_name, bad.value AS value, bad.reason AS reason
      FROM parsed WHERE bad IS NOT NULL`);
  await judgeTexts(connection, dataset, known);
  await connection.run(`
    CREATE TEMP TABLE staged AS
      SELECT file, line, code.id AS code_id, day.date, time.minute, ${columns.join(', ')}
      FROM parsed JOIN code USING (code_text) JOIN day USING (date_text) JOIN time USING (time_text)
      WHERE bad IS NULL AND NOT silent AND code.id IS NOT NULL AND day.date IS NOT NULL AND time.minute IS NOT NULL`);
  const [[rowsRead, zeros, silent]] = (await rows(
    connection,
    `SELECT count(*)::INTEGER, coalesce(sum(zeros) FILTER (NOT silent), 0)::INTEGER,
       count(*) FILTER (silent AND bad IS NULL)::INTEGER FROM parsed`,
  )) as [[number, number, number]];
  await connection.run('DROP TABLE parsed');
  const barMinutes = dataset.intraday ? await settleBarMinutes(connection, files, declaredBarMinutes) : null;
  const repeated = await settleDuplicates(connection, dataset, forms);
  const [[badRows]] = (await rows(connection, 'SELECT count(*)::INTEGER FROM bad')) as [[number]];
  const remarks: string[] = describeCodesInNames(files, forms);
  if (zeros > 0) remarks.push(`${zeros} rows with an open, high or low of zero beside a valid close: taken as missing`);
  if (silent > 0) remarks.push(`${silent} rows of zeros, as of suspended stocks: left out`);
  if (repeated > 0) remarks.push(`${repeated} repeated rows with the same values: taken once`);
  const unused = [...new Set(forms.flatMap((form) => form.unused))];
  if (unused.length > 0) remarks.push(`columns not used: ${unused.join(', ')}`);
  const jumps = await describeJumps(connection, dataset);
  if (jumps !== null) remarks.push(jumps);
  remarks.push(...(await describeShareDoubts(connection, dataset)));
  return {
    rowsRead,
    badRows,
    columns: columns.filter((column) => forms.some((form) => form.figures.has(column))),
    barMinutes,
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

function describeCodesInNames(files: readonly TabularFile[], forms: readonly FileForm[]): string[] {
  const named = files.flatMap(({ name }, index) => {
    const { codeInName, onlyCode } = forms[index] as FileForm;
    return codeInName ? [`${onlyCode} from ${name}`] : [];
  });
  if (named.length === 0) return [];
  const more = named.length > SHOWN_NAMES ? ` and ${named.length - SHOWN_NAMES} more` : '';
  return [`no column of codes: taken from the files' names, ${named.slice(0, SHOWN_NAMES).join(', ')}${more}`];
}

/**
 * The same code and date – of minute bars: and time – more than once: rows that agree are taken as one, each with what
 * the others lack; where they contradict each other all are bad.
 *
 * @returns the number of rows that were repetitions
 */
async function settleDuplicates(
  connection: DuckDBConnection,
  dataset: TableDataset,
  forms: readonly FileForm[],
): Promise<number> {
  const key = rowKey(dataset);
  const columns = ['code_id', ...key.columns].join(', ');
  const figures = dataset.columns.map(({ name }) => name);
  const neededFirst = [...new Set([...dataset.needsOneOf, ...figures])];
  await connection.run(`
    CREATE TEMP TABLE repeated AS
      SELECT ${columns}, count(*) AS times,
        CASE ${neededFirst.map((column) => `WHEN count(DISTINCT ${column}) > 1 THEN '${column}'`).join(' ')} END AS torn
      FROM staged SEMI JOIN (SELECT ${columns} FROM staged GROUP BY ALL HAVING count(*) > 1) USING (${columns})
      GROUP BY ${columns}`);
  const [[pairs]] = (await rows(connection, 'SELECT count(*)::INTEGER FROM repeated')) as [[number]];
  if (pairs === 0) return 0;
  const wide = forms.map((form) => String(form.wide));
  await connection.run(`
    INSERT INTO bad
      SELECT file, line, CASE WHEN [${wide.join(', ')}][file + 1] THEN codes.code ELSE torn END,
        regexp_replace(
          (CASE torn ${figures.map((column) => `WHEN '${column}' THEN ${column}`).join(' ')} END)::VARCHAR, '[.]0$', ''),
        'contradicts another row of the same ${key.words}'
      FROM staged JOIN repeated USING (${columns}) JOIN (SELECT DISTINCT id, code FROM code) codes ON id = code_id
      WHERE torn IS NOT NULL;
    CREATE TEMP TABLE joined AS
      SELECT min(file) AS file, min(line) AS line, code_id, date, min(minute) AS minute,
        ${figures.map((column) => `any_value(${column}) AS ${column}`).join(', ')}
      FROM staged SEMI JOIN (FROM repeated WHERE torn IS NULL) USING (${columns}) GROUP BY ${columns};
    DELETE FROM staged USING repeated
      WHERE ${['code_id', ...key.columns].map((column) => `staged.${column} = repeated.${column}`).join(' AND ')};
    INSERT INTO staged SELECT * FROM joined`);
  const [[repetitions]] = (await rows(
    connection,
    'SELECT coalesce(sum(times - 1), 0)::INTEGER FROM repeated WHERE torn IS NULL',
  )) as [[number]];
  return repetitions;
}

/**
 * Points at closes that moved further from row to row than the data set's usual; they are taken all the same. Minute
 * bars are compared inside a day alone: from day to day unadjusted prices fall by every dividend.
 */
async function describeJumps(connection: DuckDBConnection, dataset: TableDataset): Promise<string | null> {
  if (dataset.jump === null) return null;
  const [stretch, order, unit] = dataset.intraday
    ? ['code_id, date', 'minute', 'from bar to bar']
    : ['code_id', 'date', 'in a day'];
  const found = await rows(
    connection,
    `SELECT code.code, moved.date, 100 * (moved.close / moved.before - 1), count(*) OVER (), moved.minute
     FROM (
       SELECT code_id, date, minute, close, lag(close) OVER (PARTITION BY ${stretch} ORDER BY ${order}) AS before
       FROM staged
     ) moved
     JOIN (SELECT DISTINCT id, code FROM code) code ON code.id = moved.code_id
     WHERE abs(close / before - 1) > ${dataset.jump} ORDER BY abs(close / before - 1) DESC LIMIT 3`,
  );
  if (found.length === 0) return null;
  const examples = found.map(([code, date, move, , minute]) => {
    const time = dataset.intraday ? ` ${formatMinute(Number(minute))}` : '';
    return `${code} ${date as LocalDate}${time} ${Number(move).toFixed(1)} %`;
  });
  return `${found[0]?.[3]} closes moved more than ${100 * dataset.jump} % ${unit}, e.g. ${examples.join(', ')}: taken, but worth a look`;
}
