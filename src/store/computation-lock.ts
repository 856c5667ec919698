import { type DataSource, type EntityManager, QueryFailedError, type QueryRunner } from 'typeorm';
import { ADVISORY_LOCK } from './store.js';

/** How long to wait for another process that computes the same: it may hang, or be stopped in a debugger. */
const PATIENCE_MS = 10_000;

const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Runs `work` while no other process computes the same, or after ten seconds beside one that does not get done: the lock
 * only saves work, since both come to the same values. `work` gets the connection that holds the lock: a second one from
 * the pool might never come when as many computations go on as the pool has connections.
 *
 * @param name what is computed
 */
export async function withComputationLock<T>(
  dataSource: DataSource,
  name: string,
  work: (connection: EntityManager) => Promise<T>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const runner = dataSource.createQueryRunner();
  await runner.connect();
  try {
    if (!(await tryLock(runner, name, patienceMs))) return await work(runner.manager);
    try {
      return await work(runner.manager);
    } finally {
      // Where this fails the connection is lost, and the lock with it; the work is done, or has its own error to tell.
      const unlocked = runner.query('SELECT pg_advisory_unlock($1, hashtext($2))', [ADVISORY_LOCK.computation, name]);
      await unlocked.catch(() => undefined);
    }
  } finally {
    await runner.release();
  }
}

/** @returns whether the lock could be had in time */
async function tryLock(runner: QueryRunner, name: string, patienceMs: number): Promise<boolean> {
  try {
    // The timeout is set as the rows of FROM are read, before the lock is asked for, and ends with the statement.
    await runner.query("SELECT pg_advisory_lock($1, hashtext($2)) FROM set_config('lock_timeout', $3, true)", [
      ADVISORY_LOCK.computation,
      name,
      String(patienceMs),
    ]);
    return true;
  } catch (error) {
    if (error instanceof QueryFailedError && error.driverError.code === LOCK_NOT_AVAILABLE) return false;
    throw error;
  }
}
