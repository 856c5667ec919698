import { type ApiServer, openApiServer } from '#lundong/cli/api-server.js';
import { loadDemoMarket } from '#lundong/cli/demo-market/load-demo-market.js';
import type { ServerOptions } from '#lundong/http/server.js';
import { JobWorker } from '#lundong/jobs/job-worker.js';
import { jobHandlers } from '#lundong/modules/services.js';
import { openTestWorkspace, type TestWorkspace } from './database.js';

/** The demo market served as `lundong serve` does it; about six seconds to make. */
export interface ServedDemo {
  readonly url: string;
  readonly api: ApiServer;
  readonly workspace: TestWorkspace['workspace'];
  /** Starts a worker in this process. @returns what stops it */
  startWorker(): () => Promise<void>;
  close(): Promise<void>;
}

/** @param prepare runs before the server opens: keys made by then are asked for */
export async function openServedDemo(
  prepare: (workspace: TestWorkspace['workspace']) => Promise<void> = async () => undefined,
  overrides: Partial<ServerOptions> = {},
): Promise<ServedDemo> {
  const opened = await openTestWorkspace();
  const { workspace } = opened;
  await loadDemoMarket(workspace, () => undefined);
  await prepare(workspace);
  const api = await openApiServer(workspace, 'serve', overrides);
  const url = await api.app.listen({ host: '127.0.0.1', port: 0 });
  return {
    url,
    api,
    workspace,
    startWorker: () => {
      const stop = new AbortController();
      const fail = (error: unknown): never => {
        throw error;
      };
      const worker = new JobWorker(workspace.store, api.markets, jobHandlers(api.services), fail);
      const worked = worker.run(stop.signal);
      return async () => {
        stop.abort();
        await worked;
      };
    },
    close: async () => {
      await api.close();
      await opened.close();
    },
  };
}
