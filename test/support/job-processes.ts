import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import type { TestWorkspace } from './database.js';

export const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

/** A process of the product, known to PostgreSQL by its name. */
export interface NamedProcess {
  readonly name: string;
  readonly child: ChildProcess;
  /** Resolves with exit code and signal. */
  readonly ended: Promise<[number | null, NodeJS.Signals | null]>;
  /** The first line of its output that matches. */
  line(pattern: RegExp): Promise<string>;
  kill(signal: NodeJS.Signals): Promise<[number | null, NodeJS.Signals | null]>;
}

/** One change of a job as PostgreSQL saw it. */
export interface JobChange {
  readonly id: string;
  /** The process that made it. */
  readonly by: string;
  readonly status: string;
  /** Whether a worker took it up. */
  readonly isClaim: boolean;
  readonly attempts: number;
  readonly progress: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Runs `lundong` commands on the data of a workspace and records, inside PostgreSQL, every change of every job. */
export class JobProcesses {
  private readonly running = new Set<NamedProcess>();
  private count = 0;

  private constructor(
    private readonly environment: TestWorkspace['environment'],
    readonly client: Client,
  ) {}

  static async open({ environment }: TestWorkspace): Promise<JobProcesses> {
    const client = new Client({ connectionString: environment.DATABASE_URL });
    await client.connect();
    await client.query(`
      CREATE TABLE job_change (nr serial, id uuid, by text, status text, claim boolean, attempts int, progress float8, at timestamptz);
      CREATE FUNCTION record_job_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO job_change (id, by, status, claim, attempts, progress, at)
        VALUES (NEW.id, current_setting('application_name'), NEW.status, NEW.attempts > OLD.attempts, NEW.attempts, NEW.progress, clock_timestamp());
        RETURN NEW;
      END $$;
      CREATE TRIGGER record AFTER UPDATE ON job FOR EACH ROW EXECUTE FUNCTION record_job_change();
    `);
    return new JobProcesses(environment, client);
  }

  /** Starts a command, `worker` or `serve`, or a script. */
  start(args: readonly string[], environment: NodeJS.ProcessEnv = {}): NamedProcess {
    const name = `${args[0]?.replace(/^.*\//, '')}-${this.count++}`;
    const url = new URL(this.environment.DATABASE_URL);
    url.searchParams.set('application_name', name);
    const child = spawn(process.execPath, [...(args[0]?.startsWith('-') ? args : [MAIN, ...args])], {
      env: {
        ...process.env,
        ...this.environment,
        LOG_LEVEL: 'info',
        PORT: '0',
        WORKERS: '0',
        ...environment,
        DATABASE_URL: url.href,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(child, 'exit') as NamedProcess['ended'];
    const lines: string[] = [];
    const waiting = new Set<() => void>();
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        for (const look of waiting) look();
      });
    const started: NamedProcess = {
      name,
      child,
      ended,
      line: (pattern) =>
        new Promise((resolve, reject) => {
          const look = (): void => {
            const found = lines.find((line) => pattern.test(line));
            if (found === undefined) return;
            waiting.delete(look);
            resolve(found);
          };
          waiting.add(look);
          look();
          void ended.then(() => reject(new Error(`${name} ended:\n${lines.join('\n')}`)));
        }),
      kill: (signal) => {
        child.kill(signal);
        return ended;
      },
    };
    this.running.add(started);
    void ended.then(() => this.running.delete(started));
    return started;
  }

  /** A worker that waits for jobs. */
  async worker(): Promise<NamedProcess> {
    const started = this.start(['worker']);
    await started.line(/waits for jobs/);
    return started;
  }

  /** An API process without a worker of its own, and where it is. */
  async api(environment: NodeJS.ProcessEnv = {}): Promise<NamedProcess & { url: string }> {
    const started = this.start(['serve'], environment);
    const line = await started.line(/GraphQL at http/);
    return { ...started, url: /GraphQL at (http:\S+)\/graphql/.exec(line)?.[1] as string };
  }

  /** What happened to a job, oldest first. */
  async changes(id?: string): Promise<JobChange[]> {
    const { rows } = await this.client.query(
      `SELECT id, by, status, claim AS "isClaim", attempts, progress, extract(epoch FROM at)::float8 * 1000 AS at
       FROM job_change WHERE $1::uuid IS NULL OR id = $1 ORDER BY nr`,
      [id ?? null],
    );
    return rows;
  }

  /** Who took a job up, in order. */
  async claims(id?: string): Promise<string[]> {
    return (await this.changes(id)).filter(({ isClaim }) => isClaim).map(({ by }) => by);
  }

  async job(
    id: string,
  ): Promise<{ status: string; progress: number; attempts: number; result: string | null; error: string | null }> {
    const { rows } = await this.client.query(
      'SELECT status, progress, attempts, result, error FROM job WHERE id = $1',
      [id],
    );
    return rows[0];
  }

  /** Waits until the job has come so far, and fails where it ended before. */
  async untilProgress(id: string, progress: number): Promise<void> {
    await until(async () => {
      const job = await this.job(id);
      if (/SUCC|FAIL|CANC/.test(job.status)) throw new Error(`${job.status} at ${job.progress}: ${job.error}`);
      return job.status === 'RUNNING' && job.progress > progress;
    });
  }

  async untilStatus(id: string, status: string): Promise<void> {
    await until(async () => {
      const job = await this.job(id);
      if (job.status !== status && /SUCC|FAIL|CANC/.test(job.status)) throw new Error(`${job.status}: ${job.error}`);
      return job.status === status;
    });
  }

  /** What runs of a command. */
  alive(command: string): NamedProcess[] {
    return [...this.running].filter(({ name }) => name.startsWith(`${command}-`));
  }

  /** Ends whatever still runs. */
  async stopAll(): Promise<void> {
    await Promise.all([...this.running].map((each) => each.kill('SIGKILL')));
  }

  async close(): Promise<void> {
    await this.stopAll();
    await this.client.end();
  }
}

/** Asks until the answer is yes; half a minute. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 3000; tries++) {
    if (await isSo()) return;
    await sleep(10);
  }
  throw new Error('it did not come to pass within half a minute');
}
