import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const RESTART_AFTER_MS = 1000;

/**
 * A worker beside the server, in a process of its own so that computing never holds the server's event loop. One that
 * dies is replaced; the job it was at is taken up again.
 */
export function superviseWorker(log: (message: string) => void): { stop: () => Promise<void> } {
  let stopping = false;
  let worker: ChildProcess | null = null;
  const start = (): void => {
    worker = fork(fileURLToPath(new URL('./main.js', import.meta.url)), ['worker'], { stdio: 'inherit' });
    worker.once('exit', (code, signal) => {
      if (stopping) return;
      log(`the worker ended (${signal ?? code}); a new one is started`);
      setTimeout(() => {
        if (!stopping) start();
      }, RESTART_AFTER_MS).unref();
    });
  };
  start();
  return {
    stop: async () => {
      stopping = true;
      if (worker === null || worker.exitCode !== null || worker.signalCode !== null) return;
      const ended = once(worker, 'exit');
      worker.kill('SIGTERM');
      await ended;
    },
  };
}
