import type { Caller } from '../domain/access.js';
import { LundongError } from '../domain/errors.js';

/** Counts what each caller has open or under way. */
export class OpenByCaller {
  private readonly counts = new Map<string, number>();

  /** @param most that one caller may have at once */
  constructor(private readonly most: number) {}

  /** @returns what to call when it is over, once or more; null where the caller has as many as it may */
  open({ name }: Caller): (() => void) | null {
    const count = this.counts.get(name) ?? 0;
    if (count >= this.most) return null;
    this.counts.set(name, count + 1);
    let hasEnded = false;
    return () => {
      if (hasEnded) return;
      hasEnded = true;
      const left = (this.counts.get(name) ?? 1) - 1;
      if (left === 0) this.counts.delete(name);
      else this.counts.set(name, left);
    };
  }
}

/** @param what the caller has so many of, in the plural */
export function tooManyOpen(what: string, most: number): LundongError {
  return new LundongError('RATE_LIMITED', `You have ${most} ${what} open, and may have no more; close some.`, {
    retryAfter: 1,
  });
}
