import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { type Answer, isAlive, OwnData, type OwnProcess } from '../support/server-process.js';

const RANKING = '{ factor(key: "diffusion") { ranking(top: 3) { asOf items { rank value industry { code } } } } }';
/** With parameters that nobody has asked about the database is asked. */
const UNKNOWN = `query ($lookback: Int!) {
  factor(key: "diffusion") { ranking(top: 1, params: { diffusion: { lookback: $lookback } }) { items { value } } }
}`;
const RUN_BACKTEST = `mutation ($size: Int!) {
  runBacktest(input: { portfolio: { key: "lost", factor: "diffusion", size: $size }, from: "2025-01-02", to: "2025-06-30" }) { id }
}`;
const BACKTEST = 'query ($id: ID!) { backtest(id: $id) { status } }';
const RUN_SWEEP = `mutation ($lookbacks: [Int!]!) {
  runSweep(input: {
    portfolio: { key: "long", factor: "diffusion" }, from: "2022-01-04", to: "2025-12-31", lookbacks: $lookbacks, sizes: [3, 4, 5, 6, 7, 8, 9]
  }) { id }
}`;
const PROGRESS = 'subscription ($id: ID!) { jobProgress(id: $id) { status } }';
/** Asks the database each time: nothing of it is kept. */
const PORTFOLIOS = '{ portfolios(first: 1) { totalCount } }';
const NOT_KEPT = { 'cache-control': 'no-cache' };

let data: OwnData;
let server: OwnProcess;
let known: unknown;

beforeAll(async () => {
  data = await OwnData.make();
  server = await data.start(['demo'], { WORKERS: '1' }).serving();
  await server.said(/worker waits for jobs/);
  known = (await server.ask(RANKING)).data;
  expect(known).toMatchObject({ factor: { ranking: { items: [{ rank: 1 }, { rank: 2 }, { rank: 3 }] } } });
});
afterAll(() => data?.remove());

let lookback = 30;
const askUnknown = (): Promise<Answer> => server.ask(UNKNOWN, { lookback: lookback++ });
const codeOf = ({ errors }: Answer): string | undefined => errors?.[0]?.extensions.code;

async function expectUnavailable(answer: Answer): Promise<void> {
  expect(answer).toMatchObject({ status: 503, retryAfter: '5' });
  expect(codeOf(answer)).toBe('DATABASE_UNAVAILABLE');
  expect(answer.errors?.[0]?.message).not.toMatch(/127\.0\.0\.1|ECONN|postgres:/);
}

const lundong = async (...args: string[]): Promise<string> => {
  const command = data.start(args);
  const [code] = await command.ended;
  expect({ code, log: command.log }).toMatchObject({ code: 0 });
  return command.log;
};

