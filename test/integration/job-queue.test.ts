import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import 'reflect-metadata';
import { LundongError } from '#lundong/domain/errors.js';
import { type JobHandler, JobWorker } from '#lundong/jobs/job-worker.js';
import type { JobRow } from '#lundong/store/job.repository.js';
import * as jobs from '#lundong/store/job.repository.js';
import { until } from '../support/job-processes.js';
import {
  ended,
  find,
  logged,
  markets,
  provideTestQueue,
  queue,
  startWorker,
  store,
  submit,
} from '../support/test-queue.js';

provideTestQueue();

/** Listeners of the queue's own; nothing may stay behind. */
const listeners = (): number =>
  (queue as unknown as { changes: import('node:events').EventEmitter }).changes.eventNames().length;

describe('submission', () => {
  it('gives one job for equal input to twenty at once, with and without keys', async () => {
    const submitted = await Promise.all(
      Array.from({ length: 20 }, (_, index) => submit({ a: 1 }, 0, index % 2 ? null : `key ${index}`)),
    );
    expect(new Set(submitted.map(({ id }) => id)).size).toBe(1);
  });

  it.each(['QUEUED', 'RUNNING', 'SUCCEEDED'])(
    'gives the %s job for the same input on the same data',
    async (status) => {
      const first = await submit({ a: 1 }, 3);
      await store.manager.query('UPDATE job SET status = $1', [status]);
      expect((await submit({ a: 1 }, 3)).id).toBe(first.id);
      expect((await submit({ a: 1 }, 4)).id).not.toBe(first.id);
      expect((await submit({ a: 2 }, 3)).id).not.toBe(first.id);
    },
  );

  it.each(['FAILED', 'CANCELLED'])('gives a new one after one that is %s', async (status) => {
    const first = await submit({ a: 1 });
    await store.manager.query('UPDATE job SET status = $1', [status]);
    expect((await submit({ a: 1 })).id).not.toBe(first.id);
  });
});

describe('claiming', () => {
  it('takes the oldest first, of the kinds it knows, each once', async () => {
    const ids: string[] = [];
    for (let a = 0; a < 5; a++) ids.push((await submit({ a })).id);
    await queue.submit('unknown', {}, 0, null);
    const runners = Array.from({ length: 6 }, () => store.dataSource.createQueryRunner());
    const claimed: (string | undefined)[] = [];
    for (const runner of runners) {
      await runner.connect();
      claimed.push((await jobs.claimJob(runner.manager, ['test']))?.id);
    }
    expect(claimed).toEqual([...ids, undefined]);
    await jobs.releaseJob((runners[2] as (typeof runners)[0]).manager, ids[2] as string); // as PostgreSQL does for the dead
    const again = (await jobs.claimJob((runners[5] as (typeof runners)[0]).manager, ['test'])) as JobRow;
    expect(again).toMatchObject({ id: ids[2], attempts: 2, status: 'RUNNING' });
    for (const runner of runners) {
      await runner.query('SELECT pg_advisory_unlock_all()');
      await runner.release();
    }
  });

  it('sees past any number of jobs that others are at', async () => {
    await Promise.all(Array.from({ length: 60 }, (_, a) => submit({ a })));
    const other = store.dataSource.createQueryRunner();
    const own = store.dataSource.createQueryRunner();
    await Promise.all([other.connect(), own.connect()]);
    await other.query(`UPDATE job SET status = 'RUNNING'`);
    await other.query(`SELECT pg_advisory_lock(hashtextextended('lundong job ' || id, 0)) FROM job`);
    const { id } = await submit({ a: 'last' });
    expect(await jobs.claimJob(own.manager, ['test'])).toMatchObject({ id, attempts: 1, input: { a: 'last' } });
    const locks = await store.manager.query(
      `SELECT count(*)::int AS held FROM pg_locks JOIN pg_database ON oid = database
       WHERE locktype = 'advisory' AND datname = current_database() GROUP BY pid ORDER BY held`,
    );
    expect(locks).toEqual([{ held: 1 }, { held: 60 }]);
    expect(await jobs.claimJob(own.manager, ['test'])).toMatchObject({ id }); // its own lock is no obstacle, the others' are
    const third = store.dataSource.createQueryRunner();
    await third.connect();
    expect(await jobs.claimJob(third.manager, ['test'])).toBeNull();
    for (const runner of [other, own, third]) {
      await runner.query('SELECT pg_advisory_unlock_all()');
      await runner.release();
    }
  });

  it('reads the whole input only for the worker', async () => {
    const portfolio = { schedule: Array.from({ length: 2000 }, (_, day) => ({ date: `day ${day}`, industries: [] })) };
    const submitted = await submit({ portfolio, from: '2024-01-02', to: '2024-12-31' });
    const outline = { from: '2024-01-02', to: '2024-12-31' };
    const watched = await queue.watch(submitted.id, new AbortController().signal).next();
    for (const look of [submitted, await find(submitted.id), ...(await queue.list('test', 1, null)), watched.value]) {
      expect(look).toHaveProperty('outline', outline);
      expect(look).not.toHaveProperty('input');
    }
    expect(await jobs.claimJob(store.manager, ['test'])).toMatchObject({ input: { portfolio, ...outline }, outline });
    await store.manager.query('SELECT pg_advisory_unlock_all()');
  });

  it('gives every job to exactly one of many at once', async () => {
    const done: number[] = [];
    const handler: JobHandler = async (input) => {
      done.push((input as { a: number }).a);
      await sleep(2);
      return {};
    };
    const submitted = await Promise.all(Array.from({ length: 30 }, (_, a) => submit({ a })));
    for (let worker = 0; worker < 4; worker++) startWorker({ test: handler });
    for (const { id } of submitted) await ended(id);
    expect(done.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, a) => a));
    expect(logged).toEqual([]);
  });
});

