import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { LundongError, overloaded } from '../../domain/errors.js';
import { inferences } from '../../domain/measurements.js';
import { BATCH, type ModelDescription, type ScoreModel, type ScoreTask } from './score-protocol.js';
import { ScoreThread, ThreadDied } from './score-thread.js';

export interface ScorePoolOptions {
  readonly threads: number;
  /** For a request to be answered, its wait in the line included; also for a thread to answer one task. */
  readonly timeoutMs: number;
  /** Sequences that may wait beside those of one request; more callers are told to come again. */
  readonly waitingSequences: number;
}

/** Two threads do twice the work of one; beyond four a request is too short to be worth dividing further. */
const MOST_THREADS = 4;

export const DEFAULT_POOL_OPTIONS: ScorePoolOptions = {
  threads: Math.min(MOST_THREADS, availableParallelism()),
  timeoutMs: 60_000,
  waitingSequences: 200_000, // about ten seconds of two cores
};

/** A task of five batches takes a thread about 20 ms: cancelling and taking turns need not wait longer. */
const BATCHES_PER_TASK = 5;
/** Threads end together where each has several tasks to do. */
const TASKS_PER_THREAD = 4;

/** A request that has cost so many threads is taken to be the cause. */
const THREADS_PER_REQUEST = 3;

/** How long a thread may take to end once the pool closes. */
const GOODBYE_MS = 2000;

/** Rows [from, to) of a request. */
interface Part {
  readonly from: number;
  readonly to: number;
}

interface Request {
  readonly model: ScoreModel;
  readonly x: Float32Array | null;
  readonly count: number;
  readonly rowsPerTask: number;
  readonly scores: Float32Array;
  description: ModelDescription | null;
  /** The first row that no task has had yet. */
  next: number;
  /** What tasks of dead threads left undone. */
  readonly again: Part[];
  /** Parts that threads work on now. */
  running: number;
  threadsLost: number;
  settled: boolean;
  readonly finish: (error: unknown) => void;
}

/**
 * Worker threads that run models, since the runtime blocks the thread that calls it. A request is divided into tasks of
 * some batches; requests take turns, so that one about a year does not keep one about a day waiting; the scores come
 * in the order of the sequences.
 *
 * A pool of our own and not Piscina: there a task dies with its thread and tells so by the text of a plain error, a task
 * under way can only be cancelled by ending its thread with all its sessions, and threads that fail while they start
 * are never replaced. Here a dead thread costs no answer, and cancelling costs no thread.
 */
export class ScorePool {
  private threads: ScoreThread[] = [];
  private readonly line: Request[] = [];
  private readonly open = new Set<Request>();
  private closed = false;
  private readonly options: ScorePoolOptions;

  /** Threads start with the first request. */
  constructor(options: Partial<ScorePoolOptions> = {}) {
    this.options = { ...DEFAULT_POOL_OPTIONS, ...options };
  }

  /**
   * One score a sequence, in order.
   *
   * @param x `count` sequences one after the other, each as the model takes it: [count, window, features]. Must not be
   * changed before the answer; may lie in shared memory
   * @throws LundongError MODEL_INVALID, OVERLOADED, TIMEOUT; the signal's reason where it is raised
   */
  async score(model: ScoreModel, x: Float32Array, count: number, signal?: AbortSignal): Promise<Float32Array> {
    if (count === 0) return new Float32Array(0);
    if (x.length % count !== 0) throw new RangeError(`${x.length} numbers are not ${count} sequences of equal length`);
    const asked = performance.now();
    const { scores } = await this.enter(model, x, count, signal);
    inferences.tell({ seconds: (performance.now() - asked) / 1000, sequences: count });
    return scores;
  }

  /**
   * Names, types and shapes of a model's inputs and outputs.
   *
   * @throws LundongError MODEL_INVALID, OVERLOADED, TIMEOUT
   */
  async describe(model: ScoreModel): Promise<ModelDescription> {
    return (await this.enter(model, null, 1)).description as ModelDescription;
  }

  /** Refuses what is not answered yet and ends the threads. */
  async close(): Promise<void> {
    this.closed = true;
    for (const request of this.open) request.finish(new Error('The score pool was closed.'));
    const ended = Promise.all(this.threads.map((thread) => thread.terminate('the pool closes')));
    this.threads = [];
    await Promise.race([ended, sleep(GOODBYE_MS, undefined, { ref: false })]);
  }

