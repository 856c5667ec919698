import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import type { FastifyRequest } from 'fastify';
import { GraphQLSchema } from 'graphql';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { requestContext } from '#lundong/graphql/context.js';
import { Tracing } from '#lundong/http/observability/tracing.js';
import type { Market } from '#lundong/lake/market.js';
import { type DemoServer, openDemoServer } from '../support/demo-workspace.js';
import { OPERATIONS_FOLDER } from '../support/operations.js';
import { attribute, type ReceivedSpan, TraceReceiver } from '../support/trace-receiver.js';

vi.mock('graphql', async () => (await import('../support/one-graphql.js')).default);

const OWN = readFileSync(`${OPERATIONS_FOLDER}/best-industries.graphql`, 'utf8');
const PARENT = { trace: '4bf92f3577b34da6a3ce929d0e0e4736', span: '00f067aa0ba902b7' };
const receiver = new TraceReceiver();
let server: DemoServer;
let isClosed = false;

beforeAll(async () => {
  server = await openDemoServer({ observe: { tracesEndpoint: `${await receiver.listen()}/` } });
});
afterAll(async () => {
  if (!isClosed) await server?.close();
  await receiver.close();
});

/** @param id of the request, to find its span by */
async function post(id: string, body: object, headers: Record<string, string> = {}): Promise<void> {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-request-id': id, ...headers },
    body: JSON.stringify(body),
  });
  await response.text();
}

const parent = (flags: string): Record<string, string> => ({
  traceparent: `00-${PARENT.trace}-${PARENT.span}-${flags}`,
});

function spanOf(id: string): ReceivedSpan {
  return receiver.spans.find((span) => attribute(span, 'lundong.request_id') === id) as ReceivedSpan;
}

const childrenOf = ({ spanId }: ReceivedSpan): ReceivedSpan[] =>
  receiver.spans.filter(({ parentSpanId }) => parentSpanId === spanId);

const millisecondsOf = ({ startTimeUnixNano, endTimeUnixNano }: ReceivedSpan): number =>
  Number(BigInt(endTimeUnixNano) - BigInt(startTimeUnixNano)) / 1e6;

test('operations and their root fields arrive as spans of the trace that the caller named', async () => {
  const began = Date.now();
  const variables = { asOf: '2025-11-19', top: 3 };
  await post('own', { query: OWN, variables }, parent('01'));
  await post('kept', { query: OWN, variables }, parent('01'));
  await post('unsampled', { query: OWN, variables }, parent('00'));
  await post('alone', { query: 'query Mine { one: factors { key } two: factor(key: "nonsense") { key } }' });
  await post('odd', { query: '{ factors { key } }' }, { traceparent: 'ff-nonsense' });
  await post('refused', { query: '{ factors { nonsense } }' });
  await post('mutation', { query: 'mutation { cancelJob(id: "x") }' });
  await server.store.manager.query('ALTER TABLE portfolio RENAME TO portfolio_away');
  await post('failed', { query: '{ portfolios { edges { node { key } } } }' });
  await server.store.manager.query('ALTER TABLE portfolio_away RENAME TO portfolio');
  await server.close(); // sends what has not been sent
  isClosed = true;

  expect([...receiver.paths]).toEqual(['POST /v1/traces']);
  const services = receiver.exports.flatMap(({ resourceSpans }) =>
    resourceSpans.map(({ resource }) => attribute(resource, 'service.name')),
  );
  expect(new Set(services)).toEqual(new Set(['lundong']));

  const own = spanOf('own');
  expect(own).toMatchObject({ name: 'query BestIndustries', traceId: PARENT.trace, parentSpanId: PARENT.span });
  expect(attribute(own, 'graphql.operation.name')).toBe('BestIndustries');
  expect(attribute(own, 'lundong.outcome')).toBe('ok');
  expect(attribute(own, 'lundong.caller')).toBe('address:127.0.0.1');
  expect(attribute(own, 'lundong.cost')).toBeGreaterThan(0);
  const [field, ...others] = childrenOf(own);
  expect(others).toEqual([]);
  expect(field).toMatchObject({ name: 'Query.factor', traceId: PARENT.trace });
  const times = [own.startTimeUnixNano, field?.startTimeUnixNano, field?.endTimeUnixNano, own.endTimeUnixNano].map(
    (time) => BigInt(time as string),
  );
  expect(times.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))).toEqual(times);
  expect(Number((times[0] as bigint) / 1_000_000n)).toBeGreaterThanOrEqual(began - 1);
  expect(Number((times[3] as bigint) / 1_000_000n)).toBeLessThanOrEqual(Date.now() + 1);
  // The ranking is computed below the root field, which itself only finds the factor.
  expect(millisecondsOf(field as ReceivedSpan)).toBeGreaterThan(millisecondsOf(own) / 3);

  const kept = spanOf('kept');
  expect(kept).toMatchObject({ name: 'query BestIndustries', traceId: PARENT.trace, parentSpanId: PARENT.span });
  expect(attribute(kept, 'lundong.outcome')).toBe('kept');
  expect(childrenOf(kept)).toEqual([]);

  expect(spanOf('unsampled')).toBeUndefined();

  const alone = spanOf('alone');
  expect(alone).toMatchObject({ name: 'query', traceId: expect.stringMatching(/^[0-9a-f]{32}$/) });
  expect(alone.traceId).not.toBe(PARENT.trace);
  expect(alone.parentSpanId).toBeUndefined();
  expect(attribute(alone, 'graphql.operation.name')).toBeUndefined();
  expect(childrenOf(alone).map(({ name, status }) => [name, status.code])).toEqual([
    ['Query.factors', 0],
    ['Query.factor', 2],
  ]);
  expect(spanOf('odd').parentSpanId).toBeUndefined();
  expect(attribute(spanOf('refused'), 'lundong.outcome')).toBe('refused');
  expect(childrenOf(spanOf('mutation')).map(({ name }) => name)).toEqual(['Mutation.cancelJob']);
  expect(spanOf('failed').status.code).toBe(2);
  expect(receiver.bodies.join()).not.toMatch(/2025-11-19|nonsense|query Mine/);
});

test('a collector that is away is told of in the log, and keeps no server from closing', async () => {
  const away = new TraceReceiver();
  const endpoint = await away.listen();
  await away.close();
  const log: string[] = [];
  const tracing = new Tracing(endpoint, new GraphQLSchema({}), (error) => log.push(String(error)));
  const context = requestContext({ dataVersion: 1 } as Market);
  tracing.record({ headers: {}, id: 'x' } as FastifyRequest, context, {
    outcome: 'refused',
    label: 'other',
    milliseconds: 1,
  });
  const begun = performance.now();
  await tracing.close();
  expect(performance.now() - begun).toBeLessThan(10_000);
  expect(log.join()).toMatch(/ECONNREFUSED/);
});

test('where nothing is traced, nothing of it is loaded', async () => {
  const script = `
    await import('#lundong/cli/api-server.js');
    const { _cache } = (await import('node:module')).default;
    console.log(Object.keys(_cache).filter((path) => /opentelemetry.(sdk|core|resources|exporter)/.test(path)).length);
    await import('#lundong/http/observability/tracing.js');
    console.log(Object.keys(_cache).filter((path) => /opentelemetry.(sdk|core|resources|exporter)/.test(path)).length);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  const [without, withTracing] = stdout.trim().split('\n').map(Number);
  expect(without).toBe(0);
  expect(withTracing).toBeGreaterThan(10);
});
