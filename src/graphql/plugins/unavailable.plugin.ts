import type { ApolloServerPlugin, GraphQLResponse } from '@apollo/server';
import type { RequestContext } from '../context.js';
import { statusOfRefusal } from '../errors.js';

const UNAVAILABLE = 503;
const RETRY_AFTER_S = 1;

/**
 * Answers 503 with Retry-After where any field failed for want of the database, of room or of time before the server
 * stops: the same request succeeds later, and proxies and clients know that from the status alone.
 */
export const unavailablePlugin: ApolloServerPlugin<RequestContext> = {
  async requestDidStart() {
    return {
      async willSendResponse({ response }) {
        if (response.body.kind !== 'single') return;
        const { errors = [] } = response.body.singleResult;
        const passing = errors.find(({ extensions }) => statusOfRefusal(extensions?.code) === UNAVAILABLE);
        if (passing !== undefined) tellUnavailable(response, passing.extensions?.retryAfter);
      },
    };
  },
};

/** @param retryAfter seconds */
export function tellUnavailable({ http }: Pick<GraphQLResponse, 'http'>, retryAfter: unknown): void {
  http.status = UNAVAILABLE;
  http.headers.set('retry-after', String(retryAfter ?? RETRY_AFTER_S));
}
