import { ApolloServer } from '@apollo/server';
import fastifyApollo from '@as-integrations/fastify';
import Fastify, { type FastifyError, type FastifyInstance, LogController } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import { compiledExecution } from '../graphql/compiled-executor.js';
import type { RequestContext } from '../graphql/context.js';
import { errorFormatter } from '../graphql/errors.js';
import { dataVersionPlugin } from '../graphql/plugins/data-version.plugin.js';
import type { MarketSource } from '../lake/market.js';
import { graphiqlPage } from './graphiql.page.js';
import { healthRoutes } from './health.routes.js';

const BODY_LIMIT_BYTES = 1024 * 1024;
const REQUEST_TIMEOUT_MS = 60_000;

export interface ServerOptions {
  readonly schema: GraphQLSchema;
  readonly markets: MarketSource;
  readonly logLevel: string;
  /** Whether the database answers; asked by the readiness route. */
  readonly isDatabaseReady: () => Promise<boolean>;
}

/** The HTTP server, ready to listen; closing it drains what is under way. */
export async function createServer({
  schema,
  markets,
  logLevel,
  isDatabaseReady,
}: ServerOptions): Promise<FastifyInstance> {
  const app = Fastify({
    logger: { level: logLevel },
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: 'idle',
  });
  answerFailuresInJson(app);
  const apollo = new ApolloServer<RequestContext>({
    gateway: compiledExecution(schema),
    introspection: true,
    includeStacktraceInErrorResponses: false,
    maxRecursiveSelections: true,
    formatError: errorFormatter((error, id) => app.log.error({ err: error, id }, 'operation failed')),
    plugins: [dataVersionPlugin],
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
  await app.register(fastifyApollo(apollo), { context: async () => ({ market: markets.current() }) });
  await app.register(graphiqlPage, { isSynthetic: () => markets.current().synthetic });
  await app.register(healthRoutes, { isDatabaseReady, markets });
  return app;
}

/** Whatever goes wrong before GraphQL begins is answered in the form in which GraphQL tells errors. */
function answerFailuresInJson(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) request.log.error({ err: error }, 'request failed');
    const told =
      TRANSPORT_ERRORS[error.code] ?? (status >= 500 ? INTERNAL : { code: 'BAD_REQUEST', message: error.message });
    return reply.code(status).send({ errors: [{ message: told.message, extensions: { code: told.code } }] });
  });
  app.setNotFoundHandler((request, reply) => {
    const message = `Nothing is at ${request.method} ${request.url.slice(0, 200)}; the API is POST /graphql, the page GET /.`;
    return reply.code(404).send({ errors: [{ message, extensions: { code: 'NOT_FOUND' } }] });
  });
}

const INTERNAL = { code: 'INTERNAL', message: 'Something went wrong on our side.' };

const TRANSPORT_ERRORS: Readonly<Record<string, { code: string; message: string }>> = {
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
