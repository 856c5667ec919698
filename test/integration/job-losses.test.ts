import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import 'reflect-metadata';
import type { JobHandler } from '#lundong/jobs/job-worker.js';
import * as jobs from '#lundong/store/job.repository.js';
import { until } from '../support/job-processes.js';
import { ended, find, logged, provideTestQueue, queue, startWorker, store, submit } from '../support/test-queue.js';

provideTestQueue();

/** Ends the connections that own jobs, as a network does; @returns how many. */
async function terminateOwners(): Promise<number> {
  const ended = await store.manager.query(
    `SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON oid = database
     WHERE locktype = 'advisory' AND granted AND datname = current_database()`,
  );
  return ended.length;
}

describe('a worker that lives on', () => {
  it('leaves a job that lost the database, and takes it up again', async () => {
    let tries = 0;
    startWorker({
      test: async () => {
        if (tries++ === 0) throw Object.assign(new Error('terminating connection'), { code: '57P01' });
        return {};
      },
    });
    const { id } = await submit({});
    await ended(id);
    expect(tries).toBe(2);
    expect(await find(id)).toMatchObject({ status: 'SUCCEEDED', attempts: 1 });
  });

  it.each([1, 2])('outlives four losses of the connection that owns its job, with %i at work', async (count) => {
    let tries = 0;
    const handler: JobHandler = async (_, { signal }) => {
      if (++tries <= 4) await sleep(60_000, {}, { signal });
      return { tries };
    };
    for (let worker = 0; worker < count; worker++) startWorker({ test: handler });
    const { id } = await submit({});
    for (let loss = 1; loss <= 4; loss++) {
      await until(async () => tries === loss);
      expect(await terminateOwners()).toBe(1);
    }
    await ended(id);
    expect((await queue.results([id])).get(id)).toBe('{"tries":5}');
    // Where another took it up and ended it at once, the last attempt came back too late to be counted down.
    expect((await find(id)).attempts).toBeLessThanOrEqual(count);
  });

  it('gives an attempt back once, whoever has the job by then, and none of a job that has ended', async () => {
    const { id } = await submit({});
    const attempts = async (): Promise<number> => (await find(id)).attempts;
    await store.manager.query(`UPDATE job SET status = 'RUNNING', attempts = 2, progress = 0.5`);
    await jobs.giveBackAttempt(store.manager, id);
    expect(await find(id)).toMatchObject({ status: 'RUNNING', attempts: 1, progress: 0.5 });
    await jobs.giveBackAttempt(store.manager, id);
    await jobs.giveBackAttempt(store.manager, id);
    expect(await attempts()).toBe(0);
    await store.manager.query(`UPDATE job SET status = 'FAILED', attempts = 4`);
    await jobs.giveBackAttempt(store.manager, id);
    expect(await attempts()).toBe(4);
  });

  it('leaves at once what is cancelled, though the work goes on and tells of it', async () => {
    let goOn = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    startWorker({
      test: async (input, { progress }) => {
        if (!(input as { deaf: boolean }).deaf) return {};
        await held;
        progress(0.9, 'still there');
        throw new Error('to no one');
      },
    });
    const deaf = await submit({ deaf: true });
    const next = await submit({ deaf: false });
    await until(async () => (await find(deaf.id)).status === 'RUNNING');
    expect(await queue.cancel(deaf.id)).toBe(true);
    await ended(next.id);
    goOn();
    await sleep(300); // longer than progress is held back
    expect(await find(deaf.id)).toMatchObject({ status: 'CANCELLED', progress: 0, message: null, error: null });
    expect(await find(next.id)).toMatchObject({ status: 'SUCCEEDED', progress: 1 });
    expect(logged).toEqual([]);
  });

  it('makes up for a cancellation that a lost connection did not hear', async () => {
    const aborted: string[] = [];
    startWorker({
      test: async (_, { signal }) => {
        await sleep(60_000, {}, { signal }).catch(() => aborted.push('yes'));
        return {};
      },
    });
    const { id } = await submit({});
    await until(async () => (await find(id)).status === 'RUNNING');
    await sleep(100); // until everything about the submission has been heard
    await store.manager.query(`UPDATE job SET status = 'CANCELLED'`); // without a word
    await sleep(100);
    expect(aborted).toEqual([]);
    await store.manager.query(`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'lundong-listen' AND datname = current_database()`);
    await until(async () => aborted.length === 1);
    expect((await find(id)).status).toBe('CANCELLED');
  });
});
