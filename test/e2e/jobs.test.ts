import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { DiffusionEngine } from '#lundong/engines/diffusion/diffusion.engine.js';
import type { FactorRow } from '#lundong/engines/factor-engine.js';
import { JobWorker } from '#lundong/jobs/job-worker.js';
import type { Market } from '#lundong/lake/market.js';
import type { SweepLists } from '#lundong/modules/backtest/backtest.service.js';
import { createServices, jobHandlers, type Services } from '#lundong/modules/services.js';
import { openDemoWorkspace, type TestWorkspace } from '../support/database.js';
import { JobProcesses, MAIN, type NamedProcess, until } from '../support/job-processes.js';

const FROM = '2022-01-04' as never;
const TO = '2025-12-31' as never;
const PORTFOLIO = {
  key: 'swept',
  factor: 'diffusion',
  rule: 'TOP_N',
  size: 6,
  swapsPerRebalance: 1,
  excluded: [],
  rebalance: 'WEEKLY',
  costBps: 5,
  executionLagDays: 0,
  scheme: 'CITIC_L1',
} as const;
const range = (first: number, count: number): number[] => Array.from({ length: count }, (_, index) => first + index);
/** Some seconds of work. */
const LONG: SweepLists = {
  lookbacks: range(20, 30),
  sizes: range(1, 20),
  rebalances: ['WEEKLY', 'MONTHLY'],
  weightings: ['EQUAL', 'CAP'],
};

let opened: TestWorkspace;
let processes: JobProcesses;
let services: Services;
let market: Market;
/** What the long sweep gives where nobody disturbs it. */
let undisturbed: string;

beforeAll(async () => {
  opened = await openDemoWorkspace();
  const { store, engines } = opened.workspace;
  services = createServices(store, engines, opened.workspace.modelRegistry());
  market = (await opened.workspace.markets()).current();
  await services.queue.follow();
  processes = await JobProcesses.open(opened);
});

afterAll(async () => {
  await services?.queue.close();
  await processes?.close();
  await opened?.close();
});

/** So many workers wait for jobs: those that have outlived the tests so far, and new ones. */
async function haveWorkers(count: number): Promise<NamedProcess[]> {
  const alive = processes.alive('worker');
  await Promise.all(alive.slice(count).map((each) => each.kill('SIGKILL')));
  const started = await Promise.all(range(0, Math.max(0, count - alive.length)).map(() => processes.worker()));
  return [...alive.slice(0, count), ...started];
}

async function haveWorker(): Promise<NamedProcess> {
  return (await haveWorkers(1))[0] as NamedProcess;
}

/** Queues the sweep as though it had never been asked for. */
async function submitAnew(lists: SweepLists = LONG): Promise<string> {
  await processes.client.query(`DELETE FROM job WHERE kind = 'sweep'`);
  const { id, status } = await services.backtests.submitSweep(market, PORTFOLIO, FROM, TO, lists);
  expect(status).toBe('QUEUED');
  return id;
}

/** The job has come to its end once, as though nobody had disturbed it, and no progress ever was less than one before. */
async function expectUndisturbedEnd(id: string): Promise<void> {
  await processes.untilStatus(id, 'SUCCEEDED');
  const changes = await processes.changes(id);
  expect(changes.filter(({ status }) => status === 'SUCCEEDED')).toHaveLength(1);
  const progress = changes.map((change) => change.progress);
  expect(progress.length).toBeGreaterThan(5);
  expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  const { result } = await processes.job(id);
  expect(result?.length).toBeGreaterThan(100_000);
  expect(result === undisturbed).toBe(true);
}

async function ownerOf(id: string, among: readonly NamedProcess[]): Promise<[NamedProcess, ...NamedProcess[]]> {
  const name = (await processes.claims(id)).at(-1);
  const owner = among.find((each) => each.name === name) as NamedProcess;
  return [owner, ...among.filter((each) => each !== owner)];
}

