import type { DuckDBConnection } from '@duckdb/node-api';
import type { TableDataset } from '../datasets.js';
import { rows } from '../duckdb.js';

/** A size that is off by more than this factor is no rounding. */
const LARGEST_MISFIT = 2;
/** Beyond what any split does, and what subscriptions do in a day. */
const LARGEST_GROWTH = 100;

const OTHER_SIZES = `
  SELECT code_id, date FROM staged
  WHERE shares > 0 AND nav > 0 AND size > 0 AND abs(ln(size / (shares * nav))) > ln(${LARGEST_MISFIT})`;
const LEAPS = `
  SELECT code_id, date FROM (
    SELECT code_id, date, shares, lag(shares) OVER (PARTITION BY code_id ORDER BY date) AS before
    FROM staged WHERE shares > 0
  ) WHERE abs(ln(shares / before)) > ln(${LARGEST_GROWTH})`;

/**
 * Points at shares of funds that look as if they were counted in another unit than their column's: flows would be off
 * by as much. They are taken all the same.
 */
export async function describeShareDoubts(connection: DuckDBConnection, dataset: TableDataset): Promise<string[]> {
  if (dataset.name !== 'etf_share') return [];
  const remarks: string[] = [];
  for (const [doubtful, what] of [
    [OTHER_SIZES, 'rows have a size that is not shares · nav'],
    [LEAPS, `rows have more than ${LARGEST_GROWTH} times the shares of the row before, or less than a hundredth`],
  ] as const) {
    const found = await rows(
      connection,
      `SELECT code.code, date, count(*) OVER () FROM (${doubtful})
       JOIN (SELECT DISTINCT id, code FROM code) code ON code.id = code_id ORDER BY 1, 2 LIMIT 1`,
    );
    for (const [code, date, count] of found)
      remarks.push(`${count} ${what}, e.g. ${code} ${date}: taken, but check the units of the file`);
  }
  return remarks;
}
