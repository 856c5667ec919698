import { type EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, createClient } from 'graphql-ws';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import WebSocket from 'ws';
import { type ApiServer, openApiServer } from '#lundong/cli/api-server.js';
import type { JobRow } from '#lundong/store/job.repository.js';
import * as jobs from '#lundong/store/job.repository.js';
import { openTestWorkspace, type TestWorkspace } from '../support/database.js';
import { until } from '../support/job-processes.js';

vi.mock('graphql', async () => (await import('../support/one-graphql.js')).default);

const SUBSCRIPTION = 'subscription ($id: ID!) { jobProgress(id: $id) { id status progress message } }';

interface Told {
  data?: { jobProgress: { id: string; status: string; progress: number; message: string | null } } | null;
  errors?: readonly { message: string; extensions?: { code?: string } }[];
}

let opened: TestWorkspace;
let api: ApiServer;
let url: string;
let client: Client;
let sequence = 0;

beforeAll(async () => {
  opened = await openTestWorkspace();
  api = await openApiServer(opened.workspace);
  url = await api.app.listen({ host: '127.0.0.1', port: 0 });
});

afterAll(async () => {
  if (api?.app.server.listening) await api.close();
  await opened?.close();
});

beforeEach(() => {
  client = createClient({ url: `${url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0 });
});

afterEach(async () => {
  await client.dispose();
  await until(async () => listeners() === 0);
  if (!api.app.server.listening) return;
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"query":"{ factors { key } }"}',
  });
  expect(await response.json()).toMatchObject({ data: { factors: [{ key: 'diffusion' }, { key: 'gru' }] } });
});

/** Who waits for changes of jobs, in the queue of the API. */
function listeners(): number {
  const { changes } = api.services.queue as unknown as { changes: EventEmitter };
  return changes.eventNames().reduce((sum, name) => sum + changes.listenerCount(name), 0);
}

/** A job that no worker takes: this test says what becomes of it. */
async function newJob(): Promise<{ job: JobRow; id: string }> {
  const { job } = await api.services.queue.submit('backtest', { sequence: sequence++ }, 0, null);
  return { job, id: Buffer.from(`Backtest:${job.id}`).toString('base64') };
}

/** What a worker tells of a job, step by step. */
async function play(job: JobRow): Promise<void> {
  const { manager } = opened.workspace.store;
  await manager.query(`UPDATE job SET status = 'RUNNING' WHERE id = $1`, [job.id]);
  for (const done of [0.25, 0.5]) {
    await jobs.reportProgress(manager, job.id, done, 'at it');
    await sleep(50);
  }
  await jobs.finishJob(manager, job.id, { result: '{}', dataVersion: 0 });
}

function expectWholeStory(told: readonly Told[], id: string): void {
  const steps = told.map(({ data, errors }) => {
    expect(errors).toBeUndefined();
    expect(data?.jobProgress.id).toBe(id);
    return data?.jobProgress;
  });
  expect(steps[0]).toMatchObject({ status: 'QUEUED', progress: 0, message: null });
  expect(steps).toContainEqual({ id, status: 'RUNNING', progress: 0.5, message: 'at it' });
  expect(steps.at(-1)).toMatchObject({ status: 'SUCCEEDED', progress: 1, message: null });
}

/** All results of an operation over the socket; a refusal of the operation itself counts as its errors. */
async function overSocket(
  query: string,
  variables: Record<string, unknown> = {},
  onFirst?: () => void,
): Promise<Told[]> {
  const told: Told[] = [];
  try {
    for await (const result of client.iterate({ query, variables })) {
      told.push(result as Told);
      if (told.length === 1) onFirst?.();
    }
  } catch (errors) {
    if (!Array.isArray(errors)) throw errors;
    told.push({ errors });
  }
  return told;
}

function stream(body: unknown, signal?: AbortSignal): Promise<Response> {
  return fetch(`${url}/graphql/stream`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });
}

/** All results of an operation over server-sent events. */
async function overEvents(query: string, variables: object = {}, onFirst?: () => void): Promise<Told[]> {
  const response = await stream({ query, variables });
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
    expect(response.status).toBe(400);
    return [(await response.json()) as Told];
  }
  const told: Told[] = [];
  let text = '';
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += Buffer.from(chunk).toString();
    const events = text.split('\n\n');
    text = events.pop() as string;
    for (const event of events) {
      const next = /^event: next\ndata: (.*)$/.exec(event);
      if (next) told.push(JSON.parse(next[1] as string));
      if (next && told.length === 1) onFirst?.();
    }
  }
  return told;
}

describe.each([
  ['graphql-ws', overSocket],
  ['server-sent events', overEvents],
])('over %s', (_, follow) => {
  test('a job is followed to its end', async () => {
    const { job, id } = await newJob();
    let playing: Promise<void> | undefined;
    const told = await follow(SUBSCRIPTION, { id }, () => {
      playing = play(job);
    });
    await playing;
    expectWholeStory(told, id);
  });

  test('a job that has ended is told of once', async () => {
    const { job, id } = await newJob();
    await play(job);
    const told = await follow(SUBSCRIPTION, { id });
    expect(told).toHaveLength(1);
    expect(told[0]?.data?.jobProgress.status).toBe('SUCCEEDED');
  });

  test.each([
    [
      'an unknown id',
      SUBSCRIPTION,
      { id: Buffer.from('Backtest:00000000-0000-4000-8000-000000000000').toString('base64') },
      'UNKNOWN_JOB',
    ],
    [
      'an id of something else',
      SUBSCRIPTION,
      { id: Buffer.from('Industry:CI005001').toString('base64') },
      'UNKNOWN_JOB',
    ],
    ['a text that is no id', SUBSCRIPTION, { id: '?' }, 'INVALID_ARGUMENT'],
    ['no id', SUBSCRIPTION, {}, 'BAD_USER_INPUT'],
    ['an id of the wrong type', SUBSCRIPTION, { id: ['a', 'b'] }, 'BAD_USER_INPUT'],
    ['a query', '{ factors { key } }', {}, 'BAD_REQUEST'],
    ['introspection', '{ __schema { types { name } } }', {}, 'BAD_REQUEST'],
    [
      'introspection of a subscription',
      'subscription { __schema { types { name } } }',
      {},
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['a mutation', 'mutation { cancelJob(id: "x") }', {}, 'BAD_REQUEST'],
    [
      'two operations without a name',
      'subscription A { jobProgress(id: "a") { id } } subscription B { jobProgress(id: "a") { id } }',
      {},
      'BAD_REQUEST',
    ],
    [
      'two jobs at once',
      'subscription { a: jobProgress(id: "a") { id } b: jobProgress(id: "b") { id } }',
      {},
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['an unknown field', 'subscription { jobProgress(id: "a") { result } }', {}, 'GRAPHQL_VALIDATION_FAILED'],
    ['no GraphQL', 'subscription {', {}, 'GRAPHQL_PARSE_FAILED'],
    ['nothing', '', {}, 'GRAPHQL_PARSE_FAILED'],
    [
      'a thousand aliases',
      `subscription { jobProgress(id: "a") { ${Array.from({ length: 1000 }, (_, i) => `a${i}: id`).join(' ')} } }`,
      {},
      'COST_LIMIT',
    ],
    ['ten thousand brackets', `subscription ${'{ a '.repeat(10_000)}`, {}, 'COST_LIMIT'],
  ])('%s is refused with a code', async (_, query, variables, code) => {
    const told = await follow(query, variables as Record<string, unknown>);
    expect(told).toHaveLength(1);
    expect(told[0]?.data ?? null).toBeNull();
    expect(told[0]?.errors?.[0]?.extensions?.code).toBe(code);
    for (const { message } of told[0]?.errors ?? []) {
      expect(message).not.toMatch(/node_modules|Something went wrong/);
      expect(message.length).toBeLessThan(800);
    }
  });

  test('a fault of ours is masked', async () => {
    const { id } = await newJob();
    const find = vi.spyOn(api.services.queue, 'find').mockRejectedValueOnce(new Error('secret of the inside'));
    const told = await follow(SUBSCRIPTION, { id });
    find.mockRestore();
    expect(told).toHaveLength(1);
    expect(told[0]?.errors?.[0]?.extensions?.code).toBe('INTERNAL');
    expect(JSON.stringify(told)).not.toContain('secret');
  });

  test('a fault of ours in the middle is masked and ends the stream', async () => {
    const { job, id } = await newJob();
    const told = await follow(SUBSCRIPTION, { id }, () => {
      vi.spyOn(api.services.queue, 'find').mockRejectedValueOnce(new Error('secret of the inside'));
      void jobs.cancelJob(opened.workspace.store.manager, job.id);
    });
    vi.restoreAllMocks();
    expect(told[0]?.data?.jobProgress.status).toBe('QUEUED');
    expect(told.at(-1)?.errors?.[0]?.extensions?.code).toBe('INTERNAL');
    expect(JSON.stringify(told)).not.toContain('secret');
  });
});

describe('leaving', () => {
  test('unsubscribing leaves no listener behind', async () => {
    const { id } = await newJob();
    const iterator = client.iterate({ query: SUBSCRIPTION, variables: { id } });
    await iterator.next();
    expect(listeners()).toBe(1);
    await iterator.return?.();
    await until(async () => listeners() === 0);
  });

  test('nor does a socket that breaks off, with many subscriptions', async () => {
    const { id } = await newJob();
    const socket = await openSocket();
    for (let nr = 0; nr < 50; nr++)
      socket.send(
        JSON.stringify({ id: `${nr}`, type: 'subscribe', payload: { query: SUBSCRIPTION, variables: { id } } }),
      );
    await until(async () => listeners() === 50);
    socket.terminate();
    await until(async () => listeners() === 0);
  });

  test('nor does one that breaks off right after it has subscribed', async () => {
    const { id } = await newJob();
    for (let nr = 0; nr < 10; nr++) {
      const socket = await openSocket();
      socket.send(
        JSON.stringify({ id: '1', type: 'subscribe', payload: { query: SUBSCRIPTION, variables: { id } } }),
        () => socket.terminate(),
      );
    }
    await sleep(200);
    expect(listeners()).toBe(0);
  });

  test('nor does a stream of events', async () => {
    const { id } = await newJob();
    for (const delay of [0, 5, 50]) {
      const leave = new AbortController();
      const response = await stream({ query: SUBSCRIPTION, variables: { id } }, leave.signal);
      expect(response.status).toBe(200);
      await sleep(delay);
      leave.abort();
    }
    await until(async () => listeners() === 0);
  });
});

/** A socket that speaks the protocol and has been let in. */
async function openSocket(): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  await once(socket, 'open');
  socket.send('{"type":"connection_init"}');
  await once(socket, 'message');
  return socket;
}

describe('what is no operation', () => {
  test.each<[string, string | Buffer, number]>([
    [
      'a message of 64 KB',
      JSON.stringify({ id: '1', type: 'subscribe', payload: { query: ' '.repeat(65_536) } }),
      1009,
    ],
    ['no JSON', '{', 4400],
    ['an array', '[{"id":"1","type":"subscribe","payload":{"query":"{ a }"}}]', 4400],
    ['an array as payload', '{"id":"1","type":"subscribe","payload":[{"query":"{ a }"}]}', 4400],
    ['an array as query', '{"id":"1","type":"subscribe","payload":{"query":["{ a }"]}}', 4400],
    ['an array as variables', '{"id":"1","type":"subscribe","payload":{"query":"{ a }","variables":[]}}', 4400],
    ['an unknown type', '{"id":"1","type":"start","payload":{"query":"{ a }"}}', 4400],
    ['no id', '{"type":"subscribe","payload":{"query":"{ a }"}}', 4400],
    ['a second beginning', '{"type":"connection_init"}', 4429],
    ['bytes', Buffer.from([0xff, 0xfe, 0x00]), 4400],
  ])('closes the socket: %s', async (_, message, code) => {
    const socket = await openSocket();
    socket.send(message);
    const [closed, reason] = await once(socket, 'close');
    expect(closed).toBe(code);
    expect(String(reason)).not.toMatch(/node_modules|Error:/);
  });

  test('subscribing before the beginning, or to the same id twice, closes it', async () => {
    const early = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await once(early, 'open');
    early.send('{"id":"1","type":"subscribe","payload":{"query":"{ a }"}}');
    expect((await once(early, 'close'))[0]).toBe(4401);

    const { id } = await newJob();
    const twice = await openSocket();
    const subscribe = JSON.stringify({
      id: '1',
      type: 'subscribe',
      payload: { query: SUBSCRIPTION, variables: { id } },
    });
    twice.send(subscribe);
    twice.send(subscribe);
    expect((await once(twice, 'close'))[0]).toBe(4409);
  });

  test('a socket that says nothing is closed after three seconds, one with another protocol at once', async () => {
    const silent = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const start = performance.now();
    expect((await once(silent, 'close'))[0]).toBe(4408);
    expect(performance.now() - start).toBeLessThan(5000);
    const other = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-ws');
    other.on('error', () => undefined);
    await new Promise((resolve) => other.on('close', resolve));
  });

  test('a socket has a hundred subscriptions at most', async () => {
    const { id } = await newJob();
    const socket = await openSocket();
    const refused = new Promise<{ id: string; payload: Told['errors'] }>((resolve) => {
      socket.on('message', (text) => {
        const message = JSON.parse(String(text));
        if (message.type === 'error') resolve(message);
      });
    });
    for (let nr = 1; nr <= 101; nr++)
      socket.send(
        JSON.stringify({ id: `${nr}`, type: 'subscribe', payload: { query: SUBSCRIPTION, variables: { id } } }),
      );
    expect(await refused).toMatchObject({ id: '101', payload: [{ extensions: { code: 'COST_LIMIT' } }] });
    socket.terminate();
  });

  test.each<[string, unknown]>([
    ['an array', [{ query: SUBSCRIPTION }]],
    ['an array as query', { query: [SUBSCRIPTION] }],
    ['an array as variables', { query: SUBSCRIPTION, variables: [] }],
    ['no query', {}],
    ['null', 'null'],
    ['no JSON', '{'],
  ])('is refused as a stream: %s', async (_, body) => {
    const response = await stream(body);
    expect(response.status).toBe(400);
    expect(((await response.json()) as Told).errors).toHaveLength(1);
  });

  test('streams are asked for as streams, and have no mode in which one could announce operations of others', async () => {
    const plain = await fetch(`${url}/graphql/stream?query=x`);
    expect([plain.status, ((await plain.json()) as Told).errors?.[0]?.extensions?.code]).toEqual([400, 'BAD_REQUEST']);
    for (const method of ['PUT', 'DELETE', 'PATCH'])
      expect((await fetch(`${url}/graphql/stream`, { method })).status).toBe(404);
    for (const token of ['constructor', '__proto__', 'undefined', 'a']) {
      const response = await fetch(
        `${url}/graphql/stream?query=${encodeURIComponent('{ factors { key } }')}&token=${token}`,
        {
          headers: { accept: 'text/event-stream', 'x-graphql-event-stream-token': token },
        },
      );
      expect(response.status).toBe(400);
      await response.text();
    }
  });
});

/** What comes back for bytes, until the server closes or falls silent. */
async function raw(text: string, reset = false): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  await once(socket, 'connect');
  socket.write(text);
  if (reset) socket.resetAndDestroy();
  else await Promise.race([once(socket, 'close'), sleep(400)]);
  socket.destroy();
  return answer;
}

describe('an upgrade', () => {
  const upgrade = (path: string, headers = ''): string =>
    `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${headers}\r\n`;
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n';

  test('of rubbish is refused, and a client that resets takes nothing down', async () => {
    const before = process.listenerCount('uncaughtException');
    expect(await raw(upgrade('/elsewhere', key))).toMatch(/^HTTP\/1\.1 404/);
    expect(await raw(upgrade('/graphql'))).toMatch(/^HTTP\/1\.1 400/);
    expect(await raw(upgrade('/graphql', 'Sec-WebSocket-Key: short\r\nSec-WebSocket-Version: 99\r\n'))).toMatch(
      /^HTTP\/1\.1 4/,
    );
    const accepted = upgrade('/graphql', `${key}Sec-WebSocket-Protocol: graphql-transport-ws\r\n`);
    for (const rubbish of ['\xff\xff\xff\xff', '\x81\x05hello', 'GET / HTTP/1.1\r\n\r\n', '\x00'.repeat(1000)])
      expect(await raw(accepted + rubbish)).toMatch(/^HTTP\/1\.1 101/);
    for (let nr = 0; nr < 10; nr++) {
      await raw(upgrade('/elsewhere', key), true);
      await raw(upgrade('/graphql'), true);
      await raw(accepted, true);
    }
    await sleep(50);
    expect(process.listenerCount('uncaughtException')).toBe(before);
  });

  test('to anything else is ignored: the request is answered', async () => {
    const body = '{"query":"{ factors { key } }"}';
    const offer = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n';
    const request = `POST /graphql HTTP/1.1\r\nHost: localhost\r\n${offer}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    expect(await raw(request)).toMatch(/^HTTP\/1\.1 200[\s\S]*"factors":\[\{"key":"diffusion"\},\{"key":"gru"\}\]/);
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    const warnings: string[] = [];
    const onWarning = ({ message }: Error): number => warnings.push(message);
    process.on('warning', onWarning);
    for (let nr = 0; nr < 15; nr++) {
      socket.write(request);
      expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 200/);
    }
    socket.destroy();
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });
});

test('closing the server ends sockets and streams, those of clients that do not answer too', async () => {
  const { id } = await newJob();
  const socket = await openSocket();
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: SUBSCRIPTION, variables: { id } } }));
  const response = await stream({ query: SUBSCRIPTION, variables: { id } });
  await until(async () => listeners() === 2);
  const deaf = await openSocket();
  deaf.pause();
  const closed = once(socket, 'close');
  const start = performance.now();
  await api.close();
  expect(performance.now() - start).toBeLessThan(3000);
  expect((await closed)[0]).toBe(1001);
  await response.text();
  expect(listeners()).toBe(0);
  deaf.terminate();
});
