import type { FastifyInstance } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import type { MarketSource } from '../../lake/market-source.js';
import type { JobCounts } from '../../store/job.repository.js';
import type { Access } from '../access/access.js';
import { CallerLabels } from './caller-labels.js';
import { Metrics } from './metrics.js';
import { metricsRoutes } from './metrics.routes.js';
import { OperationObserver } from './operation-observer.js';
import type { Tracing } from './tracing.js';

export interface ObservabilityOptions {
  readonly countJobs: () => Promise<JobCounts>;
  readonly slowOperationMs: number;
  /** Where traces are sent; null for none. */
  readonly tracesEndpoint: string | null;
}

/** What sees the operations of a server, and what they are counted in. */
export interface Observed {
  readonly observer: OperationObserver;
  readonly metrics: Metrics;
}

/**
 * Serves `/metrics`, and makes what the routes tell of operations.
 *
 * @param schema is changed where traces are sent
 */
export async function observeServer(
  app: FastifyInstance,
  schema: GraphQLSchema,
  markets: MarketSource,
  access: Access,
  { countJobs, slowOperationMs, tracesEndpoint }: ObservabilityOptions,
): Promise<Observed> {
  const metrics = new Metrics({ countJobs, dataVersion: () => markets.current().dataVersion });
  const tracing = tracesEndpoint === null ? null : await openTracing(app, schema, tracesEndpoint);
  app.addHook('onClose', async () => {
    metrics.close();
    await tracing?.close();
  });
  await app.register(async (routes) => metricsRoutes(routes, access, metrics));
  const callers = new CallerLabels((caller) => access.keyNameOf(caller));
  return { metrics, observer: new OperationObserver({ log: app.log, metrics, callers, slowOperationMs, tracing }) };
}

/** Loads what makes traces, here and only here: a server without them does without twelve packages. */
async function openTracing({ log }: FastifyInstance, schema: GraphQLSchema, endpoint: string): Promise<Tracing> {
  const { Tracing } = await import('./tracing.js');
  return new Tracing(endpoint, schema, (error) => log.warn({ err: error }, 'traces could not be sent'));
}
