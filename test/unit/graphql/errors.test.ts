import 'reflect-metadata';
import { ApolloServer } from '@apollo/server';
import { GraphQLError, GraphQLInt, GraphQLNonNull, GraphQLObjectType, GraphQLSchema } from 'graphql';
import { expect, test, vi } from 'vitest';
import { LundongError } from '#lundong/domain/errors.js';
import { CompiledExecutor } from '#lundong/graphql/compiled-executor.js';
import { requestContext } from '#lundong/graphql/context.js';
import { errorFormatter } from '#lundong/graphql/errors.js';
import type { Market } from '#lundong/lake/market.js';

vi.mock('graphql', async () => (await import('../../support/one-graphql.js')).default);

const SECRET = 'ENOENT: /srv/secret/file; SELECT password FROM account';

function format(error: GraphQLError): { told: ReturnType<ReturnType<typeof errorFormatter>>; logged: unknown[] } {
  const logged: unknown[] = [];
  const formatter = errorFormatter((inner, id) => logged.push([inner, id]));
  const code = error.extensions.code ?? 'INTERNAL_SERVER_ERROR';
  return { told: formatter({ ...error.toJSON(), extensions: { ...error.extensions, code } }, error), logged };
}

test('of a fault of ours only an id is told, and the log has the rest', () => {
  const fault = new Error(SECRET);
  const { told, logged } = format(new GraphQLError(SECRET, { path: ['factor'], originalError: fault }));
  expect(told).toEqual({
    message: `Something went wrong on our side; please report it with the id ${told.extensions?.id}.`,
    path: ['factor'],
    extensions: { code: 'INTERNAL', id: expect.stringMatching(/^[0-9a-f-]{36}$/) },
  });
  expect(logged).toEqual([[fault, told.extensions?.id]]);
});

test('a thrown GraphQLError without a code, a value that does not fit its type, is masked too', () => {
  const { told } = format(
    new GraphQLError('Int cannot represent', { path: ['a'], originalError: new GraphQLError(SECRET) }),
  );
  expect(JSON.stringify(told)).not.toContain('represent');
  expect(told.extensions?.code).toBe('INTERNAL');
});

test('an error of our own class is told whole, wherever it was thrown', () => {
  const own = new LundongError('NO_DATA', 'Nothing is loaded; import something.', { dataset: 'stock_daily' });
  for (const place of [{ path: ['factor'] }, {}])
    expect(format(new GraphQLError(own.message, { ...place, originalError: own }))).toEqual({
      told: { message: own.message, ...place, extensions: { code: 'NO_DATA', dataset: 'stock_daily' } },
      logged: [],
    });
});

test('a refusal that has a status of the caller but no code gets one', () => {
  const { told, logged } = format(new GraphQLError('no such version', { extensions: { http: { status: 400 } } }));
  expect(told).toEqual({ message: 'no such version', extensions: { code: 'BAD_REQUEST' } });
  expect(logged).toEqual([]);
});

test('a long message is cut', () => {
  const { told } = format(new GraphQLError('x'.repeat(1e6), { extensions: { code: 'BAD_USER_INPUT' } }));
  expect(told.message).toBe(`${'x'.repeat(500)}…`);
});

const thrower = (thrown: unknown) => ({
  type: GraphQLInt,
  resolve: () => {
    throw thrown;
  },
});

test('nothing of the inside leaves a server, whatever a resolver does', async () => {
  const fields = {
    error: thrower(new Error(SECRET)),
    text: thrower(SECRET),
    graphqlError: thrower(new GraphQLError('', { originalError: new Error(SECRET) })),
    rejection: { type: GraphQLInt, resolve: () => Promise.reject(new Error(SECRET)) },
    wrongType: { type: GraphQLInt, resolve: () => SECRET },
    nothing: { type: new GraphQLNonNull(GraphQLInt), resolve: () => null },
  };
  const logged: unknown[] = [];
  for (const [name, field] of Object.entries(fields)) {
    const schema = new GraphQLSchema({ query: new GraphQLObjectType({ name: 'Query', fields: { [name]: field } }) });
    const server = new ApolloServer({
      gateway: new CompiledExecutor(schema, 30).asGateway(),
      formatError: errorFormatter((error) => logged.push(error)),
      stopOnTerminationSignals: false,
    });
    await server.start();
    const { body } = await server.executeOperation(
      { query: `{ ${name} }` },
      { contextValue: requestContext({} as Market) },
    );
    await server.stop();
    const answer = JSON.stringify(body);
    expect(answer).toMatch(/Something went wrong on our side; please report it with the id/);
    expect(answer, name).not.toMatch(/secret|SELECT|srv|cannot/i);
  }
  expect(logged).toHaveLength(Object.keys(fields).length);
});
