import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { ROOT } from './markdown.js';

const MAIN = join(ROOT, 'dist/src/cli/main.js');

/** The command as an operator runs it; `directory` is both where it runs and where its data are. */
export async function lundong(directory: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, ...args], {
    cwd: directory,
    env: environment(directory),
  });
  return stdout;
}

export interface RunningServer {
  readonly url: string;
  /** What it has written. */
  readonly lines: readonly string[];
  query(query: string): Promise<GraphqlAnswer>;
  /** Stops it as an operator does. */
  stop(): Promise<void>;
}

export interface GraphqlAnswer {
  readonly data?: unknown;
  readonly errors?: unknown;
}

/** Starts `serve` or `demo` on a free port, and waits until it listens. */
export async function startServer(
  directory: string,
  command: 'serve' | 'demo',
  settings: Readonly<Record<string, string>> = {},
): Promise<RunningServer> {
  const child = spawn(process.execPath, [MAIN, command], {
    cwd: directory,
    env: { ...environment(directory), ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  const lines: string[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    ended.then(() => reject(new Error(`lundong ${command} ended:\n${lines.join('\n')}`)), reject);
    createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      const told = /GraphQL at (http:\S+)\/graphql/.exec(line);
      if (told) resolve(told[1] as string);
    });
  });
  return {
    url,
    lines,
    query: async (query) => {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      return (await response.json()) as GraphqlAnswer;
    },
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Nothing of the surroundings but the path: the documentation speaks of defaults. */
function environment(directory: string): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, DATA_DIR: join(directory, 'data'), PORT: '0', UV_THREADPOOL_SIZE: '16' };
}
