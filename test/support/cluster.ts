import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { EmbeddedPostgres } from '#lundong/store/embedded-postgres.js';

let cluster: Promise<EmbeddedPostgres> | null = null;

/** The PostgreSQL of the run: the first worker that asks starts it, the others join. */
export function openCluster(runDirectory: string): Promise<EmbeddedPostgres> {
  cluster ??= EmbeddedPostgres.open(join(runDirectory, 'postgres'));
  return cluster;
}

/** Stops it, where any test has started it. */
export async function stopCluster(runDirectory: string): Promise<void> {
  const home = join(runDirectory, 'postgres');
  if (!existsSync(home)) return;
  // The workers may still be there, and would bring it back: under another name they do not find it.
  const directory = join(runDirectory, 'postgres-ending');
  await rename(home, directory);
  const ending = await EmbeddedPostgres.open(directory);
  const client = new Client({ connectionString: ending.url });
  await client.connect();
  await client.query(
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
  );
  await client.end();
  await ending.close();
}
