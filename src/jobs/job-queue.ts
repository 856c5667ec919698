import { createHash, randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { JobRow } from '../store/job.repository.js';
import * as jobs from '../store/job.repository.js';
import type { Store } from '../store/store.js';

/** An hour of backtests of a second each, with three workers. */
const LONGEST_LINE = 10_000;

/** The queue as API processes see it: they submit, look, cancel and follow; workers do. */
export class JobQueue {
  private readonly changes = new EventEmitter().setMaxListeners(0);
  private stopListening: (() => Promise<void>) | null = null;
  private hears = false;

  /** @param longestLine jobs that may wait for a worker; more are refused */
  constructor(
    private readonly store: Store,
    private readonly longestLine = LONGEST_LINE,
  ) {}

  /** From now on hears of changes to jobs, made by whatever process. */
  async follow(): Promise<void> {
    this.stopListening = await this.store.listen(
      jobs.JOB_CHANNEL,
      (id) => this.changes.emit(id),
      // What changed while the connection was lost was not heard: everyone looks again.
      () => {
        this.hears = true;
        for (const id of this.changes.eventNames()) this.changes.emit(id);
      },
      () => {
        this.hears = false;
      },
    );
  }

  /** Whether changes that other processes make to jobs are heard of. */
  get isFollowing(): boolean {
    return this.hears;
  }

  async close(): Promise<void> {
    await this.stopListening?.();
  }

  /**
   * Enqueues work, unless the same was done, or is to be done, already: under the same idempotency key, or with the
   * same input on the same data.
   *
   * @param input in canonical form: equal work must be equal JSON
   * @returns the job, and whether it is for this work: under an idempotency key that was used before it may be another
   * @throws LundongError OVERLOADED
   */
  submit(
    kind: string,
    input: object,
    dataVersion: number,
    idempotencyKey: string | null,
  ): Promise<{ job: JobRow; isSame: boolean }> {
    const inputHash = createHash('sha256')
      .update(JSON.stringify([kind, input]))
      .digest('hex');
    const job = { id: randomUUID(), kind, input, inputHash, idempotencyKey, dataVersion };
    return jobs.submitJob(this.store.manager, job, this.longestLine);
  }

  find(id: string): Promise<JobRow | null> {
    return jobs.findJob(this.store.manager, id);
  }

  /** Results, JSON text by id; jobs without one are left out. */
  results(ids: readonly string[]): Promise<Map<string, string>> {
    return jobs.readResults(this.store.manager, ids);
  }

  list(kind: string, limit: number, after: { createdAt: string; id: string } | null): Promise<JobRow[]> {
    return jobs.listJobs(this.store.manager, kind, limit, after);
  }

  count(kind: string): Promise<number> {
    return jobs.countJobs(this.store.manager, kind);
  }

  countByStatus(): Promise<jobs.JobCounts> {
    return jobs.countJobsByStatus(this.store.manager);
  }

  cancel(id: string): Promise<boolean> {
    return jobs.cancelJob(this.store.manager, id);
  }

  /**
   * The job as it is now and after changes, until it has ended; nothing for a job that is not there. Changes that come
   * while the caller is still busy with an earlier one are told as one.
   */
  async *watch(id: string, signal: AbortSignal): AsyncGenerator<JobRow> {
    if (signal.aborted) return;
    let isChanged = false;
    let wake = (): void => undefined;
    const onChange = (): void => {
      isChanged = true;
      wake();
    };
    // Listening begins before the first look, so that nothing falls between the two.
    this.changes.on(id, onChange);
    signal.addEventListener('abort', onChange);
    try {
      while (true) {
        isChanged = false;
        const job = await this.find(id);
        if (job === null || signal.aborted) return;
        yield job;
        if (job.status !== 'QUEUED' && job.status !== 'RUNNING') return;
        if (!isChanged)
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        if (signal.aborted) return;
      }
    } finally {
      this.changes.off(id, onChange);
      signal.removeEventListener('abort', onChange);
    }
  }
}
