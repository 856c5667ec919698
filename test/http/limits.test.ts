import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type ApiServer, openApiServer } from '#lundong/cli/api-server.js';
import type { Caller } from '#lundong/domain/access.js';
import { LundongError } from '#lundong/domain/errors.js';
import { TrustedDocuments } from '#lundong/graphql/trusted-documents.js';
import { RateLimiter } from '#lundong/http/rate-limiter.js';
import type { ServerOptions } from '#lundong/http/server.js';
import { createKey } from '#lundong/store/access-key.repository.js';
import { openTestWorkspace, type TestWorkspace } from '../support/database.js';
import { type DemoServer, openDemoServer } from '../support/demo-workspace.js';
import { errorCodeOf } from '../support/error-code.js';

vi.mock('graphql', async () => (await import('../support/one-graphql.js')).default);

const MINUTE_MS = 60_000;

/** Waits, where a minute is about to end, until the next: what is counted below must be of one. */
async function earlyInMinute(needed = 20_000): Promise<void> {
  const left = MINUTE_MS - (Date.now() % MINUTE_MS);
  if (left < needed) await sleep(left + 50);
}

const caller = (name: string, pointsPerMinute: number | null = null): Caller => ({
  name,
  scopes: new Set(),
  expiresAt: null,
  pointsPerMinute,
});

const fail = (error: unknown): never => {
  throw error;
};

describe('the rate limiter', () => {
  let opened: TestWorkspace;
  beforeAll(async () => {
    opened = await openTestWorkspace();
  });
  afterAll(() => opened?.close());

  const limiter = (pointsPerMinute: number | null, onError: (error: unknown) => void = fail): RateLimiter =>
    new RateLimiter(opened.workspace.store, { pointsPerMinute, heavyAtOnce: 2, onError });

  test('takes points until none are left, and says when there are more', async () => {
    await earlyInMinute();
    const rates = limiter(1000);
    const state = rates.charge(caller('a'), 400);
    expect(state).toMatchObject({ limit: 1000, remaining: 600 });
    expect((state?.resetAt as number) % MINUTE_MS).toBe(0);
    expect(rates.charge(caller('a'), 600)).toMatchObject({ remaining: 0 });
    try {
      rates.charge(caller('a'), 1);
      expect.unreachable();
    } catch (error) {
      const { code, details } = error as LundongError;
      expect(code).toBe('RATE_LIMITED');
      const wait = ((state?.resetAt as number) - Date.now()) / 1000;
      expect(Number(details.retryAfter) - wait).toBeGreaterThanOrEqual(0);
      expect(Number(details.retryAfter) - wait).toBeLessThan(1.1);
    }
    expect(rates.charge(caller('b'), 1000)).toMatchObject({ remaining: 0 });
    expect(rates.charge(caller('c', 5000), 4000)).toMatchObject({ limit: 5000, remaining: 1000 });
    await rates.close();
  });

  test('a refusal takes nothing', async () => {
    await earlyInMinute();
    const rates = limiter(1000);
    rates.charge(caller('d'), 900);
    for (let i = 0; i < 10; i++) expect(errorCodeOf(() => rates.charge(caller('d'), 200))).toBe('RATE_LIMITED');
    expect(rates.charge(caller('d'), 100)).toMatchObject({ remaining: 0 });
    await rates.close();
  });

  test('where there is no limit nothing is counted', async () => {
    const rates = limiter(null);
    expect(rates.charge(caller('e'), 1e9)).toBeNull();
    expect(rates.stateOf(caller('e'))).toBeNull();
    await rates.close();
  });

  test('two processes let through what one would, and at most a quarter more', async () => {
    await earlyInMinute();
    const processes = [limiter(10_000), limiter(10_000)];
    let admitted = 0;
    // Twice what is allowed within two seconds, 50 points at a time: what one spends while the sums are under way is
    // what the other cannot know, and at a pace of a minute that would be less than a hundredth.
    for (let i = 0; i < 400; i++) {
      try {
        processes[i % 2]?.charge(caller('f'), 50);
        admitted += 50;
      } catch (error) {
        expect((error as LundongError).code).toBe('RATE_LIMITED');
      }
      await sleep(5);
    }
    expect(admitted).toBeGreaterThanOrEqual(10_000);
    expect(admitted).toBeLessThanOrEqual(12_500);
    await Promise.all(processes.map((one) => one.close()));
    const [{ points }] = await opened.workspace.store.manager.query(
      `SELECT points::int FROM access_usage WHERE caller = 'f'`,
    );
    expect(points).toBe(admitted);
  });

  test('without the database every process counts for itself', async () => {
    await earlyInMinute();
    const errors: unknown[] = [];
    const store = { manager: { query: () => Promise.reject(new Error('gone')) } } as never;
    const rates = new RateLimiter(store, {
      pointsPerMinute: 100,
      heavyAtOnce: 1,
      onError: (error) => errors.push(error),
    });
    for (let i = 0; i < 10; i++) {
      rates.charge(caller('g'), 10);
      await sleep(5);
    }
    expect(errorCodeOf(() => rates.charge(caller('g'), 10))).toBe('RATE_LIMITED');
    await rates.close();
    expect(errors).toHaveLength(1);
  });

  test('dear operations are few at once, and end once', async () => {
    const rates = limiter(null);
    const [first] = [rates.beginHeavy(caller('h')), rates.beginHeavy(caller('h'))];
    expect(errorCodeOf(() => rates.beginHeavy(caller('h')))).toBe('RATE_LIMITED');
    rates.beginHeavy(caller('i'));
    first();
    first();
    rates.beginHeavy(caller('h'));
    expect(errorCodeOf(() => rates.beginHeavy(caller('h')))).toBe('RATE_LIMITED');
    await rates.close();
  });
});

