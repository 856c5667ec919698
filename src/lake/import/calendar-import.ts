import type { DuckDBConnection } from '@duckdb/node-api';
import { type LocalDate, toDayNumber } from '../../domain/local-date.js';
import { isSettledBy } from '../../domain/trading-calendar.js';
import type { BadRow } from './import-report.js';
import { readRecords, requireColumns } from './records.js';
import { readDate, type TabularFile } from './tabular-file.js';

const DATE_COLUMNS = ['date', 'cal_date', 'trade_date'];

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
