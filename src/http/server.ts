import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import { CompiledExecutor } from '../graphql/compiled-executor.js';
import type { RequestContext } from '../graphql/context.js';
import { errorFormatter, MAX_TOKENS } from '../graphql/errors.js';
import { KeptDocuments } from '../graphql/kept-documents.js';
import { KnownOperations } from '../graphql/known-operations.js';
import { OperationGuard } from '../graphql/operation-guard.js';
import { OperationIdentities } from '../graphql/operation-identity.js';
import { MAX_SELECTIONS } from '../graphql/operation-profile.js';
import { auditPlugin } from '../graphql/plugins/audit.plugin.js';
import { dataVersionPlugin } from '../graphql/plugins/data-version.plugin.js';
import { ErrorOrigins } from '../graphql/plugins/error-origin.plugin.js';
import { operationGuardPlugin } from '../graphql/plugins/operation-guard.plugin.js';
import { repeatablePlugin } from '../graphql/plugins/repeatable.plugin.js';
import { unavailablePlugin } from '../graphql/plugins/unavailable.plugin.js';
import type { RateLimits } from '../graphql/rate-limits.js';
import type { TrustedDocuments } from '../graphql/trusted-documents.js';
import type { MarketSource } from '../lake/market-source.js';
import type { AuditEntry } from '../store/access-audit.repository.js';
import type { Access } from './access/access.js';
import { authenticateRequests } from './access/authentication.js';
import { type ExportOptions, exportRoutes } from './export/export.routes.js';
import { answerFailure, answerFailuresInJson, answerUnreadable, BODY_LIMIT_BYTES } from './failures.js';
import { graphiqlPage } from './graphiql.page.js';
import { graphqlRoute } from './graphql.route.js';
import type { Health } from './health.js';
import { healthRoutes } from './health.routes.js';
import { logOptions, REQUEST_ID, requestIds, tellRequestIds } from './observability/log.js';
import { type ObservabilityOptions, observeServer } from './observability/observe-server.js';
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
  /** Ours, whatever is done about others: metrics tell their operations by name. */
  readonly ownDocuments: TrustedDocuments;
  readonly observability: ObservabilityOptions;
  /** What exports are made with. */
  readonly exports: Pick<ExportOptions, 'operations' | 'parquet' | 'stallMs'>;
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
  ownDocuments,
  observability,
  exports,
  queryTimeout,
  stopTimeout,
  mostRequests,
  requestTimeoutMs = REQUEST_TIMEOUT_MS,
  logTo,
}: ServerOptions): Promise<FastifyInstance> {
  const requestIdOf = requestIds();
  const app = Fastify({
    logger: { ...logOptions(logLevel), ...(logTo === undefined ? {} : { stream: logTo }) },
    genReqId: requestIdOf,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: requestTimeoutMs,
    // Node takes the shorter of the two for the headers and the longer for the whole.
    http: { headersTimeout: requestTimeoutMs, connectionsCheckingInterval: requestTimeoutMs / 2 },
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: REQUEST_ID }),
    forceCloseConnections: 'idle',
    return503OnClosing: false, // said in our own words by directTraffic
    frameworkErrors: answerFailure,
    clientErrorHandler: answerUnreadable,
  });
  answerFailuresInJson(app);
  tellRequestIds(app);
  const waitForTraffic = directTraffic(app, {
    health,
    stopTimeout,
    ...(mostRequests === undefined ? {} : { mostRequests }),
  });
  const { observer, metrics } = await observeServer(app, schema, markets, access, observability);
  const origins = new ErrorOrigins();
  const guard = new OperationGuard(schema, {
    introspection,
    documents,
    identities: new OperationIdentities(ownDocuments),
    onUntrusted: observer.untrusted,
  });
  const executor = new CompiledExecutor(schema, queryTimeout);
  const knownOperations = new KnownOperations(executor, guard);
  const apollo = new ApolloServer<RequestContext>({
    gateway: executor.asGateway(),
    documentStore: new KeptDocuments(),
    // Refused by the guard, for every transport alike; here only what messages would tell of the schema is left out.
    introspection: true,
    hideSchemaDetailsFromClientErrors: !introspection,
    includeStacktraceInErrorResponses: false,
    parseOptions: { maxTokens: MAX_TOKENS },
    maxRecursiveSelections: MAX_SELECTIONS,
    formatError: errorFormatter((error, id, outer) => observer.fault('operation failed', error, id, origins.of(outer))),
    // Apollo's own cache hints would wrap every resolver of every field, and that alone halves the requests per second.
    plugins: [
      operationGuardPlugin(guard),
      knownOperations.learning(),
      dataVersionPlugin,
      repeatablePlugin,
      auditPlugin(audit),
      origins.plugin,
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
    observer.observe(graphql, 'http');
    graphqlRoute(graphql, apollo, knownOperations);
  });
  await app.register(exportRoutes, {
    ...exports,
    schema,
    markets,
    access,
    rates,
    observer,
    execute: (request, contextValue) => apollo.executeOperation(request, { contextValue }),
  });
  serveSubscriptions(app, {
    schema,
    markets,
    watchJob,
    access,
    health,
    guard,
    rates,
    observer,
    metrics,
    origins,
    requestIdOf,
  });
  await app.register(graphiqlPage, { isSynthetic: () => markets.current().synthetic });
  await app.register(healthRoutes, { health, markets });
  waitForTraffic();
  return app;
}
