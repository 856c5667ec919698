import { ApolloServer } from '@apollo/server';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type DemoServer, openDemoServer } from '../support/demo-workspace.js';
import { readOperations } from '../support/operations.js';

vi.mock('graphql', async () => (await import('../support/one-graphql.js')).default);

const POINTS = 3_000_000;

let server: DemoServer;
/** Only listens: which requests Apollo is given. */
const throughApollo = vi.spyOn(ApolloServer.prototype, 'executeHTTPGraphQLRequest');

beforeAll(async () => {
  server = await openDemoServer({ pointsPerMinute: POINTS });
});
afterEach(() => throughApollo.mockClear());
afterAll(() => server?.close());

interface Told {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly isApollo: boolean;
}

/** Sends past the response cache, and tells all that the caller sees but the clock, what is left to spend, and ids. */
async function send(body: unknown, headers: Record<string, string> = {}): Promise<Told> {
  const before = throughApollo.mock.calls.length;
  const answer = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'cache-control': 'no-cache', ...headers },
    body: JSON.stringify(body),
  });
  return {
    status: answer.status,
    headers: Object.fromEntries(
      [...answer.headers].filter(
        ([name]) => !/^(date|x-request-id|ratelimit-(remaining|reset)|content-length)$/.test(name),
      ),
    ),
    body: (await answer.text()).replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'an id'),
    isApollo: throughApollo.mock.calls.length > before,
  };
}

const apollo = (told: Told): Told => ({ ...told, isApollo: true });

describe('an operation sent again is answered without Apollo, in the same bytes', () => {
  test.each(readOperations())('$name', async ({ query, variables }) => {
    const first = await send({ query, variables });
    const again = await send({ query, variables });
    expect(first.isApollo).toBe(true);
    expect(again.isApollo).toBe(false);
    expect(apollo(again)).toEqual(first);
    expect(first.status).toBe(200);
  });
});

const INDUSTRY = 'query I($code: ID!) { industry(code: $code) { code nameZh } }';
const TWO = 'query A { factors { key } } query B { dataStatus { synthetic } }';

describe('what is refused, or ends with errors, is worded by Apollo however often it is sent', () => {
  test.each([
    ['a value that does not exist', INDUSTRY, { code: 'CI999999' }],
    ['a variable of the wrong type', INDUSTRY, { code: { a: 1 } }],
    ['a variable that is missing', INDUSTRY, {}],
    ['a null where none may be', INDUSTRY, { code: null }],
    ['too dear a range', 'query D($first: Int) { etfs(first: $first) { nodes { code } } }', { first: 100_000 }],
  ])('%s', async (_what, query, variables) => {
    await send({ query: INDUSTRY, variables: { code: 'CI005001' } });
    const [first, again] = [await send({ query, variables }), await send({ query, variables })];
    expect(again.isApollo).toBe(true);
    expect(again).toEqual(apollo(first));
    expect(JSON.parse(again.body).errors[0].extensions.code).not.toBe('INTERNAL');
  });

  test('an error in the middle is executed once and told once', async () => {
    const body = { query: INDUSTRY, variables: { code: 'CI005001' } };
    await send(body);
    const cost = async (code: string): Promise<number> => {
      const left = async () =>
        Number((await server.graphql('{ rateLimit { remaining } }')).body.data.rateLimit.remaining);
      const before = await left();
      await send({ ...body, variables: { code } });
      return before - (await left());
    };
    expect(await cost('none')).toBe(await cost('CI005001'));
  });
});

describe('what is known is the document and the operation meant, as Apollo takes it', () => {
  const isKnown = async (body: object, headers = {}): Promise<boolean> => !(await send(body, headers)).isApollo;

  test('one of several operations by its name', async () => {
    await send({ query: TWO, operationName: 'A' });
    expect(await isKnown({ query: TWO, operationName: 'A' })).toBe(true);
    expect(await isKnown({ query: TWO, operationName: 'B' })).toBe(false);
    expect(await isKnown({ query: TWO, operationName: 'B' })).toBe(true);
    expect(await isKnown({ query: TWO })).toBe(false);
    expect(JSON.parse((await send({ query: TWO, operationName: 'B' })).body).data).toEqual({
      dataStatus: { synthetic: true },
    });
  });

  test.each([
    ['another form of answer', {}, { accept: 'application/graphql-response+json' }],
    ['a form that no answer has', {}, { accept: 'text/html' }],
    ['extensions', { extensions: { a: 1 } }, {}],
    ['variables as a list', { variables: [] }, {}],
    ['variables as text', { variables: '{}' }, {}],
    ['an operation name that is none', { operationName: { toString: 1 } }, {}],
    ['an operation name that is not there', { operationName: 'C' }, {}],
    ['a query that is no text', { query: ['{ factors { key } }'] }, {}],
  ])('not %s', async (_what, other, headers) => {
    const query = '{ factors { key } }';
    await send({ query });
    expect(await isKnown({ query })).toBe(true);
    const [first, again] = [await send({ query, ...other }, headers), await send({ query, ...other }, headers)];
    expect(first.isApollo).toBe(true);
    expect(again).toEqual(first);
    expect(again.status).toBeLessThan(500);
  });

  test('not more than a thousand, however short: parsed, they take ten kilobytes each', async () => {
    const query = '{ first: factors { key } }';
    await send({ query });
    expect(await isKnown({ query })).toBe(true);
    for (let start = 0; start < 1000; start += 20)
      await Promise.all(
        Array.from({ length: 20 }, (_, index) => send({ query: `{ a${start + index}: factors { key } }` })),
      );
    expect(await isKnown({ query })).toBe(false);
  });

  test('no mutation', async () => {
    const query = 'mutation { cancelJob(id: "0b0f3a9e-58e6-4d8d-9d6b-2f0e0a6d7f11") { id } }';
    expect(await isKnown({ query })).toBe(false);
    expect(await isKnown({ query })).toBe(false);
  });
});
