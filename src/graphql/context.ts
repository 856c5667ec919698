import DataLoader from 'dataloader';
import type { Market } from '../lake/market.js';

/** What every resolver of one request shares: the market as of one data version, whatever lands meanwhile. */
export interface RequestContext {
  readonly market: Market;
  /** The state of a job, now and after each change until it has ended; for subscriptions. */
  readonly watchJob: (id: string) => AsyncIterable<unknown>;
  /** Loaders of this request by what they load, made by the first resolver that needs them; see `loaderOf`. */
  readonly loaders: Map<object, unknown>;
  /** Filled as the answer comes about; an object of its own, since Apollo hands out copies of the context. */
  readonly answer: {
    /** Whether it depends on operation and data version alone; told by repeatable.plugin. */
    isRepeatable: boolean;
  };
}

/** The context of a request that begins now. */
export function requestContext(market: Market, watchJob: RequestContext['watchJob'] = noJobs): RequestContext {
  return { market, loaders: new Map(), answer: { isRepeatable: false }, watchJob };
}

/** Only the transports that carry subscriptions have jobs to follow. */
async function* noJobs(): AsyncGenerator<never> {}

/** The request's loader of one kind of thing: what is asked for in one go is fetched by one call of `load`. */
export function loaderOf<V>(
  { loaders }: RequestContext,
  load: (keys: readonly string[]) => Promise<(V | Error)[]>,
): DataLoader<string, V> {
  const known = loaders.get(load) as DataLoader<string, V> | undefined;
  const loader = known ?? new DataLoader<string, V>(load, { maxBatchSize: 1000 });
  loaders.set(load, loader);
  return loader;
}
