import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { firstImpassable } from '#lundong/store/embedded-cluster.js';
import { EmbeddedPostgres } from '#lundong/store/embedded-postgres.js';
import { refusal } from '../support/import-helpers.js';

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

it('finds the first folder on the way that an account may not pass through', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'lundong-embedded-'));
  try {
    const [outer, inner] = [join(directory, 'outer'), join(directory, 'outer', 'inner')];
    await mkdir(inner, { recursive: true });
    const { uid, gid } = await stat(inner);
    const owner = { uid, gid };
    const colleague = { uid: uid + 1, gid };
    const stranger = { uid: uid + 1, gid: gid + 1 };
    const modes = async (outerMode: number, innerMode: number): Promise<void> => {
      await chmod(directory, 0o755);
      await chmod(outer, outerMode);
      await chmod(inner, innerMode);
    };
    await modes(0o711, 0o711);
    for (const account of [owner, colleague, stranger]) expect(await firstImpassable(inner, account)).toBeNull();
    await modes(0o755, 0o750);
    expect(await firstImpassable(inner, owner)).toBeNull();
    expect(await firstImpassable(inner, colleague)).toBeNull();
    expect(await firstImpassable(inner, stranger)).toBe(inner);
    await modes(0o700, 0o700);
    expect(await firstImpassable(inner, owner)).toBeNull();
    expect(await firstImpassable(inner, colleague)).toBe(outer);
    expect(await firstImpassable(inner, stranger)).toBe(outer);
    expect(await firstImpassable(directory, stranger)).toBeNull();
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

it('as root under a folder that only root may pass through: names the folder and the remedy; else it just runs', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'lundong-embedded-'));
  try {
    const open = EmbeddedPostgres.open(join(directory, 'data', 'postgres'));
    if (process.getuid?.() !== 0) return await (await open).close();
    const error = await refusal(open);
    expect(error).toMatchObject({ code: 'DATABASE_UNAVAILABLE', details: { folder: directory } });
    expect(error.message).toContain(`may not pass through ${directory}. Allow it with: chmod o+x ${directory}; or set`);
    expect(error.message).not.toContain('server.log');
    expect(await readdir(join(directory, 'data'))).toEqual([]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

it('takes away what a killed process left while it made the cluster, and nothing that is being made', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'lundong-embedded-'));
  try {
    const longAgo = new Date(Date.now() - 11 * 60_000);
    for (const name of ['postgres.new-old', 'postgres.new-young'])
      await mkdir(join(directory, name, 'cluster'), { recursive: true });
    await utimes(join(directory, 'postgres.new-old'), longAgo, longAgo);
    await (await EmbeddedPostgres.open(join(directory, 'postgres'))).close();
    expect((await readdir(directory)).sort()).toEqual(['postgres', 'postgres.new-young']);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

it('is stopped by its last user though another was killed the moment before', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'lundong-embedded-'));
  const home = join(directory, 'postgres');
  try {
    const server = await EmbeddedPostgres.open(home);
    const script = `
      import { EmbeddedPostgres } from ${JSON.stringify(MODULE)};
      await EmbeddedPostgres.open(process.argv[1]);
      process.stdout.write('open');
      setInterval(() => undefined, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, home]);
    await once(child.stdout, 'data');
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    await server.close();
    expect(existsSync(join(home, 'postmaster.pid'))).toBe(false);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

it.runIf(process.platform === 'linux')(
  'says which file to delete where a crash left the number of what is now another program',
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'lundong-embedded-'));
    const home = join(directory, 'postgres');
    await (await EmbeddedPostgres.open(home)).close();
    const { uid, gid } = await stat(home);
    const stranger = spawn('sleep', ['600'], { stdio: 'ignore', ...(process.getuid?.() === 0 ? { uid, gid } : {}) });
    try {
      await once(stranger, 'spawn');
      const file = join(home, 'postmaster.pid');
      await writeFile(file, [stranger.pid, home, 1, 1, '', '127.0.0.1', '', 'ready   ', ''].join('\n'));
      expect(await refusal(EmbeddedPostgres.open(home))).toMatchObject({
        code: 'DATABASE_UNAVAILABLE',
        message: expect.stringContaining(
          `${file} is left from a crash, and names process ${stranger.pid}, which is sleep`,
        ),
      });
    } finally {
      stranger.kill();
      await rm(directory, { recursive: true, force: true });
    }
  },
);
