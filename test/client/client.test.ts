import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import * as client from '#client';
import { type Client, createClient, type Operation } from '#client';
import type { Scope } from '#lundong/domain/access.js';
import { TrustedDocuments } from '#lundong/graphql/trusted-documents.js';
import { createKey } from '#lundong/store/access-key.repository.js';
import { readAllOperations } from '../support/operations.js';
import { openServedDemo, type ServedDemo } from '../support/served-demo.js';

vi.mock('graphql', async () => (await import('../support/one-graphql.js')).default);

const { ApiError, BestIndustries, EtfList, IndustryDetail, JobProgress, RunBacktest, items, pages, tableRows } = client;

let server: ServedDemo;
let apiKey: string;

const newKey = (scopes: readonly Scope[], pointsPerMinute: number | null = null): Promise<string> =>
  createKey(server.workspace.store.manager, 'test', { name: 'test', scopes, expiresAt: null, pointsPerMinute });

// Keys are asked for, and of documents only those of schema/operations are executed: the client has no others.
beforeAll(async () => {
  const folder = fileURLToPath(new URL('../../schema/operations', import.meta.url));
  server = await openServedDemo(
    async ({ store: { manager } }) => {
      const scopes = ['read', 'compute'] as const;
      apiKey = await createKey(manager, 'test', { name: 'test', scopes, expiresAt: null, pointsPerMinute: 10_000_000 });
    },
    { documents: TrustedDocuments.read(folder, true) },
  );
});
afterAll(() => server?.close());

/** A client that notes how each request went. */
function watched(options: Partial<client.ClientOptions> = {}): { client: Client; told: string[] } {
  const told: string[] = [];
  const made = createClient({
    url: `${server.url}/graphql`,
    apiKey,
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      const sent = new URL(String(input)).searchParams.has('query') ? ' with text' : '';
      told.push(`${init?.method ?? 'GET'}${sent} ${response.status}`);
      return response;
    },
    ...options,
  });
  return { client: made, told };
}

async function failureOf(promise: Promise<unknown>): Promise<client.ApiError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApiError)) throw new Error(`no ApiError: ${error}`);
  return error;
}

test('it has every operation of schema/operations, and nothing is sent that is not trusted', async () => {
  const known = Object.values(client).flatMap((one) =>
    typeof one === 'object' && 'sha256' in one ? [one as Operation<client.OperationKind, unknown, unknown>] : [],
  );
  const files = readAllOperations();
  expect(known.map(({ name }) => name).sort()).toEqual(
    files.map(({ query }) => /^(?:query|mutation|subscription) (\w+)/m.exec(query)?.[1]).sort(),
  );
  const own: Operation<'query', unknown, Record<string, never>> = {
    kind: 'query',
    name: 'Own',
    text: 'query Own { factors { key } }',
  };
  expect(await failureOf(watched().client.query(own))).toMatchObject({ code: 'UNTRUSTED_DOCUMENT', status: 403 });
});

test('it gives what the server gives, and beside it the version of the data', async () => {
  const { client: made, told } = watched();
  const { data, extensions } = await made.answer(BestIndustries, { asOf: '2025-11-21', top: 6, bottom: 3 });
  const operation = readAllOperations().find(({ name }) => name === 'best-industries');
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
    body: JSON.stringify({ query: operation?.query, variables: operation?.variables }),
  });
  const body = (await response.json()) as { data: unknown; extensions: { dataVersion: number; cost: number } };
  expect(data).toEqual(body.data);
  expect(data.factor?.ranking.items).toHaveLength(9);
  expect(extensions).toEqual(body.extensions);
  expect(extensions.dataVersion).toBe(server.api.markets.current().dataVersion);
  expect(told).toEqual(['POST 200']);
});

