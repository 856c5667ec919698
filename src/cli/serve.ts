import type { Config } from '../config.js';
import { LundongError } from '../domain/errors.js';
import type { Workspace } from '../workspace.js';
import { announceAccess } from './access-mode.js';
import { type ApiServer, openApiServer } from './api-server.js';
import { terminationSignal } from './termination-signal.js';
import { type SupervisedWorker, superviseWorker } from './worker-process.js';

/** Serves until SIGINT or SIGTERM, then finishes what is under way. */
export async function serve(workspace: Workspace, command: 'serve' | 'demo' = 'serve'): Promise<void> {
  const { config } = workspace;
  const stopped = terminationSignal();
  let worker: SupervisedWorker | null = null;
  const api = await openApiServer(workspace, command, {}, () => worker?.isAlive ?? true);
  try {
    const { log } = api.app;
    const address = await listen(api, config);
    if (config.workers > 0) worker = superviseWorker((message) => log.warn(message), config.stopTimeout);
    const market = api.markets.current();
    log.info(
      { dataVersion: market.dataVersion, synthetic: market.synthetic },
      `GraphQL at ${address}/graphql, page at ${address}/`,
    );
    log[api.access.mode === 'OPEN' ? 'warn' : 'info'](announceAccess(api.access.mode));
    if (market.synthetic) log.warn('the demo market is loaded: its prices are synthetic, invented, not real');
    const signal = await stopped;
    log.info(`${signal}: finishing what is under way`);
  } finally {
    // What is open keeps the process alive: an error on the way must end it all the same.
    await Promise.all([api.close(), worker?.stop()]);
  }
}

/** @throws LundongError INVALID_CONFIG where HOST and PORT cannot be had */
async function listen({ app }: ApiServer, { host, port }: Config): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === 'EADDRINUSE' ? 'another program listens there already' : message;
    throw new LundongError(
      'INVALID_CONFIG',
      `The server cannot listen on ${host}:${port}: ${reason}. Set PORT=0 for any free port, or another PORT or HOST.`,
      { host, port },
      { cause },
    );
  }
}
