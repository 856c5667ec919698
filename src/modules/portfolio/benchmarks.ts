import { LRUCache } from 'lru-cache';
import { keepAccount } from '../../domain/accounting.js';
import { benchmarkFills } from '../../domain/benchmark.js';
import type { PricePanel } from '../../domain/price-panel.js';

/** Each takes 20 kB over ten years; a sweep has two, one a frequency, for each first purchase. */
const KEPT = 50;

/** Benchmarks on one price panel: portfolios filled on the same rows share theirs. */
export class Benchmarks {
  private readonly known = new LRUCache<string, Float64Array>({ max: KEPT });

  constructor(private readonly prices: PricePanel) {}

  /**
   * @param rows of the portfolio's fills
   * @returns net values from the first of them on; shared, not to be written to
   */
  netValues(rows: readonly number[]): Float64Array {
    const key = rows.join();
    const values = this.known.get(key) ?? keepAccount(this.prices, benchmarkFills(this.prices, rows), 0).netValues;
    this.known.set(key, values);
    return values;
  }
}
