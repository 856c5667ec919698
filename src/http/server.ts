import type { Socket } from 'node:net';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import fastifyApollo from '@as-integrations/fastify';
import Fastify, {
  type ConnectionError,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import type { GraphQLSchema } from 'graphql';
import { compiledExecution } from '../graphql/compiled-executor.js';
import type { RequestContext } from '../graphql/context.js';
import { errorFormatter, type TransportCode } from '../graphql/errors.js';
import { dataVersionPlugin } from '../graphql/plugins/data-version.plugin.js';
import { MAX_SELECTIONS, MAX_TOKENS, operationLimitPlugin } from '../graphql/plugins/operation-limit.plugin.js';
import { repeatablePlugin } from '../graphql/plugins/repeatable.plugin.js';
import type { MarketSource } from '../lake/market.js';
import { graphiqlPage } from './graphiql.page.js';
import { healthRoutes } from './health.routes.js';
import { cacheResponses } from './response-cache.js';
import { serveSubscriptions, type WatchJob } from './subscriptions.js';

const BODY_LIMIT_BYTES = 1024 * 1024;
const REQUEST_TIMEOUT_MS = 60_000;

export interface ServerOptions {
  readonly schema: GraphQLSchema;
  readonly markets: MarketSource;
  readonly logLevel: string;
  /** Whether the database answers; asked by the readiness route. */
  readonly isDatabaseReady: () => Promise<boolean>;
  /** Follows a job, for subscriptions. */
  readonly watchJob: WatchJob;
}

/** The HTTP server, ready to listen; closing it drains what is under way. */
export async function createServer({
  schema,
  markets,
  logLevel,
  isDatabaseReady,
  watchJob,
}: ServerOptions): Promise<FastifyInstance> {
  const app = Fastify({
    logger: { level: logLevel },
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: 'idle',
    frameworkErrors: answerFailure,
    clientErrorHandler: answerUnreadable,
  });
  answerFailuresInJson(app);
  const apollo = new ApolloServer<RequestContext>({
    gateway: compiledExecution(schema),
    introspection: true,
    includeStacktraceInErrorResponses: false,
    parseOptions: { maxTokens: MAX_TOKENS },
    maxRecursiveSelections: MAX_SELECTIONS,
    formatError: errorFormatter((error, id) => app.log.error({ err: error, id }, 'operation failed')),
    // Apollo's own cache hints would wrap every resolver of every field, and that alone halves the requests per second.
    plugins: [operationLimitPlugin, dataVersionPlugin, repeatablePlugin, ApolloServerPluginCacheControlDisabled()],
    logger: {
      debug: (message) => app.log.debug(message),
      info: (message) => app.log.debug(message),
      warn: (message) => app.log.warn(message),
      error: (message) => app.log.error(message),
    },
    stopOnTerminationSignals: false,
  });
  await apollo.start();
  app.addHook('onClose', () => apollo.stop());
  await app.register(async (graphql) => {
    cacheResponses(graphql, markets);
    await graphql.register(fastifyApollo(apollo), { context: async (request) => request.graphql });
  });
  serveSubscriptions(app, schema, markets, watchJob);
  await app.register(graphiqlPage, { isSynthetic: () => markets.current().synthetic });
  await app.register(healthRoutes, { isDatabaseReady, markets });
  return app;
}

/** Whatever goes wrong before GraphQL begins is answered in the form in which GraphQL tells errors. */
function answerFailuresInJson(app: FastifyInstance): void {
  app.setErrorHandler(answerFailure);
  app.setNotFoundHandler((request, reply) => {
    const message = `Nothing is at ${request.method} ${request.url.slice(0, 200)}; the API is POST /graphql, the page GET /.`;
    return reply.code(404).send(asErrors('NOT_FOUND', message));
  });
}

function answerFailure(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const told = TRANSPORT_ERRORS[error.code];
  const status = told?.status ?? error.statusCode ?? 500;
  if (status >= 500) request.log.error({ err: error }, 'request failed');
  const { code, message }: Told = told ?? (status >= 500 ? INTERNAL : { code: 'BAD_REQUEST', message: error.message });
  reply.code(status).send(asErrors(code, message.slice(0, 300)));
}

/** Answers what is not HTTP, or too much of it: there is no request yet, only a socket. */
function answerUnreadable(error: ConnectionError, socket: Socket): void {
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

function asErrors(code: TransportCode, message: string): object {
  return { errors: [{ message, extensions: { code } }] };
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
