import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const RESTART_AFTER_MS = 1000;

export interface SupervisedWorker {
  /** Whether it runs; false between its death and the start of the next one. */
  readonly isAlive: boolean;
  stop(): Promise<void>;
}

/**
 * A worker beside the server, in a process of its own so that computing never holds the server's event loop. One that
 * dies is replaced; the job it was at is taken up again.
 *
 * @param patience seconds that it may take to give its job back; one that computes without end never would
 */
export function superviseWorker(log: (message: string) => void, patience: number): SupervisedWorker {
  let stopping = false;
  let worker: ChildProcess | null = null;
  const start = (): void => {
    worker = fork(fileURLToPath(new URL('./main.js', import.meta.url)), ['worker'], { stdio: 'inherit' });
    let hasEnded = false;
    const onEnd = (reason: string): void => {
      if (stopping || hasEnded) return;
      hasEnded = true;
      log(`the worker ended (${reason}); a new one is started`);
      setTimeout(() => {
        if (!stopping) start();
      }, RESTART_AFTER_MS).unref();
    };
    worker.once('exit', (code, signal) => onEnd(String(signal ?? code)));
    worker.on('error', (error) => onEnd(error.message)); // no process could be had
  };
  const isAlive = (): boolean => worker?.pid !== undefined && worker.exitCode === null && worker.signalCode === null;
  start();
  return {
    get isAlive() {
      return isAlive();
    },
    stop: async () => {
      stopping = true;
      if (worker === null || !isAlive()) return;
      const ended = once(worker, 'exit');
      worker.kill('SIGTERM');
      const impatience = setTimeout(() => worker?.kill('SIGKILL'), patience * 1000);
      await ended;
      clearTimeout(impatience);
    },
  };
}
