import { FactorCache } from '../engines/factor-cache.js';
import { buildApiSchema } from '../graphql/schema.js';
import { createServer } from '../http/server.js';
import { createResolvers, RESOLVERS } from '../modules/resolvers.js';
import type { Workspace } from '../workspace.js';

/** Serves until SIGINT or SIGTERM, then finishes what is under way. */
export async function serve(workspace: Workspace): Promise<void> {
  const { config, engines, store } = workspace;
  const markets = await workspace.markets();
  const schema = buildApiSchema(RESOLVERS, createResolvers(engines, new FactorCache(store)));
  const server = await createServer({
    schema,
    markets,
    logLevel: config.logLevel,
    isDatabaseReady: () => workspace.isDatabaseReady(),
  });
  await markets.follow((error) => server.log.error({ err: error }, 'market data could not be refreshed'));
  const stopped = terminationSignal();
  const address = await server.listen({ host: config.host, port: config.port });
  const market = markets.current();
  server.log.info(
    { dataVersion: market.dataVersion, synthetic: market.synthetic },
    `GraphQL at ${address}/graphql, page at ${address}/`,
  );
  if (market.synthetic) server.log.warn('the demo market is loaded: its prices are synthetic, invented, not real');
  const signal = await stopped;
  server.log.info(`${signal}: finishing what is under way`);
  await server.close();
  await markets.close();
}

/** The first signal to stop; a second one then ends the process at once, as is usual. */
function terminationSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal));
  });
}
