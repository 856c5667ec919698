import { LRUCache } from 'lru-cache';
import type { LocalDate } from '../../domain/local-date.js';
import { cacheLookups, type MemoryCache } from '../../domain/measurements.js';

/**
 * One value a date, kept in memory up to a number of bytes, and made once however many ask for it at the same time: the
 * dates that nobody has or makes yet in one batch.
 */
export class DatedMemory<T extends { readonly date: LocalDate }> {
  private readonly kept: LRUCache<string, T>;
  private readonly coming = new Map<string, Promise<T>>();

  constructor(
    private readonly name: MemoryCache,
    maxBytes: number,
    bytesOf: (value: T) => number,
  ) {
    this.kept = new LRUCache({ maxSize: maxBytes, sizeCalculation: (value) => Math.max(1, bytesOf(value)) });
  }

  /**
   * @param kind what the values are of, besides the date
   * @param make makes one value for every date it is given
   * @returns in the order of the dates
   */
  async get(
    kind: string,
    dates: readonly LocalDate[],
    make: (missing: readonly LocalDate[]) => Promise<readonly T[]>,
  ): Promise<T[]> {
    const found = dates.map((date) => this.kept.get(`${kind} ${date}`) ?? this.coming.get(`${kind} ${date}`));
    const missing = dates.filter((_, index) => found[index] === undefined);
    cacheLookups.tell({ cache: this.name, hits: dates.length - missing.length, misses: missing.length });
    if (missing.length > 0) {
      const batch = make(missing).then((values) => new Map(values.map((value) => [value.date, value])));
      for (const date of missing) {
        const key = `${kind} ${date}`;
        const value = batch.then((values) => {
          const made = values.get(date);
          if (made === undefined) throw new Error(`nothing was made for ${date} (${kind})`);
          this.kept.set(key, made);
          return made;
        });
        this.coming.set(key, value);
        const forget = (): boolean => this.coming.delete(key);
        value.then(forget, forget);
        found[dates.indexOf(date)] = value;
      }
    }
    return Promise.all(found as (T | Promise<T>)[]);
  }
}
