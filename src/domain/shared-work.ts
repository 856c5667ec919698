/** What a promise comes to, or the reason of the signal as soon as it is raised, whatever the promise waits for. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(signal.reason);
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}

/** Who waits for something that is made for several: it is given up once nobody does any more. */
export class Waiters<Want> {
  private readonly wants = new Set<{ readonly want: Want }>();

  constructor(private readonly onLeave: () => void) {}

  /** Whether anybody waits for what the condition says. */
  some(condition: (want: Want) => boolean): boolean {
    for (const { want } of this.wants) if (condition(want)) return true;
    return false;
  }

  /** Counts as waiting for `want` while `work` goes on, until the signal is raised. */
  async during<T>(want: Want, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const entry = { want };
    const leave = (): void => {
      if (this.wants.delete(entry)) this.onLeave();
    };
    signal?.throwIfAborted();
    this.wants.add(entry);
    signal?.addEventListener('abort', leave, { once: true });
    try {
      return await unlessAborted(work(), signal);
    } finally {
      signal?.removeEventListener('abort', leave);
      leave();
    }
  }
}

/** Work that many wait for: it goes on for as long as one of them does, and is given up when the last one leaves. */
export class SharedWork<T> {
  private readonly controller = new AbortController();
  private readonly waiters = new Waiters<null>(() => this.giveUpUnlessAwaited());
  private readonly promise: Promise<T>;
  private isSettled = false;

  /**
   * @param work begins in a moment; its signal is raised when nobody waits for it any more, and from the beginning where
   * those for whom it was made were gone by then
   */
  constructor(work: (signal: AbortSignal) => Promise<T>) {
    this.promise = Promise.resolve()
      .then(() => {
        this.giveUpUnlessAwaited();
        return work(this.controller.signal);
      })
      .finally(() => {
        this.isSettled = true;
      });
    this.promise.catch(() => undefined); // told to whoever waits, and there may be nobody left
  }

  /** Whether it was given up: whoever comes now has to begin anew. */
  get isAbandoned(): boolean {
    return this.controller.signal.aborted;
  }

  /** @param signal leaves: its reason is what this ends with then */
  wait(signal: AbortSignal | undefined): Promise<T> {
    return this.waiters.during(null, signal, () => this.promise);
  }

  private giveUpUnlessAwaited(): void {
    if (!this.isSettled && !this.waiters.some(() => true)) this.controller.abort(new Abandoned());
  }
}

/** What work ends with for which nobody waits any more. */
export class Abandoned extends Error {
  override readonly name = 'Abandoned';

  constructor() {
    super('Nobody waits for this any more.');
  }
}
