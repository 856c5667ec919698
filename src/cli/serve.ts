import type { Workspace } from '../workspace.js';
import { openApiServer } from './api-server.js';
import { terminationSignal } from './termination-signal.js';
import { superviseWorker } from './worker-process.js';

/** Serves until SIGINT or SIGTERM, then finishes what is under way. */
export async function serve(workspace: Workspace): Promise<void> {
  const { config } = workspace;
  const stopped = terminationSignal();
  const api = await openApiServer(workspace);
  const { log } = api.app;
  const address = await api.app.listen({ host: config.host, port: config.port });
  const worker = config.workers > 0 ? superviseWorker((message) => log.warn(message)) : null;
  const market = api.markets.current();
  log.info(
    { dataVersion: market.dataVersion, synthetic: market.synthetic },
    `GraphQL at ${address}/graphql, page at ${address}/`,
  );
  if (market.synthetic) log.warn('the demo market is loaded: its prices are synthetic, invented, not real');
  const signal = await stopped;
  log.info(`${signal}: finishing what is under way`);
  await Promise.all([api.close(), worker?.stop()]);
}
