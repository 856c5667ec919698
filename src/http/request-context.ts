import type { FastifyReply, FastifyRequest } from 'fastify';
import { LundongError } from '../domain/errors.js';
import { type RequestContext, type RequestOrigin, requestContext } from '../graphql/context.js';
import type { MarketSource } from '../lake/market-source.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the resolvers of this request share; undefined before `openContext`, and where a request is refused before. */
    graphql: RequestContext | undefined;
  }
}

/** Gives a request that was let in what its resolvers share. */
export function openContext(
  request: FastifyRequest,
  markets: MarketSource,
  origin: Pick<RequestOrigin, 'rates' | 'takeTable'>,
): RequestContext {
  const context = requestContext(markets.current(), { ...origin, caller: request.caller, requestId: request.id });
  request.graphql = context;
  return context;
}

/** Ends the work for a caller that leaves before it has its answer. */
export function endWithCaller(reply: FastifyReply, context: RequestContext): void {
  whenOver(reply, () => {
    if (!reply.raw.writableFinished) context.abort(new LundongError('TIMEOUT', 'The caller is gone.'));
  });
}

/**
 * Calls back once the answer was sent or its caller has left. It may have left already, while its token was looked at:
 * handlers are called all the same, and `close` does not come twice.
 */
export function whenOver({ raw }: FastifyReply, then: () => void): void {
  if (raw.closed) then();
  else raw.once('close', then);
}