describe('the server', () => {
  let server: DemoServer;
  beforeAll(async () => {
    server = await openDemoServer({ pointsPerMinute: 20_000, heavyAtOnce: 2 });
  });
  afterAll(() => server?.close());

  const keyOf = async (pointsPerMinute: number | null = null): Promise<string> =>
    `Bearer ${await createKey(server.store.manager, 'test', { name: 'x', scopes: ['read'], expiresAt: null, pointsPerMinute })}`;

  test('tells the cost three ways, and they agree', async () => {
    await earlyInMinute();
    const key = await keyOf();
    const { body, headers } = await server
      .graphql('{ rateLimit { cost limit remaining resetAt } industries { code } }')
      .set('authorization', key);
    const cost = 1 + 4 + 1 + 31;
    expect(body.extensions.cost).toBe(cost);
    expect(body.data.rateLimit).toMatchObject({ cost, limit: 20_000, remaining: 20_000 - cost });
    expect(headers['ratelimit-limit']).toBe('20000');
    expect(headers['ratelimit-remaining']).toBe(String(20_000 - cost));
    const reset = (Date.parse(body.data.rateLimit.resetAt) - Date.now()) / 1000;
    expect(Math.abs(Number(headers['ratelimit-reset']) - reset)).toBeLessThan(2);
  });

  test('answers 429 with Retry-After to who has spent it all, and others still', async () => {
    await earlyInMinute();
    const key = await keyOf(100);
    const ask = (authorization: string) =>
      server.graphql('{ industries { code } }').set('authorization', authorization);
    for (let i = 0; i < 3; i++) expect((await ask(key)).status).toBe(200);
    const { status, body, headers } = await ask(key);
    expect(status).toBe(429);
    expect(body.errors[0].extensions).toMatchObject({ code: 'RATE_LIMITED', cost: 32, limit: 100, remaining: 4 });
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60);
    expect((await ask(await keyOf())).status).toBe(200);
  });

  test('says so at every door', async () => {
    await earlyInMinute();
    const headers = { authorization: await keyOf(25), accept: 'text/event-stream' };
    const at = (path: string, query: string): Promise<Response> =>
      fetch(`${server.url}${path}?${new URLSearchParams({ query })}`, { headers });
    const left = async (): Promise<number> =>
      (await server.graphql('{ rateLimit { remaining } }').set('authorization', headers.authorization)).body.data
        .rateLimit.remaining;
    const before = await left();
    expect((await at('/graphql/stream', 'subscription { nonsense }')).status).toBe(400);
    expect(before - (await left())).toBe(10 + 2);
    const table = '{ factor(key: "diffusion") { history(from: "2025-01-02", to: "2025-06-30") { data } } }';
    const progress = `subscription { ${'jobProgress(id: "x") { id status message progress } '} }`;
    for (const [path, query] of [
      ['/export/csv', table],
      ['/graphql/stream', progress],
    ] as const) {
      const refused = await at(path, query);
      expect([path, refused.status]).toEqual([path, 429]);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await refused.text()).toMatch(/"code":"RATE_LIMITED"/);
    }
  });

  test('takes something for nonsense, too', async () => {
    await earlyInMinute();
    const key = await keyOf(100);
    const { headers } = await server.graphql('{ nonsense }').set('authorization', key);
    expect(headers['ratelimit-remaining']).toBe('90');
  });

  test('lets a caller have few dear operations at once', async () => {
    const key = await keyOf(1_000_000);
    const dear = (i: number) =>
      server
        .graphql(
          `{ factor(key: "diffusion") { a: history(from: "2022-01-04", to: "2025-12-31", params: { diffusion: { lookback: ${200 + i} } }) { rowCount } b: history(from: "2022-01-04", to: "2025-12-31") { rowCount } } }`,
        )
        .set('authorization', key);
    const answers = await Promise.all([0, 1, 2, 3].map(dear));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(answers.length - refused.length).toBeGreaterThanOrEqual(2);
    for (const { body } of refused) expect(body.errors[0].message).toMatch(/^2 dear operations of yours are under way/);
    expect((await dear(9)).status).toBe(200);
  });
});

