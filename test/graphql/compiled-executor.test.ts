import 'reflect-metadata';
import { type ExecutionResult, execute, getOperationAST, parse, validate } from 'graphql';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { CompiledExecutor } from '#lundong/graphql/compiled-executor.js';
import { type RequestContext, requestContext } from '#lundong/graphql/context.js';
import { type DemoServer, openDemoServer } from '../support/demo-workspace.js';
import { readOperations } from '../support/operations.js';

vi.mock('graphql', async () => (await import('../support/one-graphql.js')).default);

let server: DemoServer;
let compiled: (query: string, variables?: Record<string, unknown>, operationName?: string) => Promise<ExecutionResult>;

beforeAll(async () => {
  server = await openDemoServer();
  const { executor } = await new CompiledExecutor(server.schema, 30).asGateway().load({} as never);
  compiled = async (query, variables = {}, operationName) => {
    const document = parse(query);
    const operation = getOperationAST(document, operationName) ?? undefined;
    return executor?.({
      document,
      operation,
      operationName: operation?.name?.value ?? null,
      request: { variables, operationName },
      context: context(),
      queryHash: query,
    } as never) as Promise<ExecutionResult>;
  };
});
afterAll(() => server?.close());

const context = (): RequestContext => requestContext(server.markets.current());

/** Of an error what a caller sees; the order of errors is that of resolvers that run side by side. */
const told = ({ data, errors }: ExecutionResult): object => ({
  data: JSON.parse(JSON.stringify(data ?? null)),
  errors: (errors ?? []).map(({ message, path, locations }) => JSON.stringify({ message, path, locations })).sort(),
});

const FLAGS = 'query ($yes: Boolean!, $no: Boolean! = false)';
const CASES: readonly { name: string; query: string; variables?: Record<string, unknown>; operationName?: string }[] = [
  ...readOperations(),
  {
    name: '@skip and @include, on fields, fragments and inline fragments',
    query: `${FLAGS} { factors { key @skip(if: $yes) name @include(if: $yes) ...F @include(if: $no) ... @skip(if: $no) { engineVersion } } } fragment F on Factor { description }`,
    variables: { yes: true },
  },
  {
    name: 'all of an object skipped',
    query: `${FLAGS} { factors @include(if: $no) { key } dataStatus { synthetic @skip(if: $yes) } }`,
    variables: { yes: true },
  },
  {
    name: 'aliases of one field with other arguments, and a field asked for twice',
    query:
      '{ a: industry(code: "CI005001") { code w: return(window: WEEK) y: return(window: YEAR) code } b: industry(code: "CI005002.WI") { code } }',
  },
  {
    name: 'fragments in fragments, on the interface and the type',
    query:
      '{ node(id: "SW5kdXN0cnk6Q0kwMDUwMDE") { ...A } } fragment A on Node { id ...B } fragment B on Industry { __typename code ... on Node { id } members(first: 1) { edges { node { stock } } } }',
  },
  {
    name: 'variables with defaults, given',
    query:
      'query ($first: Int! = 2, $code: String! = "CI005003") { industry(code: $code) { members(first: $first) { totalCount edges { node { stock } } } } }',
    variables: { first: 1 },
  },
  {
    name: 'variables left out, whose arguments have defaults',
    query:
      'query ($scheme: IndustryScheme, $first: Int) { industries(scheme: $scheme) { code members(first: $first) { totalCount } } }',
  },
  {
    name: 'a null variable where an argument takes none',
    query: 'query ($first: Int) { industry(code: "CI005001") { members(first: $first) { totalCount } } }',
    variables: { first: null },
  },
  { name: 'an error of one field of two', query: '{ factors { key } industry(code: "nope") { code } }' },
  {
    name: 'errors in a list, of nullable fields',
    query: '{ industries { code factorValue(factor: "nope") } }',
  },
  {
    name: 'an error of a field that takes no null, inside another',
    query: '{ factor(key: "diffusion") { key ranking(top: 0) { asOf } } dataStatus { synthetic } }',
  },
  {
    name: 'an enum that is a variable',
    query: 'query ($w: Window!) { industry(code: "CI005001") { return(window: $w) } }',
    variables: { w: 'MONTH' },
  },
  {
    name: 'an object variable inside a literal',
    query:
      'query ($l: Int) { factor(key: "diffusion") { ranking(top: 2, params: { diffusion: { lookback: $l } }) { items { rank } } } }',
    variables: { l: 60 },
  },
  {
    name: 'one operation of two',
    query: 'query A { factors { key } } query B { factors { name } }',
    operationName: 'B',
  },
  { name: 'no operation of the name', query: 'query A { factors { key } }', operationName: 'B' },
  { name: 'two operations and no name', query: 'query A { factors { key } } query B { factors { name } }' },
  {
    name: 'introspection',
    query:
      '{ __schema { queryType { name fields { name args { name defaultValue } } } } __type(name: "Table") { kind } }',
  },
  {
    name: 'a bad variable',
    query: 'query ($d: LocalDate) { industries(asOf: $d) { code } }',
    variables: { d: '2025-02-30' },
  },
];

describe('compiled execution answers as GraphQL’s own', () => {
  test.each(CASES)('$name', async ({ query, variables, operationName }) => {
    const document = parse(query);
    expect(validate(server.schema, document)).toEqual([]);
    const own = await execute({
      schema: server.schema,
      document,
      contextValue: context(),
      variableValues: variables ?? {},
      operationName: operationName ?? null,
    });
    expect(told(await compiled(query, variables, operationName))).toEqual(told(own));
    expect(told(await compiled(query, variables, operationName)), 'the second time').toEqual(told(own));
  });
});
