import { Worker } from 'node:worker_threads';
import { LundongError } from '../../domain/errors.js';
import type { ScoreAnswer, ScoreTask } from './score-protocol.js';

/** The thread ended before it answered; what it was given can be done by another. */
export class ThreadDied extends Error {
  override readonly name = 'ThreadDied';
}

/** One worker thread with its sessions. Takes one task at a time. */
export class ScoreThread {
  private readonly worker = new Worker(new URL('./score.worker.js', import.meta.url));
  private settle: ((error: Error | null, answer: ScoreAnswer | null) => void) | null = null;
  private dead = false;

  constructor() {
    this.worker.on('message', (answer: ScoreAnswer) => this.settle?.(null, answer));
    this.worker.on('error', (error: Error) => this.die(error.message));
    this.worker.on('exit', (code) => this.die(`exit code ${code}`));
  }

  get isIdle(): boolean {
    return this.settle === null && !this.dead;
  }

  get isDead(): boolean {
    return this.dead;
  }

  /**
   * @param task its numbers are handed over to the thread and cannot be read any more
   * @param timeoutMs after which the thread is taken to be stuck, and given up
   * @throws LundongError what the thread refused the task for; ThreadDied; DataCloneError where the task cannot be
   * handed over, which leaves the thread idle
   */
  run(task: ScoreTask, timeoutMs: number): Promise<Exclude<ScoreAnswer, { kind: 'failure' }>> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.terminate('no answer in time'), timeoutMs);
      this.settle = (error, answer) => {
        this.settle = null;
        clearTimeout(timer);
        if (answer === null) reject(error);
        else if (answer.kind === 'failure') reject(new LundongError(answer.code, answer.message));
        else resolve(answer);
      };
      try {
        this.worker.postMessage(task, task.x === null ? [] : [task.x.buffer]);
      } catch (error) {
        this.settle(error as Error, null);
      }
    });
  }

  /**
   * Gives the thread up at once, whatever it does. Resolves when it has ended: the runtime cannot be interrupted within
   * a call, so that may be never.
   */
  async terminate(reason: string): Promise<void> {
    this.die(reason);
    await this.worker.terminate();
  }

  private die(reason: string): void {
    this.dead = true;
    this.settle?.(new ThreadDied(`A thread of the score pool ended: ${reason}`), null);
  }
}