describe('PostgreSQL killed under a server', () => {
  test('what is in memory is answered, all else is 503 with a code, until it is back', async () => {
    const postgres = data.postmaster();
    process.kill(postgres, 'SIGKILL');
    let refused = 0;
    let degraded = 0;
    for (let answered = false; !answered; ) {
      expect(await server.ask(RANKING)).toMatchObject({ status: 200, data: known });
      expect(await server.ask(RANKING, {}, NOT_KEPT)).toMatchObject({ status: 200, data: known });
      const answers = [await askUnknown(), await server.ask(RUN_BACKTEST, { size: 3 })];
      for (const answer of answers) if (answer.errors !== undefined) await expectUnavailable(answer);
      refused += answers.filter(({ errors }) => errors !== undefined).length;
      const { body } = await server.ready();
      if (body.checks.database !== 'ok') degraded++;
      answered = answers.every(({ errors }) => errors === undefined);
    }
    expect(refused).toBeGreaterThan(0);
    expect(degraded).toBeGreaterThan(0);
    expect(data.isPostgresReady(postgres)).toBe(true);
    expect(isAlive(server.child.pid as number)).toBe(true);
    await expect.poll(async () => (await server.ready()).body.status, { timeout: 30_000, interval: 500 }).toBe('ok');
  });

  test('afterwards the worker works, and its changes are heard', async () => {
    const { data: submitted } = await server.ask(RUN_BACKTEST, { size: 4 });
    const { id } = (submitted as { runBacktest: { id: string } }).runBacktest;
    const told: string[] = [];
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    socket.on('message', (text) => {
      const { type, payload } = JSON.parse(String(text));
      if (type === 'connection_ack')
        socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: PROGRESS, variables: { id } } }));
      if (type === 'next') told.push(payload.data.jobProgress.status);
    });
    socket.on('open', () => socket.send('{"type":"connection_init"}'));
    await expect.poll(() => told.at(-1), { timeout: 60_000 }).toBe('SUCCEEDED');
    socket.close();
    expect((await server.ask(BACKTEST, { id })).data).toEqual({ backtest: { status: 'SUCCEEDED' } });
  });

  test('afterwards an import is heard of', async () => {
    const before = (await server.ask(PORTFOLIOS)).dataVersion as number;
    const file = join(data.directory, 'industries.csv');
    writeFileSync(file, 'code,name_zh,name_en\nCI005001,石油石化,Oil and petrochemicals\n');
    await lundong('import', 'industries', file);
    await expect.poll(async () => (await server.ask(PORTFOLIOS)).dataVersion, { timeout: 30_000 }).toBe(before + 1);
    known = (await server.ask(RANKING)).data;
  });

  test('afterwards keys are heard of, and what is spent is shared', async () => {
    const key = /^ldk_\S+$/m.exec(await lundong('keys', 'create', 'after', '--scopes', 'read'))?.[0] as string;
    const headers = { authorization: `Bearer ${key}` };
    expect((await server.ask(PORTFOLIOS, {}, headers)).status).toBe(200);
    const client = await data.connect();
    const caller = `key:${key.split('_')[1]}`;
    const spent = async (): Promise<number> =>
      Number(
        (await client.query('SELECT sum(points) FROM access_usage WHERE caller LIKE $1', [`${caller}%`])).rows[0].sum,
      );
    await expect.poll(spent, { timeout: 10_000 }).toBeGreaterThan(0);
    await client.end();
    await lundong('keys', 'revoke', key.split('_')[1] as string);
    await expect.poll(async () => (await server.ask(PORTFOLIOS, {}, headers)).status, { timeout: 10_000 }).toBe(401);
  });
});

describe('PostgreSQL that hangs', () => {
  const processes = (): number[] => {
    const postgres = data.postmaster();
    const children = execFileSync('pgrep', ['-P', String(postgres)], { encoding: 'utf8' });
    return [postgres, ...children.split('\n').filter(Boolean).map(Number)];
  };

  test('readiness and what is in memory are told all the same, and after it goes on all is as before', async () => {
    const stopped = processes();
    for (const pid of stopped) process.kill(pid, 'SIGSTOP');
    try {
      expect((await fetch(`${server.url}/livez`)).status).toBe(200);
      const statuses: unknown[] = [];
      const until = performance.now() + 9000;
      while (performance.now() < until) {
        const begun = performance.now();
        const [{ status, body }, ranking] = await Promise.all([server.ready(), server.ask(RANKING)]);
        expect(performance.now() - begun).toBeLessThan(8000); // what hangs would never end
        statuses.push([status, body.status]);
        expect(body.checks.database).toMatch(/^does not answer/);
        expect(ranking).toMatchObject({ status: 200, data: known });
        await sleep(500);
      }
      expect(statuses[0]).toEqual([200, 'degraded']);
      expect(statuses.at(-1)).toEqual([503, 'unavailable']);
    } finally {
      for (const pid of stopped.toReversed()) process.kill(pid, 'SIGCONT');
    }
    await expect.poll(async () => (await server.ready()).body.status, { timeout: 30_000, interval: 500 }).toBe('ok');
    expect((await askUnknown()).status).toBe(200);
  });
});

