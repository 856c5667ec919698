import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { JobQueue } from '#lundong/jobs/job-queue.js';
import { type JobHandler, JobWorker } from '#lundong/jobs/job-worker.js';
import type { MarketSource } from '#lundong/lake/market-source.js';
import type { JobRow } from '#lundong/store/job.repository.js';
import type { Store } from '#lundong/store/store.js';
import { openTestWorkspace, type TestWorkspace } from './database.js';
import { until } from './job-processes.js';

export let opened: TestWorkspace;
export let store: Store;
export let markets: MarketSource;
export let queue: JobQueue;
/** What the workers of a test complained of. */
export const logged: string[] = [];
let stop: AbortController;
let workers: Promise<void>[];

/** Gives every test of a file an empty queue on one database, and ends the workers that it started. */
export function provideTestQueue(): void {
  beforeAll(async () => {
    opened = await openTestWorkspace();
    store = opened.workspace.store;
    markets = await opened.workspace.markets();
  });

  afterAll(async () => {
    await markets?.close();
    await opened?.close();
  });

  beforeEach(async () => {
    await store.manager.query('TRUNCATE job CASCADE');
    queue = new JobQueue(store);
    await queue.follow();
    stop = new AbortController();
    workers = [];
    logged.length = 0;
  });

  afterEach(async () => {
    stop.abort();
    await Promise.all(workers);
    await queue.close();
  });
}

export function startWorker(handlers: Readonly<Record<string, JobHandler>>): void {
  const worker = new JobWorker(store, markets, handlers, (error, message) => logged.push(`${message}: ${error}`));
  workers.push(worker.run(stop.signal));
}

export const submit = async (input: object, dataVersion = 0, key: string | null = null): Promise<JobRow> =>
  (await queue.submit('test', input, dataVersion, key)).job;

export const find = async (id: string): Promise<JobRow> => (await queue.find(id)) as JobRow;

export const ended = (id: string): Promise<void> => until(async () => /SUCC|FAIL|CANC/.test((await find(id)).status));
