import { existsSync } from 'node:fs';
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
  const directory = join(runDirectory, 'postgres');
  if (!existsSync(directory)) return;
  // The workers may still be there: their tests are over, and the server stays while anybody uses it.
  const client = new Client({ connectionString: (await openCluster(runDirectory)).url });
  await client.connect();
  await client.query(
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
  );
  await client.end();
  await (await EmbeddedPostgres.open(directory)).close();
}
