import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import WebSocket from 'ws';
import { type ApiServer, openApiServer } from '#lundong/cli/api-server.js';
import { parseApiKey } from '#lundong/domain/access.js';
import { createKey } from '#lundong/store/access-key.repository.js';
import { openTestWorkspace, type TestWorkspace } from '../support/database.js';
import { LogLines } from '../support/log-lines.js';

vi.mock('graphql', async () => (await import('../support/one-graphql.js')).default);

const JWT =
  'eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJxdWFudCIsInNjb3BlIjoicmVhZCJ9.c2lnbmF0dXJlLW9mLXRoZS1pc3N1ZXI';
const COOKIE = 'session=5f0c1b7e9a2d4c68';

const log = new LogLines();
/** Everything that was answered with errors, headers included. */
const answers: string[] = [];
let opened: TestWorkspace;
let api: ApiServer;
let url: string;
let good: string;
let admin: string;
/** Of the right form, and nobody's: its secret has no hyphen, so that it can stand where a name is asked for. */
let unknown: string;

beforeAll(async () => {
  opened = await openTestWorkspace();
  good = await newKey();
  admin = await newKey();
  unknown = `ldk_0123456789ab_${'Zz9_'.repeat(10)}abc`;
  api = await openApiServer(opened.workspace, 'serve', { logLevel: 'debug', logTo: log });
  url = await api.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await api?.close();
  await opened?.close();
});

function newKey(): Promise<string> {
  const { manager } = opened.workspace.store;
  return createKey(manager, 'test', {
    name: 'test',
    scopes: ['read', 'admin'],
    expiresAt: null,
    pointsPerMinute: null,
  });
}

async function note(response: Response): Promise<Response> {
  answers.push(JSON.stringify([...response.headers]), await response.clone().text());
  return response;
}

function post(body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${good}`, cookie: COOKIE, ...headers },
    body,
  }).then(note);
}

/** Sends a secret in every place of a request where one can stand. */
async function sendEverywhere(secret: string): Promise<void> {
  const headers = { authorization: `Bearer ${good}` };
  const gets = [
    `/graphql?query={x}&key=${secret}`,
    `/${secret}`,
    `/graphql?query={${secret}}`,
    `/metrics?token=${secret}`,
  ];
  for (const path of gets) await fetch(`${url}${path}`, { headers }).then(note);
  for (const authorization of [`Bearer ${secret}`, `Basic ${secret}`, secret, `Bearer ${secret} ${secret}`])
    await post('{"query":"{ factors { key } }"}', { authorization, 'x-request-id': secret, 'user-agent': secret });
  const name = /^\w+$/.test(secret) ? secret : 'Named';
  const operations = [
    { query: `{ ${secret} }` },
    { query: `query ${name} { factors { key } }` },
    { query: `query ${name} { portfolios { edges { node { key } } } }` },
    { query: `{ factor(key: "${secret}") { key } }` },
    { query: `{ industry(code: "${secret}") { code } }` },
    { query: 'query ($key: String!) { factor(key: $key) { key } }', variables: { key: secret } },
    {
      query: 'query ($asOf: LocalDate) { factor(key: "diffusion") { ranking(asOf: $asOf) { asOf } } }',
      variables: { asOf: secret },
    },
    { query: '{ factors { key } }', operationName: secret },
    { query: '{ factors { key } }', variables: { [secret]: 1 } },
    { query: `mutation { registerModel(name: "${secret}") { name } }` },
    { query: `{ node(id: "${secret}") { id } }` },
  ];
  for (const operation of operations) await post(JSON.stringify(operation));
  await post(`{"query": "${secret}`);
  await post(JSON.stringify(secret), { 'content-type': secret });
  const query = `subscription { jobProgress(id: "${secret}") { status } }`;
  const sse = { ...headers, accept: 'text/event-stream' };
  await fetch(`${url}/graphql/stream?${new URLSearchParams({ query })}`, { headers: sse }).then(note);
  for (const connectionParams of [{ authorization: `Bearer ${secret}` }, { authorization: secret }, { key: secret }])
    await overSocket(connectionParams, query);
  await overSocket({ authorization: `Bearer ${good}`, [secret]: secret }, query);
}

async function overSocket(connectionParams: Record<string, string>, query: string): Promise<void> {
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams,
  });
  const told: unknown[] = [];
  await new Promise<void>((resolve) => {
    client.on('closed', (event) => told.push((event as { reason?: string }).reason));
    client.subscribe(
      { query },
      {
        next: (value) => told.push(value),
        error: (error) => {
          told.push(error instanceof Error ? error.message : error);
          resolve();
        },
        complete: resolve,
      },
    );
  });
  await client.dispose();
  answers.push(JSON.stringify(told));
}

test('keys, tokens, cookies and passwords are in no log line, no error answer and no metric, wherever they were sent', async () => {
  const { manager } = opened.workspace.store;
  for (const secret of [good, admin, unknown, JWT]) {
    await sendEverywhere(secret);
    // A fault of ours, whose cause is logged whole.
    await manager.query('ALTER TABLE portfolio RENAME TO portfolio_away');
    await sendEverywhere(secret);
    await manager.query('ALTER TABLE portfolio_away RENAME TO portfolio');
  }
  // Bytes that are no HTTP.
  const broken = connect(Number(new URL(url).port), '127.0.0.1');
  broken.end(`GET /graphql HTTP/1.1\r\nAuthorization Bearer ${good}\r\n\r\n`);
  answers.push(String(await text(broken)));
  expect(answers.at(-1)).toMatch(/^HTTP\/1\.1 400 /);
  const metrics = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${admin}` } });
  expect(metrics.status).toBe(200);

  const password = new URL(opened.environment.DATABASE_URL).password;
  expect(password.length).toBeGreaterThan(7);
  const secrets = [
    ...[good, admin, unknown].flatMap((key) => [key, parseApiKey(key)?.secret as string]),
    JWT,
    JWT.split('.')[2] as string,
    COOKIE,
    password,
  ];
  const places = { log: log.text, answers: answers.join('\n'), metrics: await metrics.text() };
  expect(log.with('operation failed').length).toBeGreaterThan(0);
  expect(places.answers).toMatch(/INTERNAL/);
  for (const [place, written] of Object.entries(places))
    for (const secret of secrets) expect(written.includes(secret), `${secret} in ${place}`).toBe(false);
  // What was found in their place: they did come by.
  expect(places.log).toContain('ldk_0123456789ab_…');
  expect(places.answers).toContain('ldk_0123456789ab_…');
});

test('what the log is told on purpose it does not write down', async () => {
  const before = log.text.length;
  api.app.log.error(
    {
      headers: { authorization: 'Negotiate YIIJvwYGKwYBBQUCoIIJszCC', cookie: COOKIE },
      database: opened.environment.DATABASE_URL,
      err: new Error(`connect ${opened.environment.DATABASE_URL} as Bearer ${good}`),
    },
    `${JWT} ${good}`,
  );
  const written = log.text.slice(before);
  for (const secret of [
    good,
    JWT,
    COOKIE,
    'YIIJvwYGKwYBBQUCoIIJszCC',
    new URL(opened.environment.DATABASE_URL).password,
  ])
    expect(written).not.toContain(secret);
  expect(written).toMatch(/postgres(ql)?:\/\/\w+:…@127\.0\.0\.1/);
  expect(JSON.parse(written)).toMatchObject({ level: 50, headers: { authorization: '…', cookie: '…' } });
});