describe('errors', () => {
  const DETAIL = { code: 'CI009999', from: '2025-11-03', to: '2025-11-21' };

  test('are told by code, path and what there was of the answer', async () => {
    const { client: made, told } = watched();
    const error = await failureOf(made.query(IndustryDetail, DETAIL));
    expect(error).toMatchObject({
      name: 'ApiError',
      code: 'UNKNOWN_INDUSTRY',
      path: ['industry'],
      status: 200,
      data: { industry: null },
      isTransient: false,
    });
    expect(error.message).toContain('CI009999');
    expect(error.errors).toHaveLength(1);
    expect(told).toEqual(['POST 200']);
  });

  test('of a key come with their status, those of scope with the scope', async () => {
    const none = await failureOf(createClient({ url: `${server.url}/graphql` }).query(client.DataStatus));
    expect(none).toMatchObject({ code: 'UNAUTHENTICATED', status: 401, path: [], data: null });
    const reader = watched({ apiKey: await newKey(['read']) });
    const forbidden = await failureOf(reader.client.mutate(client.CancelJob, { id: 'x' }));
    expect(forbidden).toMatchObject({ code: 'FORBIDDEN', status: 403, details: { scope: 'compute' } });
    expect(reader.told).toEqual(['POST 403']);
  });

  test('of the rate are not waited out where that takes longer than it may', async () => {
    const { client: made, told } = watched({
      apiKey: await newKey(['read'], 300),
      retry: { attempts: 2, longestWaitMs: 0 },
    });
    const spend = async (): Promise<never> => {
      for (;;) await made.query(BestIndustries, { asOf: '2025-11-20' });
    };
    const error = await failureOf(spend());
    expect(error).toMatchObject({ code: 'RATE_LIMITED', status: 429, isTransient: true });
    expect(error.retryAfterMs).toBeGreaterThan(0);
    expect(error.retryAfterMs).toBeLessThanOrEqual(60_000);
    expect(told.filter((one) => one === 'POST 429')).toHaveLength(1);
  });

  test('of the network have a code, too', async () => {
    const nobody = createClient({ url: 'http://127.0.0.1:1/graphql' });
    expect(await failureOf(nobody.query(client.DataStatus))).toMatchObject({ code: 'NETWORK', status: null });
  });
});

test('kept answers are asked for by their hash, and not sent again while they hold', async () => {
  const { client: made, told } = watched({ keptAnswers: 2 });
  const ask = (asOf: string) => made.answer(BestIndustries, { asOf, top: 3 });
  const first = await ask('2025-10-30');
  expect(told.splice(0)).toEqual(['GET 200', 'GET with text 200']); // first the server did not know the hash
  expect((await ask('2025-10-30')).data).toBe(first.data);
  expect(told.splice(0)).toEqual(['GET 304']);
  expect((await ask('2025-10-31')).data).not.toEqual(first.data);
  await ask('2025-11-03'); // the third: the first is forgotten
  expect(told.splice(0)).toEqual(['GET 200', 'GET 200']);
  expect((await ask('2025-10-30')).data).toEqual(first.data);
  expect(told.splice(0)).toEqual(['GET 200']);
  const many = Array.from({ length: 900 }, (_, index) => `CI00${index}`).join();
  await failureOf(made.query(client.Node, { id: many }));
  expect(told).toEqual(['POST 200']); // too long for an address
});

test('lists are gone through page by page, and no further than wanted', async () => {
  const { client: made, told } = watched();
  const variables = { orderBy: 'CODE_ASC', asOf: '2025-11-21', first: 70 } as const;
  const codes: string[] = [];
  for await (const { code } of items(made, EtfList, variables, ({ etfs }) => etfs)) codes.push(code);
  expect(codes).toHaveLength(200);
  expect(codes).toEqual([...new Set(codes)].sort());
  expect(told.splice(0)).toEqual(['POST 200', 'POST 200', 'POST 200']);
  for await (const { totalCount, edges } of pages(made, EtfList, variables, ({ etfs }) => etfs)) {
    expect({ totalCount, length: edges.length }).toEqual({ totalCount: 200, length: 70 });
    break;
  }
  expect(told.splice(0)).toEqual(['POST 200']);
  const member = { code: 'CI005027', asOf: '2025-11-21', from: '2025-11-20', to: '2025-11-21', first: 5 };
  const stocks: string[] = [];
  for await (const { stock } of items(made, IndustryDetail, member, ({ industry }) => industry?.members)) {
    stocks.push(stock);
    if (stocks.length === 8) break;
  }
  expect(new Set(stocks).size).toBe(8);
  expect(told).toEqual(['POST 200', 'POST 200']);
});

