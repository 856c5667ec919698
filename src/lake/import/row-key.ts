import type { LocalDate } from '../../domain/local-date.js';
import type { TableDataset } from '../datasets.js';

/** What tells the rows of a code apart, and what one file of a series holds. */
export interface RowKey {
  readonly columns: readonly string[];
  readonly words: string;
  /** The period whose file holds a date; see lake_file. */
  readonly periodOf: (date: LocalDate) => number;
  /** First and last date of a period. */
  readonly datesOf: (period: number) => readonly [from: string, to: string];
  /** How many periods are merged by one statement, which costs memory for them but time only once. */
  readonly mergedAtOnce: number;
}

const DAILY: RowKey = {
  columns: ['date'],
  words: 'code and date',
  periodOf: (date) => Number(date.slice(0, 4)),
  datesOf: (year) => [`${year}-01-01`, `${year}-12-31`],
  mergedAtOnce: 1,
};

/** A file a day: so much comes in a day that rewriting a longer stretch for each would cost many times the day. */
const MINUTE_BARS: RowKey = {
  columns: ['date', 'minute'],
  words: 'code, date and time',
  periodOf: (date) => Number(date.replaceAll('-', '')),
  datesOf: (day) => {
    const date = String(day).replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3');
    return [date, date];
  },
  mergedAtOnce: 30,
};

export function rowKey(dataset: TableDataset): RowKey {
  return dataset.intraday ? MINUTE_BARS : DAILY;
}