describe('a server told to stop', () => {
  let held: Awaited<ReturnType<OwnData['connect']>>;
  afterEach(() => held?.end());

  /** Nobody reads portfolios until the connection lets go. */
  async function holdPortfolios(): Promise<void> {
    held = await data.connect();
    await held.query('BEGIN; LOCK TABLE portfolio IN ACCESS EXCLUSIVE MODE');
  }

  async function serving(environment: NodeJS.ProcessEnv): Promise<OwnProcess> {
    const other = await data.start(['serve'], { WORKERS: '1', ...environment }).serving();
    await other.said(/worker waits for jobs/);
    return other;
  }

  test('is not ready first and takes nothing new, closes sockets and streams, and finishes what is under way', async () => {
    await server.kill('SIGTERM');
    const stopping = await serving({ STOP_TIMEOUT: '30' });
    const lookbacks = Array.from({ length: 200 }, (_, index) => index + 20);
    const { data: submitted } = await stopping.ask(RUN_SWEEP, { lookbacks });
    const { id } = (submitted as { runSweep: { id: string } }).runSweep;
    const socket = new WebSocket(`${stopping.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const told: string[] = [];
    const closed = new Promise<[number, string]>((resolve) => {
      socket.on('close', (code, reason) => resolve([code, String(reason)]));
    });
    socket.on('message', (text) => {
      const { type } = JSON.parse(String(text));
      told.push(type);
      if (type === 'connection_ack')
        socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: PROGRESS, variables: { id } } }));
    });
    socket.on('open', () => socket.send('{"type":"connection_init"}'));
    const events = await fetch(`${stopping.url}/graphql/stream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: PROGRESS, variables: { id } }),
    });
    await expect.poll(() => told.includes('next')).toBe(true);
    await holdPortfolios();
    const underWay = stopping.ask(PORTFOLIOS, {}, NOT_KEPT);
    await sleep(300);

    stopping.child.kill('SIGTERM');
    expect(await closed).toEqual([1001, expect.stringMatching(/^STOPPING: The server is being stopped/)]);
    expect(told).not.toContain('complete');
    expect(await events.text()).toMatch(/event: next\ndata: \{"errors":\[.*"code":"STOPPING".*\n\nevent: complete/);
    expect(await stopping.ready()).toMatchObject({ status: 503, body: { status: 'stopping' } });
    const refused = await stopping.ask(RANKING);
    expect(refused).toMatchObject({ status: 503, retryAfter: '1' });
    expect(codeOf(refused)).toBe('STOPPING');
    await held.query('ROLLBACK');
    expect(await underWay).toMatchObject({ status: 200, data: { portfolios: { totalCount: 2 } } });
    expect(await stopping.ended).toEqual([0, null]);

    const { rows } = await held.query(`SELECT status, attempts FROM job WHERE kind = 'sweep'`);
    expect(rows).toEqual([{ status: 'QUEUED', attempts: 0 }]);
    await held.query(`DELETE FROM job WHERE kind = 'sweep'`);
  });

  test('breaks off what does not end in time, says so, and ends', async () => {
    const stopping = await serving({ STOP_TIMEOUT: '1' });
    await holdPortfolios();
    const underWay = stopping.ask(PORTFOLIOS, {}, NOT_KEPT);
    await sleep(300);
    stopping.child.kill('SIGTERM');
    const answer = await underWay;
    expect(answer).toMatchObject({ status: 503, retryAfter: '1' });
    expect(codeOf(answer)).toBe('STOPPING');
    expect(await stopping.ended).toEqual([0, null]);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('twice, by SIGTERM and then %s, ends at once', async (second) => {
    const stopping = await serving({ STOP_TIMEOUT: '300' });
    const worker = Number(/"pid":(\d+)[^\n]*waits for jobs/.exec(stopping.log)?.[1]);
    await holdPortfolios();
    const underWay = stopping.ask(PORTFOLIOS, {}, NOT_KEPT).catch((error: Error) => error);
    await sleep(300);
    stopping.child.kill('SIGTERM');
    await stopping.said(/finishing what is under way/);
    expect(await stopping.kill(second)).toEqual([null, second]);
    expect(await underWay).toBeInstanceOf(Error);
    await expect.poll(() => isAlive(worker), { timeout: 10_000 }).toBe(false);
  });
});