test('tables become rows', async () => {
  const { factor } = await watched().client.query(client.DiffusionHistory, { from: '2025-11-17', to: '2025-11-21' });
  const history = factor?.history as NonNullable<typeof factor>['history'];
  const rows = tableRows(history, { date: 'LocalDate', CI005017: 'Float' });
  const column = history.columns.findIndex(({ name }) => name === 'CI005017');
  expect(rows).toEqual(
    (history.data[0] as string[]).map((date, row) => ({ date, CI005017: (history.data[column] as number[])[row] })),
  );
  expect(rows.map(({ date }) => date)).toEqual([17, 18, 19, 20, 21].map((day) => `2025-11-${day}`));
  expect(Object.keys(tableRows(history)[0] ?? {})).toEqual(history.columns.map(({ name }) => name));
  expect(() => tableRows(history, { CI005099: 'Float' })).toThrow(/no column "CI005099"; it has date, CI005001/);
  expect(() => tableRows(history, { date: 'Float' })).toThrow(/"date" is no Float: it is LocalDate/);
});

describe('a backtest', () => {
  let stopWorker: () => Promise<void>;
  beforeAll(() => {
    stopWorker = server.startWorker();
  });
  afterAll(() => stopWorker?.());

  const input = (idempotencyKey: string, from = '2024-01-02') => ({
    portfolio: { key: 'followed', factor: 'diffusion', size: 5, rebalance: 'WEEKLY' as const },
    from,
    to: '2025-11-21',
    idempotencyKey,
  });

  test('is followed until it has ended, and then is there', async () => {
    const { client: made } = watched();
    const { runBacktest } = await made.mutate(RunBacktest, { input: input('one') });
    const seen: { status: string; progress: number }[] = [];
    for await (const { jobProgress } of made.subscribe(JobProgress, { id: runBacktest.id })) seen.push(jobProgress);
    expect(seen.at(-1)).toMatchObject({ id: runBacktest.id, status: 'SUCCEEDED', progress: 1 });
    expect(seen.map(({ progress }) => progress)).toEqual(seen.map(({ progress }) => progress).sort((a, b) => a - b));
    const { backtest } = await made.query(client.BacktestResult, { id: runBacktest.id });
    expect(backtest?.metrics?.totalReturn).toBeCloseTo(
      (tableRows(backtest?.nav as NonNullable<NonNullable<typeof backtest>['nav']>, { portfolio: 'Float' }).at(-1)
        ?.portfolio as number) - 1,
      12,
    );
    const again = await made.mutate(RunBacktest, { input: input('one') });
    expect(again.runBacktest).toMatchObject({ id: runBacktest.id, status: 'SUCCEEDED' });
  });

  test('that there is none of, and one without a key, are refused', async () => {
    const id = Buffer.from(`Backtest:${randomUUID()}`).toString('base64url');
    const follow = async (made: Client): Promise<void> => {
      for await (const _ of made.subscribe(JobProgress, { id })) expect.unreachable();
    };
    expect((await failureOf(follow(watched().client))).code).toBe('UNKNOWN_JOB');
    const refused = await failureOf(follow(watched({ apiKey: undefined }).client));
    expect(refused).toMatchObject({ code: 'UNAUTHENTICATED', status: 401 });
  });
});

describe('leaving', () => {
  test('a request ends it with the reason given', async () => {
    const abort = new AbortController();
    const { client: made } = watched({
      fetch: (url, init) => {
        queueMicrotask(() => abort.abort(new Error('had enough')));
        return fetch(url, init);
      },
    });
    const request = made.query(BestIndustries, { asOf: '2025-09-30' }, { signal: abort.signal });
    await expect(request).rejects.toThrow('had enough');
  });

  test('a subscription ends its stream, by signal and by leaving the loop', async () => {
    const { client: made } = watched();
    const { job } = await server.api.services.queue.submit('backtest', { nobody: 'works' }, 0, null);
    const id = Buffer.from(`Backtest:${job.id}`).toString('base64url');
    const { changes } = server.api.services.queue as unknown as { changes: { listenerCount(name: string): number } };
    const listeners = (): number => changes.listenerCount(job.id);
    const abort = new AbortController();
    const follow = async (): Promise<void> => {
      for await (const { jobProgress } of made.subscribe(JobProgress, { id }, { signal: abort.signal })) {
        expect(jobProgress.status).toBe('QUEUED');
        expect(listeners()).toBe(1);
        abort.abort(new Error('had enough'));
      }
    };
    await expect(follow()).rejects.toThrow('had enough');
    await vi.waitFor(() => expect(listeners()).toBe(0));
    for await (const { jobProgress } of made.subscribe(JobProgress, { id })) {
      expect(jobProgress.status).toBe('QUEUED');
      break;
    }
    await vi.waitFor(() => expect(listeners()).toBe(0));
  });
});
