import 'reflect-metadata';
import { HeaderMap } from '@apollo/server';
import { getOperationAST, parse } from 'graphql';
import { expect, test, vi } from 'vitest';
import { toldErrors } from '#lundong/domain/measurements.js';
import { requestContext } from '#lundong/graphql/context.js';
import { auditPlugin } from '#lundong/graphql/plugins/audit.plugin.js';
import type { Market } from '#lundong/lake/market.js';

vi.mock('graphql', async () => (await import('../../support/one-graphql.js')).default);

test('a mutation that could not be recorded is answered 503, and counted among the errors that were told', async () => {
  const told: string[] = [];
  const stop = toldErrors.listen(({ code }) => told.push(code));
  const plugin = auditPlugin(() => Promise.reject(Object.assign(new Error('gone'), { code: 'ECONNREFUSED' })));
  const listener = await plugin.requestDidStart?.({} as never);
  const response = {
    http: { status: undefined, headers: new HeaderMap() },
    body: { kind: 'single', singleResult: { data: { done: true } } },
  };
  await listener?.willSendResponse?.({
    operation: getOperationAST(parse('mutation { done }')),
    request: {},
    response,
    contextValue: requestContext({} as Market),
  } as never);
  stop();
  expect(response.http.status).toBe(503);
  expect(response.http.headers.get('retry-after')).toBe('5');
  expect(JSON.stringify(response.body)).toMatch(/"code":"DATABASE_UNAVAILABLE"/);
  expect(JSON.stringify(response.body)).not.toMatch(/done/);
  expect(told).toEqual(['DATABASE_UNAVAILABLE']);
});
