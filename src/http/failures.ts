import type { Socket } from 'node:net';
import type { ConnectionError, FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type ErrorCode, LundongError } from '../domain/errors.js';
import { toldErrors } from '../domain/measurements.js';
import { redactSecrets } from '../domain/secrets.js';
import { httpOfRefusal, redactedDetails, type TransportCode, whatToTell } from '../graphql/errors.js';
import { REQUEST_ID_HEADER } from './observability/log.js';

export const BODY_LIMIT_BYTES = 1024 * 1024;

/** Whatever goes wrong before GraphQL begins is answered in the form in which GraphQL tells errors. */
export function answerFailuresInJson(app: FastifyInstance): void {
  app.setErrorHandler(answerFailure);
  app.setNotFoundHandler((request, reply) => {
    const message = `Nothing is at ${request.method} ${request.url.slice(0, 200)}; the API is POST /graphql, the page GET /.`;
    return reply.code(404).send(asErrors('NOT_FOUND', message));
  });
}

export function answerFailure(
  failure: FastifyError | LundongError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const error = whatToTell(failure) as FastifyError | LundongError;
  reply.header(REQUEST_ID_HEADER, request.id); // an address that cannot be read comes past all hooks
  if (error instanceof LundongError) {
    const { status, headers } = httpOfRefusal(error);
    // A refusal without a cause tells all there is, and of those for want of room there may be thousands.
    if (status >= 500 && error.cause !== undefined) request.log.error({ err: error }, 'request refused');
    reply
      .code(status)
      .headers(Object.fromEntries(headers))
      .send(asErrors(error.code, error.message, redactedDetails(error)));
    return;
  }
  const told = TRANSPORT_ERRORS[error.code];
  const status = told?.status ?? error.statusCode ?? 500;
  if (status >= 500) request.log.error({ err: error }, 'request failed');
  const { code, message }: Told = told ?? (status >= 500 ? INTERNAL : { code: 'BAD_REQUEST', message: error.message });
  reply.code(status).send(asErrors(code, message.slice(0, 300)));
}

/** Answers what is not HTTP, or too much of it: there is no request yet, only a socket. */
export function answerUnreadable(error: ConnectionError, socket: Socket): void {
  if (error.code !== 'ECONNRESET' && socket.writable) {
    const { status, message } = UNREADABLE[error.code] ?? {
      status: '400 Bad Request',
      message: 'This is no valid HTTP.',
    };
    const body = JSON.stringify(asErrors('BAD_REQUEST', message));
    const headers = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close`;
    socket.write(`HTTP/1.1 ${status}\r\n${headers}\r\n\r\n${body}`);
  }
  socket.destroy(error);
}

export function asErrors(
  code: TransportCode | ErrorCode,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
): object {
  toldErrors.tell({ code });
  return { errors: [{ message: redactSecrets(message), extensions: { code, ...details } }] };
}

interface Told {
  readonly code: TransportCode;
  readonly message: string;
}

const INTERNAL: Told = { code: 'INTERNAL', message: 'Something went wrong on our side.' };

const UNREADABLE: Readonly<Record<string, { status: string; message: string }>> = {
  HPE_HEADER_OVERFLOW: { status: '431 Request Header Fields Too Large', message: 'The headers are too large.' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: '408 Request Timeout', message: 'The request did not arrive in time.' },
};

const TRANSPORT_ERRORS: Readonly<Record<string, Told & { status?: number }>> = {
  // The GraphQL route makes a URL of the Host header.
  ERR_INVALID_URL: { code: 'BAD_REQUEST', message: 'The Host header is missing or no host name.', status: 400 },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'BAD_REQUEST', message: 'The body is not valid JSON.' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'BAD_REQUEST', message: 'The body is empty; send {"query": "…"}.' },
  FST_ERR_CTP_BODY_TOO_LARGE: {
    code: 'PAYLOAD_TOO_LARGE',
    message: `The body is larger than ${BODY_LIMIT_BYTES} bytes; send less at once.`,
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'UNSUPPORTED_MEDIA_TYPE',
    message: 'The body must be JSON, with Content-Type: application/json.',
  },
};
