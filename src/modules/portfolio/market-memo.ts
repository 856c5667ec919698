import { LRUCache } from 'lru-cache';
import { cacheLookups, type MemoryCache } from '../../domain/measurements.js';
import { SharedWork } from '../../domain/shared-work.js';
import type { Market } from '../../lake/market.js';

/** Keeps what takes long to work out and changes only with the market; what failed is tried again. */
export class MarketMemo<V extends object> {
  private readonly kept = new WeakMap<Market, LRUCache<string, SharedWork<V>>>();

  /** @param max so many values a market, those used last */
  constructor(
    private readonly name: MemoryCache,
    private readonly max: number,
  ) {}

  /**
   * @param make its signal is raised when nobody waits for the value any more
   * @param signal leaves, with its reason; what is being made goes on while anybody else waits for it
   */
  get(market: Market, key: string, make: (signal: AbortSignal) => Promise<V>, signal?: AbortSignal): Promise<V> {
    const ofMarket = this.kept.get(market) ?? new LRUCache<string, SharedWork<V>>({ max: this.max });
    this.kept.set(market, ofMarket);
    const known = ofMarket.get(key);
    const hits = known === undefined || known.isAbandoned ? 0 : 1;
    cacheLookups.tell({ cache: this.name, hits, misses: 1 - hits });
    if (known !== undefined && !known.isAbandoned) return known.wait(signal);
    const making = new SharedWork((unwanted) =>
      make(unwanted).catch((error) => {
        if (ofMarket.peek(key) === making) ofMarket.delete(key);
        throw error;
      }),
    );
    ofMarket.set(key, making);
    return making.wait(signal);
  }
}
