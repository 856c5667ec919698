import { STATUS_CODES } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createHandler } from 'graphql-sse/lib/use/fastify';
import { LundongError, overloaded } from '../domain/errors.js';
import { statusOfRefusal } from '../graphql/errors.js';
import type { Access } from './access/access.js';
import { authenticateRequests } from './access/authentication.js';
import { asErrors } from './failures.js';
import type { Execute, Payload, Prepare } from './subscriptions.js';

const MAX_STREAMS = 1000;
const MAX_STREAMS_PER_CALLER = 100;

/** Subscriptions as server-sent events at /graphql/stream: one stream, one subscription. */
export function serveEvents(app: FastifyInstance, access: Access, prepare: Prepare, execute: Execute): void {
  authenticateRequests(app, access);
  const streamsOf = new Map<string, number>();
  let streams = 0;
  /** Counts a stream for as long as it is open. */
  const admit = (request: FastifyRequest, reply: FastifyReply): void => {
    const { name } = request.caller;
    const own = (streamsOf.get(name) ?? 0) + 1;
    if (own > MAX_STREAMS_PER_CALLER)
      throw new LundongError('RATE_LIMITED', `You have ${MAX_STREAMS_PER_CALLER} streams open; close some.`, {
        retryAfter: 1,
      });
    if (streams >= MAX_STREAMS) throw overloaded('streams');
    streams++;
    streamsOf.set(name, own);
    reply.raw.once('close', () => {
      streams--;
      const left = (streamsOf.get(name) ?? 1) - 1;
      if (left === 0) streamsOf.delete(name);
      else streamsOf.set(name, left);
    });
  };
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
      admit(request, reply);
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
