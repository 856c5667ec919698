import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DuckDb } from '#lundong/lake/duckdb.js';

let temporaryDirectory: string;
let duckdb: DuckDb;
beforeEach(async () => {
  temporaryDirectory = await mkdtemp(join(tmpdir(), 'lundong-duckdb-'));
  duckdb = await DuckDb.open({ temporaryDirectory, memoryLimitMb: 100 });
});
afterEach(async () => {
  vi.restoreAllMocks();
  duckdb.close();
  await rm(temporaryDirectory, { recursive: true, force: true });
});

it('runs at most two at a time, those who waited and newcomers together', async () => {
  let running = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    running++;
    most = Math.max(most, running);
    await sleep(2);
    running--;
  };
  // As the first one ends, others come at every step between the waking of the one who waits and its start.
  const newcomers: Promise<void>[] = [];
  const comeAfter = async (steps: number): Promise<void> => {
    for (let step = 0; step < steps; step++) await null;
    newcomers.push(duckdb.use(work));
  };
  const first = duckdb.use(async () => {
    await work();
    for (let steps = 0; steps < 10; steps++) void comeAfter(steps);
  });
  await Promise.all([first, duckdb.use(work), duckdb.use(work)]);
  expect(newcomers).toHaveLength(10);
  await Promise.all(newcomers);
  expect(most).toBe(2);
});

it('a connection that cannot be had costs nobody a place', async () => {
  const connect = vi.spyOn(DuckDBInstance.prototype, 'connect').mockRejectedValue(new Error('no connection'));
  const refused = Array.from({ length: 5 }, () => duckdb.use(async () => 'never'));
  expect((await Promise.allSettled(refused)).map(({ status }) => status)).toEqual(refused.map(() => 'rejected'));
  connect.mockRestore();
  expect(await Promise.all([1, 2, 3].map((value) => duckdb.use(async () => value)))).toEqual([1, 2, 3]);
});

/** Hours of work. */
const LONG = 'SELECT count(*) FROM range(100000000000) a, range(1000) b WHERE a.range * b.range % 7 = 1';

it('a query is interrupted when its signal is raised, and its place is free at once', async () => {
  const leaving = [new AbortController(), new AbortController()];
  const left = leaving.map(({ signal }) => duckdb.use((connection) => connection.run(LONG), signal));
  const next = duckdb.use(async () => 'next');
  await sleep(100);
  expect(duckdb.queued).toBe(1);
  leaving[0]?.abort(new Error('gone'));
  await expect(left[0]).rejects.toThrow('gone');
  expect(await next).toBe('next');
  leaving[1]?.abort(new Error('gone'));
  await expect(left[1]).rejects.toThrow('gone');
  expect(duckdb.queued).toBe(0);
});

it('an interrupt that falls between two statements ends the second one', async () => {
  const leaving = new AbortController();
  const left = duckdb.use(async (connection) => {
    leaving.abort(new Error('gone'));
    await sleep(5);
    return connection.run(LONG);
  }, leaving.signal);
  await expect(left).rejects.toThrow('gone');
});

it('more queries than may wait are refused; it answers a ping all the same', async () => {
  const small = await DuckDb.open({ temporaryDirectory, memoryLimitMb: 100, longestLine: 1 });
  const leaving = new AbortController();
  const busy = [1, 2].map(() => small.use((connection) => connection.run(LONG), leaving.signal));
  const waiting = small.use(async () => 'waited');
  await expect(small.use(async () => 'never')).rejects.toMatchObject({
    code: 'OVERLOADED',
    details: { retryAfter: 2 },
  });
  await small.ping();
  leaving.abort(new Error('gone'));
  expect((await Promise.allSettled(busy)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await waiting).toBe('waited');
  small.close();
});
