import type { EntityManager } from 'typeorm';
import type { LocalDate } from '../domain/local-date.js';
import { withComputationLock } from '../store/computation-lock.js';
import type { Store } from '../store/store.js';

interface Dated {
  readonly date: LocalDate;
}

/**
 * One row a date, from PostgreSQL or, where it lacks them, computed: in one batch, while no other process computes the
 * same. Where that batch would be larger than `atMost`, the first so many are computed and the others left out.
 *
 * @param name of what is computed, the same in every process
 * @param read the rows that are stored, of the given dates
 * @param compute the rows of the given dates, and stores them on the connection
 * @returns in no particular order
 */
export async function storedOrComputed<Row extends Dated>(
  store: Store,
  name: string,
  dates: readonly LocalDate[],
  read: (connection: EntityManager, dates: readonly LocalDate[]) => Promise<readonly Row[]>,
  compute: (connection: EntityManager, dates: readonly LocalDate[]) => Promise<readonly Row[]>,
  atMost = Number.POSITIVE_INFINITY,
): Promise<Row[]> {
  if (dates.length === 0) return [];
  const stored = await read(store.manager, dates);
  const unknown = without(dates, stored).slice(0, atMost);
  if (unknown.length === 0) return [...stored];
  return withComputationLock(store.dataSource, name, async (connection) => {
    const late = await read(connection, unknown); // another process may have been faster
    const uncomputed = without(unknown, late);
    const computed = uncomputed.length === 0 ? [] : await compute(connection, uncomputed);
    return [...stored, ...late, ...computed];
  });
}

function without(dates: readonly LocalDate[], rows: readonly Dated[]): LocalDate[] {
  const held = new Set(rows.map((row) => row.date));
  return dates.filter((date) => !held.has(date));
}
