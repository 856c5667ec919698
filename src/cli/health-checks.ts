import { access } from 'node:fs/promises';
import type { HealthCheck } from '../http/health.js';
import type { JobQueue } from '../jobs/job-queue.js';
import type { MarketSource } from '../lake/market-source.js';
import type { Workspace } from '../workspace.js';

/** Past this a connection that hangs is let go; the next look tries another. */
const DATABASE_WITHIN_MS = 1800;

/** What the readiness of a server is told by. Reasons are for whoever may reach the server: they name no paths. */
export function healthChecks(
  { store, duckdb, modelFiles }: Workspace,
  markets: MarketSource,
  queue: JobQueue,
  isWorkerAlive: () => boolean,
): HealthCheck[] {
  return [
    {
      name: 'database',
      isVital: true,
      look: () => store.ping(DATABASE_WITHIN_MS).then(() => null),
    },
    {
      name: 'lake',
      isVital: true,
      look: () => duckdb.ping().then(() => null),
    },
    {
      name: 'files',
      isVital: false,
      look: async () => {
        const newest = markets.current().allSeries.map(({ dataset, files }) => ({ dataset, file: files.at(-1) }));
        const missing = new Set<string>();
        for (const { dataset, file } of newest)
          if (file !== undefined) await access(file).catch(() => missing.add(dataset));
        return missing.size === 0 ? null : `files of ${[...missing].join(', ')} are missing; import them again`;
      },
    },
    {
      name: 'data',
      isVital: false,
      // Answers are right as of their dataVersion all the same.
      look: async () => (markets.isCurrent ? null : 'a newer version has not been loaded yet'),
    },
    {
      name: 'queue',
      isVital: false,
      look: async () => {
        if (!queue.isFollowing) return 'changes of jobs are not heard of; the connection is tried again';
        return isWorkerAlive() ? null : 'the worker has ended; a new one is being started';
      },
    },
    {
      name: 'models',
      isVital: false,
      look: async () => {
        const { models } = markets.current();
        const whole = await Promise.all(models.map(({ sha256 }) => modelFiles.isWhole(sha256)));
        const broken = models.filter((_, index) => whole[index] === false).map(({ name }) => name);
        return broken.length === 0 ? null : `files are missing or changed: ${broken.join(', ')}; register them again`;
      },
    },
  ];
}
