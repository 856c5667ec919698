import { STATUS_CODES } from 'node:http';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { createHandler } from 'graphql-sse/lib/use/fastify';
import { statusOfRefusal } from '../graphql/errors.js';
import type { Access } from './access/access.js';
import { authenticateRequests } from './access/authentication.js';
import { asErrors } from './failures.js';
import type { Execute, Payload, Prepare } from './subscriptions.js';

/** Subscriptions as server-sent events at /graphql/stream: one stream, one subscription. */
export function serveEvents(app: FastifyInstance, access: Access, prepare: Prepare, execute: Execute): void {
  authenticateRequests(app, access);
  const handle = createHandler<Record<PropertyKey, unknown>>({
    // The protocol's other mode keeps what clients announce, and would let one read along with others.
    authenticate: () => null,
    onSubscribe: ({ raw }, { query, operationName, variables }) => {
      const prepared = prepare(
        { query, operationName, variables },
        { caller: raw.caller, requestId: raw.id, transport: 'sse' },
      );
      if ('schema' in prepared) return prepared;
      const status = statusOfRefusal(prepared[0]?.extensions.code);
      return [JSON.stringify({ errors: prepared }), { ...BAD_REQUEST, status, statusText: STATUS_CODES[status] ?? '' }];
    },
    subscribe: execute,
  });
  app.route({
    method: ['GET', 'POST'],
    url: '/graphql/stream',
    handler: (request, reply) => {
      const payload = (request.method === 'GET' ? request.query : request.body) as Partial<Payload> | null | undefined;
      if (!request.headers.accept?.includes('text/event-stream'))
        return answerBadRequest(reply, 'This is a stream of events; ask for it with Accept: text/event-stream.');
      if (typeof payload?.query !== 'string')
        return answerBadRequest(reply, 'Send one subscription: {"query": "subscription …"}, or ?query=… with GET.');
      request.headers.accept = 'text/event-stream';
      // A connection that falls idle only after the server has stopped listening would be waited for.
      reply.raw.once('finish', () => app.server.listening || request.raw.socket.destroySoon());
      return handle(request, reply);
    },
  });
}

const BAD_REQUEST = {
  status: 400,
  statusText: 'Bad Request',
  headers: { 'content-type': 'application/json; charset=utf-8' },
};

function answerBadRequest(reply: FastifyReply, message: string): FastifyReply {
  return reply.code(BAD_REQUEST.status).send(asErrors('BAD_REQUEST', message));
}