describe('a sweep', () => {
  it('runs undisturbed', async () => {
    await haveWorker();
    const id = await submitAnew();
    await processes.untilStatus(id, 'SUCCEEDED');
    undisturbed = (await processes.job(id)).result as string;
    const pages = (JSON.parse(undisturbed) as { pages: string[] }).pages.map((page) => JSON.parse(page) as number[][]);
    expect(pages.map(([totalReturns]) => totalReturns?.length)).toEqual([500, 500, 500, 500, 400]);
    await expectUndisturbedEnd(id);
    expect(await processes.claims(id)).toHaveLength(1);
  });

  it.each<[string, SweepLists]>([
    ['in the middle of its combinations', LONG],
    ['that computes one factor after the other', { lookbacks: range(1, 700), sizes: [6] }],
  ])('%s stops within a second of being cancelled', async (_, lists) => {
    const worker = await haveWorker();
    const id = await submitAnew(lists);
    await processes.untilProgress(id, 0.05);
    const next = await services.backtests.submitBacktest(
      market,
      { ...PORTFOLIO, size: 3 },
      FROM,
      TO,
      [],
      `after ${id}`,
    );
    const cancelled = Date.now();
    expect(await services.queue.cancel(id)).toBe(true);
    await processes.untilStatus(next.id, 'SUCCEEDED');
    const [claim] = (await processes.changes(next.id)).filter(({ isClaim }) => isClaim);
    expect(claim?.by).toBe(worker.name);
    expect((claim?.at as number) - cancelled).toBeLessThan(1000);
    expect(await processes.job(id)).toMatchObject({ status: 'CANCELLED', result: null, error: null });
    expect(await services.queue.cancel(id)).toBe(false);
    console.log(`cancelled → next job claimed: ${Math.round((claim?.at as number) - cancelled)} ms`);
    await processes.client.query('DELETE FROM job WHERE id = $1', [next.id]);
  });

  it('survives the loss of every connection of its worker, as does the worker', async () => {
    const worker = await haveWorker();
    const id = await submitAnew();
    await processes.untilProgress(id, 0.2);
    const { rowCount } = await processes.client.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1',
      [worker.name],
    );
    expect(rowCount).toBeGreaterThanOrEqual(3);
    await expectUndisturbedEnd(id);
    expect(await processes.claims(id)).toEqual([worker.name, worker.name]);
    expect((await processes.job(id)).attempts).toBe(1);
    expect(worker.child.exitCode).toBeNull();
  });

  it('whose only worker is killed waits for one that is started later', async () => {
    const first = await haveWorker();
    const id = await submitAnew();
    await processes.untilProgress(id, 0.2);
    await first.kill('SIGKILL');
    await sleep(300);
    const { status, progress } = await processes.job(id);
    expect(status).toBe('RUNNING');
    const second = await processes.worker();
    await expectUndisturbedEnd(id);
    expect(await processes.claims(id)).toEqual([first.name, second.name]);
    expect(progress).toBeGreaterThan(0.2);
  });

  it('whose worker is killed is taken up by another one', async () => {
    const workers = await haveWorkers(2);
    await processes.client.query('TRUNCATE factor_parameters CASCADE'); // factor values, too, come about anew
    const id = await submitAnew();
    const told: number[] = [];
    const watching = (async () => {
      for await (const { progress } of services.queue.watch(id, new AbortController().signal)) told.push(progress);
    })();
    await processes.untilProgress(id, 0.2);
    const [owner, other] = await ownerOf(id, workers);
    const killed = Date.now();
    await owner.kill('SIGKILL');
    await expectUndisturbedEnd(id);
    const claim = (await processes.changes(id)).find(({ isClaim, attempts }) => isClaim && attempts === 2);
    expect(claim?.by).toBe(other?.name);
    expect((claim?.at as number) - killed).toBeLessThan(2000);
    await watching;
    expect(told.length).toBeGreaterThan(5);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect(told.at(-1)).toBe(1);
  });

  it('goes back to the queue where its worker is told to stop, without an attempt counted', async () => {
    const workers = await haveWorkers(2);
    const id = await submitAnew();
    await processes.untilProgress(id, 0.2);
    const [owner, other] = await ownerOf(id, workers);
    const start = performance.now();
    expect(await owner.kill('SIGTERM')).toEqual([0, null]);
    expect(performance.now() - start).toBeLessThan(2000);
    await expectUndisturbedEnd(id);
    expect(await processes.claims(id)).toEqual([owner.name, other?.name]);
    expect((await processes.job(id)).attempts).toBe(1);
    const given = (await processes.changes(id)).find(({ status }) => status === 'QUEUED');
    expect(given).toMatchObject({ by: owner.name, attempts: 0 });
  });

  it('whose worker loses only the connection that owns it is finished by another, the first one writing no more', async () => {
    const workers = await haveWorkers(2);
    const id = await submitAnew();
    await processes.untilProgress(id, 0.2);
    const [owner, other] = await ownerOf(id, workers);
    await processes.client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid)
       WHERE locktype = 'advisory' AND granted AND application_name = $1`,
      [owner.name],
    );
    await expectUndisturbedEnd(id);
    expect(await processes.claims(id)).toEqual([owner.name, other?.name]);
    const changes = await processes.changes(id);
    const taken = changes.findIndex(({ by }) => by === other?.name);
    // All that the first one may still do is to give its attempt back.
    for (const [index, { by, status, progress, attempts }] of changes.entries())
      if (index > taken && by !== other?.name)
        expect({ by, status, progress, attempts }).toEqual({
          by: owner.name,
          status: 'RUNNING',
          progress: changes[index - 1]?.progress,
          attempts: 1,
        });
    expect((await processes.job(id)).attempts).toBe(1);
    expect(owner.child.exitCode).toBeNull();
  });
});

describe('a backtest that waits for its factor', () => {
  /** Computes only when let, as though it took minutes. */
  class HeldEngine extends DiffusionEngine {
    asked = 0;
    letGo = (): void => undefined;
    private readonly held = new Promise<void>((resolve) => {
      this.letGo = resolve;
    });

    override async compute(...args: Parameters<DiffusionEngine['compute']>): Promise<FactorRow[]> {
      this.asked++;
      await this.held;
      return super.compute(...args);
    }
  }

  const COLD = { ...PORTFOLIO, params: { diffusion: { lookback: 33 } } };
  let engine: HeldEngine;
  let stop: AbortController;
  let running: Promise<void>;
  const logged: unknown[] = [];

  beforeEach(async () => {
    await haveWorkers(0);
    await processes.client.query('TRUNCATE factor_parameters CASCADE');
    await processes.client.query('TRUNCATE job CASCADE');
    engine = new HeldEngine();
    stop = new AbortController();
    logged.length = 0;
    const { store } = opened.workspace;
    const handlers = jobHandlers(createServices(store, [engine], opened.workspace.modelRegistry()));
    const worker = new JobWorker(store, await opened.workspace.markets(), handlers, (error) => logged.push(error));
    running = worker.run(stop.signal);
  });

  afterEach(async () => {
    engine.letGo();
    stop.abort();
    await running;
    await engine.close();
    expect(logged).toEqual([]);
  });

  it('frees its worker at once when it is cancelled, and what was computed for nobody is given up', async () => {
    const { id } = await services.backtests.submitBacktest(market, COLD, FROM, TO, [], null);
    await until(async () => engine.asked === 1);
    const schedule = [{ date: FROM, industries: ['CI005001'] }];
    const without = { ...PORTFOLIO, factor: null, rule: 'SCHEDULE', schedule } as const;
    const next = await services.backtests.submitBacktest(market, without, FROM, TO, [], null);
    expect(await services.queue.cancel(id)).toBe(true);
    await processes.untilStatus(next.id, 'SUCCEEDED');
    expect(engine.asked).toBe(1);
    const again = await services.backtests.submitBacktest(market, COLD, FROM, TO, [], null);
    expect(again.id).not.toBe(id);
    await processes.untilStatus(again.id, 'RUNNING');
    engine.letGo();
    await processes.untilStatus(again.id, 'SUCCEEDED');
    expect(engine.asked).toBe(2);
    expect(await processes.job(id)).toMatchObject({ status: 'CANCELLED', result: null, error: null });
  });

  it('goes back to the queue at once where its worker is told to stop', async () => {
    const { id } = await services.backtests.submitBacktest(market, COLD, FROM, TO, [], null);
    await until(async () => engine.asked === 1);
    stop.abort();
    await running;
    expect(await processes.job(id)).toMatchObject({ status: 'QUEUED', attempts: 0 });
  });
});

describe('two workers', () => {
  it('share a hundred backtests, each computed once', async () => {
    const ids: string[] = [];
    for (const size of range(1, 25))
      for (const costBps of [0, 1, 2, 3])
        ids.push(
          (await services.backtests.submitBacktest(market, { ...PORTFOLIO, size, costBps }, FROM, TO, [], null)).id,
        );
    expect(new Set(ids).size).toBe(100);
    const start = performance.now();
    const workers = await haveWorkers(2);
    await until(async () => {
      const { rows } = await processes.client.query(
        `SELECT count(*)::int AS done FROM job WHERE id = ANY($1) AND status = 'SUCCEEDED' AND result IS NOT NULL AND progress = 1`,
        [ids],
      );
      return rows[0].done === 100;
    });
    console.log(`100 backtests with two workers, their start included: ${Math.round(performance.now() - start)} ms`);
    const changes = (await processes.changes()).filter(({ id }) => ids.includes(id));
    const claims = changes.filter(({ isClaim }) => isClaim);
    expect(claims.map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect(changes.filter(({ status }) => status === 'SUCCEEDED')).toHaveLength(100);
    const shares = workers.map(({ name }) => claims.filter(({ by }) => by === name).length);
    for (const share of shares) expect(share).toBeGreaterThan(5);
  });

  it('and two API processes are one service', async () => {
    const [one, other] = await Promise.all([processes.api(), processes.api(), haveWorkers(2)]);
    const ask = async (url: string, query: string, variables: object): Promise<Record<string, unknown>> => {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
      });
      const { data, errors } = (await response.json()) as { data: Record<string, unknown>; errors?: unknown };
      expect(errors).toBeUndefined();
      return data;
    };
    await processes.client.query(`DELETE FROM job WHERE kind = 'sweep'`);
    const { runSweep } = (await ask(
      one.url,
      'mutation ($input: SweepInput!) { runSweep(input: $input) { id combinations } }',
      {
        input: { portfolio: PORTFOLIO, from: FROM, to: TO, ...LONG },
      },
    )) as { runSweep: { id: string; combinations: number } };
    expect(runSweep.combinations).toBe(2400);
    const client = createClient({
      url: `${other.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
    });
    const told: { status: string; progress: number }[] = [];
    for await (const { data, errors } of client.iterate<{ jobProgress: { status: string; progress: number } }>({
      query: 'subscription ($id: ID!) { jobProgress(id: $id) { status progress } }',
      variables: { id: runSweep.id },
    })) {
      expect(errors).toBeUndefined();
      told.push((data as { jobProgress: { status: string; progress: number } }).jobProgress);
    }
    await client.dispose();
    expect(told.at(-1)).toEqual({ status: 'SUCCEEDED', progress: 1 });
    const progress = told.map((each) => each.progress);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    const query =
      'query ($id: ID!) { sweep(id: $id) { status a: results { ...R } b: results(offset: 2000) { ...R } } } fragment R on Table { rowCount truncated columns { name } data }';
    const [here, there] = await Promise.all([one, other].map(({ url }) => ask(url, query, { id: runSweep.id })));
    expect(here).toMatchObject({
      sweep: { status: 'SUCCEEDED', a: { rowCount: 2000, truncated: true }, b: { rowCount: 400, truncated: false } },
    });
    expect(there).toEqual(here);
    const { rows } = await processes.client.query(`SELECT result FROM job WHERE kind = 'sweep'`);
    expect(rows.map(({ result }) => result === undisturbed)).toEqual([true]);
  });
});

