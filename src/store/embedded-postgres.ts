import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { unlessAborted } from '../domain/shared-work.js';
import { type Binaries, exists, initialiseCluster, platformBinaries, unavailable } from './embedded-cluster.js';

const run = promisify(execFile);
const START_ATTEMPTS = 60;
const JOIN_ATTEMPTS = 20;
const REJOIN_AFTER_MS = 500;
const CONNECT_WITHIN_MS = 10_000;
const STOP_WAITS = 1500;
const LAST_LOOKS = 10;

/** Held shared by every process that uses the server, alone by the one that stops it. */
const PRESENCE_LOCK = 7_100_000;

/**
 * A PostgreSQL of our own under `directory`, shared by every process that opens it: the first one starts the server,
 * the last one to leave stops it. The server is a daemon, so killing the process that started it harms no other, and
 * the next process finds it running. Where the server itself dies, those who use it start it again.
 */
export class EmbeddedPostgres {
  private readonly watching: Promise<void>;
  private readonly closing = new AbortController();

  /** Told the new address where the server, lost and started again, could not have its old one. */
  onMoved: (url: string) => void = () => undefined;

  private constructor(
    private readonly directory: string,
    private readonly binaries: Binaries,
    private joined: Joined,
  ) {
    this.watching = this.watch();
  }

  get url(): string {
    return this.joined.url;
  }

  /** @throws LundongError DATABASE_UNAVAILABLE when the server cannot be made or started */
  static async open(directory: string): Promise<EmbeddedPostgres> {
    const home = resolve(directory);
    const binaries = await platformBinaries();
    if (!(await exists(join(home, 'PG_VERSION')))) await initialiseCluster(home, binaries);
    return new EmbeddedPostgres(home, binaries, await joinServer(home, binaries, null));
  }

  /** Stops the server, unless another process uses it. Whoever comes while it stops waits, and starts it anew. */
  async close(): Promise<void> {
    this.closing.abort();
    await this.watching;
    if (this.joined.isLost) {
      // Where the server is gone there is nothing to stop; else others have to be asked whether they use it.
      if (!(await isRunning(this.directory, this.binaries))) return;
      this.joined = await joinServer(this.directory, this.binaries, null);
    }
    try {
      await this.presence.query('SELECT pg_advisory_unlock_shared($1)', [PRESENCE_LOCK]);
      // A process that ended a moment ago, killed perhaps, is still seen until the server has noticed.
      for (let look = 0; look < LAST_LOOKS; look++) {
        if (look > 0) await sleep(30);
        if (await this.isAlone()) return await stop(this.directory, this.binaries);
      }
    } finally {
      await this.presence.end().catch(() => undefined);
    }
  }

  /** Holds PRESENCE_LOCK for as long as this process uses the server. */
  private get presence(): Client {
    return this.joined.presence;
  }

  /**
   * Brings the server back whenever it is gone, killed perhaps: it is nobody's but ours. Every process that uses it does
   * so; the first one starts it, the others find it running.
   */
  private async watch(): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      await unlessAborted(this.joined.lost, signal).catch(() => undefined);
      if (signal.aborted) return;
      const { port } = new URL(this.url);
      const again = await joinServer(this.directory, this.binaries, Number(port)).catch(() => null);
      if (again === null) {
        await sleep(REJOIN_AFTER_MS, undefined, { signal, ref: false }).catch(() => undefined);
        continue;
      }
      const hasMoved = again.url !== this.url;
      this.joined = again;
      if (hasMoved) this.onMoved(again.url);
    }
  }

  private async isAlone(): Promise<boolean> {
    const { rows } = await this.presence.query(
      `SELECT pg_try_advisory_lock($1) AND NOT EXISTS (
         SELECT FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
       ) AS alone`,
      [PRESENCE_LOCK],
    );
    return rows[0].alone;
  }
}

/** This process among the users of a running server. */
interface Joined {
  readonly url: string;
  readonly presence: Client;
  /** Resolves when the connection is lost. */
  readonly lost: Promise<void>;
  readonly isLost: boolean;
}

