import { PassThrough } from 'node:stream';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import WebSocket from 'ws';
import { SCOPES, type Scope } from '#lundong/domain/access.js';
import { buildApiSchema } from '#lundong/graphql/schema.js';
import { RESOLVERS } from '#lundong/modules/resolvers.js';
import { createKey } from '#lundong/store/access-key.repository.js';
import { type DemoServer, openDemoServer } from '../support/demo-workspace.js';
import { type RootOperation, rootOperations } from '../support/root-operations.js';

vi.mock('graphql', async () => (await import('../support/one-graphql.js')).default);

/** Of a schema made before any server is: every root field there is, whoever added it. */
const operations = rootOperations(buildApiSchema(RESOLVERS));

const log = new PassThrough();
let logged = '';
log.on('data', (chunk) => {
  logged += String(chunk);
});

let server: DemoServer;
/** By scopes, joined. */
const keys = new Map<string, string>();
const answers: string[] = [];

beforeAll(async () => {
  server = await openDemoServer({ mode: 'KEYS', pointsPerMinute: 10_000_000, logLevel: 'debug', logTo: log });
  for (const scope of SCOPES) {
    const others = SCOPES.filter((one) => one !== scope);
    for (const scopes of [[scope], others])
      keys.set(
        scopes.join(),
        await createKey(server.store.manager, 'test', { name: 'test', scopes, expiresAt: null, pointsPerMinute: null }),
      );
  }
});
afterAll(() => server?.close());

const rightKey = (scope: Scope): string => keys.get(scope) as string;
const wrongKey = (scope: Scope): string => keys.get(SCOPES.filter((one) => one !== scope).join()) as string;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly codes: readonly string[];
  readonly text: string;
  readonly cost: number;
}

type Transport = (operation: RootOperation, key: string | null) => Promise<Answer>;

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  answers.push(text);
  const isJson = /^application\/(graphql-response\+)?json/.test(response.headers.get('content-type') ?? '');
  const { errors = [], extensions = {} } = isJson ? JSON.parse(text) : {};
  const codes = errors.map((error: { extensions: { code: string } }) => error.extensions.code);
  return { status: response.status, headers: response.headers, codes, text, cost: extensions.cost };
}

const bearer = (key: string | null): Record<string, string> => (key === null ? {} : { authorization: `Bearer ${key}` });

const post: Transport = async ({ query }, key) =>
  answerOf(
    await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...bearer(key) },
      body: JSON.stringify({ query }),
    }),
  );

const get: Transport = async ({ query }, key) =>
  answerOf(
    await fetch(`${server.url}/graphql?${new URLSearchParams({ query })}`, {
      headers: { 'apollo-require-preflight': '1', ...bearer(key) },
    }),
  );

const events: Transport = async ({ query }, key) =>
  answerOf(
    await fetch(`${server.url}/graphql/stream?${new URLSearchParams({ query })}`, {
      headers: { accept: 'text/event-stream', ...bearer(key) },
    }),
  );

const exported: Transport = async ({ query, ofTable }, key) =>
  answerOf(
    await fetch(`${server.url}/export/ndjson`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...bearer(key) },
      body: JSON.stringify({ query: ofTable ?? query }),
    }),
  );

