import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { getOperationAST, getVariableValues, type OperationDefinitionNode, parse, validate } from 'graphql';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type DemoServer, openDemoServer } from '../support/demo-workspace.js';
import { readAllOperations, readOperations } from '../support/operations.js';

vi.mock('graphql', async () => (await import('../support/one-graphql.js')).default);

interface Golden {
  /** SQL statements sent to PostgreSQL, with no factor values known and with all of them in memory. */
  statements: { cold: number; warm: number };
  data: unknown;
}

const goldenFile = (name: string): URL => new URL(`golden/${name}.json`, import.meta.url);

let server: DemoServer;
beforeAll(async () => {
  server = await openDemoServer();
});
afterAll(() => server?.close());

describe.each(readAllOperations())('$name', ({ name, query, variables }) => {
  test('is one operation, named, that says who uses it', () => {
    const operations = parse(query).definitions.filter((node) => node.kind === 'OperationDefinition');
    expect(operations).toHaveLength(1);
    const pascal = name.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
    expect((operations[0] as OperationDefinitionNode).name?.value).toBe(pascal);
    expect(query).toMatch(/^# \S.{20,}\n# variables: \{/);
  });

  test('fits the schema, and so do its variables', () => {
    const document = parse(query);
    expect(validate(server.schema, document)).toEqual([]);
    const operation = getOperationAST(document) as OperationDefinitionNode;
    const { errors } = getVariableValues(server.schema, operation.variableDefinitions ?? [], variables);
    expect(errors).toBeUndefined();
  });
});

describe.each(readOperations())('$name', ({ name, query, variables }) => {
  test('answers as committed, with as many SQL statements', async () => {
    await server.forgetFactors();
    const cold = await server.statementsDuring(() => server.graphql(query, variables));
    const warm = await server.statementsDuring(() => server.graphql(query, variables));
    for (const { result } of [cold, warm]) {
      expect(result.body.errors).toBeUndefined();
      expect(result.status).toBe(200);
      expect(result.body.extensions.dataVersion).toBe(server.markets.current().dataVersion);
    }
    expect(warm.result.body).toEqual(cold.result.body);
    const answer: Golden = {
      statements: { cold: cold.statements, warm: warm.statements },
      data: withoutTimes(cold.result.body.data),
    };
    expect(answer.statements.warm).toBe(0);
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(goldenFile(name), `${JSON.stringify(answer, null, 2)}\n`);
    const golden = JSON.parse(readFileSync(goldenFile(name), 'utf8')) as Golden;
    expect(differences(answer, golden, name.startsWith('gru-') ? 1e-5 : 0)).toEqual([]);
  });
});

test('every golden file belongs to an operation', () => {
  const files = readdirSync(new URL('golden/', import.meta.url)).map((file) => basename(file, '.json'));
  expect(files.sort()).toEqual(readOperations().map(({ name }) => name));
});

/** Moments differ by run; that they are moments is checked here. */
function withoutTimes(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (key, inner) => {
    if (key !== 'importedAt' || inner === null) return inner;
    expect(inner).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    return '<time>';
  });
}

/**
 * Where two values differ; numbers that are the same to 1e-9 do not, nor such as differ by no more than `slack`: scores
 * of a network are 32-bit numbers, whose last bits depend on the processor.
 */
function differences(actual: unknown, expected: unknown, slack: number, path = ''): string[] {
  if (typeof actual === 'number' && typeof expected === 'number')
    return Math.abs(actual - expected) <= 1e-9 * Math.max(Math.abs(actual), Math.abs(expected)) + slack
      ? []
      : [`${path}: ${actual}, expected ${expected}`];
  if (actual === null || expected === null || typeof actual !== 'object' || typeof expected !== 'object')
    return actual === expected ? [] : [`${path}: ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`];
  const [left, right] = [actual, expected] as Record<string, unknown>[];
  const keys = new Set([...Object.keys(left as object), ...Object.keys(right as object)]);
  return [...keys].flatMap((key) => differences(left?.[key], right?.[key], slack, `${path}.${key}`));
}
