import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const MODULE = new URL('../../dist/src/store/embedded-postgres.js', import.meta.url).href;

/** Comes, asks something and goes, eight times, at moments that no two processes share. */
const VISITOR = `
  import { setTimeout as sleep } from 'node:timers/promises';
  import { Client } from 'pg';
  import { EmbeddedPostgres } from ${JSON.stringify(MODULE)};
  for (let visit = 0; visit < 8; visit++) {
    const server = await EmbeddedPostgres.open(process.argv[1]);
    await sleep(Math.random() * 60);
    const client = new Client({ connectionString: server.url });
    await client.connect();
    await client.query('SELECT 1');
    await client.end();
    await server.close();
    await sleep(Math.random() * 120);
  }
`;

it('processes come and go as they like: nobody finds the server stopped, and the last one stops it', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'lundong-embedded-'));
  const home = join(directory, 'postgres');
  try {
    const visitors = Array.from({ length: 4 }, () => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', VISITOR, home], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let complaint = '';
      child.stderr.on('data', (text) => {
        complaint += text;
      });
      return once(child, 'close').then(([code]) => ({ code, complaint }));
    });
    expect(await Promise.all(visitors)).toEqual(visitors.map(() => ({ code: 0, complaint: '' })));
    expect(existsSync(join(home, 'PG_VERSION'))).toBe(true);
    expect(existsSync(join(home, 'postmaster.pid'))).toBe(false);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
