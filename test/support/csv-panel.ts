import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type LocalDate, parseLocalDate } from '#lundong/domain/local-date.js';

/** A wide table of numbers: a row per date, a column per code; NaN where a cell is empty. */
export interface CsvPanel {
  readonly dates: LocalDate[];
  readonly codes: string[];
  readonly values: Float64Array;
}

/** Reads a CSV with a header row and the date in its first column, gzipped where the name ends in `.gz`. */
export function readCsvPanel(path: string): CsvPanel {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  const [header, ...rows] = text.trim().split(/\r?\n/);
  const cells = rows.map((row) => row.split(','));
  return {
    dates: cells.map(([date]) => parseLocalDate(date)),
    codes: header.split(',').slice(1),
    values: Float64Array.from(
      cells.flatMap(([, ...row]) => row.map((cell) => (cell === '' ? Number.NaN : Number(cell)))),
    ),
  };
}
