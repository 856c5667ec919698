import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder that lives as long as this run of vitest; all its workers share it. */
    runDirectory: string;
  }
}

/**
 * Gives the run a folder and, when it is over, stops the PostgreSQL that `database.ts` may have started there and
 * deletes everything. Nothing is started here, so that a run of unit tests alone costs nothing.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'lundong-test-'));
  await chmod(directory, 0o755); // PostgreSQL runs on an account of its own where the tests run as root
  project.provide('runDirectory', directory);
  return async () => {
    const { stopCluster } = await import('./cluster.js');
    await stopCluster(directory);
    await rm(directory, { recursive: true, force: true });
  };
}
