import { ApiError } from './errors.js';

/** How often and how long to try for. */
export interface RetryOptions {
  /** Further tries after the first; 0 = none. Default: 3. */
  readonly attempts?: number;
  /** A wait longer than this is not waited for: the error is thrown at once. Default: 30,000. */
  readonly longestWaitMs?: number;
}

const FIRST_WAIT_MS = 500;

/**
 * Does the work, and does it again while the server answers that it has too much to do: after as long as it asks for, or
 * else after half a second, then twice as long each time, give or take a quarter, so that callers do not return together.
 */
export async function withRetries<T>(
  work: () => Promise<T>,
  { attempts = 3, longestWaitMs = 30_000 }: RetryOptions,
  signal: AbortSignal | undefined,
): Promise<T> {
  for (let tried = 0; ; tried++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ApiError) || !error.isTransient || tried >= attempts) throw error;
      const wait = error.retryAfterMs ?? waitBefore(tried);
      if (wait > longestWaitMs) throw error;
      await pause(wait, signal);
    }
  }
}

/** Milliseconds before a further try that the server said nothing about. */
export function waitBefore(tried: number): number {
  return FIRST_WAIT_MS * 2 ** tried * (0.75 + Math.random() / 2);
}

/** @throws the reason of the signal, as soon as it is given */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', leave);
      resolve();
    }, ms);
    if (signal?.aborted) leave();
    else signal?.addEventListener('abort', leave, { once: true });
  });
}
