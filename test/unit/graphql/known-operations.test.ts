import { buildSchema, getOperationAST, type OperationDefinitionNode, parse } from 'graphql';
import { expect, test, vi } from 'vitest';
import type { CompiledExecutor } from '#lundong/graphql/compiled-executor.js';
import { requestContext } from '#lundong/graphql/context.js';
import { KnownOperations } from '#lundong/graphql/known-operations.js';
import type { OperationGuard } from '#lundong/graphql/operation-guard.js';
import type { Market } from '#lundong/lake/market.js';

vi.mock('graphql', async () => (await import('../../support/one-graphql.js')).default);

const schema = buildSchema('type Query { a: Int }');

test('documents are known by the memory that they take, the latest first', async () => {
  const executor = { execute: async () => ({ data: {} }) } as unknown as CompiledExecutor;
  const guard = { admit: () => () => undefined } as unknown as OperationGuard;
  const known = new KnownOperations(executor, guard);
  const plugin = known.learning();
  const listener = await plugin.requestDidStart?.({} as never);
  // 800 letters, 805 tokens and with them 200 kB: 24 MiB hold 123 of these.
  const sources = Array.from({ length: 400 }, (_, i) => `query Q${i} {${' a'.repeat(800)} }`);
  for (const source of sources) {
    const document = parse(source);
    const operation = getOperationAST(document) as OperationDefinitionNode;
    const request = { query: source };
    await listener?.didResolveOperation?.({
      source,
      request,
      document,
      operation,
      operationName: null,
      schema,
    } as never);
  }
  const context = requestContext({ dataVersion: 1 } as Market);
  const answers = await Promise.all(sources.map((query) => known.answer({ query }, context)));
  const first = answers.findIndex((answer) => answer !== null);
  expect(answers.slice(first)).not.toContain(null);
  expect(sources.length - first).toBeGreaterThan(115);
  expect(sources.length - first).toBeLessThan(130);
});
