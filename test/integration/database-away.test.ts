import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withComputationLock } from '#lundong/store/computation-lock.js';
import { databaseAway, isDatabaseAway } from '#lundong/store/database-away.js';
import { openTestWorkspace, type TestWorkspace } from '../support/database.js';

let opened: TestWorkspace;
beforeAll(async () => {
  opened = await openTestWorkspace();
});
afterAll(() => opened?.close());

const caught = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

const PID = 'SELECT pg_backend_pid() AS pid';
const end = (pid: number): Promise<unknown> =>
  opened.workspace.store.manager.query('SELECT pg_terminate_backend($1, 5000)', [pid]);

describe('a database that is away is told from a statement that is refused', () => {
  test('where the connection of a computation is lost between two statements', async () => {
    const { store } = opened.workspace;
    const error = await caught(
      withComputationLock(store.dataSource, 'lost', async (connection) => {
        const [{ pid }] = await connection.query(PID);
        await end(pid);
        await sleep(100);
        return connection.query('SELECT 1');
      }),
    );
    expect([String(error), isDatabaseAway(error)]).toEqual([expect.any(String), true]);
  });

  test('where it is lost within a statement, and within a transaction', async () => {
    const { store } = opened.workspace;
    for (const statement of ['SELECT pg_sleep(20)', 'SELECT pg_terminate_backend(pg_backend_pid())']) {
      const error = await caught(
        store.dataSource.transaction(async (manager) => {
          const [{ pid }] = await manager.query(PID);
          const failing = manager.query(statement);
          failing.catch(() => undefined);
          await sleep(100);
          await end(pid);
          return failing;
        }),
      );
      expect([String(error), isDatabaseAway(error)]).toEqual([expect.any(String), true]);
    }
  });

  test('where nobody listens, or listens and says nothing', async () => {
    const refused = await caught(
      new pg.Client({ host: '127.0.0.1', port: 1, user: 'nobody', database: 'none' }).connect(),
    );
    expect([String(refused), isDatabaseAway(refused)]).toEqual([expect.any(String), true]);
    const { store } = opened.workspace;
    const busy = new pg.Pool({ connectionString: store.url, max: 1, connectionTimeoutMillis: 2000 });
    const held = await busy.connect();
    const late = await caught(busy.connect());
    expect([String(late), isDatabaseAway(late)]).toEqual([expect.any(String), true]);
    held.release();
    await busy.end();
  });

  test('and not where a statement is refused', async () => {
    const { manager } = opened.workspace.store;
    for (const statement of ['SELECT 1/0', 'SELECT * FROM nowhere', 'SELEC'])
      expect(isDatabaseAway(await caught(manager.query(statement)))).toBe(false);
    expect([null, undefined, 'away', 0].map(isDatabaseAway)).toEqual([false, false, false, false]);
  });

  test('callers are told when to come again, and nothing of the inside', () => {
    const cause = new Error('connect ECONNREFUSED 10.0.0.1:5432');
    expect(databaseAway(cause)).toMatchObject({ code: 'DATABASE_UNAVAILABLE', details: { retryAfter: 5 }, cause });
    expect(databaseAway(cause).message).not.toContain('10.0.0.1');
  });
});
