import type { FastifyPluginAsync } from 'fastify';
import type { MarketSource } from '../lake/market-source.js';
import type { Health } from './health.js';

/** Where the routes lie, which are answered however much there is to do. */
export const HEALTH_ROUTES = ['/livez', '/readyz'] as const;

/** `/livez`: the process runs. `/readyz`: whether it can answer, with what is amiss; 503 where it cannot. */
export const healthRoutes: FastifyPluginAsync<{ health: Health; markets: MarketSource }> = async (
  app,
  { health, markets },
) => {
  const [livez, readyz] = HEALTH_ROUTES;
  app.get(livez, async () => ({ status: 'ok' }));
  app.get(readyz, async (_request, reply) => {
    const report = await health.report();
    const canAnswer = report.status === 'ok' || report.status === 'degraded';
    return reply
      .code(canAnswer ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({ ...report, dataVersion: markets.current().dataVersion });
  });
};
