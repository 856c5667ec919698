import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LundongError, overloaded } from '../domain/errors.js';
import type { Health } from './health.js';
import { HEALTH_ROUTES } from './health.routes.js';
import { METRICS_ROUTE } from './observability/metrics.routes.js';

/** Requests under way at once. Each holds its variables and waits somewhere: past these memory would be what gives way. */
const MOST_REQUESTS = 2000;

/** How long it may take to tell callers that what they wait for was broken off. */
const TELLING_MS = 1000;

const ALWAYS_ANSWERED: ReadonlySet<string | undefined> = new Set([...HEALTH_ROUTES, METRICS_ROUTE]);

export interface TrafficOptions {
  readonly health: Health;
  /** Seconds that what is under way may take when the server stops. */
  readonly stopTimeout: number;
  readonly mostRequests?: number;
}

/**
 * Bounds the requests under way, and takes leave of them when the server closes: readiness goes off and nothing new is
 * taken, then sockets and streams are closed, then what is under way has its time, and what is left is broken off and
 * told so. To be called before any route is registered: those that are there already do without it.
 *
 * @returns to be called when all is registered: what waits for requests comes after what ends them
 */
export function directTraffic(
  app: FastifyInstance,
  { health, stopTimeout, mostRequests = MOST_REQUESTS }: TrafficOptions,
): () => void {
  const underWay = new Set<FastifyRequest>();
  let onEmpty = (): void => undefined;
  app.addHook('onRequest', async (request, reply) => {
    if (ALWAYS_ANSWERED.has(request.routeOptions.url)) return;
    if (health.isStopping) throw stopping('The server is being stopped and takes no new work');
    if (underWay.size >= mostRequests) throw overloaded('requests');
    underWay.add(request);
    reply.raw.once('close', () => {
      underWay.delete(request);
      if (underWay.size === 0) onEmpty();
    });
  });
  app.addHook('preClose', async () => {
    health.stop();
  });
  const untilEmpty = (milliseconds: number): Promise<unknown> => {
    if (underWay.size === 0) return Promise.resolve();
    const waited = new AbortController();
    const empty = new Promise<void>((resolve) => {
      onEmpty = resolve;
    });
    return Promise.race([
      empty,
      sleep(milliseconds, undefined, { signal: waited.signal }).catch(() => undefined),
    ]).finally(() => waited.abort());
  };
  return () =>
    app.addHook('preClose', async () => {
      await untilEmpty(stopTimeout * 1000);
      const reason = stopping(`The server is being stopped, and this did not end within ${stopTimeout} seconds`);
      for (const request of underWay) request.graphql?.abort(reason);
      await untilEmpty(TELLING_MS);
      if (underWay.size > 0) app.server.closeAllConnections();
    });
}

/** @param what has come to an end, as the beginning of a sentence */
export function stopping(what: string): LundongError {
  return new LundongError('STOPPING', `${what}; try again in a second, at another server or once it is back.`, {
    retryAfter: 1,
  });
}