/** What the first message, or the closing of the socket, says. */
async function overWebSocket({ query }: RootOperation, key: string | null): Promise<string> {
  const client = createClient({
    url: `${server.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    ...(key === null ? {} : { connectionParams: { authorization: `Bearer ${key}` } }),
  });
  try {
    for await (const result of client.iterate({ query })) return String(result.errors?.[0]?.extensions?.code ?? 'data');
    return 'ended';
  } catch (error) {
    if (Array.isArray(error)) return String(error[0].extensions.code);
    const { code, reason } = error as { code: number; reason: string };
    return `${code} ${reason}`;
  } finally {
    await client.dispose();
  }
}

function expectUnauthenticated(answer: Answer): void {
  expect(answer).toMatchObject({ status: 401, codes: ['UNAUTHENTICATED'] });
  expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="lundong"');
  expect(answer.headers.get('vary')).toBe('Authorization, Accept');
}

function expectForbidden(answer: Answer, scope: Scope): void {
  expect(answer).toMatchObject({ status: 403, codes: ['FORBIDDEN'] });
  expect(JSON.parse(answer.text).errors[0].extensions.scope).toBe(scope);
  expect(JSON.parse(answer.text).data).toBeUndefined();
}

function expectAnswered(answer: Answer): void {
  expect(answer.status).toBe(200);
  for (const code of ['UNAUTHENTICATED', 'FORBIDDEN', 'BAD_USER_INPUT', 'INTERNAL'])
    expect(answer.codes).not.toContain(code);
}

test('every root field says what its callers must be allowed', () => {
  expect(operations.length).toBeGreaterThan(15);
  expect(operations.filter(({ scope }) => scope === undefined).map(({ field }) => field)).toEqual([]);
  for (const { kind, field, scope } of operations)
    expect([field, scope === 'read']).toEqual([field, kind !== 'mutation']);
});

const asked = operations.filter(({ kind }) => kind !== 'subscription');

describe.each([
  ['POST', post],
  ['GET', get],
] as const)('over %s', (method, send) => {
  test.each(asked.map((one) => [one.field, one] as const))('%s', async (_, operation) => {
    const scope = operation.scope as Scope;
    expectUnauthenticated(await send(operation, null));
    expectUnauthenticated(await send(operation, `${rightKey(scope).slice(0, -1)}!`));
    expectUnauthenticated(await send(operation, rightKey(scope).replace(/.{8}$/, 'AAAAAAAA')));
    if (operation.kind === 'mutation' && method === 'GET') {
      expect(await send(operation, rightKey(scope))).toMatchObject({ status: 405, codes: ['BAD_REQUEST'] });
      return;
    }
    expectForbidden(await send(operation, wrongKey(scope)), scope);
    let first = await send(operation, rightKey(scope));
    expectAnswered(first);
    let again = await send(operation, rightKey(scope));
    expectAnswered(again);
    if (operation.isRepeatable && first.codes.length === 0) {
      expect(again.text).toBe(first.text);
      const told = (name: string, { headers }: Answer): number => Number(headers.get(`ratelimit-${name}`));
      // Where a minute began between the two, they are no longer of one.
      while (told('reset', again) > told('reset', first))
        [first, again] = [await send(operation, rightKey(scope)), await send(operation, rightKey(scope))];
      expect(told('remaining', first) - told('remaining', again)).toBeGreaterThan(0);
      expect(told('remaining', first) - told('remaining', again)).toBe(Math.ceil(first.cost / 10));
    }
    // A kept answer is no way past the door.
    expectForbidden(await send(operation, wrongKey(scope)), scope);
    expectUnauthenticated(await send(operation, null));
  });
});

describe('over WebSocket', () => {
  test.each(operations.map((one) => [`${one.kind} ${one.field}`, one] as const))('%s', async (_, operation) => {
    const scope = operation.scope as Scope;
    expect(await overWebSocket(operation, null)).toMatch(/^4403 UNAUTHENTICATED: A key is needed/);
    const outcome = await overWebSocket(operation, rightKey(scope));
    if (operation.kind !== 'subscription') {
      expect(outcome).toBe('BAD_REQUEST');
      return;
    }
    expect(outcome).toBe('UNKNOWN_JOB');
    expect(await overWebSocket(operation, wrongKey(scope))).toBe('FORBIDDEN');
  });
});

describe('over server-sent events', () => {
  test.each(operations.map((one) => [`${one.kind} ${one.field}`, one] as const))('%s', async (_, operation) => {
    const scope = operation.scope as Scope;
    expectUnauthenticated(await events(operation, null));
    const answer = await events(operation, rightKey(scope));
    if (operation.kind !== 'subscription') {
      expect(answer).toMatchObject({ status: 400, codes: ['BAD_REQUEST'] });
      return;
    }
    expect(answer.status).toBe(200);
    expect(answer.text).toMatch(/"code":"UNKNOWN_JOB"/);
    expectForbidden(await events(operation, wrongKey(scope)), scope);
  });
});

describe('at /export', () => {
  test('several root fields hold tables', () => {
    const holders = operations.filter(({ ofTable }) => ofTable !== null).map(({ field }) => field);
    for (const field of ['factor', 'industry', 'etf', 'portfolio', 'backtest', 'sweep', 'marginFinancing', 'dailyBars'])
      expect(holders).toContain(field);
  });

  test.each(operations.map((one) => [`${one.kind} ${one.field}`, one] as const))('%s', async (_, operation) => {
    const scope = operation.scope as Scope;
    expectUnauthenticated(await exported(operation, null));
    expectUnauthenticated(await exported(operation, `${rightKey(scope).slice(0, -1)}!`));
    if (operation.kind !== 'query' || operation.ofTable === null) {
      for (const key of [rightKey(scope), wrongKey(scope)])
        expect(await exported(operation, key)).toMatchObject({ status: 400, codes: ['NOT_ONE_TABLE'] });
      return;
    }
    expectForbidden(await exported(operation, wrongKey(scope)), scope);
    const answer = await exported(operation, rightKey(scope));
    for (const code of ['UNAUTHENTICATED', 'FORBIDDEN', 'BAD_USER_INPUT', 'BAD_REQUEST', 'INTERNAL'])
      expect(answer.codes).not.toContain(code);
    if (answer.codes.length === 0) {
      expect(answer.status).toBe(200);
      const [head, ...rows] = answer.text.trimEnd().split('\n');
      expect(rows).toHaveLength(JSON.parse(head as string).rowCount);
    } else expect(answer.status).toBe(400);
    // Neither an export nor a kept answer of the same document is a way past the door.
    await post({ ...operation, query: operation.ofTable }, rightKey(scope));
    expectForbidden(await exported(operation, wrongKey(scope)), scope);
    expectUnauthenticated(await exported(operation, null));
  });
});

test('what needs no scope needs a key all the same', async () => {
  const nothing = { query: '{ __typename }' } as RootOperation;
  expectUnauthenticated(await post(nothing, null));
  for (const key of keys.values()) expect(await post(nothing, key)).toMatchObject({ status: 200, codes: [] });
});

test('who sends which mutation is kept, refusals included, and not what was in it', async () => {
  const { audited } = (
    await server.store.manager.query(
      `SELECT array_agg(DISTINCT subject || ' ' || (outcome = 'FORBIDDEN')) AS audited
       FROM access_audit WHERE action = 'mutation' AND actor LIKE 'key:%'`,
    )
  )[0];
  const mutations = operations.filter(({ kind }) => kind === 'mutation').map(({ field }) => field);
  expect(audited.sort()).toEqual(mutations.flatMap((field) => [`${field} false`, `${field} true`]).sort());
});

test('no key is in the log or in an answer', async () => {
  await server
    .graphql('{ factors { key } }')
    .set('authorization', `Basic ${rightKey('read')}`)
    .expect(401);
  await server
    .graphql('{ nonsense }')
    .set('authorization', `Bearer ${rightKey('read')}`)
    .expect(400);
  const written = logged + answers.join('\n');
  expect(written.length).toBeGreaterThan(1000);
  for (const key of keys.values()) {
    const [, , secret] = key.split(/_(?=.{12}_|.{43}$)/) as [string, string, string];
    expect(secret).toHaveLength(43);
    expect(written).not.toContain(secret);
  }
});
