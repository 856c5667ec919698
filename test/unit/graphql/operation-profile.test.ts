import 'reflect-metadata';
import {
  getNamedType,
  getNullableType,
  getOperationAST,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  parse,
} from 'graphql';
import { describe, expect, test, vi } from 'vitest';
import type { LocalDate } from '#lundong/domain/local-date.js';
import { COST_LIMIT } from '#lundong/graphql/operation-guard.js';
import { type OperationProfile, profileOperation } from '#lundong/graphql/operation-profile.js';
import { buildApiSchema } from '#lundong/graphql/schema.js';
import { RESOLVERS } from '#lundong/modules/resolvers.js';
import { errorCodeOf } from '../../support/error-code.js';

vi.mock('graphql', async () => (await import('../../support/one-graphql.js')).default);

const schema = buildApiSchema(RESOLVERS);
const SPAN = { from: '2022-01-04' as LocalDate, to: '2025-12-31' as LocalDate };

function profile(query: string, variables: Record<string, unknown> = {}, span = SPAN): OperationProfile {
  const document = parse(query);
  const operation = getOperationAST(document);
  if (!operation) throw new Error('no operation');
  return profileOperation(schema, document, operation, variables, span);
}

const cost = (query: string, variables?: Record<string, unknown>, span = SPAN): number =>
  profile(query, variables, span).cost;

test('every list of things has a page size, or says how long it gets', () => {
  const silent = Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type) || isInterfaceType(type))
    .filter((type) => !type.name.startsWith('__'))
    .flatMap((type) =>
      Object.values(type.getFields())
        .filter((field) => isListType(getNullableType(field.type)) && isCompositeType(getNamedType(field.type)))
        // The page size of a connection stands at the field that gives the connection.
        .filter(({ name }) => !(type.name.endsWith('Connection') && name === 'edges'))
        .filter(
          ({ args, extensions }) => extensions.listSize === undefined && !args.some(({ name }) => name === 'first'),
        )
        .map(({ name }) => `${type.name}.${name}`),
    );
  expect(silent).toEqual([]);
});

describe('what an operation costs', () => {
  test('a field one point, a list of things as many times what is asked of each', () => {
    expect(cost('{ dataStatus { synthetic dataVersion } }')).toBe(1 + 2);
    expect(cost('{ industries { code nameEn } }')).toBe(1 + 31 * 2);
    expect(cost('{ industries { code nameEn close } }')).toBe(1 + 31 * 3);
  });

  test('a page what was asked for, however it was', () => {
    const edges = 'edges { node { stock weight } }'; // an edge, its node, two fields
    for (const query of [
      `{ industry(code: "CI005001") { members(first: 10) { ${edges} } } }`,
      `query ($n: Int = 10) { industry(code: "CI005001") { members(first: $n) { ${edges} } } }`,
      `{ industry(code: "CI005001") { ...M } } fragment M on Industry { members(first: 10) { ... on IndustryMemberConnection { ${edges} } } }`,
    ])
      expect(cost(query)).toBe(1 + 100 + 1 + 10 * 3);
    expect(
      cost(`query ($n: Int = 10) { industry(code: "CI005001") { members(first: $n) { ${edges} } } }`, { n: 500 }),
    ).toBe(1 + 100 + 1 + 500 * 3);
  });

  test('a range as many times as it has years of data', () => {
    const history = (from: string, to: string): number =>
      cost(`{ factor(key: "diffusion") { history(from: "${from}", to: "${to}") { data } } }`);
    expect(history('2025-01-02', '2025-02-28')).toBe(1 + 500 + 1);
    expect(history('2022-01-04', '2025-12-31')).toBe(1 + Math.ceil((500 * 1458) / 365.25) + 1);
    // What lies outside the data costs nothing.
    expect(history('1900-01-01', '9999-12-31')).toBe(history('2022-01-04', '2025-12-31'));
    const changes = (from: string): number =>
      cost(`{ portfolio(key: "x") { changes(from: "${from}", to: "2025-12-31") { cost } } }`);
    expect(changes('2022-01-04')).toBeGreaterThan(3.9 * changes('2025-01-01') - 20);
  });

  test('no field more than may be asked at once, though its range goes back to the first day of the exchanges', () => {
    const all = { from: '1990-12-19' as LocalDate, to: '2026-12-31' as LocalDate };
    const range = `from: "${all.from}", to: "${all.to}"`;
    const portfolio = 'portfolio: { key: "x", factor: "diffusion" }';
    const costs = [
      `{ factor(key: "diffusion") { history(${range}) { data } } }`,
      `{ factor(key: "diffusion") { evaluation(${range}) { ic { data } } } }`,
      `{ portfolio(key: "x") { performance(${range}) { nav { data } } } }`,
      `{ portfolio(key: "x") { changes(${range}) { date cost } } }`,
      `mutation { runBacktest(input: { ${portfolio}, ${range} }) { id } }`,
      `mutation { runSweep(input: { ${portfolio}, ${range}, lookbacks: [60, 120] }) { id } }`,
    ].map((query) => cost(query, {}, all));
    expect(Math.max(...costs)).toBeLessThan(COST_LIMIT);
    // It goes by the years all the same.
    expect(Math.min(...costs)).toBeGreaterThan(36 * 15);
  });

  test('the same, whatever its fragments are called and how they lie in one another', () => {
    const plain = cost('{ a: industries { code closes(from: "2024-01-01", to: "2025-12-31") { data } } }');
    expect(plain).toBe(1 + 31 * (1 + Math.ceil((30 * 731) / 365.25) + 1));
    expect(
      cost(
        '{ ...A } fragment A on Query { ...B } fragment B on Query { a: industries { ...C } } fragment C on Industry { code ... { closes(from: "2024-01-01", to: "2025-12-31") { data } } }',
      ),
    ).toBe(plain);
  });
});