describe('what a worker does', () => {
  it('takes up what is submitted while it waits, at once', async () => {
    startWorker({ test: async () => ({}) });
    await sleep(100);
    const delays: number[] = [];
    for (let a = 0; a < 10; a++) {
      const start = performance.now();
      await ended((await submit({ a })).id);
      delays.push(performance.now() - start);
    }
    expect(delays.toSorted((a, b) => a - b)[5]).toBeLessThan(500);
  });

  it('never lets progress fall, nor a message of progress end what was cancelled', async () => {
    const { id } = await submit({});
    await store.manager.query(`UPDATE job SET status = 'RUNNING'`);
    for (const [told, kept] of [
      [0.5, 0.5],
      [0.2, 0.5],
      [0.7, 0.7],
    ] as const) {
      expect(await jobs.reportProgress(store.manager, id, told, 'at it')).toBe(true);
      expect((await find(id)).progress).toBe(kept);
    }
    expect(await queue.cancel(id)).toBe(true);
    expect(await queue.cancel(id)).toBe(false);
    expect(await jobs.reportProgress(store.manager, id, 0.9, null)).toBe(false);
    await jobs.finishJob(store.manager, id, { result: '{}', dataVersion: 1 });
    await jobs.finishJob(store.manager, id, { error: 'x' });
    await jobs.requeueJob(store.manager, id);
    expect(await find(id)).toMatchObject({ status: 'CANCELLED', progress: 0.7, error: null });
    expect((await queue.results([id])).size).toBe(0);
  });

  it('tells ours of errors whole, others masked, and goes on', async () => {
    startWorker({
      test: async (input) => {
        const { fault } = input as { fault: string };
        if (fault === 'ours') throw new LundongError('NO_DATA', 'No data are there.');
        if (fault === 'other') throw new Error('secret');
        return { fault };
      },
    });
    const [ours, other, none] = [
      await submit({ fault: 'ours' }),
      await submit({ fault: 'other' }),
      await submit({ fault: '' }),
    ];
    await ended(none.id);
    expect((await find(ours.id)).error).toBe('NO_DATA: No data are there.');
    expect((await find(other.id)).error).toBe('Something went wrong on our side.');
    expect(logged).toEqual([`job ${other.id} failed: Error: secret`]);
  });

  it('hears of newer data before it begins a job that was submitted on them', async () => {
    startWorker({ test: async (_, { market }) => ({ version: market.dataVersion }) });
    await store.manager.query('UPDATE market_state SET data_version = 1');
    const { id } = await submit({}, 1);
    await ended(id);
    expect((await queue.results([id])).get(id)).toBe('{"version":1}');
    expect((await find(id)).dataVersion).toBe(1);
  });

  it('gives back what it works on when told to stop', async () => {
    const own = new AbortController();
    const worker = new JobWorker(
      store,
      markets,
      { test: (_, { signal }) => sleep(60_000, {}, { signal }) },
      (_, message) => logged.push(message),
    );
    const running = worker.run(own.signal);
    const { id } = await submit({});
    await until(async () => (await find(id)).status === 'RUNNING');
    own.abort();
    await running;
    expect(await find(id)).toMatchObject({ status: 'QUEUED', attempts: 0 });
    expect(logged).toEqual([]);
    const locks = await store.manager.query(`
      SELECT 1 FROM pg_locks JOIN pg_database ON oid = database WHERE locktype = 'advisory' AND datname = current_database()`);
    expect(locks).toEqual([]);
  });
});

