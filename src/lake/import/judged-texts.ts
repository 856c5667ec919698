import type { DuckDBConnection } from '@duckdb/node-api';
import { minuteOfDay, slotOf } from '../../domain/intraday-slots.js';
import type { LocalDate } from '../../domain/local-date.js';
import type { TradingCalendar } from '../../domain/trading-calendar.js';
import type { TableDataset } from '../datasets.js';
import { literal, rows } from '../duckdb.js';
import { readDate } from './tabular-file.js';

/** What codes and dates are judged by. */
export interface Known {
  readonly calendar: TradingCalendar;
  readonly industries: ReadonlySet<string>;
  /** In Shanghai; nothing has happened after it yet. */
  readonly today: LocalDate;
}

/**
 * Judges the codes, dates and times of `parsed`, each different text once, and makes of them
 *
 *     code (code_text, id, code, reason)   day (date_text, date, reason)   time (time_text, minute, reason)
 *
 * with the value, or why there is none. Rows with a refused text go to `bad`.
 */
export async function judgeTexts(connection: DuckDBConnection, dataset: TableDataset, known: Known): Promise<void> {
  await judgeCodes(connection, dataset, known.industries);
  await judgeDates(connection, known);
  await judgeTimes(connection, dataset);
  await rejectTexts(connection, dataset);
}

async function judgeCodes(
  connection: DuckDBConnection,
  dataset: TableDataset,
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

async function judgeDates(connection: DuckDBConnection, { calendar, today }: Known): Promise<void> {
  const texts = await distinctTexts(connection, 'date_text');
  await connection.run('CREATE TEMP TABLE day (date_text VARCHAR, date DATE, reason VARCHAR)');
  await insertRows(
    connection,
    'day',
    texts.map((text) => {
      const date = readDate(text);
      const fault = faultOfDate(date, calendar, today);
      return fault === null ? [literal(text), `DATE '${date}'`, 'NULL'] : [literal(text), 'NULL', literal(fault)];
    }),
  );
}

/** Why no row can be of the date; null where one can. One mistyped year would else become the newest day of every answer. */
function faultOfDate(date: LocalDate | null, calendar: TradingCalendar, today: LocalDate): string | null {
  if (date === null) return 'is no date; write it as YYYY-MM-DD or YYYYMMDD';
  if (date > today) return 'lies in the future, by the clock of this machine';
  if (!calendar.isTradingDay(date)) return 'is no trading day; if the exchanges were open, import the calendar first';
  return null;
}

/** A row that is a day has no time: minute 0. */
async function judgeTimes(connection: DuckDBConnection, dataset: TableDataset): Promise<void> {
  const texts = await distinctTexts(connection, 'time_text');
  await connection.run('CREATE TEMP TABLE time (time_text VARCHAR, minute SMALLINT, reason VARCHAR)');
  await insertRows(
    connection,
    'time',
    texts.map((text) => {
      const minute = dataset.intraday ? readMinute(text) : 0;
      if (minute === null)
        return [
          literal(text),
          'NULL',
          literal(
            WITH_SECONDS.test(text)
              ? 'has seconds other than 00; bars end on whole minutes, write it as YYYY-MM-DD HH:MM'
              : 'has no time; write it as YYYY-MM-DD HH:MM',
          ),
        ];
      if (dataset.intraday && slotOf(minute) === null)
        return [literal(text), 'NULL', literal('lies outside trading, 09:30 to 11:30 and 13:00 to 15:00')];
      return [literal(text), String(minute), 'NULL'];
    }),
  );
}

/** `09:45:30`, `094530`, `09:45:00.5` */
const WITH_SECONDS = /^(?:\d{1,2}:\d{2}:|\d{4})(?!00(?:\.?0+)?$)\d{2}(?:\.?\d+)?$/;

/** @returns the minute of the day of `09:45`, `09:45:00`, `0945` or `094500`, fractions of zero included; else null */
function readMinute(text: string): number | null {
  const match = /^(\d{1,2}):(\d{2})(?::00(?:\.0+)?)?$/.exec(text) ?? /^(\d{2})(\d{2})(?:00(?:\.?0+)?)?$/.exec(text);
  if (match === null) return null;
  const [hour, minute] = [Number(match[1]), Number(match[2])];
  return hour < 24 && minute < 60 ? minuteOfDay(hour, minute) : null;
}

/** Rows whose date, time or code was refused, each told once: a bad date of a wide file spoils a whole line of cells. */
async function rejectTexts(connection: DuckDBConnection, dataset: TableDataset): Promise<void> {
  const moment = dataset.intraday ? "concat_ws(' ', date_text, nullif(time_text, ''))" : 'date_text';
  await connection.run(`
    INSERT INTO bad SELECT DISTINCT file, line,
      CASE WHEN day.reason IS NOT NULL THEN 'date' WHEN time.reason IS NOT NULL THEN 'time' ELSE 'code' END,
      left(CASE WHEN coalesce(day.reason, time.reason) IS NULL THEN code_text ELSE ${moment} END, 60),
      coalesce(day.reason, time.reason, code.reason)
    FROM parsed JOIN code USING (code_text) JOIN day USING (date_text) JOIN time USING (time_text)
    WHERE bad IS NULL AND coalesce(day.reason, time.reason, code.reason) IS NOT NULL`);
}

/** The different texts of a column of `parsed`, without those of rows that are bad anyway. */
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
