import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type DemoServer, openDemoServer } from '../support/demo-workspace.js';

vi.mock('graphql', async () => (await import('../support/one-graphql.js')).default);

let server: DemoServer;
beforeAll(async () => {
  server = await openDemoServer({ pointsPerMinute: 10_000_000 });
});
afterAll(() => server?.close());

const CLOSED = '{ factor(key: "diffusion") { ranking(asOf: "2025-11-21", top: 3) { items { value } } } }';
const NEWEST = '{ factor(key: "diffusion") { ranking(top: 3) { items { value } } } }';

function get(params: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${server.url}/graphql?${new URLSearchParams(params)}`, {
    headers: { 'apollo-require-preflight': '1', ...headers },
  });
}

function post(body: object, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

/** Statements that an operation sends to PostgreSQL once its own have been forgotten: none where it is not executed. */
async function isExecuted(send: () => Promise<Response>): Promise<boolean> {
  const { result, statements } = await server.statementsDuring(send);
  await result.text();
  return statements > 0;
}

test('a kept answer is the same, byte for byte, and bears the same headers', async () => {
  const [first, again] = [await get({ query: CLOSED }), await get({ query: CLOSED })];
  expect(await again.text()).toBe(await first.text());
  const told = ({ headers }: Response): object =>
    Object.fromEntries(
      [...headers].filter(([name]) => !/^(date|x-request-id|ratelimit-(remaining|reset))$/.test(name)),
    );
  expect(told(again)).toEqual(told(first));
  expect(told(first)).toMatchObject({
    etag: expect.stringMatching(/^"[\w-]{22}"$/),
    vary: 'Authorization, Accept',
    'ratelimit-limit': '10000000',
  });
});

test('closed days are good for an hour, the newest for half a minute, the rest never', async () => {
  const control = async (query: string): Promise<string | null> => {
    const [first, again] = [await get({ query }), await get({ query })];
    expect(again.headers.get('cache-control')).toBe(first.headers.get('cache-control'));
    return first.headers.get('cache-control');
  };
  expect(await control(CLOSED)).toBe('private, max-age=3600, must-revalidate');
  expect(await control(NEWEST)).toBe('private, max-age=30, must-revalidate');
  expect(await control('{ dataStatus { synthetic } }')).toBe('private, max-age=30, must-revalidate');
  expect(await control('{ rateLimit { limit } }')).toBe('no-store');
  expect(await control('{ portfolios { totalCount } }')).toBe('no-store');
  expect(await control('{ factor(key: "none") { key } }')).toBe('no-store');
  for (const query of [CLOSED, NEWEST]) expect((await post({ query })).headers.get('cache-control')).toBe('no-store');
});

test('who has the answer already is told so, executed or kept', async () => {
  const query = '{ factor(key: "diffusion") { ranking(asOf: "2025-10-31", top: 2) { items { value } } } }';
  const tag = (await get({ query })).headers.get('etag') as string;
  for (const headers of [
    { 'if-none-match': tag },
    { 'if-none-match': `W/${tag}` },
    { 'if-none-match': `"other", ${tag}` },
    { 'if-none-match': '*' },
    { 'if-none-match': tag, 'cache-control': 'no-cache' },
  ]) {
    const answer = await get({ query }, headers);
    expect({ status: answer.status, text: await answer.text(), tag: answer.headers.get('etag') }).toEqual({
      status: 304,
      text: '',
      tag,
    });
    expect(answer.headers.get('ratelimit-limit')).toBe('10000000');
  }
  expect((await get({ query }, { 'if-none-match': '"other"' })).status).toBe(200);
  expect((await post({ query }, { 'if-none-match': tag })).status).toBe(200);
});

test('GET and POST share answers, and the order of variables makes no other', async () => {
  const query =
    'query ($asOf: LocalDate, $params: FactorParams) { factor(key: "diffusion") { ranking(asOf: $asOf, params: $params, top: 1) { asOf } } }';
  const params = { diffusion: { lookback: 87, rule: 'MA' } };
  expect(await isExecuted(() => post({ query, variables: { asOf: '2025-09-30', params } }))).toBe(true);
  const swapped = { params: { diffusion: { rule: 'MA', lookback: 87 } }, asOf: '2025-09-30' };
  const forget = async (send: () => Promise<Response>): Promise<boolean> => {
    await server.forgetFactors();
    return isExecuted(send);
  };
  expect(await forget(() => post({ query, variables: swapped }))).toBe(false);
  // Apollo's own kind of GET, and one of another Accept, which may have another form.
  expect(await forget(() => get({ query, variables: JSON.stringify(swapped) }))).toBe(false);
  expect(await forget(() => get({ query, variables: JSON.stringify(swapped) }, { accept: 'application/json' }))).toBe(
    true,
  );
  expect(await forget(() => post({ query, variables: { ...swapped, asOf: '2025-09-29' } }))).toBe(true);
  expect(await forget(() => post({ query, variables: swapped }, { 'cache-control': 'no-cache' }))).toBe(true);
});

test('a number too large for JSON is not taken for null', async () => {
  const query = 'query ($top: Int) { factor(key: "diffusion") { ranking(top: $top) { asOf } } }';
  expect((await post({ query, variables: { top: null } })).status).toBe(200);
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `{"query":${JSON.stringify(query)},"variables":{"top":1e999}}`,
  });
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
});

test('what a page of another site could ask for is refused, kept or not', async () => {
  await (await get({ query: CLOSED })).text();
  const answer = await fetch(`${server.url}/graphql?${new URLSearchParams({ query: CLOSED })}`);
  expect(answer.status).toBe(400);
  expect(await answer.text()).toMatch(/apollo-require-preflight/);
  const twice = await fetch(`${server.url}/graphql?${new URLSearchParams({ query: CLOSED })}&query=x`, {
    headers: { 'apollo-require-preflight': '1' },
  });
  expect(twice.status).toBe(400);
});

test('an automatic persisted query is kept under its hash', async () => {
  const { createHash } = await import('node:crypto');
  const persisted = {
    extensions: JSON.stringify({
      persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(CLOSED).digest('hex') },
    }),
  };
  expect(await (await get(persisted)).json()).toMatchObject({
    errors: [{ extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }],
  });
  const told = (await (await get({ query: CLOSED, ...persisted })).json()) as { data: unknown };
  for (let times = 0; times < 2; times++) {
    const answer = await get(persisted);
    expect(answer.headers.get('cache-control')).toBe('private, max-age=3600, must-revalidate');
    expect(((await answer.json()) as { data: unknown }).data).toEqual(told.data);
  }
});

test('answers to requests too large to be put in order are not kept, nor to those that tell no length', async () => {
  const query = '{ factor(key: "diffusion") { ranking(asOf: "2025-07-01", top: 3) { items { value } } } }';
  const variables = (members: number): object =>
    Object.fromEntries(Array.from({ length: members }, (_, i) => [`v${i}`, i]));
  const isKept = async (send: () => Promise<Response>): Promise<boolean> => {
    await (await send()).text();
    await server.forgetFactors();
    return !(await isExecuted(send));
  };
  expect(await isKept(() => post({ query, variables: variables(1000) }))).toBe(true);
  expect(await isKept(() => post({ query, variables: variables(5000) }))).toBe(false);
  const streamed = (): Promise<Response> =>
    fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Blob([JSON.stringify({ query })]).stream(),
      duplex: 'half',
    } as RequestInit);
  expect(await isKept(streamed)).toBe(false);
});
