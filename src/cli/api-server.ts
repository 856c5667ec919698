import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { unlessAborted } from '../domain/shared-work.js';
import { buildApiSchema } from '../graphql/schema.js';
import { readOperations, TrustedDocuments } from '../graphql/trusted-documents.js';
import { Access } from '../http/access/access.js';
import { ParquetExport } from '../http/export/parquet-export.js';
import { Health } from '../http/health.js';
import { RateLimiter } from '../http/rate-limiter.js';
import { createServer, type ServerOptions } from '../http/server.js';
import type { Market } from '../lake/market.js';
import type { MarketSource } from '../lake/market-source.js';
import { createResolvers, RESOLVERS } from '../modules/resolvers.js';
import { createServices, prefetch, type Services } from '../modules/services.js';
import { recordAudit } from '../store/access-audit.repository.js';
import type { Workspace } from '../workspace.js';
import { chooseAccessMode } from './access-mode.js';
import { healthChecks } from './health-checks.js';

/** The operations that may be trusted, beside the compiled code. */
const OPERATIONS = fileURLToPath(new URL('../../../schema/operations', import.meta.url));

/** What takes longer to read ahead goes on while the server serves: whoever asks for it waits for the same work. */
const READ_AHEAD_WITHIN_MS = 10_000;

/** The API on a workspace, ready to listen. */
export interface ApiServer {
  readonly app: FastifyInstance;
  readonly access: Access;
  readonly markets: MarketSource;
  readonly services: Services;
  /** Finishes what is under way; the workspace stays open. */
  close(): Promise<void>;
}

/**
 * @param overrides what the server is not to have from the configuration
 * @param isWorkerAlive whether the worker beside the server runs, where it is to have one
 */
export async function openApiServer(
  workspace: Workspace,
  command: 'serve' | 'demo' = 'serve',
  overrides: Partial<ServerOptions> = {},
  isWorkerAlive: () => boolean = () => true,
): Promise<ApiServer> {
  const { config, engines, store } = workspace;
  let app: FastifyInstance | null = null;
  const report = (message: string) => (error: unknown) => app?.log.error({ err: error }, message);
  const access = await Access.open(
    store,
    config.jwt,
    (hasCredentials) => chooseAccessMode(config, command, hasCredentials),
    report('keys could not be read or written'),
  );
  let markets: MarketSource;
  try {
    markets = await workspace.markets();
  } catch (error) {
    await access.close();
    throw error;
  }
  const services = createServices(store, engines, workspace.modelRegistry());
  const rates = new RateLimiter(store, {
    pointsPerMinute: config.rateLimit,
    heavyAtOnce: config.heavyOperations,
    onError: report('what callers spend could not be shared'),
  });
  const close = async (): Promise<void> => {
    await app?.close();
    await Promise.all([rates.close(), access.close(), services.queue.close(), markets.close()]);
  };
  const ownDocuments = TrustedDocuments.read(OPERATIONS, config.trustedDocuments === 'enforce');
  try {
    app = await createServer({
      schema: buildApiSchema(RESOLVERS, createResolvers(services)),
      markets,
      logLevel: config.logLevel,
      health: new Health(healthChecks(workspace, markets, services.queue, isWorkerAlive)),
      watchJob: (id, signal) => services.backtests.watch(id, signal),
      access,
      rates,
      audit: (entry) => recordAudit(store.manager, entry),
      introspection: config.introspection,
      documents: config.trustedDocuments === 'off' ? null : ownDocuments,
      ownDocuments,
      observability: {
        countJobs: () => services.queue.countByStatus(),
        slowOperationMs: config.slowOperationMs,
        tracesEndpoint: config.tracesEndpoint,
      },
      exports: {
        operations: readOperations(OPERATIONS),
        parquet: new ParquetExport(workspace.duckdb, config.directories.temporary),
      },
      queryTimeout: config.queryTimeout,
      stopTimeout: config.stopTimeout,
      ...overrides,
    });
    // Whatever cannot be read now is told again to those who ask for it: the server starts all the same.
    const readAhead = (market: Market): Promise<void> =>
      prefetch(services, market).catch(report('market data could not be read ahead'));
    const limit = AbortSignal.timeout(READ_AHEAD_WITHIN_MS);
    await unlessAborted(readAhead(markets.current()), limit).catch(() => undefined);
    await markets.follow(report('market data could not be refreshed'), readAhead);
    await services.queue.follow();
  } catch (error) {
    await close();
    throw error;
  }
  return { app, access, markets, services, close };
}
