import { Command } from 'commander';
import pino from 'pino';
import { logOptions } from '../../http/observability/log.js';
import { JobWorker } from '../../jobs/job-worker.js';
import { createServices, jobHandlers } from '../../modules/services.js';
import { withWorkspace } from '../../workspace.js';
import { terminationSignal } from '../termination-signal.js';

export const workerCommand = new Command('worker')
  .description('work on queued backtests and sweeps until told to stop; any number may run, on any machines')
  .action(() =>
    withWorkspace(async (workspace) => {
      const log = pino({ ...logOptions(workspace.config.logLevel), name: 'worker' });
      const stop = new AbortController();
      void terminationSignal().then(() => stop.abort());
      // A worker whose server died without a word must not live on.
      process.once('disconnect', () => stop.abort());
      process.channel?.unref(); // or one that was told to stop would wait for its server to let go
      const markets = await workspace.markets();
      const report = (error: unknown, message: string): void => log.error({ err: error }, message);
      await markets.follow((error) => report(error, 'market data could not be refreshed'));
      const handlers = jobHandlers(createServices(workspace.store, workspace.engines, workspace.modelRegistry()));
      log.info('worker waits for jobs');
      await new JobWorker(workspace.store, markets, handlers, report).run(stop.signal);
      await markets.close();
    }),
  );
