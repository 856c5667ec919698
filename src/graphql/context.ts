import type { Market } from '../lake/market.js';

/** What every resolver of one request shares: the market as of one data version, whatever lands meanwhile. */
export interface RequestContext {
  readonly market: Market;
}
