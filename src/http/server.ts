import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import fastifyApollo from '@as-integrations/fastify';
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import { compiledExecution } from '../graphql/compiled-executor.js';
import type { RequestContext } from '../graphql/context.js';
import { errorFormatter, MAX_TOKENS } from '../graphql/errors.js';
import { OperationGuard } from '../graphql/operation-guard.js';
import { MAX_SELECTIONS } from '../graphql/operation-profile.js';
import { auditPlugin } from '../graphql/plugins/audit.plugin.js';
import { dataVersionPlugin } from '../graphql/plugins/data-version.plugin.js';
import { operationGuardPlugin } from '../graphql/plugins/operation-guard.plugin.js';
import { repeatablePlugin } from '../graphql/plugins/repeatable.plugin.js';
import { unavailablePlugin } from '../graphql/plugins/unavailable.plugin.js';
import type { RateLimits } from '../graphql/rate-limits.js';
import type { TrustedDocuments } from '../graphql/trusted-documents.js';
import type { MarketSource } from '../lake/market.js';
import type { AuditEntry } from '../store/access-audit.repository.js';
import type { Access } from './access/access.js';
import { authenticateRequests } from './access/authentication.js';
import { answerFailure, answerFailuresInJson, answerUnreadable, BODY_LIMIT_BYTES } from './failures.js';
import { graphiqlPage } from './graphiql.page.js';
import type { Health } from './health.js';
import { healthRoutes } from './health.routes.js';
import { cacheResponses } from './response-cache.js';
import { serveSubscriptions, type WatchJob } from './subscriptions.js';
import { directTraffic } from './traffic.js';

/** How long a request may take to arrive; looked at as often. */
const REQUEST_TIMEOUT_MS = 60_000;

export interface ServerOptions {
  readonly schema: GraphQLSchema;
  readonly markets: MarketSource;
  readonly logLevel: string;
  /** Told by the readiness route. */
  readonly health: Health;
  /** Follows a job, for subscriptions. */
  readonly watchJob: WatchJob;
  readonly access: Access;
  readonly rates: RateLimits;
  /** Keeps who did what. */
  readonly audit: (entry: AuditEntry) => Promise<void>;
  /** Whether the schema may be asked for. */
  readonly introspection: boolean;
  /** Null where any document will do. */
  readonly documents: TrustedDocuments | null;
  /** Seconds that an operation may take. */
  readonly queryTimeout: number;
  /** Seconds that what is under way may take when the server closes. */
  readonly stopTimeout: number;
  readonly mostRequests?: number;
  readonly requestTimeoutMs?: number;
  /** Where the log goes; default: standard output. */
  readonly logTo?: NodeJS.WritableStream;
}

/** The HTTP server, ready to listen; closing it drains what is under way. */
export async function createServer({
  schema,
  markets,
  logLevel,
  health,
  watchJob,
  access,
  rates,
  audit,
  introspection,
  documents,
  queryTimeout,
  stopTimeout,
  mostRequests,
  requestTimeoutMs = REQUEST_TIMEOUT_MS,
  logTo,
}: ServerOptions): Promise<FastifyInstance> {
  const app = Fastify({
    logger: { level: logLevel, ...(logTo === undefined ? {} : { stream: logTo }) },
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: requestTimeoutMs,
    // Node takes the shorter of the two for the headers and the longer for the whole.
    http: { headersTimeout: requestTimeoutMs, connectionsCheckingInterval: requestTimeoutMs / 2 },
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: 'idle',
    return503OnClosing: false, // said in our own words by directTraffic
    frameworkErrors: answerFailure,
    clientErrorHandler: answerUnreadable,
  });
  answerFailuresInJson(app);
  const waitForTraffic = directTraffic(app, {
    health,
    stopTimeout,
    ...(mostRequests === undefined ? {} : { mostRequests }),
  });
  const guard = new OperationGuard(schema, {
    introspection,
    documents,
    onUntrusted: (operation, caller) => app.log.warn({ operation, caller: caller.name }, 'document is not trusted'),
  });
  const apollo = new ApolloServer<RequestContext>({
    gateway: compiledExecution(schema, queryTimeout),
    // Refused by the guard, for every transport alike; here only what messages would tell of the schema is left out.
    introspection: true,
    hideSchemaDetailsFromClientErrors: !introspection,
    includeStacktraceInErrorResponses: false,
    parseOptions: { maxTokens: MAX_TOKENS },
    maxRecursiveSelections: MAX_SELECTIONS,
    formatError: errorFormatter((error, id) => app.log.error({ err: error, id }, 'operation failed')),
    // Apollo's own cache hints would wrap every resolver of every field, and that alone halves the requests per second.
    plugins: [
      operationGuardPlugin(guard),
      dataVersionPlugin,
      repeatablePlugin,
      auditPlugin(audit),
      unavailablePlugin,
      ApolloServerPluginCacheControlDisabled(),
    ],
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
    authenticateRequests(graphql, access);
    cacheResponses(graphql, markets, rates);
    await graphql.register(fastifyApollo(apollo), { context: async (request) => request.graphql });
  });
  serveSubscriptions(app, { schema, markets, watchJob, access, guard, rates });
  await app.register(graphiqlPage, { isSynthetic: () => markets.current().synthetic });
  await app.register(healthRoutes, { health, markets });
  waitForTraffic();
  return app;
}
