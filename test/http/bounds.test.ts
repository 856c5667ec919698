import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import WebSocket from 'ws';
import { type DemoServer, openDemoServer } from '../support/demo-workspace.js';

vi.mock('graphql', async () => (await import('../support/one-graphql.js')).default);

const MOST_REQUESTS = 110;
const MOST_STREAMS_OF_A_CALLER = 100;
const PORTFOLIOS = '{ portfolios(first: 1) { totalCount } }';
const GRU = `query ($from: LocalDate!, $to: LocalDate!) { factor(key: "gru") { history(from: $from, to: $to) { rowCount } } }`;
const PROGRESS = 'subscription ($id: ID!) { jobProgress(id: $id) { status } }';

let server: DemoServer;
beforeAll(async () => {
  server = await openDemoServer({ mostRequests: MOST_REQUESTS });
});
afterAll(() => server?.close());

const post = (path: string, body: object, init: RequestInit = {}): Promise<Response> =>
  fetch(`${server.url}${path}`, {
    ...init,
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(init.headers as Record<string, string>) },
    body: JSON.stringify(body),
  });
const codeOf = async (response: Response): Promise<unknown> =>
  ((await response.json()) as { errors: { extensions: { code: string } }[] }).errors[0]?.extensions.code;

async function queuedJob(): Promise<string> {
  const mutation = `mutation { runBacktest(input: { portfolio: { key: "b", factor: "diffusion" }, from: "2025-01-02", to: "2025-06-30" }) { id } }`;
  const { data } = (await (await post('/graphql', { query: mutation })).json()) as never as {
    data: { runBacktest: { id: string } };
  };
  return data.runBacktest.id;
}

describe('bounds', () => {
  test('more requests than may be under way are told to come again, and health is told all the same', async () => {
    const holder = new Client({ connectionString: server.environment.DATABASE_URL });
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE portfolio IN ACCESS EXCLUSIVE MODE');
    const waiting = Array.from({ length: MOST_REQUESTS }, () => post('/graphql', { query: PORTFOLIOS }));
    const refused = await vi.waitFor(
      async () => {
        const response = await post('/graphql', { query: '{ __typename }' });
        expect(response.status).toBe(503);
        return response;
      },
      { timeout: 20_000 },
    );
    expect(refused.headers.get('retry-after')).toBe('2');
    expect(await codeOf(refused)).toBe('OVERLOADED');
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    await holder.query('ROLLBACK');
    await holder.end();
    expect(new Set((await Promise.all(waiting)).map(({ status }) => status))).toEqual(new Set([200]));
    expect((await post('/graphql', { query: '{ __typename }' })).status).toBe(200);
  });

  test('more streams than a caller may have are refused, and those that end make room', async () => {
    const id = await queuedJob();
    const leaving = new AbortController();
    const open = (signal?: AbortSignal): Promise<Response> =>
      post(
        '/graphql/stream',
        { query: PROGRESS, variables: { id } },
        { headers: { accept: 'text/event-stream' }, ...(signal === undefined ? {} : { signal }) },
      );
    const streams = await Promise.all(Array.from({ length: MOST_STREAMS_OF_A_CALLER }, () => open(leaving.signal)));
    expect(new Set(streams.map(({ status }) => status))).toEqual(new Set([200]));
    const refused = await open();
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await codeOf(refused)).toBe('RATE_LIMITED');
    leaving.abort();
    await vi.waitFor(
      async () => {
        const again = new AbortController();
        const { status } = await open(again.signal);
        again.abort();
        expect(status).toBe(200);
      },
      { timeout: 10_000 },
    );
  });

  test('a socket whose answers are not read is ended, not kept in memory', async () => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await once(socket, 'open');
    socket.send('{"type":"connection_init"}');
    await once(socket, 'message');
    const closed = once(socket, 'close');
    const { _socket: raw } = socket as unknown as { _socket: Socket };
    raw.pause();
    socket.on('error', () => undefined);
    for (let sent = 0; sent < 400 && socket.readyState === socket.OPEN; sent++) {
      for (let ping = 0; ping < 500; ping++) socket.ping(Buffer.alloc(125), true, () => undefined);
      await sleep(1);
    }
    raw.resume();
    expect((await closed)[0]).toBe(1006);
    expect((await post('/graphql', { query: '{ __typename }' })).status).toBe(200);
  });

  test('a client that leaves ends the work that is done for it alone', async () => {
    const days = async (): Promise<number> =>
      (await server.store.manager.query('SELECT count(*)::int AS days FROM stock_day'))[0].days;
    await server.forgetFactors();
    await server.store.manager.query('TRUNCATE stock_day');
    const leaving = new AbortController();
    const variables = { from: '2025-01-02', to: '2025-12-31' };
    const left = post('/graphql', { query: GRU, variables }, { signal: leaving.signal }).catch((error: Error) => error);
    await vi.waitFor(async () => expect(await days()).toBeGreaterThan(0), { timeout: 60_000, interval: 5 });
    leaving.abort();
    expect(await left).toBeInstanceOf(Error);
    await sleep(1000);
    const atRest = await days();
    await sleep(1000);
    expect(await days()).toBe(atRest);
    const answer = (await (await post('/graphql', { query: GRU, variables })).json()) as {
      data: { factor: { history: { rowCount: number } } };
    };
    expect(answer.data.factor.history.rowCount).toBeGreaterThan(0);
    expect(await days()).toBeGreaterThan(atRest);
  });
});
