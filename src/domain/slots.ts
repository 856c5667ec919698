import { overloaded } from './errors.js';

/** A number of places for work that must not all go on at once; who finds none waits in line. */
export class Slots {
  private taken = 0;
  /** In the order in which they came. */
  private readonly waiting = new Set<() => void>();

  /**
   * @param longestLine so many may wait; more are told to come again
   * @param what is waiting, in the plural, for the error that says so
   */
  constructor(
    private readonly count: number,
    private readonly longestLine: number,
    private readonly what: string,
  ) {}

  /** How many wait for a place. */
  get queued(): number {
    return this.waiting.size;
  }

  get isFull(): boolean {
    return this.taken >= this.count;
  }

  /**
   * Runs `work` in a place, as soon as there is one.
   *
   * @param signal leaves the line, with its reason; work that has begun has to look at it by itself
   * @throws LundongError OVERLOADED
   */
  async use<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.isFull) await this.wait(signal);
    else this.taken++;
    try {
      return await work();
    } finally {
      // The place goes to the next in line by hand, so that nobody who comes in between can take it as well.
      const [next] = this.waiting;
      if (next === undefined) this.taken--;
      else {
        this.waiting.delete(next);
        next();
      }
    }
  }

  private wait(signal: AbortSignal | undefined): Promise<void> {
    if (this.waiting.size >= this.longestLine) throw overloaded(this.what);
    return new Promise((resolve, reject) => {
      const go = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        // Who has just been given a place keeps it, and leaves it as anybody does.
        if (this.waiting.delete(go)) reject(signal?.reason);
      };
      this.waiting.add(go);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }
}
