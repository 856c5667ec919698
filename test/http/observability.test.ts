import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import WebSocket from 'ws';
import type { Scope } from '#lundong/domain/access.js';
import { TrustedDocuments } from '#lundong/graphql/trusted-documents.js';
import { createKey } from '#lundong/store/access-key.repository.js';
import { type DemoServer, openDemoServer } from '../support/demo-workspace.js';
import { until } from '../support/job-processes.js';
import { LogLines } from '../support/log-lines.js';
import { OPERATIONS_FOLDER } from '../support/operations.js';
import { readSeries } from '../support/scrape.js';

vi.mock('graphql', async () => (await import('../support/one-graphql.js')).default);

const log = new LogLines();
const OWN = readFileSync(`${OPERATIONS_FOLDER}/best-industries.graphql`, 'utf8');
let server: DemoServer;
const keys = {} as Record<'reader' | 'admin', string>;

beforeAll(async () => {
  server = await openDemoServer({
    mode: 'KEYS',
    logLevel: 'info',
    logTo: log,
    documents: TrustedDocuments.read(OPERATIONS_FOLDER, false),
    pointsPerMinute: 100_000,
    observe: { slowOperationMs: 0 },
  });
  keys.reader = await newKey('bi-team', ['read']);
  keys.admin = await newKey('prometheus', ['admin']);
});
afterAll(() => server?.close());

function newKey(name: string, scopes: readonly Scope[], pointsPerMinute: number | null = null): Promise<string> {
  return createKey(server.store.manager, 'test', { name, scopes, expiresAt: null, pointsPerMinute });
}

interface Sent {
  readonly query: string;
  readonly variables?: object;
}

function post(sent: Sent, headers: Readonly<Record<string, string>> = {}, key = keys.reader): Promise<Response> {
  return fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, ...headers },
    body: JSON.stringify(sent),
  });
}