describe('a job over which workers die', () => {
  it('is given up after the third, with an error that says so', async () => {
    const job = await services.queue.submit('deadly', { please: 'die' }, market.dataVersion, null);
    const script = `
      const { readConfig } = await import(${JSON.stringify(new URL('../config.js', `file://${MAIN}`).href)});
      const { Workspace } = await import(${JSON.stringify(new URL('../workspace.js', `file://${MAIN}`).href)});
      const { JobWorker } = await import(${JSON.stringify(new URL('../jobs/job-worker.js', `file://${MAIN}`).href)});
      const workspace = await Workspace.open(readConfig());
      const handlers = { deadly: async () => process.kill(process.pid, 'SIGKILL') };
      await new JobWorker(workspace.store, await workspace.markets(), handlers, console.error).run(new AbortController().signal);`;
    for (const _ of range(0, 3)) {
      const [, signal] = await processes.start(['--input-type=module', '--eval', script]).ended;
      expect(signal).toBe('SIGKILL');
    }
    expect(await processes.job(job.job.id)).toMatchObject({ status: 'RUNNING', attempts: 3 });
    const survivor = processes.start(['--input-type=module', '--eval', script]);
    await until(async () => (await processes.job(job.job.id)).status === 'FAILED');
    expect((await processes.job(job.job.id)).error).toMatch(/given up: 3 workers ended/);
    expect(survivor.child.exitCode ?? survivor.child.signalCode).toBeNull();
  });
});

describe('the worker beside a server', () => {
  const isAlive = (pid: number): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  const workerOf = async (server: NamedProcess): Promise<number> =>
    Number(/"pid":(\d+)/.exec(await server.line(/waits for jobs/))?.[1]);

  it('ends with it, whether it is told to stop or killed', async () => {
    const [stopped, killed] = await Promise.all([processes.api({ WORKERS: '1' }), processes.api({ WORKERS: '1' })]);
    const workers = [await workerOf(stopped), await workerOf(killed)];
    expect(workers.map(isAlive)).toEqual([true, true]);
    expect(await stopped.kill('SIGTERM')).toEqual([0, null]);
    await killed.kill('SIGKILL');
    await until(async () => !workers.some(isAlive));
  });

  it('is replaced where it dies', async () => {
    const server = await processes.api({ WORKERS: '1' });
    const first = await workerOf(server);
    process.kill(first, 'SIGKILL');
    await server.line(/the worker ended \(SIGKILL\)/);
    const { id } = await services.backtests.submitBacktest(
      market,
      { ...PORTFOLIO, size: 30 },
      FROM,
      TO,
      [],
      'after a death',
    );
    await processes.untilStatus(id, 'SUCCEEDED');
    expect(isAlive(first)).toBe(false);
    expect(await server.kill('SIGTERM')).toEqual([0, null]);
  });
});
