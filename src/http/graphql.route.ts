import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RequestContext } from '../graphql/context.js';
import type { KnownOperations, SentOperation } from '../graphql/known-operations.js';

const PATH = '/graphql';
/** What a client may say that it accepts for Apollo to answer in this form; anything else is Apollo's to choose for. */
const JSON_ACCEPTED: ReadonlySet<string | undefined> = new Set([undefined, '*/*', 'application/json']);

/** Queries and mutations. Those known by heart are answered at once, all others by Apollo. */
export function graphqlRoute(app: FastifyInstance, apollo: ApolloServer<RequestContext>, known: KnownOperations): void {
  const apolloHandler = fastifyApolloHandler(apollo, {
    context: async (request: FastifyRequest) => request.graphql as RequestContext,
  });
  app.route({ method: ['GET', 'OPTIONS'], url: PATH, handler: apolloHandler });
  app.post(PATH, async (request, reply) => {
    const { body, headers } = request;
    if (JSON_ACCEPTED.has(headers.accept) && typeof body === 'object' && body !== null) {
      const answer = await known.answer(body as SentOperation, request.graphql as RequestContext);
      if (answer !== null) return reply.header('content-type', 'application/json; charset=utf-8').send(answer);
    }
    return apolloHandler.call(app, request, reply);
  });
}
