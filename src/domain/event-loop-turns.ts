import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Lines up pieces of work that hold the event loop for some milliseconds each, so that between any two of them requests
 * are served. Awaiting `setImmediate` alone would not do: all that wait for it go on in the same turn.
 */
export class EventLoopTurns {
  private last: Promise<unknown> = Promise.resolve();

  /** Resolves in a turn of the event loop that no one else in this line has. */
  next(): Promise<unknown> {
    this.last = this.last.then(() => nextTurn());
    return this.last;
  }
}
