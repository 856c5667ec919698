// The product as an operator runs it, in a folder of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
const PROBE = new URL('./heap-probe.mjs', import.meta.url).href;

export class Product {
  running = new Set();

  static async make() {
    const directory = await mkdtemp(join(tmpdir(), 'lundong-soak-'));
    await chmod(directory, 0o755); // PostgreSQL runs on an account of its own where this runs as root
    const product = new Product();
    product.directory = directory;
    return product;
  }

  start(command, { environment = {}, probe = false } = {}) {
    const { DATABASE_URL: _, ...inherited } = process.env;
    const child = spawn(process.execPath, [...(probe ? ['--expose-gc', '--import', PROBE] : []), MAIN, ...command], {
      env: {
        ...inherited,
        UV_THREADPOOL_SIZE: '16',
        DATA_DIR: this.directory,
        HOST: '127.0.0.1',
        PORT: '0',
        LOG_LEVEL: 'info',
        RATE_LIMIT: '0',
        HEAVY_OPERATIONS: '1000',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe', ...(probe ? ['ipc'] : [])],
    });
    const started = { child, log: '', ended: once(child, 'close'), url: '' };
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        started.log = (started.log + text).slice(-200_000);
      });
    this.running.add(started);
    void started.ended.then(() => this.running.delete(started));
    return started;
  }

  async serve(command, options) {
    const started = this.start([command], options);
    started.url = (await said(started, /"GraphQL at (http:\S+?)\/graphql/))[1];
    return started;
  }

  async worker() {
    const started = this.start(['worker']);
    await said(started, /waits for jobs/);
    return started;
  }

  /** Runs a command to its end. @returns what it printed */
  async run(...command) {
    const started = this.start(command);
    const [code] = await started.ended;
    if (code !== 0) throw new Error(`lundong ${command.join(' ')} ended with ${code}:\n${started.log}`);
    return started.log;
  }

  postmaster() {
    const file = join(this.directory, 'postgres', 'postmaster.pid');
    return existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : null;
  }

  async remove() {
    for (const { child, ended } of [...this.running].reverse()) {
      child.kill('SIGTERM');
      const impatience = setTimeout(() => child.kill('SIGKILL'), 30_000);
      await ended;
      clearTimeout(impatience);
    }
    await rm(this.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** What a pattern finds in the output of a process, as soon as it does. */
export async function said(started, pattern) {
  while (started.child.exitCode === null && started.child.signalCode === null) {
    const found = pattern.exec(started.log);
    if (found !== null) return found;
    await sleep(20);
  }
  throw new Error(`It ended before it said ${pattern}:\n${started.log}`);
}

/** Bytes in use after a garbage collection. */
export async function memoryOf({ child }) {
  child.send('memory');
  const [{ heapUsed, external, rss }] = await once(child, 'message');
  return { at: performance.now(), heapUsed, external, rss };
}