test('depth, aliases and root fields are counted through fragments', () => {
  const { depth, aliases, rootFields } = profile(
    '{ ...A a: dataStatus { synthetic } } fragment A on Query { industries { b: members { edges { node { stock } } } } }',
  );
  expect({ depth, aliases, rootFields }).toEqual({ depth: 5, aliases: 2, rootFields: ['industries', 'dataStatus'] });
});

test('scopes are those of the root fields, through fragments and under other names', () => {
  expect([...profile('{ dataStatus { synthetic } }').scopes]).toEqual(['read']);
  expect([...profile('mutation { ...M } fragment M on Mutation { read: cancelJob(id: "x") }').scopes]).toEqual([
    'compute',
  ]);
  expect([...profile('{ __typename }').scopes]).toEqual([]);
  expect(profile('{ ...I } fragment I on Query { __schema { types { name } } }').introspects).toBe(true);
  expect(profile('{ __typename }').introspects).toBe(false);
});

test('fragments that double are given up on', () => {
  const doubling = Array.from({ length: 40 }, (_, i) => `fragment F${i} on Factor { ...F${i + 1} ...F${i + 1} }`).join(
    ' ',
  );
  expect(errorCodeOf(() => profile(`{ factors { ...F0 } } ${doubling} fragment F40 on Factor { key }`))).toBe(
    'COST_LIMIT',
  );
});

test.each<[string, boolean]>([
  ['{ industries(asOf: "2025-12-30") { code } }', true],
  ['{ industries(asOf: "2025-12-31") { code } }', false],
  ['{ industries { code } }', false],
  ['{ industries(asOf: null) { code } }', false],
  ['{ dataStatus { synthetic } }', false],
  ['{ industries(asOf: "2025-12-30") { code } dataStatus { synthetic } }', false],
  ['{ factor(key: "diffusion") { ranking(asOf: "2025-11-21") { asOf } } }', true],
  ['{ factor(key: "diffusion") { ranking(asOf: "2025-11-21") { asOf } b: ranking { asOf } } }', false],
  ['{ factor(key: "diffusion") { history(from: "2025-01-02", to: "2026-12-31") { asOf } } }', false],
])('%s is about closed days only: %s', (query, expected) => {
  expect(profile(query).isClosed).toBe(expected);
});
