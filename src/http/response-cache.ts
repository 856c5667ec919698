import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { type RequestContext, requestContext } from '../graphql/context.js';
import type { MarketSource } from '../lake/market.js';

const CACHE_BYTES = 64 * 1024 * 1024;
const LARGEST_ANSWER_BYTES = 2 * 1024 * 1024;

declare module 'fastify' {
  interface FastifyRequest {
    /** What the resolvers of this request share; made before the response cache is asked. */
    graphql: RequestContext;
    /** Where an answer to this request may be kept; null for requests that are not kept. */
    responseKey: string | null;
  }
}

/**
 * Keeps whole answers of repeatable operations: the same operation on the same version of the data has the same answer,
 * so a landed import forgets them all at once. The key is what was sent, word for word; a request must have passed
 * everything that may refuse it before this.
 */
export function cacheResponses(app: FastifyInstance, markets: MarketSource): void {
  const answers = new LRUCache<string, { type: string; body: string }>({
    maxSize: CACHE_BYTES,
    maxEntrySize: LARGEST_ANSWER_BYTES,
    sizeCalculation: ({ body }, key) => body.length + key.length,
  });
  app.decorateRequest('graphql');
  app.decorateRequest('responseKey', null);
  app.addHook('preHandler', async (request, reply) => {
    request.graphql = requestContext(markets.current());
    request.responseKey = responseKey(request);
    const known = request.responseKey === null ? undefined : answers.get(request.responseKey);
    if (known !== undefined) return reply.header('content-type', known.type).send(known.body);
  });
  app.addHook('onSend', async (request, reply, body) => {
    if (
      request.graphql?.answer.isRepeatable &&
      request.responseKey !== null &&
      reply.statusCode === 200 &&
      typeof body === 'string'
    )
      answers.set(request.responseKey, { type: String(reply.getHeader('content-type')), body });
  });
}

function responseKey(request: FastifyRequest): string | null {
  if (request.method !== 'POST' || request.headers['cache-control'] === 'no-cache') return null;
  try {
    return JSON.stringify([request.graphql.market.dataVersion, request.headers.accept, request.body]);
  } catch {
    return null; // nested so deep that it cannot be written out again, though it could be read
  }
}
