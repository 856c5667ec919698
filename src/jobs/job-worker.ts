import type { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import { LundongError } from '../domain/errors.js';
import { unlessAborted } from '../domain/shared-work.js';
import type { Market } from '../lake/market.js';
import type { MarketSource } from '../lake/market-source.js';
import { isDatabaseAway } from '../store/database-away.js';
import type { ClaimedJob } from '../store/job.repository.js';
import * as jobs from '../store/job.repository.js';
import type { Store } from '../store/store.js';

/** What a handler may use of the worker while it works on a job. */
export interface JobContext {
  readonly market: Market;
  /**
   * Raised when the job is cancelled or lost, or the worker stops. The worker waits no longer then, and what still goes on
   * is for nothing: long loops look at it and give the event loop its turn.
   */
  readonly signal: AbortSignal;
  /** Tells how far the work is, 0 to 1; cheap to call often. */
  readonly progress: (done: number, message: string | null) => void;
}

/** Does one kind of job: from its input to its result, plain JSON. The same input and market give the same bytes. */
export type JobHandler = (input: unknown, context: JobContext) => Promise<object>;

/** A job over which so many workers died is given up: it would kill the next one too. */
const ATTEMPTS = 3;
const PROGRESS_INTERVAL_MS = 100;
/** How long after a worker's death its job may lie there; what is submitted or cancelled is heard at once. */
const POLL_MS = 1000;

/**
 * Takes jobs from the queue, one at a time, until told to stop. Any number of workers, in any processes, share a queue.
 * Every job is owned through an advisory lock of the worker's connection: if the worker dies, PostgreSQL ends the
 * connection and the next worker takes the job up from the start.
 */
export class JobWorker {
  private current: { id: string; abort: AbortController } | null = null;
  /** The job whose attempt ended with its connection, not with this worker, as long as the database counts it. */
  private lostAttempt: string | null = null;
  /** Whether anything was heard since the queue was last looked at. */
  private isWoken = false;
  private wake = (): void => undefined;

  constructor(
    private readonly store: Store,
    private readonly markets: MarketSource,
    private readonly handlers: Readonly<Record<string, JobHandler>>,
    private readonly log: (error: unknown, message: string) => void,
  ) {}

  /** @param stop ends the loop; a job under way goes back to the queue */
  async run(stop: AbortSignal): Promise<void> {
    const stopListening = await this.store.listen(
      jobs.JOB_CHANNEL,
      (id) => void this.heard(id),
      // That the job under way was cancelled may have been said while the connection was lost.
      () => void (this.current && this.heard(this.current.id)),
    );
    const onStop = (): void => {
      this.current?.abort.abort();
      this.wake();
    };
    stop.addEventListener('abort', onStop);
    try {
      while (!stop.aborted) {
        this.isWoken = false;
        const worked = await this.workOnce(stop).catch(async (error: unknown) => {
          this.log(error, 'the queue cannot be used'); // the database is away, say: it will be back
          // At once where it can be: the next worker counts the attempts as it takes the job.
          await this.giveBackAttempt(this.store.manager).catch(() => undefined);
          await sleep(POLL_MS, undefined, { signal: stop }).catch(() => undefined);
          return false;
        });
        if (!worked && !stop.aborted && !this.isWoken) await this.somethingToDo();
      }
    } finally {
      stop.removeEventListener('abort', onStop);
      await stopListening();
    }
  }

  /** @returns whether there was a job */
  private async workOnce(stop: AbortSignal): Promise<boolean> {
    const runner = this.store.dataSource.createQueryRunner();
    const connection: EventEmitter = await runner.connect();
    const lost = new AbortController();
    const onLost = (error?: Error): void => lost.abort(error ?? new Error('the connection to the database ended'));
    connection.on('error', onLost).on('end', onLost);
    try {
      await this.giveBackAttempt(runner.manager);
      const job = await jobs.claimJob(runner.manager, Object.keys(this.handlers));
      if (job === null) return false;
      try {
        await this.work(job, runner.manager, lost.signal, stop);
      } catch (error) {
        if (lost.signal.aborted || isDatabaseAway(error)) this.lostAttempt = job.id;
        throw error;
      } finally {
        if (!lost.signal.aborted) await jobs.releaseJob(runner.manager, job.id);
      }
      return true;
    } finally {
      connection.off('error', onLost).off('end', onLost);
      await runner.release();
    }
  }

  private async giveBackAttempt(manager: EntityManager): Promise<void> {
    if (this.lostAttempt === null) return;
    await jobs.giveBackAttempt(manager, this.lostAttempt);
    this.lostAttempt = null;
  }

  /**
   * @param owner of the connection that holds the job's lock
   * @param lost raised when that connection is: another worker may be at the job already
   */
  private async work(job: ClaimedJob, owner: EntityManager, lost: AbortSignal, stop: AbortSignal): Promise<void> {
    if (job.attempts > ATTEMPTS) {
      await jobs.finishJob(owner, job.id, { error: `given up: ${ATTEMPTS} workers ended in the middle of it` });
      return;
    }
    const abort = new AbortController();
    const onLost = (): void => abort.abort();
    lost.addEventListener('abort', onLost);
    this.current = { id: job.id, abort };
    if (stop.aborted || lost.aborted) abort.abort();
    const reporter = new ProgressReporter(async (done, message) => {
      if (!(await jobs.reportProgress(owner, job.id, done, message))) abort.abort();
    });
    try {
      // Who asked for it may have heard of newer data before this process has.
      if (this.markets.current().dataVersion < job.dataVersion) await this.markets.refresh();
      const market = this.markets.current();
      const handler = this.handlers[job.kind] as JobHandler;
      const context: JobContext = { market, signal: abort.signal, progress: reporter.report };
      abort.signal.throwIfAborted();
      const result = await unlessAborted(handler(job.input, context), abort.signal);
      await reporter.settle();
      await jobs.finishJob(owner, job.id, { result: JSON.stringify(result), dataVersion: market.dataVersion });
    } catch (error) {
      await reporter.settle();
      lost.throwIfAborted();
      if (stop.aborted) await jobs.requeueJob(owner, job.id);
      if (abort.signal.aborted) return; // cancelled, or left to another worker
      if (isDatabaseAway(error)) throw error; // the job can be done again once it is back
      if (!(error instanceof LundongError)) this.log(error, `job ${job.id} failed`);
      const told =
        error instanceof LundongError ? `${error.code}: ${error.message}` : 'Something went wrong on our side.';
      await jobs.finishJob(owner, job.id, { error: told });
    } finally {
      lost.removeEventListener('abort', onLost);
      this.current = null;
    }
  }

  /** A change to some job: of ours, it may have been cancelled; of another, it may be one to take. */
  private async heard(id: string): Promise<void> {
    if (this.current?.id !== id) {
      this.isWoken = true;
      this.wake();
      return;
    }
    const { abort } = this.current;
    const job = await jobs.findJob(this.store.manager, id).catch(() => null);
    if (job?.status === 'CANCELLED') abort.abort();
  }

  private async somethingToDo(): Promise<void> {
    const waited = new AbortController();
    await Promise.race([
      new Promise<void>((resolve) => {
        this.wake = resolve;
      }),
      sleep(POLL_MS, undefined, { signal: waited.signal }).catch(() => undefined),
    ]);
    waited.abort();
  }
}

/** Writes the latest progress, at most once an interval and one write at a time. */
class ProgressReporter {
  private latest: { done: number; message: string | null } | null = null;
  private timer: NodeJS.Timeout | null = null;
  private isSettled = false;
  private writing: Promise<void> = Promise.resolve();

  constructor(private readonly write: (done: number, message: string | null) => Promise<void>) {}

  readonly report = (done: number, message: string | null): void => {
    if (this.isSettled) return; // work that was left goes on telling for a while
    this.latest = { done, message };
    this.timer ??= setTimeout(() => {
      this.timer = null;
      const { done: reached, message: told } = this.latest as { done: number; message: string | null };
      // A lost write is made up for by the next one.
      this.writing = this.writing.then(() => this.write(reached, told)).catch(() => undefined);
    }, PROGRESS_INTERVAL_MS);
  };

  /** Forgets what has not been written, and whatever is told from now on, and waits for what is being written. */
  async settle(): Promise<void> {
    this.isSettled = true;
    if (this.timer !== null) clearTimeout(this.timer);
    await this.writing;
  }
}
