import type { DuckDBConnection } from '@duckdb/node-api';
import { LundongError } from '../../domain/errors.js';
import { formatMinute, SESSIONS, TRADING_MINUTES_PER_DAY } from '../../domain/intraday-slots.js';
import { BAR_MINUTES, type BarMinutes } from '../../domain/price-series.js';
import { literal, rows } from '../duckdb.js';
import type { TabularFile } from './tabular-file.js';

/**
 * How many minutes the bars of `staged` span: what was declared, else the commonest step from bar to bar. Rows that do
 * not end where such a bar ends go to `bad`, and so do the days of stocks whose bars are named by their begin.
 *
 * @returns null where no row is staged
 * @throws LundongError INVALID_ARGUMENT where the length cannot be told, is none of 1, 5, 15, or days of another length
 * are among them; IMPORT_REJECTED for bars that are named by their begin
 */
export async function settleBarMinutes(
  connection: DuckDBConnection,
  files: readonly TabularFile[],
  declared: BarMinutes | null,
): Promise<BarMinutes | null> {
  const [[staged]] = (await rows(connection, 'SELECT count(*)::INTEGER FROM staged')) as [[number]];
  if (staged === 0) return null;
  const steps = await findSteps(connection);
  const barMinutes = declared ?? commonestStep(steps);
  refuseOtherLengths(steps, barMinutes, declared !== null, files);
  await refuseBegins(connection, barMinutes);
  await connection.run(`
    INSERT INTO bad
      SELECT file, line, 'time', strftime(date + to_minutes(minute), '%Y-%m-%d %H:%M'),
        ${literal(`is not where a bar of ${barMinutes} minutes ends`)}
      FROM staged WHERE minute % ${barMinutes} <> 0;
    DELETE FROM staged WHERE minute % ${barMinutes} <> 0`);
  await rejectBegins(connection, barMinutes);
  return barMinutes;
}

/** A distance in minutes between neighbouring bars of a session. */
interface Step {
  readonly minutes: number;
  readonly times: number;
  /** A stock's day that consists of such bars: at least half of the steps that a whole day has; null where there is none. */
  readonly day: { readonly file: number; readonly date: string } | null;
}

async function findSteps(connection: DuckDBConnection): Promise<Step[]> {
  const [, afternoon] = SESSIONS as [unknown, { from: number }];
  const found = await rows(
    connection,
    `WITH step AS (
       SELECT file, code_id, date, minute - lag(minute) OVER same_session AS minutes FROM staged
       WINDOW same_session AS (PARTITION BY file, code_id, date, minute >= ${afternoon.from} ORDER BY minute)
     ), of_day AS (
       SELECT file, code_id, date, minutes, count(*) AS times FROM step WHERE minutes > 0 GROUP BY ALL
     )
     SELECT minutes, sum(times)::INTEGER,
       min({'date': date, 'file': file}) FILTER (times * minutes >= ${TRADING_MINUTES_PER_DAY / 2})
     FROM of_day GROUP BY minutes ORDER BY 2 DESC, 1`,
  );
  return found.map(([minutes, times, day]) => ({
    minutes: Number(minutes),
    times: Number(times),
    day: day as Step['day'],
  }));
}

function commonestStep([first]: readonly Step[]): BarMinutes {
  const known = BAR_MINUTES.find((minutes) => minutes === first?.minutes);
  if (known !== undefined) return known;
  throw new LundongError(
    'INVALID_ARGUMENT',
    first === undefined
      ? 'The length of the bars cannot be told from one bar a day; say --bar-minutes 1, 5 or 15.'
      : `The bars lie ${first.minutes} minutes apart; only bars of 1, 5 and 15 minutes are taken. ` +
          'If they are such bars with gaps, say --bar-minutes.',
  );
}

function refuseOtherLengths(
  steps: readonly Step[],
  barMinutes: BarMinutes,
  declared: boolean,
  files: readonly TabularFile[],
): void {
  for (const { minutes, day } of steps) {
    if (day === null || minutes === barMinutes || !(BAR_MINUTES as readonly number[]).includes(minutes)) continue;
    const where = `${(files[day.file] as TabularFile).name} has bars of ${minutes} minutes (${day.date})`;
    throw new LundongError(
      'INVALID_ARGUMENT',
      declared
        ? `--bar-minutes ${barMinutes} does not fit: ${where}.`
        : `Bars of ${barMinutes} and of ${minutes} minutes are mixed: ${where}; import them apart.`,
    );
  }
}

/** Bars that are named by their begin would all land one bar early: they have 13:00 and never 11:30 or 15:00. */
async function refuseBegins(connection: DuckDBConnection, barMinutes: BarMinutes): Promise<void> {
  const found = await rows(connection, 'SELECT DISTINCT minute FROM staged');
  const minutes = new Set(found.map(([minute]) => Number(minute)));
  const [morning, afternoon] = SESSIONS as [(typeof SESSIONS)[number], (typeof SESSIONS)[number]];
  const begins = [morning.to - barMinutes, afternoon.from];
  const ends = [morning.to, afternoon.to];
  if (begins.every((minute) => minutes.has(minute)) && !ends.some((minute) => minutes.has(minute)))
    throw new LundongError(
      'IMPORT_REJECTED',
      `The bars seem to be named by the minute at which they begin: there are some of ${begins.map(formatMinute).join(' and ')}, ` +
        `none of ${ends.map(formatMinute).join(' or ')}; nothing was imported. Name each by its end.`,
    );
}

/**
 * Single days of a stock that are named by their begin, or half a day: they have 13:00, or a 09:30 that bars of more
 * than a minute rarely have for the auction, and neither of the minutes at which a session ends.
 */
async function rejectBegins(connection: DuckDBConnection, barMinutes: BarMinutes): Promise<void> {
  const [morning, afternoon] = SESSIONS as [(typeof SESSIONS)[number], (typeof SESSIONS)[number]];
  const begins = barMinutes === 1 ? [afternoon.from] : [morning.from, afternoon.from];
  const ends = [morning.to, afternoon.to];
  const reason =
    `is of a day that seems named by the begins of its bars: with ${begins.map(formatMinute).join(' or ')}, ` +
    `without ${ends.map(formatMinute).join(' and ')}; name each bar by its end`;
  await connection.run(`
    CREATE TEMP TABLE begun AS
      SELECT code_id, date FROM staged GROUP BY ALL
      HAVING bool_or(minute IN (${begins.join(', ')})) AND NOT bool_or(minute IN (${ends.join(', ')}));
    INSERT INTO bad
      SELECT file, line, 'time', strftime(date + to_minutes(minute), '%Y-%m-%d %H:%M'), ${literal(reason)}
      FROM staged SEMI JOIN begun USING (code_id, date);
    DELETE FROM staged USING begun WHERE staged.code_id = begun.code_id AND staged.date = begun.date`);
}
