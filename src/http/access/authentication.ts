import type { FastifyInstance } from 'fastify';
import type { Caller, Scope } from '../../domain/access.js';
import { requireScopes } from '../../graphql/operation-guard.js';
import type { Access } from './access.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; only behind `authenticateRequests`. */
    caller: Caller;
  }
  interface FastifyContextConfig {
    /** What a caller must be allowed to use the route; routes of GraphQL leave it to the operation. */
    scope?: Scope;
  }
}

/**
 * Lets nobody in without proof, before anything of the body is read: every route that is registered on `app` after this.
 * A route says with `config: { scope: 'read' }` what its callers must be allowed.
 */
export function authenticateRequests(app: FastifyInstance, access: Access): void {
  app.decorateRequest('caller');
  app.addHook('onRequest', async (request, reply) => {
    reply.header('vary', 'Authorization, Accept');
    if (access.mode !== 'KEYS')
      reply.header('lundong-access', access.mode === 'OPEN' ? 'open' : 'open to this machine');
    request.caller = await access.authenticate({
      headers: request.headers,
      remoteAddress: request.raw.socket.remoteAddress,
    });
    const { scope } = request.routeOptions.config;
    if (scope !== undefined) requireScopes(request.caller, { scopes: new Set([scope]) });
  });
}
