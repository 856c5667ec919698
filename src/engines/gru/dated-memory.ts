import { LRUCache } from 'lru-cache';
import type { LocalDate } from '../../domain/local-date.js';
import { cacheLookups, type MemoryCache } from '../../domain/measurements.js';
import { SharedWork } from '../../domain/shared-work.js';

/**
 * One value a date, kept in memory up to a number of bytes, and made once however many ask for it at the same time: the
 * dates that nobody has or makes yet in one batch.
 */
export class DatedMemory<T extends { readonly date: LocalDate }> {
  private readonly kept: LRUCache<string, T>;
  /** What is being made, by the batch that makes it. */
  private readonly coming = new Map<string, SharedWork<ReadonlyMap<LocalDate, T>>>();

  constructor(
    private readonly name: MemoryCache,
    maxBytes: number,
    bytesOf: (value: T) => number,
  ) {
    this.kept = new LRUCache({ maxSize: maxBytes, sizeCalculation: (value) => Math.max(1, bytesOf(value)) });
  }

  /**
   * @param kind what the values are of, besides the date
   * @param make makes one value for every date it is given; its signal is raised when nobody waits for any of them
   * @param signal leaves, with its reason; what is being made goes on while anybody else waits for it
   * @returns in the order of the dates
   */
  async get(
    kind: string,
    dates: readonly LocalDate[],
    make: (missing: readonly LocalDate[], signal: AbortSignal) => Promise<readonly T[]>,
    signal?: AbortSignal,
  ): Promise<T[]> {
    const found = new Map<LocalDate, T>();
    const batches = new Set<SharedWork<ReadonlyMap<LocalDate, T>>>();
    const missing: LocalDate[] = [];
    for (const date of dates) {
      const key = `${kind} ${date}`;
      const value = this.kept.get(key);
      const batch = this.coming.get(key);
      if (value !== undefined) found.set(date, value);
      else if (batch !== undefined && !batch.isAbandoned) batches.add(batch);
      else missing.push(date);
    }
    cacheLookups.tell({ cache: this.name, hits: dates.length - missing.length, misses: missing.length });
    if (missing.length > 0) batches.add(this.begin(kind, missing, make));
    for (const made of await Promise.all([...batches].map((batch) => batch.wait(signal))))
      for (const [date, value] of made) found.set(date, value);
    return dates.map((date) => found.get(date) as T);
  }

  private begin(
    kind: string,
    dates: readonly LocalDate[],
    make: (missing: readonly LocalDate[], signal: AbortSignal) => Promise<readonly T[]>,
  ): SharedWork<ReadonlyMap<LocalDate, T>> {
    const keys = dates.map((date) => `${kind} ${date}`);
    const batch = new SharedWork(async (signal) => {
      try {
        const values = new Map((await make(dates, signal)).map((value) => [value.date, value]));
        for (const [index, date] of dates.entries()) {
          const value = values.get(date);
          if (value === undefined) throw new Error(`nothing was made for ${date} (${kind})`);
          this.kept.set(keys[index] as string, value);
        }
        return values;
      } finally {
        // A batch that was given up may have been followed by another.
        for (const key of keys) if (this.coming.get(key) === batch) this.coming.delete(key);
      }
    });
    for (const key of keys) this.coming.set(key, batch);
    return batch;
  }
}
