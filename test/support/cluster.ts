import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedPostgres } from '#lundong/store/embedded-postgres.js';

/** The PostgreSQL of the run: the first worker that asks starts it, the others join. */
export function openCluster(runDirectory: string): Promise<EmbeddedPostgres> {
  return EmbeddedPostgres.open(join(runDirectory, 'postgres'));
}

/** Stops it, where any test has started it. */
export async function stopCluster(runDirectory: string): Promise<void> {
  if (existsSync(join(runDirectory, 'postgres'))) await (await openCluster(runDirectory)).close();
}