async function scrape(): Promise<Map<string, number>> {
  const response = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${keys.admin}` } });
  expect(response.status).toBe(200);
  return readSeries(await response.text());
}

/** By how much each series rose while the work was done, those that did not left out. */
async function risesDuring(work: () => Promise<unknown>): Promise<Record<string, number>> {
  const before = await scrape();
  await work();
  // An operation is counted when the last byte of its answer is on its way, which may be after the client has it.
  await new Promise((resolve) => setTimeout(resolve, 50));
  const after = await scrape();
  return Object.fromEntries(
    [...after]
      .map(([name, value]) => [name, value - (before.get(name) ?? 0)] as const)
      .filter(([name, rise]) => rise !== 0 && name.startsWith('lundong_')),
  );
}

describe('the id of a request', () => {
  test('is the one that the caller chose, where it will do', async () => {
    const chosen = 'a3f1c2d4-0000-4000-8000-1234567890ab';
    const response = await post({ query: '{ factors { key } }' }, { 'x-request-id': chosen });
    expect(response.headers.get('x-request-id')).toBe(chosen);
    expect(log.with('slow operation').at(-1)).toMatchObject({ requestId: chosen });
  });

  test.each([
    ['too long', 'a'.repeat(65)],
    ['with spaces', 'a b'],
    ['with quotes', '"},{'],
    ['a token', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln'],
  ])('is ours where it is %s', async (_what, chosen) => {
    const response = await post({ query: '{ factors { key } }' }, { 'x-request-id': chosen });
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f]{12}-[0-9a-z]+$/);
  });

  test('is ours where it is a key', async () => {
    const response = await post({ query: '{ factors { key } }' }, { 'x-request-id': keys.reader });
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f]{12}-[0-9a-z]+$/);
  });

  test('is another with every request, and comes with whatever is answered', async () => {
    const answers = await Promise.all([
      post({ query: OWN }),
      post({ query: OWN }),
      post({ query: '{' }),
      post({ query: '{ factors { key } }' }, { authorization: 'Bearer nonsense' }),
      fetch(`${server.url}/nowhere`),
      fetch(`${server.url}/livez`),
      fetch(`${server.url}/graphql/stream?query={x}`, {
        headers: { authorization: `Bearer ${keys.reader}`, accept: 'text/event-stream' },
      }),
    ]);
    const ids = answers.map(({ headers }) => headers.get('x-request-id'));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).not.toContain(null);
    for (const answer of answers) await answer.text();
  });
});

describe('the log', () => {
  test('tells of a slow operation what was asked by whom, and no variables', async () => {
    const response = await post(
      { query: OWN, variables: { asOf: '2025-11-20', top: 4, bottom: 2 } },
      { 'cache-control': 'no-cache' },
    );
    await response.text();
    const requestId = response.headers.get('x-request-id');
    await until(async () => log.with('slow operation').some((line) => line.requestId === requestId));
    const line = log.with('slow operation').find((one) => one.requestId === requestId) as Record<string, unknown>;
    expect(line).toMatchObject({
      level: 40,
      caller: `key:${keys.reader.slice(4, 16)}`,
      operation: { id: expect.stringMatching(/^[0-9a-f]{12}$/), type: 'query', name: 'BestIndustries' },
      rootFields: ['factor'],
      cost: expect.any(Number),
      outcome: 'ok',
      milliseconds: expect.any(Number),
    });
    expect(line.milliseconds).toBeGreaterThanOrEqual(0);
    expect(JSON.stringify(line)).not.toMatch(/2025-11-20|"top"|variables/);
  });

  test('tells of an operation whose document is not trusted, and of no other', async () => {
    const marks = ['untrusted-1', 'trusted-1'];
    await post({ query: 'query Mine { factors { key } }' }, { 'x-request-id': marks[0] as string });
    await post({ query: OWN }, { 'x-request-id': marks[1] as string, 'cache-control': 'no-cache' });
    const lines = log.with('document is not trusted').filter(({ requestId }) => marks.includes(requestId as string));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: 40,
      requestId: 'untrusted-1',
      caller: `key:${keys.reader.slice(4, 16)}`,
      operation: { type: 'query', name: 'Mine' },
    });
  });

  test('tells of a fault of ours under the ids of request and operation', async () => {
    await server.store.manager.query('ALTER TABLE portfolio RENAME TO portfolio_away');
    try {
      const response = await post(
        { query: 'query Broken { portfolios { edges { node { key } } } }' },
        { 'x-request-id': 'broken-1' },
      );
      const { errors } = (await response.json()) as { errors: { extensions: { code: string; id: string } }[] };
      expect(errors[0]?.extensions.code).toBe('INTERNAL');
      const lines = log.with('operation failed').filter(({ requestId }) => requestId === 'broken-1');
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatchObject({
        level: 50,
        id: errors[0]?.extensions.id,
        operation: { id: expect.stringMatching(/^[0-9a-f]{12}$/), name: 'Broken' },
        rootFields: ['portfolios'],
        err: { message: expect.stringMatching(/"portfolio" does not exist/) },
      });
    } finally {
      await server.store.manager.query('ALTER TABLE portfolio_away RENAME TO portfolio');
    }
  });
});

describe('metrics', () => {
  const of = (operation: string, transport: string, outcome: string): string =>
    `lundong_operations_total{operation="${operation}",transport="${transport}",outcome="${outcome}"}`;
  const uses = (field: string): string => `lundong_root_field_uses_total{caller="bi-team",field="${field}"}`;

  test('are for the scope admin', async () => {
    const read = (headers: Record<string, string>): Promise<number> =>
      fetch(`${server.url}/metrics`, { headers }).then(({ status }) => status);
    expect(await read({})).toBe(401);
    expect(await read({ authorization: `Bearer ${keys.reader}` })).toBe(403);
    const response = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${keys.admin}` } });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  test('count an operation of ours by name, executed once and kept twice', async () => {
    const ask = () => post({ query: OWN, variables: { asOf: '2025-11-19' } }).then((response) => response.text());
    const rises = await risesDuring(async () => {
      for (let i = 0; i < 3; i++) await ask();
    });
    expect(rises).toMatchObject({
      [of('BestIndustries', 'http', 'ok')]: 1,
      [of('BestIndustries', 'http', 'kept')]: 2,
      [uses('factor')]: 3,
      'lundong_cache_lookups_total{cache="response",outcome="miss"}': 1,
      'lundong_cache_lookups_total{cache="response",outcome="hit"}': 2,
      'lundong_operation_duration_seconds_count{operation="BestIndustries"}': 1,
      lundong_operation_cost_points_count: 1,
    });
    // 2025-11-19 and the week end before it.
    const dates = Object.entries(rises).filter(([name]) => name.startsWith('lundong_factor_dates_total'));
    expect(dates.reduce((sum, [, rise]) => sum + rise, 0)).toBe(2);
  });

  test('count whatever is not ours as one, though it takes the name of one of ours', async () => {
    const rises = await risesDuring(async () => {
      await post({ query: 'query BestIndustries { factors { key } }' });
      await post({ query: 'query BestIndustries { factors { key name } }' });
      for (let i = 0; i < 20; i++) await post({ query: `query Made${i} { factors { key } }` });
    });
    expect(rises[of('other', 'http', 'ok')]).toBe(22);
    expect(rises[uses('factors')]).toBe(22);
    expect(Object.keys(rises).filter((name) => name.startsWith('lundong_operations_total'))).toHaveLength(1);
  });

  test('tell refusals from errors, and count both by code', async () => {
    const poor = await newKey('poor', ['read'], 1);
    const code = (name: string): string => `lundong_errors_total{code="${name}"}`;
    const rises = await risesDuring(async () => {
      await post({ query: '{ factor(key: "nonsense") { key } }' });
      await post({ query: '{ factors { nonsense } }' });
      await post({ query: 'mutation { cancelJob(id: "x") }' });
      await post({ query: OWN }, { 'cache-control': 'no-cache' }, poor);
      await post({ query: OWN }, { authorization: 'Bearer nonsense' });
      await fetch(`${server.url}/nowhere`);
    });
    expect(rises).toMatchObject({
      [of('other', 'http', 'error')]: 1,
      [of('other', 'http', 'refused')]: 3,
      [of('BestIndustries', 'http', 'refused')]: 1,
      [code('UNKNOWN_FACTOR')]: 1,
      [code('GRAPHQL_VALIDATION_FAILED')]: 1,
      [code('FORBIDDEN')]: 1,
      [code('RATE_LIMITED')]: 1,
      [code('UNAUTHENTICATED')]: 1,
      [code('NOT_FOUND')]: 1,
    });
  });

  test('count who did not wait for the answer', async () => {
    const abort = new AbortController();
    const rises = await risesDuring(async () => {
      const sent = fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${keys.reader}` },
        body: '{"query":"{ weeklyReport(weekEnding: \\"2025-06-20\\") { published models { table { weekReturn } } } }"}',
        signal: abort.signal,
      }).catch(() => undefined);
      setTimeout(() => abort.abort(), 20);
      await sent;
    });
    expect(rises[of('other', 'http', 'abandoned')]).toBe(1);
  });

  test('count exports', async () => {
    const headers = { 'apollo-require-preflight': '1', authorization: `Bearer ${keys.reader}` };
    const variables = '{"from":"2025-11-19","to":"2025-11-21"}';
    const get = (path: string) => fetch(`${server.url}/export/${path}`, { headers });
    const rises = await risesDuring(async () => {
      const whole = await get(`csv?${new URLSearchParams({ operation: 'diffusion-history', variables })}`);
      expect(whole.headers.get('x-request-id')).toMatch(/./);
      await whole.text();
      await (await get(`csv?${new URLSearchParams({ query: '{ factors { key } }' })}`)).text();
      await (await get('xlsx')).text();
    });
    expect(rises).toMatchObject({
      [of('DiffusionHistory', 'export', 'ok')]: 1,
      [of('other', 'export', 'refused')]: 2,
    });
  });

  test('count subscriptions and open sockets', async () => {
    const query = 'subscription { jobProgress(id: "eA") { status } }';
    const before = (await scrape()).get('lundong_open_websockets');
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
      headers: { authorization: `Bearer ${keys.reader}` },
    });
    await once(socket, 'open');
    expect((await scrape()).get('lundong_open_websockets')).toBe((before as number) + 1);
    socket.terminate();
    const rises = await risesDuring(async () => {
      const client = createClient({
        url: `${server.url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: { authorization: `Bearer ${keys.reader}` },
      });
      const told = client.iterate({ query });
      await told.next();
      await expect(client.iterate({ query: '{ factors { key } }' }).next()).rejects.toMatchObject([
        { extensions: { code: 'BAD_REQUEST' } },
      ]);
      await client.dispose();
      const url = `${server.url}/graphql/stream?${new URLSearchParams({ query })}`;
      const headers = { accept: 'text/event-stream', authorization: `Bearer ${keys.reader}` };
      await (await fetch(url, { headers })).text();
    });
    expect(rises).toMatchObject({
      [of('other', 'websocket', 'ok')]: 1,
      [of('other', 'websocket', 'refused')]: 1,
      [of('other', 'sse', 'ok')]: 1,
      [uses('jobProgress')]: 2,
    });
  });

  test('tell of the lake, of inference and of jobs', async () => {
    await server.store.manager.query(
      `INSERT INTO job (id, kind, input, input_hash, data_version, status, created_at)
       VALUES (gen_random_uuid(), 'nobody', '{}', 'x', 1, 'QUEUED', now() - interval '90 seconds'),
         (gen_random_uuid(), 'nobody', '{}', 'y', 1, 'FAILED', now())`,
    );
    const rises = await risesDuring(() =>
      post({ query: '{ factor(key: "gru") { ranking(asOf: "2025-11-14", top: 1) { items { rank } } } }' }).then(
        async (response) => expect(await response.text()).toMatch(/"rank":1/),
      ),
    );
    expect(rises.lundong_lake_query_seconds_count).toBeGreaterThan(0);
    expect(rises.lundong_lake_wait_seconds_count).toBe(rises.lundong_lake_query_seconds_count);
    expect(rises.lundong_inference_seconds_count).toBeGreaterThan(0);
    expect(rises.lundong_inference_sequences_total).toBeGreaterThan(100);
    const now = await scrape();
    expect(now.get('lundong_jobs{state="queued"}')).toBe(1);
    expect(now.get('lundong_jobs{state="failed"}')).toBe(1);
    expect(now.get('lundong_jobs{state="running"}')).toBe(0);
    expect(now.get('lundong_job_oldest_wait_seconds')).toBeGreaterThan(89);
    expect(now.get('lundong_job_oldest_wait_seconds')).toBeLessThan(600);
    expect(now.get('lundong_database_up')).toBe(1);
    expect(now.get('lundong_data_version')).toBe(server.markets.current().dataVersion);
    expect(now.get('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0);
  });

  test('are told without the database, too', async () => {
    await server.store.manager.query('ALTER TABLE job RENAME TO job_away');
    try {
      const now = await scrape();
      expect(now.get('lundong_database_up')).toBe(0);
      expect([...now.keys()].filter((name) => name.startsWith('lundong_jobs'))).toEqual([]);
    } finally {
      await server.store.manager.query('ALTER TABLE job_away RENAME TO job');
    }
  });
});