/** @param port where the server was before; null = wherever it is, or anywhere */
async function joinServer(home: string, binaries: Binaries, port: number | null): Promise<Joined> {
  const password = (await readFile(join(home, 'password'), 'utf8')).trim();
  let failure: unknown;
  for (let attempt = 0; attempt < JOIN_ATTEMPTS; attempt++) {
    const found = await startOrJoin(home, binaries, port);
    const joined = await announce(`postgres://lundong:${password}@127.0.0.1:${found}/postgres`).catch(
      (error: unknown) => {
        failure = error; // its last user stopped it in this very moment
        return null;
      },
    );
    if (joined !== null) return joined;
    await sleep(100);
  }
  throw unavailable(home, (await strangerInItsPlace(home)) ?? failure);
}

/**
 * Where the machine went down with the server, the process id in its file may be that of another program by now, which
 * pg_ctl takes for the server. The file is not ours to delete: another process may be starting the server right now.
 */
async function strangerInItsPlace(home: string): Promise<Error | null> {
  const [pid] = await postmasterLines(home);
  const name = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'postgres')).trim(); // there on Linux alone
  if (name === 'postgres') return null;
  const file = join(home, 'postmaster.pid');
  return new Error(`${file} is left from a crash, and names process ${pid}, which is ${name}; delete the file`);
}

/** Connects and waits until nobody is about to stop the server. */
async function announce(url: string): Promise<Joined> {
  const client = new Client({
    connectionString: url,
    application_name: 'lundong-presence',
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
  });
  let isLost = false;
  const lost = new Promise<void>((resolve) => {
    const lose = (): void => {
      isLost = true;
      resolve();
    };
    client.on('error', lose).on('end', lose);
  });
  try {
    await client.connect();
    await client.query('SELECT pg_advisory_lock_shared($1)', [PRESENCE_LOCK]);
    return {
      url,
      presence: client,
      lost,
      get isLost() {
        return isLost;
      },
    };
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

/**
 * @param before the port that the server had, which those who used it know
 * @returns the port of the running server, started here if need be
 */
async function startOrJoin(home: string, binaries: Binaries, before: number | null): Promise<number> {
  let failure: unknown;
  for (let attempt = 0; attempt < START_ATTEMPTS; attempt++) {
    const running = await isRunning(home, binaries);
    if (running) {
      const port = await acceptingPort(home);
      if (port !== null) return port;
    } else {
      const options = `-p ${await freePort(before)} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c shared_buffers=64MB`;
      failure = await control(home, binaries, ['start', '-w', '-l', join(home, 'server.log'), '-o', options]).then(
        () => undefined,
        (error: unknown) => error,
      );
    }
    if (failure !== undefined || running) await sleep(100); // another process is starting or stopping it
  }
  throw unavailable(home, failure ?? (await strangerInItsPlace(home)) ?? new Error('it takes no connections yet'));
}

function isRunning(home: string, binaries: Binaries): Promise<boolean> {
  return control(home, binaries, ['status']).then(
    () => true,
    () => false,
  );
}

/** Stops the server and waits until it is gone; not by `pg_ctl -w`, which stumbles over the server that is next. */
async function stop(home: string, binaries: Binaries): Promise<void> {
  const [pid] = await postmasterLines(home);
  await control(home, binaries, ['stop', '-m', 'fast', '-W']);
  for (let wait = 0; wait < STOP_WAITS && (await postmasterLines(home))[0] === pid; wait++) await sleep(20);
}

const postmasterLines = async (home: string): Promise<string[]> =>
  (await readFile(join(home, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');

/** Line 4 of postmaster.pid is the port, line 8 says whether connections are taken. */
async function acceptingPort(home: string): Promise<number | null> {
  const lines = await postmasterLines(home);
  return lines[7]?.trim() === 'ready' ? Number(lines[3]) : null;
}

async function control(home: string, binaries: Binaries, args: string[]): Promise<void> {
  const { uid, gid } = await stat(home);
  await run(binaries.pg_ctl, ['-D', home, ...args], process.getuid?.() === 0 ? { uid, gid } : {});
}

/** @param wanted this one, where nobody has it */
async function freePort(wanted: number | null): Promise<number> {
  const server = createServer();
  const listening = once(server, 'listening');
  server.listen(wanted ?? 0, '127.0.0.1');
  if (
    !(await listening.then(
      () => true,
      () => false,
    ))
  )
    return freePort(null);
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
