import type { FastifyInstance } from 'fastify';
import { buildApiSchema } from '../graphql/schema.js';
import { createServer } from '../http/server.js';
import type { MarketSource } from '../lake/market.js';
import { createResolvers, RESOLVERS } from '../modules/resolvers.js';
import { createServices, type Services } from '../modules/services.js';
import type { Workspace } from '../workspace.js';

/** The API on a workspace, ready to listen. */
export interface ApiServer {
  readonly app: FastifyInstance;
  readonly markets: MarketSource;
  readonly services: Services;
  /** Finishes what is under way; the workspace stays open. */
  close(): Promise<void>;
}

export async function openApiServer(workspace: Workspace): Promise<ApiServer> {
  const { config, engines, store } = workspace;
  const markets = await workspace.markets();
  const services = createServices(store, engines, workspace.modelRegistry());
  const app = await createServer({
    schema: buildApiSchema(RESOLVERS, createResolvers(services)),
    markets,
    logLevel: config.logLevel,
    isDatabaseReady: () => workspace.isDatabaseReady(),
    watchJob: (id, signal) => services.backtests.watch(id, signal),
  });
  const close = async (): Promise<void> => {
    await app.close();
    await services.queue.close();
    await markets.close();
  };
  try {
    await markets.follow((error) => app.log.error({ err: error }, 'market data could not be refreshed'));
    await services.queue.follow();
  } catch (error) {
    await close();
    throw error;
  }
  return { app, markets, services, close };
}
