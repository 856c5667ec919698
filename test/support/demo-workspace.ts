import type { GraphQLSchema } from 'graphql';
import supertest from 'supertest';
import type { ContainerType } from 'type-graphql';
import type { Logger } from 'typeorm';
import { buildApiSchema } from '#lundong/graphql/schema.js';
import { readOperations, TrustedDocuments } from '#lundong/graphql/trusted-documents.js';
import { Access, type AccessMode } from '#lundong/http/access/access.js';
import type { JwtSettings } from '#lundong/http/access/jwt-verifier.js';
import { ParquetExport } from '#lundong/http/export/parquet-export.js';
import { Health } from '#lundong/http/health.js';
import type { ObservabilityOptions } from '#lundong/http/observability/observe-server.js';
import { RateLimiter } from '#lundong/http/rate-limiter.js';
import { createServer, type ServerOptions } from '#lundong/http/server.js';
import { JobWorker } from '#lundong/jobs/job-worker.js';
import type { MarketSource } from '#lundong/lake/market-source.js';
import { createResolvers, RESOLVERS } from '#lundong/modules/resolvers.js';
import { createServices, jobHandlers } from '#lundong/modules/services.js';
import { recordAudit } from '#lundong/store/access-audit.repository.js';
import type { Store } from '#lundong/store/store.js';
import { openDemoWorkspace, type TestWorkspace } from './database.js';
import { OPERATIONS_FOLDER } from './operations.js';

/** The API over the synthetic demo market, on a port of its own; copied from one that the first test to ask has loaded. */
export interface DemoServer {
  readonly url: string;
  readonly port: number;
  readonly schema: GraphQLSchema;
  /** What a child process needs to work on the same data. */
  readonly environment: TestWorkspace['environment'];
  readonly markets: MarketSource;
  readonly store: Store;
  readonly access: Access;
  /** POST /graphql, past the response cache: the operation is executed. */
  graphql(query: string, variables?: object, operationName?: string): supertest.Test;
  /** SQL statements sent to PostgreSQL while the work ran. */
  statementsDuring<T>(work: () => Promise<T>): Promise<{ result: T; statements: number }>;
  /** Works on queued jobs, in this process, until told to stop. */
  work(stop: AbortSignal): Promise<void>;
  /** Portfolios kept, jobs queued and ways of computing factors, ever. */
  countStored(): Promise<{ portfolios: number; jobs: number; factors: number }>;
  /** Forgets every factor value, in memory and in PostgreSQL. */
  forgetFactors(): Promise<void>;
  close(): Promise<void>;
}

/** What a test wants other than an open server without limits. */
export interface DemoServerOptions extends Partial<ServerOptions> {
  readonly mode?: AccessMode;
  readonly jwt?: JwtSettings;
  readonly pointsPerMinute?: number;
  readonly heavyAtOnce?: number;
  readonly observe?: Partial<ObservabilityOptions>;
}

export async function openDemoServer({
  mode = 'OPEN',
  jwt,
  pointsPerMinute,
  heavyAtOnce = 1000,
  observe,
  ...overrides
}: DemoServerOptions = {}): Promise<DemoServer> {
  const opened = await openDemoWorkspace();
  const { workspace } = opened;
  const { store, engines } = workspace;
  const markets = await workspace.markets();

  // One schema, since building it twice in a process is not type-graphql's strength; its resolvers can be exchanged.
  let resolvers: ContainerType = createResolvers(createServices(store, engines, workspace.modelRegistry()));
  const schema = buildApiSchema(RESOLVERS, { get: (type, data) => resolvers.get(type, data) });
  const fail = (error: unknown): never => {
    throw error;
  };
  const access = await Access.open(store, jwt ?? null, () => mode, fail);
  const rates = new RateLimiter(store, { pointsPerMinute: pointsPerMinute ?? null, heavyAtOnce, onError: fail });
  const app = await createServer({
    schema,
    markets,
    logLevel: 'silent',
    health: new Health([]),
    watchJob: (id, signal) => createServices(store, engines, workspace.modelRegistry()).backtests.watch(id, signal),
    access,
    rates,
    audit: (entry) => recordAudit(store.manager, entry),
    introspection: true,
    documents: null,
    ownDocuments: TrustedDocuments.read(OPERATIONS_FOLDER, false),
    observability: {
      countJobs: () => createServices(store, engines, workspace.modelRegistry()).queue.countByStatus(),
      slowOperationMs: 60_000,
      tracesEndpoint: null,
      ...observe,
    },
    exports: {
      operations: readOperations(OPERATIONS_FOLDER),
      parquet: new ParquetExport(workspace.duckdb, workspace.config.directories.temporary),
    },
    queryTimeout: 60,
    stopTimeout: 5,
    ...overrides,
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });

  let statements = 0;
  const ignore = (): void => undefined;
  store.dataSource.logger = {
    logQuery: () => {
      statements++;
    },
    logQueryError: ignore,
    logQuerySlow: ignore,
    logSchemaBuild: ignore,
    logMigration: ignore,
    log: ignore,
  } satisfies Logger;

  return {
    url,
    port: Number(new URL(url).port),
    schema,
    environment: opened.environment,
    markets,
    store,
    access,
    graphql: (query, variables, operationName) =>
      supertest(url).post('/graphql').set('cache-control', 'no-cache').send({ query, variables, operationName }),
    statementsDuring: async (work) => {
      const before = statements;
      const result = await work();
      return { result, statements: statements - before };
    },
    work: (stop) =>
      new JobWorker(store, markets, jobHandlers(createServices(store, engines, workspace.modelRegistry())), (error) => {
        throw error;
      }).run(stop),
    countStored: async () => {
      const [counts] = await store.manager.query(
        'SELECT (SELECT count(*)::int FROM portfolio) AS portfolios, (SELECT count(*)::int FROM job) AS jobs, (SELECT count(*)::int FROM factor_parameters) AS factors',
      );
      return counts;
    },
    forgetFactors: async () => {
      resolvers = createResolvers(createServices(store, engines, workspace.modelRegistry()));
      await store.manager.query('TRUNCATE factor_parameters CASCADE');
    },
    close: async () => {
      await app.close();
      await Promise.all([access.close(), rates.close()]);
      await markets.close();
      await opened.close();
    },
  };
}
