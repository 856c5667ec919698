import 'reflect-metadata';
import {
  GraphQLInt,
  GraphQLObjectType,
  GraphQLSchema,
  getOperationAST,
  type OperationDefinitionNode,
  parse,
} from 'graphql';
import { expect, test, vi } from 'vitest';
import type { Caller, Scope } from '#lundong/domain/access.js';
import { LundongError } from '#lundong/domain/errors.js';
import { requestContext } from '#lundong/graphql/context.js';
import { OperationGuard } from '#lundong/graphql/operation-guard.js';
import { OperationIdentities } from '#lundong/graphql/operation-identity.js';
import { TrustedDocuments } from '#lundong/graphql/trusted-documents.js';
import type { Market } from '#lundong/lake/market.js';
import { OPERATIONS_FOLDER } from '../../support/operations.js';

vi.mock('graphql', async () => (await import('../../support/one-graphql.js')).default);

/** A thing that holds itself: the API has none, and as deep a selection is not to be had from it. */
const thing: GraphQLObjectType = new GraphQLObjectType({
  name: 'Thing',
  fields: () => ({ thing: { type: thing }, value: { type: GraphQLInt } }),
});
const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: 'Query',
    fields: { thing: { type: thing, extensions: { scope: 'read' } }, forgotten: { type: GraphQLInt } },
  }),
});

/** @returns the refusal, or the cost */
function check(
  query: string,
  scopes: readonly Scope[] = ['read'],
  charge: () => null = () => null,
): LundongError | number {
  const caller: Caller = { name: 'key:x', scopes: new Set(scopes), expiresAt: null, pointsPerMinute: null };
  const rates = { charge, stateOf: () => null, beginHeavy: () => () => undefined };
  const context = requestContext({ allSeries: [] } as unknown as Market, { caller, rates });
  const guard = new OperationGuard(schema, {
    introspection: true,
    documents: null,
    identities: new OperationIdentities(TrustedDocuments.read(OPERATIONS_FOLDER, false)),
    onUntrusted: () => undefined,
  });
  const document = parse(query);
  const operation = getOperationAST(document) as OperationDefinitionNode;
  try {
    const profile = guard.check(context, { source: query, document, operation, variables: {} });
    guard.charge(context, profile);
    expect(context.answer.profile).toBe(profile);
    return profile.cost;
  } catch (error) {
    if (error instanceof LundongError) return error;
    throw error;
  }
}

const nested = (depth: number): string => `{ ${'thing { '.repeat(depth - 1)} value ${'} '.repeat(depth - 1)} }`;

test('15 fields deep is allowed, 16 are not, however they are written', () => {
  expect(check(nested(15))).toBe(15);
  expect(check(nested(16))).toMatchObject({
    code: 'COST_LIMIT',
    message: 'This operation is 16 fields deep, and 15 is the most; send several.',
    details: { depth: 16, limit: 15 },
  });
  const [outer, inner] = ['thing { '.repeat(8), 'thing { '.repeat(8)];
  const spread = `{ ${outer} ...F ${'} '.repeat(8)} } fragment F on Thing { ${inner} value ${'} '.repeat(8)} }`;
  expect(check(spread)).toMatchObject({ code: 'COST_LIMIT', details: { depth: 17 } });
});

test('a root field that does not say whom it is for is for admins', () => {
  expect(check('{ forgotten }', ['read', 'compute'])).toMatchObject({ code: 'FORBIDDEN', details: { scope: 'admin' } });
  expect(check('{ forgotten }', ['admin'])).toBe(1);
});

test('of several root fields every one has to be allowed', () => {
  expect(check('{ thing { value } forgotten }', ['read'])).toMatchObject({ code: 'FORBIDDEN' });
  expect(check('{ thing { value } forgotten }', ['admin'])).toMatchObject({ code: 'FORBIDDEN' });
  expect(check('{ thing { value } forgotten }', ['admin', 'read'])).toBe(3);
});

test('what is refused is not charged', () => {
  const charge = vi.fn(() => null);
  check('{ forgotten }', ['read'], charge);
  check(nested(16), ['read'], charge);
  expect(charge).not.toHaveBeenCalled();
  check(nested(3), ['read'], charge);
  expect(charge).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ name: 'key:x' }), 3);
});