describe('watching', () => {
  it('tells how it is and of every change, to the end', async () => {
    const { id } = await submit({});
    const told: string[] = [];
    for await (const { status, progress } of queue.watch(id, new AbortController().signal)) {
      told.push(`${status} ${progress}`);
      if (told.length === 1) {
        startWorker({
          test: async (_, { progress: report }) => {
            for (const done of [0.3, 0.6]) {
              report(done, null);
              await sleep(250);
            }
            return {};
          },
        });
      }
    }
    expect([...new Set(told)]).toEqual(['QUEUED 0', 'RUNNING 0', 'RUNNING 0.3', 'RUNNING 0.6', 'SUCCEEDED 1']);
    expect(listeners()).toBe(0);
  });

  it('stops at once when left, before it began, while it looks and while it waits', async () => {
    const { id } = await submit({});
    const early = AbortSignal.abort();
    expect(await queue.watch(id, early).next()).toEqual({ done: true, value: undefined });

    const looking = new AbortController();
    const first = queue.watch(id, looking.signal).next();
    looking.abort();
    expect((await first).done).toBe(true);

    await sleep(100); // until everything about the submission has been heard
    const waiting = new AbortController();
    const watch = queue.watch(id, waiting.signal);
    expect((await watch.next()).value).toMatchObject({ status: 'QUEUED' });
    const next = watch.next();
    await sleep(50);
    const start = performance.now();
    waiting.abort();
    expect((await next).done).toBe(true);
    expect(performance.now() - start).toBeLessThan(100);
    expect(listeners()).toBe(0);
  });

  it('tells nothing of a job that is not there', async () => {
    const watch = queue.watch('00000000-0000-4000-8000-000000000000', new AbortController().signal);
    expect((await watch.next()).done).toBe(true);
    expect(listeners()).toBe(0);
  });

  it('tells many changes that came meanwhile as one', async () => {
    const { id } = await submit({});
    const watch = queue.watch(id, new AbortController().signal);
    await watch.next();
    await store.manager.query(`UPDATE job SET status = 'RUNNING'`);
    for (let step = 1; step <= 50; step++) await jobs.reportProgress(store.manager, id, step / 100, null);
    await jobs.finishJob(store.manager, id, { result: '{}', dataVersion: 0 });
    await sleep(50);
    expect((await watch.next()).value).toMatchObject({ status: 'SUCCEEDED' });
    expect((await watch.next()).done).toBe(true);
  });

  it('makes up for what a lost connection did not hear', async () => {
    const { id } = await submit({});
    await sleep(100);
    const watch = queue.watch(id, new AbortController().signal);
    await watch.next();
    const next = watch.next();
    await store.manager.query(`UPDATE job SET status = 'CANCELLED'`); // without a word
    expect(await Promise.race([next, sleep(100, 'nothing')])).toBe('nothing');
    await store.manager.query(`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'lundong-listen' AND datname = current_database()`);
    expect((await next).value).toMatchObject({ status: 'CANCELLED' });
    expect((await watch.next()).done).toBe(true);
    await submit({ another: 'job' });
    expect(listeners()).toBe(0);
  });
});
