import 'reflect-metadata';
import { expect, test, vi } from 'vitest';
import type { LundongError } from '#lundong/domain/errors.js';
import { buildApiSchema } from '#lundong/graphql/schema.js';
import { requireOneTable } from '#lundong/http/export/exported-table.js';
import { RESOLVERS } from '#lundong/modules/resolvers.js';

vi.mock('graphql', async () => (await import('../../support/one-graphql.js')).default);

const schema = buildApiSchema(RESOLVERS);
const HISTORY = 'history(from: "2025-01-02", to: "2025-11-21") { data }';

/** Name of the operation, or what is wrong with it. */
function judged(query: string, operationName?: string): unknown {
  try {
    return requireOneTable(schema, { query, ...(operationName === undefined ? {} : { operationName }) });
  } catch (error) {
    const { code, message, details } = error as LundongError;
    return `${code} ${details.tables} ${message}`;
  }
}

test.each([
  ['one table', `query One { factor(key: "diffusion") { ${HISTORY} } }`, 'One'],
  ['without a name', `{ factor(key: "diffusion") { ${HISTORY} } }`, null],
  [
    'in fragments that are spread twice',
    `query One { factor(key: "diffusion") { ...h ... on Factor { ...h } } } fragment h on Factor { ${HISTORY} }`,
    'One',
  ],
  ['what is no GraphQL is left to the executor', '{ nonsense', null],
  ['no operation is left to the executor', 'fragment h on Factor { key }', null],
  ['several operations without a name, too', `query A { factors { key } } query B { factors { key } }`, null],
])('%s', (_, query, expected) => expect(judged(query)).toBe(expected));

test.each([
  ['none', '{ factors { key } }', /^NOT_ONE_TABLE 0 This asks for no table/],
  ['fields that there are not', '{ nothing { data } }', /^NOT_ONE_TABLE 0/],
  ['a fragment in a circle', '{ ...a } fragment a on Query { ...a }', /^NOT_ONE_TABLE 0/],
  [
    'two',
    '{ factor(key: "gru") { evaluation(from: "2025-01-02", to: "2025-11-21") { ic { data } quantileReturns { data } } } }',
    /^NOT_ONE_TABLE 2 This asks for 2 tables: factor\.evaluation\.ic, factor\.evaluation\.quantileReturns/,
  ],
  [
    'two by aliases',
    `{ a: factor(key: "gru") { ${HISTORY} } b: factor(key: "diffusion") { ${HISTORY} } }`,
    /^NOT_ONE_TABLE 2 .*: a\.history, b\.history;/,
  ],
  [
    'one in a list',
    `{ factors { ${HISTORY} } }`,
    /^NOT_ONE_TABLE 1 The table factors\.history lies in the list factors, which may have many/,
  ],
  [
    'one in a list of a connection',
    '{ backtests(first: 1) { edges { node { nav { data } } } } }',
    /^NOT_ONE_TABLE 1 .* lies in the list backtests\.edges/,
  ],
  ['a mutation', 'mutation { createPortfolio(input: { key: "a" }) { key } }', /^NOT_ONE_TABLE 0 .* a mutation\.$/],
  ['a subscription', 'subscription { jobProgress(id: "a") { status } }', /^NOT_ONE_TABLE 0 .* a subscription\.$/],
])('%s is refused', (_, query, expected) => expect(judged(query)).toMatch(expected));

test('of several operations the one that is named counts', () => {
  const query = `query A { factors { key } } query B { factor(key: "gru") { ${HISTORY} } }`;
  expect(judged(query, 'A')).toMatch(/^NOT_ONE_TABLE 0/);
  expect(judged(query, 'B')).toBe('B');
});
