import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { openTestWorkspace, type TestWorkspace } from '../support/database.js';

let opened: TestWorkspace;
let server: ChildProcess;
let port: number;

beforeAll(async () => {
  opened = await openTestWorkspace();
  server = fork(fileURLToPath(new URL('../support/abused-server.mjs', import.meta.url)), {
    execArgv: ['--expose-gc'],
    env: { ...process.env, ...opened.environment, RATE_LIMIT: '0' },
  });
  const [message] = await once(server, 'message');
  ({ port } = message as { port: number });
});
afterAll(async () => {
  if (server?.connected) {
    server.send('stop');
    await once(server, 'exit');
  }
  await opened?.close();
});

async function heapUsed(): Promise<number> {
  server.send('memory');
  const [message] = await once(server, 'message');
  return (message as { heapUsed: number }).heapUsed;
}

const times = (n: number, make: (i: number) => string): string =>
  Array.from({ length: n }, (_, i) => make(i)).join(' ');

/** @returns status and code, e.g. "400 COST_LIMIT"; "200" without errors */
async function outcomeOf(response: Response): Promise<string> {
  const { errors } = (await response.json()) as { errors?: { extensions?: { code?: string } }[] };
  return errors === undefined ? String(response.status) : `${response.status} ${errors[0]?.extensions?.code}`;
}

const send = (body: string, headers: Record<string, string> = {}): Promise<string> =>
  fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  }).then(outcomeOf);

const ask = (query: string, variables: object = {}): Promise<string> => send(JSON.stringify({ query, variables }));

const get = (search: string, headers: Record<string, string> = {}): Promise<string> =>
  fetch(`http://127.0.0.1:${port}/graphql?${search}`, { headers }).then(outcomeOf);

/** Sends bytes as they are and gives the status and code of the answer. */
async function raw(text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    answer += chunk;
  });
  socket.on('error', () => undefined);
  socket.write(text);
  await once(socket, 'close');
  const { errors } = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
  return `${answer.split(' ')[1]} ${errors[0].extensions.code}`;
}

async function stillAnswers(): Promise<void> {
  expect(await ask('{ factors { key } }')).toBe('200');
}

const KEY = 'query ($k: String!) { factor(key: $k) { key } }';
const EMPTY = '{"query":"{ factors { key } }"}';
const PREFLIGHT = { 'apollo-require-preflight': '1' };

