import type { Market } from '../lake/market.js';

/** What every resolver of one request shares: the market as of one data version, whatever lands meanwhile. */
export interface RequestContext {
  readonly market: Market;
  /** Filled as the answer comes about; an object of its own, since Apollo hands out copies of the context. */
  readonly answer: {
    /** Whether it depends on operation and data version alone; told by repeatable.plugin. */
    isRepeatable: boolean;
  };
}
