import type { Caller } from '../domain/access.js';

/** What a caller may still spend in the current minute. */
export interface RateState {
  /** Points a minute. */
  readonly limit: number;
  readonly remaining: number;
  /** When the next minute begins, in milliseconds since 1970. */
  readonly resetAt: number;
}

/** Where callers pay for what they ask. */
export interface RateLimits {
  /**
   * Takes the points from what the caller has left, or refuses.
   *
   * @returns what is left; null where there is no limit
   * @throws LundongError RATE_LIMITED
   */
  charge(caller: Caller, points: number): RateState | null;
  /** What is left, without spending any; null where there is no limit. */
  stateOf(caller: Caller): RateState | null;
  /**
   * Lets one more dear operation of the caller begin, or refuses.
   *
   * @returns what to call when it has ended
   * @throws LundongError RATE_LIMITED
   */
  beginHeavy(caller: Caller): () => void;
}
