import { LRUCache } from 'lru-cache';
import { cacheLookups, type MemoryCache } from '../../domain/measurements.js';
import type { Market } from '../../lake/market.js';

/** Keeps what takes long to work out and changes only with the market; what failed is tried again. */
export class MarketMemo<V extends object> {
  private readonly kept = new WeakMap<Market, LRUCache<string, Promise<V>>>();

  /** @param max so many values a market, those used last */
  constructor(
    private readonly name: MemoryCache,
    private readonly max: number,
  ) {}

  get(market: Market, key: string, make: () => Promise<V>): Promise<V> {
    const ofMarket = this.kept.get(market) ?? new LRUCache<string, Promise<V>>({ max: this.max });
    this.kept.set(market, ofMarket);
    const known = ofMarket.get(key);
    cacheLookups.tell({ cache: this.name, hits: known === undefined ? 0 : 1, misses: known === undefined ? 1 : 0 });
    if (known !== undefined) return known;
    const making = make();
    ofMarket.set(key, making);
    making.catch(() => ofMarket.delete(key));
    return making;
  }
}
