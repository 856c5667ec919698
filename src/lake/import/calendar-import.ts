import type { DuckDBConnection } from '@duckdb/node-api';
import type { EntityManager } from 'typeorm';
import { LundongError } from '../../domain/errors.js';
import { fromDayNumber, type LocalDate, toDayNumber } from '../../domain/local-date.js';
import { CALENDAR_HORIZON, FIRST_TRADING_DAY, isSettledBy, TradingCalendar } from '../../domain/trading-calendar.js';
import * as marketData from '../../store/market-data.repository.js';
import type { BadRow } from './import-report.js';
import { readRecords, requireColumns } from './records.js';
import { readDate, type TabularFile } from './tabular-file.js';

const DATE_COLUMNS = ['date', 'cal_date', 'trade_date'];
const SHOWN_DAYS = 10;

/** The open days that the files name. */
export async function readCalendar(
  connection: DuckDBConnection,
  files: readonly TabularFile[],
): Promise<{ rowsRead: number; days: LocalDate[]; bad: BadRow[] }> {
  const days = new Set<LocalDate>();
  const bad: BadRow[] = [];
  let rowsRead = 0;
  for (const file of files) {
    requireColumns(file, DATE_COLUMNS);
    for (const record of await readRecords(connection, file)) {
      rowsRead++;
      const text = record.get(...DATE_COLUMNS);
      const date = readDate(text);
      if (date === null) bad.push(record.bad('date', text, 'is no date; write it as YYYY-MM-DD or YYYYMMDD'));
      else if (['0', 'false'].includes(record.get('is_open').toLowerCase())) continue;
      else if ((toDayNumber(date) + 3) % 7 >= 5)
        bad.push(record.bad('date', text, 'is a weekend; the exchanges never open then'));
      else days.add(date);
    }
  }
  return { rowsRead, days: [...days].sort(), bad };
}

export interface CalendarDifference {
  readonly added: readonly LocalDate[];
  readonly removed: readonly LocalDate[];
  readonly unchanged: number;
}

/** Known days that the files settle and do not name are removed. */
export function compareCalendars(before: readonly LocalDate[], named: readonly LocalDate[]): CalendarDifference {
  const settled = isSettledBy(named);
  const old = new Set(before);
  const fresh = new Set(named);
  const added = named.filter((day) => !old.has(day));
  return {
    added,
    removed: before.filter((day) => settled(day) && !fresh.has(day)),
    unchanged: named.length - added.length,
  };
}

/** Days that no longer are trading days once the calendar has changed: removed ones, and guesses that are now settled. */
export function closedDays(
  before: readonly LocalDate[],
  change: { added: readonly LocalDate[]; removed: readonly LocalDate[] },
): LocalDate[] {
  const removed = new Set(change.removed);
  const after = TradingCalendar.of([...before.filter((day) => !removed.has(day)), ...change.added]);
  const open = TradingCalendar.of(before).between(FIRST_TRADING_DAY, CALENDAR_HORIZON);
  return open.filter((day) => !after.isTradingDay(day));
}

/** @throws LundongError IMPORT_REJECTED where prices are held on one of the days: no figure could reach them any more */
export async function refuseToCloseDaysWithPrices(manager: EntityManager, closed: readonly LocalDate[]): Promise<void> {
  const held = await marketData.daysWithPrices(manager, closed.map(toDayNumber));
  if (held.length === 0) return;
  const days = held.map(fromDayNumber);
  const more = days.length > SHOWN_DAYS ? ` and ${days.length - SHOWN_DAYS} more` : '';
  throw new LundongError(
    'IMPORT_REJECTED',
    `Prices are held on days that this calendar takes for closed: ${days.slice(0, SHOWN_DAYS).join(', ')}${more}; ` +
      'nothing was imported. Name these days in the file, with every other open day from its first to its last; ' +
      'if the exchanges were shut, the prices are wrong: load everything without them into an empty DATA_DIR or database.',
    { days },
  );
}
