import type { FastifyPluginAsync } from 'fastify';
import type { MarketSource } from '../lake/market.js';

/** `/livez`: the process runs. `/readyz`: it can answer; 503 with the reason where it cannot. */
export const healthRoutes: FastifyPluginAsync<{
  isDatabaseReady: () => Promise<boolean>;
  markets: MarketSource;
}> = async (app, { isDatabaseReady, markets }) => {
  app.get('/livez', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const database = await isDatabaseReady();
    return reply.code(database ? 200 : 503).send({
      status: database ? 'ok' : 'unavailable',
      checks: {
        database: database ? 'ok' : 'does not answer',
        // Answers are right as of their dataVersion all the same.
        data: markets.isCurrent ? 'ok' : 'a newer version has not been loaded yet',
      },
      dataVersion: markets.current().dataVersion,
    });
  });
};
