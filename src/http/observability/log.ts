import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { LoggerOptions } from 'pino';
import { redactSecrets } from '../../domain/secrets.js';
import type { RequestContext } from '../../graphql/context.js';

/** The member of a log line that has the id of the request. */
export const REQUEST_ID = 'requestId';
export const REQUEST_ID_HEADER = 'x-request-id';

/**
 * Ids that callers may choose: UUIDs, hexadecimal numbers and the like. Neither keys nor tokens fit, which have
 * underscores or dots, nor anything that could end a line or a header.
 */
const ACCEPTABLE_ID = /^[A-Za-z0-9-]{1,64}$/;

/** Options of every log of ours: whatever a line quotes, secrets are taken out as it is written. */
export function logOptions(level: string): LoggerOptions {
  return { level, hooks: { streamWrite: redactSecrets } };
}

/** The caller's id of a request where it will do, else one that no other request has had, in whatever process. */
export function requestIds(): (request: Pick<IncomingMessage, 'headers'>) => string {
  const prefix = randomBytes(6).toString('hex');
  let count = 0;
  return ({ headers }) => {
    const given = headers[REQUEST_ID_HEADER];
    return typeof given === 'string' && ACCEPTABLE_ID.test(given) ? given : `${prefix}-${(++count).toString(36)}`;
  };
}

/** Gives every answer the id of its request, refusals included: to be called before any hook that may refuse. */
export function tellRequestIds(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.header(REQUEST_ID_HEADER, request.id);
    done();
  });
}

/** What every log line about an operation says of it. */
export function toldOf({ origin, answer }: RequestContext): Readonly<Record<string, unknown>> {
  const { operation, profile } = answer.kept ?? answer;
  return {
    [REQUEST_ID]: origin.requestId,
    caller: origin.caller.name,
    ...(operation === null ? {} : { operation: { id: operation.id, type: operation.type, name: operation.name } }),
    ...(profile === null ? {} : { rootFields: profile.rootFields, cost: profile.cost }),
  };
}