  private enter(model: ScoreModel, x: Float32Array | null, count: number, signal?: AbortSignal): Promise<Request> {
    const { threads, timeoutMs, waitingSequences } = this.options;
    if (this.closed) throw new Error('The score pool is closed.');
    signal?.throwIfAborted();
    const waiting = this.line.reduce((sum, request) => sum + request.count - request.next, 0);
    if (waiting > 0 && waiting + count > waitingSequences) throw overloaded('sequences for the GRU models');
    const batches = Math.floor(count / (BATCH * threads * TASKS_PER_THREAD));
    return new Promise((resolve, reject) => {
      const abort = (): void => request.finish(signal?.reason);
      const timer = setTimeout(() => request.finish(timedOut(timeoutMs)), timeoutMs);
      const request: Request = {
        model,
        x,
        count,
        rowsPerTask: BATCH * Math.max(1, Math.min(BATCHES_PER_TASK, batches)),
        scores: new Float32Array(count),
        description: null,
        next: 0,
        again: [],
        running: 0,
        threadsLost: 0,
        settled: false,
        finish: (error) => {
          if (request.settled) return;
          request.settled = true;
          clearTimeout(timer);
          signal?.removeEventListener('abort', abort);
          this.open.delete(request);
          const place = this.line.indexOf(request);
          if (place >= 0) this.line.splice(place, 1);
          if (error === null) resolve(request);
          else reject(error);
        },
      };
      signal?.addEventListener('abort', abort);
      this.open.add(request);
      this.line.push(request);
      this.dispatch();
    });
  }

  /** Gives tasks to threads as long as there are both. */
  private dispatch(): void {
    while (this.line.length > 0) {
      const thread = this.idleThread();
      if (thread === null) return;
      const request = this.line.shift() as Request;
      const part = takePart(request);
      if (hasParts(request)) this.line.push(request);
      void this.work(thread, request, part);
    }
  }

  private idleThread(): ScoreThread | null {
    this.threads = this.threads.filter((thread) => !thread.isDead);
    const idle = this.threads.find((thread) => thread.isIdle);
    if (idle !== undefined) return idle;
    if (this.closed || this.threads.length >= this.options.threads) return null;
    const started = new ScoreThread();
    this.threads.push(started);
    return started;
  }

  private async work(thread: ScoreThread, request: Request, part: Part): Promise<void> {
    request.running++;
    try {
      const answer = await thread.run(taskOf(request, part), this.options.timeoutMs);
      if (answer.kind === 'scores') request.scores.set(answer.scores, part.from);
      else request.description = answer.description;
      request.running--;
      if (request.running === 0 && !hasParts(request)) request.finish(null);
    } catch (error) {
      request.running--;
      if (error instanceof ThreadDied) this.doAgain(request, part, error);
      else request.finish(error);
    }
    this.dispatch();
  }

  private doAgain(request: Request, part: Part, cause: ThreadDied): void {
    if (request.settled) return;
    if (++request.threadsLost >= THREADS_PER_REQUEST) {
      const message = `The model ended ${THREADS_PER_REQUEST} threads one after the other; it cannot be run.`;
      request.finish(new LundongError('MODEL_INVALID', message, {}, { cause }));
      return;
    }
    request.again.push(part);
    if (!this.line.includes(request)) this.line.unshift(request);
  }
}

function hasParts({ again, next, count }: Request): boolean {
  return again.length > 0 || next < count;
}

function takePart(request: Request): Part {
  const left = request.again.pop();
  if (left !== undefined) return left;
  const from = request.next;
  request.next = Math.min(from + request.rowsPerTask, request.count);
  return { from, to: request.next };
}

/** With a copy of its numbers: they are handed to the thread, and the runtime takes none that lie in shared memory. */
function taskOf({ model, x, count }: Request, { from, to }: Part): ScoreTask {
  if (x === null) return { model, x: null, count: 0 };
  const width = x.length / count;
  return { model, x: new Float32Array(x.subarray(from * width, to * width)), count: to - from };
}

function timedOut(timeoutMs: number): LundongError {
  const seconds = timeoutMs / 1000;
  return new LundongError(
    'TIMEOUT',
    `The GRU model gave no answer within ${seconds} seconds; ask for fewer dates, or try again.`,
    { seconds },
  );
}
