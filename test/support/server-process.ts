import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

export interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly data: unknown;
  readonly errors?: readonly { message: string; extensions: { code: string } }[];
  readonly dataVersion: number | undefined;
}

export type Ended = [code: number | null, signal: NodeJS.Signals | null];

/** `lundong` commands on a DATA_DIR and an embedded PostgreSQL of their own, as an operator has them. */
export class OwnData {
  private readonly left = new Set<ChildProcess>();

  private constructor(readonly directory: string) {}

  static async make(): Promise<OwnData> {
    const directory = await mkdtemp(join(tmpdir(), 'lundong-own-'));
    await chmod(directory, 0o755); // PostgreSQL runs on an account of its own where the tests run as root
    return new OwnData(directory);
  }

  /** @param wrapped a shell line that sets limits and ends in `exec "$@"` */
  start(args: readonly string[], environment: NodeJS.ProcessEnv = {}, wrapped: string | null = null): OwnProcess {
    const { DATABASE_URL: _, ...inherited } = process.env;
    const line = [process.execPath, MAIN, ...args];
    const [command, ...rest] = wrapped === null ? line : ['/bin/bash', '-c', wrapped, 'bash', ...line];
    const child = spawn(command as string, rest, {
      env: { ...inherited, DATA_DIR: this.directory, HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'info', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.left.add(child);
    child.once('exit', () => this.left.delete(child));
    return new OwnProcess(child);
  }

  /** The process id of the PostgreSQL of this DATA_DIR, as its file tells it. */
  postmaster(): number {
    return Number(this.postmasterFile()[0]);
  }

  /** Whether PostgreSQL takes connections, as its file tells it, under a process id other than `not`. */
  isPostgresReady(not: number): boolean {
    const lines = this.postmasterFile();
    return Number(lines[0]) !== not && lines[7]?.trim() === 'ready';
  }

  /** A connection to that PostgreSQL. */
  async connect(): Promise<Client> {
    const password = readFileSync(join(this.directory, 'postgres', 'password'), 'utf8').trim();
    const client = new Client({
      connectionString: `postgres://lundong:${password}@127.0.0.1:${this.postmasterFile()[3]}/postgres`,
    });
    await client.connect();
    return client;
  }

  async remove(): Promise<void> {
    for (const child of this.left) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    const postgres = this.postmaster();
    if (postgres > 0 && isAlive(postgres)) {
      process.kill(postgres, 'SIGCONT');
      process.kill(postgres, 'SIGINT');
      for (let look = 0; look < 500 && isAlive(postgres); look++) await sleep(20);
    }
    await rm(this.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  private postmasterFile(): string[] {
    const file = join(this.directory, 'postgres', 'postmaster.pid');
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  }
}

/** One of these commands, running. */
export class OwnProcess {
  readonly ended: Promise<Ended>;
  /** Standard output and standard error, as far as they have come. */
  log = '';
  url = '';

  constructor(readonly child: ChildProcess) {
    this.ended = once(child, 'close') as Promise<Ended>;
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        this.log += chunk;
      });
  }

  /** What a pattern finds in the output, as soon as it does. */
  async said(pattern: RegExp): Promise<RegExpExecArray> {
    for (let look = 0; look < 8500; look++) {
      const found = pattern.exec(this.log);
      if (found !== null) return found;
      if (this.child.exitCode !== null || this.child.signalCode !== null) break;
      await sleep(20);
    }
    throw new Error(`It never said ${pattern}:\n${this.log}`);
  }

  /** Waits until it serves. */
  async serving(): Promise<this> {
    this.url = (await this.said(/"GraphQL at (http:\/\/127\.0\.0\.1:\d+)\/graphql/))[1] as string;
    return this;
  }

  async ask(query: string, variables: object = {}, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors, extensions } = (await response.json()) as {
      data: unknown;
      errors?: Answer['errors'];
      extensions?: { dataVersion?: number };
    };
    const retryAfter = response.headers.get('retry-after');
    return {
      status: response.status,
      retryAfter,
      data,
      ...(errors === undefined ? {} : { errors }),
      dataVersion: extensions?.dataVersion,
    };
  }

  async ready(): Promise<{ status: number; body: Record<string, unknown> & { checks: Record<string, string> } }> {
    const response = await fetch(`${this.url}/readyz`);
    return { status: response.status, body: (await response.json()) as never };
  }

  kill(signal: NodeJS.Signals): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