test('an operation that takes too long is ended, and the server goes on', async () => {
  const server = await openDemoServer({ queryTimeout: 0.1 });
  const history = (i: number): string =>
    `a${i}: history(from: "2022-01-04", to: "2025-12-31", params: { diffusion: { lookback: ${100 + i} } }) { data }`;
  try {
    const { status, body } = await server.graphql(
      `{ factor(key: "diffusion") { ${Array.from({ length: 9 }, (_, i) => history(i)).join(' ')} } }`,
    );
    expect(status).toBe(504);
    expect(body.errors).toEqual([
      {
        message: expect.stringMatching(/^The answer took longer than 0.1 seconds/),
        extensions: { code: 'TIMEOUT', seconds: 0.1 },
      },
    ]);
    await expect
      .poll(async () => (await server.graphql('{ factors { key } }')).body.data, { timeout: 20_000 })
      .toEqual({ factors: [{ key: 'diffusion' }, { key: 'gru' }] });
  } finally {
    await server.close();
  }
});

describe('a server that', () => {
  let opened: TestWorkspace;
  let api: ApiServer | null = null;
  beforeAll(async () => {
    opened = await openTestWorkspace();
  });
  afterEach(() => api?.close());
  afterAll(() => opened?.close());

  async function serve(overrides: Partial<ServerOptions>): Promise<(query: string) => Promise<string>> {
    api = await openApiServer(opened.workspace, 'serve', { ...overrides, logLevel: 'silent' });
    const url = await api.app.listen({ host: '127.0.0.1', port: 0 });
    return async (query) => {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'cache-control': 'no-cache' },
        body: JSON.stringify({ query }),
      });
      const { errors } = (await response.json()) as { errors?: { message: string; extensions: { code: string } }[] };
      return errors === undefined ? 'ok' : `${response.status} ${errors[0]?.extensions.code}: ${errors[0]?.message}`;
    };
  }

  test.each([
    [true, /^403 UNTRUSTED_DOCUMENT: /],
    [false, /^ok$/],
  ])('has documents that it trusts, others refused: %s', async (isEnforced, others) => {
    const folder = fileURLToPath(new URL('../../schema/operations', import.meta.url));
    const ask = await serve({ documents: TrustedDocuments.read(folder, isEnforced) });
    const known = readFileSync(`${folder}/data-status.graphql`, 'utf8');
    expect(await ask(known)).toBe('ok');
    expect(await ask(known.replace(/^#.*\n/gm, '').replace(/\s+/g, ' '))).toBe('ok');
    for (const query of [known.replace('synthetic', ''), '{ factors { key } }'])
      expect(await ask(query)).toMatch(others);
  });

  test('tells no schema refuses to, and lets nothing of it slip into messages', async () => {
    const ask = await serve({ introspection: false });
    for (const query of [
      '{ __schema { types { name } } }',
      '{ ...F } fragment F on Query { __type(name: "Query") { name } }',
    ])
      expect(await ask(query)).toMatch(/^403 INTROSPECTION_OFF: /);
    const misspelt = await ask('{ dataStatu { synthetic } }');
    expect(misspelt).toMatch(/^400 GRAPHQL_VALIDATION_FAILED: /);
    expect(misspelt).not.toMatch(/dataStatus/);
    expect(await ask('{ __typename factors { __typename } }')).toBe('ok');
  });
});