const CASES: readonly [string, () => Promise<string>, string][] = [
  ['1,000 aliases', () => ask(`{ ${times(1000, (i) => `a${i}: factors { key }`)} }`), '400 COST_LIMIT'],
  ['101 aliases of next to nothing', () => ask(`{ factors { ${times(101, (i) => `a${i}: key`)} } }`), '400 COST_LIMIT'],
  ['21 root fields', () => ask(`{ ${times(21, (i) => `a${i}: __typename`)} }`), '400 COST_LIMIT'],
  [
    '21 mutations at once',
    () => ask(`mutation { ${times(21, (i) => `a${i}: cancelJob(id: "x")`)} }`),
    '400 COST_LIMIT',
  ],
  [
    'fragments in a circle',
    () => ask(`{ factors { ...F0 } } ${times(50, (i) => `fragment F${i} on Factor { ...F${(i + 1) % 50} }`)}`),
    '400 GRAPHQL_VALIDATION_FAILED',
  ],
  [
    'fragments that double 30 times',
    () =>
      ask(
        `{ factors { ...F0 } } ${times(30, (i) => `fragment F${i} on Factor { ...F${i + 1} ...F${i + 1} }`)} fragment F30 on Factor { key }`,
      ),
    '400 COST_LIMIT',
  ],
  ['selections 5,000 deep', () => ask(`${'{ a '.repeat(5000)}${'}'.repeat(5000)}`), '400 COST_LIMIT'],
  ['inline fragments 200 deep', () => ask(`{ ${'... { '.repeat(200)} __typename ${'} '.repeat(200)} }`), '200'],
  ['a query of 1 MB', () => ask(`{ ${'aaaa '.repeat(200_000)} }`), '400 COST_LIMIT'],
  ['a comment of 900 kB', () => ask(`{ factors { key } } #${'x'.repeat(900_000)}`), '200'],
  [
    'a body of 10 MB',
    () =>
      raw(
        'POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 10000000\r\n\r\n{',
      ),
    '413 PAYLOAD_TOO_LARGE',
  ],
  ['a batch', () => send(`[${Array(1000).fill(EMPTY).join()}]`), '400 BAD_REQUEST'],
  [
    'a page of two thousand million',
    () => ask('{ portfolios(first: 2147483647) { totalCount } }'),
    '200 INVALID_ARGUMENT',
  ],
  [
    'a page of more than there are numbers',
    () => ask('{ portfolios(first: 99999999999) { totalCount } }'),
    '400 GRAPHQL_VALIDATION_FAILED',
  ],
  ['a page of less than none', () => ask('{ portfolios(first: -1) { totalCount } }'), '200 INVALID_ARGUMENT'],
  ['a number for a text', () => ask(KEY, { k: 5 }), '400 BAD_USER_INPUT'],
  ['an object for a text', () => ask(KEY, { k: { toString: 'x' } }), '400 BAD_USER_INPUT'],
  ['nothing for a text', () => ask(KEY, { k: null }), '400 BAD_USER_INPUT'],
  ['NUL', () => ask(KEY, { k: '\u0000' }), '200 UNKNOWN_FACTOR'],
  [
    'half a surrogate',
    () => send(`{"query":${JSON.stringify(KEY)},"variables":{"k":"\\ud800"}}`),
    '200 UNKNOWN_FACTOR',
  ],
  ['half a surrogate in the document', () => ask('{ factor(key: "\\ud800") { key } }'), '400 GRAPHQL_PARSE_FAILED'],
  ['a text of 900 kB', () => ask(KEY, { k: 'x'.repeat(900_000) }), '200 UNKNOWN_FACTOR'],
  [
    'variables 100,000 deep',
    () => send(`{"query":${JSON.stringify(KEY)},"variables":{"k":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`),
    '400 BAD_USER_INPUT',
  ],
  ['a prototype', () => send('{"query":"{ factors { key } }","variables":{"__proto__":{"x":1}}}'), '400 BAD_REQUEST'],
  [
    '400 directives on one field',
    () => ask(`{ factors { key ${'@include(if: true) '.repeat(400)} } }`),
    '400 COST_LIMIT',
  ],
  [
    '200 directives that there are not',
    () => ask(`{ factors { key ${times(200, (i) => `@d${i}`)} } }`),
    '400 GRAPHQL_VALIDATION_FAILED',
  ],
  [
    '600 variables that are not used',
    () => ask(`query (${times(600, (i) => `$v${i}: Int`)}) { factors { key } }`),
    '400 COST_LIMIT',
  ],
  ['300 operations and no name', () => ask(times(300, (i) => `query Q${i} { factors { key } }`)), '400 COST_LIMIT'],
  [
    'introspection in itself',
    () => ask('{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }'),
    '400 GRAPHQL_VALIDATION_FAILED',
  ],
  ['what a form could post', () => send(EMPTY, { 'content-type': 'text/plain' }), '400 BAD_REQUEST'],
  [
    'a form',
    () => send('query=x', { 'content-type': 'application/x-www-form-urlencoded' }),
    '415 UNSUPPORTED_MEDIA_TYPE',
  ],
  ['what a picture could get', () => get('query={factors{key}}'), '400 BAD_REQUEST'],
  [
    'a mutation by GET',
    () => get(`query=${encodeURIComponent('mutation { cancelJob(id: "x") }')}`, PREFLIGHT),
    '405 BAD_REQUEST',
  ],
  ['variables by GET that are none', () => get('query={factors{key}}&variables=%7B', PREFLIGHT), '400 BAD_REQUEST'],
  ['a key of 9 kB', () => send(EMPTY, { authorization: `Bearer ${'x'.repeat(9000)}` }), '401 UNAUTHENTICATED'],
  ['headers of 40 kB', () => raw(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(40_000)}\r\n\r\n`), '431 BAD_REQUEST'],
  [
    'a foreign host name',
    () =>
      raw(
        `POST /graphql HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${EMPTY.length}\r\n\r\n${EMPTY}`,
      ),
    '401 UNAUTHENTICATED',
  ],
  [
    'a wrong hash',
    () =>
      send(
        JSON.stringify({
          query: '{ factors { key } }',
          extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } },
        }),
      ),
    '400 BAD_REQUEST',
  ],
];

describe('refused with a code, and the server goes on:', () => {
  test.each(CASES)('%s', async (_, abuse, expected) => {
    expect(await abuse()).toBe(expected);
    await stillAnswers();
  });

  test('a body that does not come', async () => {
    const begun = performance.now();
    expect(
      await raw(
        'POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"q',
      ),
    ).toBe('408 BAD_REQUEST');
    expect(performance.now() - begun).toBeLessThan(15_000);
  });
});

/** Opens a socket and waits until it has been closed, or for a message of a kind. */
async function webSocket(messages: readonly object[] | string): Promise<string> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws');
  try {
    await once(socket, 'open');
    const outcome = new Promise<string>((resolve) => {
      socket.on('close', (code) => resolve(String(code)));
      socket.on('message', (data) => {
        const { type, payload } = JSON.parse(String(data));
        if (type === 'error') resolve(payload[0].extensions.code);
      });
    });
    const texts = typeof messages === 'string' ? [messages] : messages.map((message) => JSON.stringify(message));
    if (typeof messages !== 'string') {
      socket.send('{"type":"connection_init"}');
      await once(socket, 'message');
    }
    for (const text of texts) socket.send(text);
    return await outcome;
  } finally {
    socket.terminate();
  }
}

const subscription = (id: number, query: string): object => ({ id: String(id), type: 'subscribe', payload: { query } });
const progress = (id: string): string => `subscription { jobProgress(id: "${id}") { status } }`;

const SOCKET_CASES: readonly [string, () => Promise<string>, string][] = [
  ['a message that is none', () => webSocket('nonsense'), '4400'],
  ['a message of 100 kB', () => webSocket('x'.repeat(100_000)), '1009'],
  ['a subscription before hello', () => webSocket(JSON.stringify(subscription(1, progress('x')))), '4401'],
  ['hello twice', () => webSocket([{ type: 'connection_init' }]), '4429'],
  ['a query', () => webSocket([subscription(1, '{ factors { key } }')]), 'BAD_REQUEST'],
  ['introspection', () => webSocket([subscription(1, '{ __schema { types { name } } }')]), 'BAD_REQUEST'],
  [
    '1,000 aliases',
    () => webSocket([subscription(1, `subscription { ${times(1000, (i) => `a${i}: jobProgress(id: "x") { id }`)} }`)]),
    'COST_LIMIT',
  ],
  [
    'two subscriptions in one',
    () =>
      webSocket([subscription(1, 'subscription { a: jobProgress(id: "x") { id } b: jobProgress(id: "y") { id } }')]),
    'GRAPHQL_VALIDATION_FAILED',
  ],
];

describe('refused over WebSocket, and the server goes on:', () => {
  test.each(SOCKET_CASES)('%s', async (_, abuse, expected) => {
    expect(await abuse()).toBe(expected);
    await stillAnswers();
  });

  test('2,000 subscriptions on one socket', async () => {
    expect(await webSocket(Array.from({ length: 2000 }, (_, i) => subscription(i, progress(`job ${i}`))))).toMatch(
      /^(COST_LIMIT|INVALID_ARGUMENT|UNKNOWN_JOB)$/,
    );
    await stillAnswers();
  });
});

async function idleSockets(count: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let i = 0; i < count; i++) sockets.push(connect(port, '127.0.0.1').on('error', () => undefined));
  await Promise.all(sockets.map((socket) => (socket.connecting ? once(socket, 'connect') : undefined)));
  return sockets;
}

describe('crowds', () => {
  test('2,000 connections that say nothing do not keep others from asking', async () => {
    const sockets = await idleSockets(2000);
    await stillAnswers();
    for (const socket of sockets) socket.destroy();
    await stillAnswers();
  });

  test('of 1,500 WebSockets that say nothing some are refused and the others closed', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 1500 }, async () => {
        const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws');
        return new Promise<string>((resolve) => {
          socket.on('unexpected-response', (request, { statusCode }) => {
            request.destroy();
            resolve(String(statusCode));
          });
          socket.on('error', () => undefined);
          socket.on('close', (code) => resolve(String(code)));
        });
      }),
    );
    const count = (outcome: string): number => outcomes.filter((one) => one === outcome).length;
    expect(count('4408') + count('503')).toBe(1500);
    // How many depends on how long the machine takes to open them: after three seconds of silence there is room again.
    expect(count('503')).toBeGreaterThan(0);
    await stillAnswers();
  });

  test('500 event streams that are dropped at once', async () => {
    await Promise.all(
      Array.from({ length: 500 }, async () => {
        const gone = AbortSignal.timeout(200);
        await fetch(`http://127.0.0.1:${port}/graphql/stream?${new URLSearchParams({ query: progress('x') })}`, {
          headers: { accept: 'text/event-stream' },
          signal: gone,
        }).catch(() => undefined);
      }),
    );
    await stillAnswers();
  });

  test('500 documents that differ, each to be kept under its hash', async () => {
    for (let i = 0; i < 500; i += 50)
      await Promise.all(
        Array.from({ length: 50 }, (_, n) => {
          const query = `{ a${i + n}: dataStatus { dataVersion } }`;
          const sha256Hash = createHash('sha256').update(query).digest('hex');
          return send(JSON.stringify({ query, extensions: { persistedQuery: { version: 1, sha256Hash } } }));
        }),
      );
    await stillAnswers();
  });
});

test('after all of it, and after all of it again, memory is what it was', async () => {
  const round = async (): Promise<void> => {
    for (const [, abuse] of [...CASES, ...SOCKET_CASES]) await abuse();
    for (const socket of await idleSockets(500)) socket.destroy();
  };
  await round();
  await sleep(500);
  const before = await heapUsed();
  for (let times = 0; times < 3; times++) await round();
  // What was dropped is let go of in its own time.
  await expect.poll(heapUsed, { timeout: 20_000, interval: 1000 }).toBeLessThan(1.2 * before);
  expect(server.exitCode).toBeNull();
  await stillAnswers();
});
