import type { FastifyInstance } from 'fastify';
import type { Access } from '../access/access.js';
import { authenticateRequests } from '../access/authentication.js';
import type { Metrics } from './metrics.js';

/** Where they are read, also when there is too much to do, or the server is being stopped: then they matter most. */
export const METRICS_ROUTE = '/metrics';

/**
 * `/metrics`, in the text format of Prometheus. They tell who uses what, so they are for the scope `admin`; where no key is
 * asked for, for whoever may ask the API. No exception for this machine: a proxy on it may look like it.
 */
export function metricsRoutes(app: FastifyInstance, access: Access, metrics: Metrics): void {
  authenticateRequests(app, access);
  app.get(METRICS_ROUTE, { config: { scope: 'admin' } }, async (_request, reply) =>
    reply
      .header('cache-control', 'no-store')
      .type(metrics.contentType)
      .send(await metrics.registry.metrics()),
  );
}
