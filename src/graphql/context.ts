import DataLoader from 'dataloader';
import type { ExecutionResult } from 'graphql';
import type { Caller } from '../domain/access.js';
import { LundongError } from '../domain/errors.js';
import type { Market } from '../lake/market.js';
import type { OperationIdentity } from './operation-identity.js';
import type { OperationProfile } from './operation-profile.js';
import type { RateLimits, RateState } from './rate-limits.js';
import type { TableType } from './types/table.type.js';

/** What an operation came to. */
export type OperationResult = ExecutionResult<Record<string, unknown>, Record<string, unknown>>;

/** An answer that was given before, and is given again. */
export interface Answered {
  readonly operation: OperationIdentity | null;
  readonly profile: OperationProfile;
}

/** Who asks, and what the transport lends the resolvers. */
export interface RequestOrigin {
  readonly caller: Caller;
  readonly rates: RateLimits;
  /** Under which the log tells of the request. */
  readonly requestId?: string;
  /** The state of a job, now and after each change until it has ended; for subscriptions. */
  readonly watchJob?: (id: string) => AsyncIterable<unknown>;
  /** Takes a table whose values are asked for, in place of an answer with them; for exports. */
  readonly takeTable?: (table: TableType) => void;
}

/**
 * What every resolver of one request shares: the market as of one data version, whatever lands meanwhile. Apollo hands
 * out copies: what changes as the answer comes about is an object of its own, and what is computed stands in the class.
 */
export class RequestContext {
  /** Loaders of this request by what they load, made by the first resolver that needs them; see `loaderOf`. */
  readonly loaders = new Map<object, unknown>();

  /** Filled as the answer comes about. */
  readonly answer: {
    /** Whether it depends on operation and data version alone; told by repeatable.plugin. */
    isRepeatable: boolean;
    /** What was asked for; null until it is known, and for what cannot be read. */
    profile: OperationProfile | null;
    /** What the caller may still spend; null where that has no limit, or nothing was charged yet. */
    rate: RateState | null;
    /** Of an operation that was executed before Apollo was asked, and that Apollo is to word the errors of. */
    result: OperationResult | null;
    /** What was sent; null until it can be read. */
    operation: OperationIdentity | null;
    /** Set in place of what is above where the answer was not worked out for this request. */
    kept: Answered | null;
    /** Codes of the errors that the caller is told. */
    errorCodes: readonly string[];
  } = { isRepeatable: false, profile: null, rate: null, operation: null, kept: null, errorCodes: [], result: null };

  /** Made when it is needed: most requests are answered before anybody asks. */
  private readonly ending: {
    reason: LundongError | null;
    listener: ((reason: LundongError) => void) | null;
    controller: AbortController | null;
  } = { reason: null, listener: null, controller: null };

  constructor(
    private readonly requestMarket: Market,
    readonly origin: RequestOrigin,
  ) {}

  /**
   * The market. Where nobody waits for the answer any more, asking for it is an error: every resolver begins so, and what
   * has not begun by then is not done.
   */
  get market(): Market {
    if (this.ending.reason !== null) throw this.ending.reason;
    return this.requestMarket;
  }

  get dataVersion(): number {
    return this.requestMarket.dataVersion;
  }

  get caller(): Caller {
    return this.origin.caller;
  }

  /** Raised when nobody waits for the answer any more; work that takes long ends with it. */
  get signal(): AbortSignal {
    if (this.ending.controller === null) {
      this.ending.controller = new AbortController();
      if (this.ending.reason !== null) this.ending.controller.abort(this.ending.reason);
    }
    return this.ending.controller.signal;
  }

  watchJob(id: string): AsyncIterable<unknown> {
    if (this.origin.watchJob === undefined) throw new Error('this transport carries no subscriptions');
    return this.origin.watchJob(id);
  }

  /** @param reason what an operation that is under way ends with */
  abort(reason: LundongError): void {
    if (this.ending.reason !== null) return;
    this.ending.reason = reason;
    this.ending.listener?.(reason);
    this.ending.controller?.abort(reason);
  }

  /** Hears of `abort`, at once where it has happened; for the executor, which is the one to answer then. */
  onAbort(listener: (reason: LundongError) => void): void {
    this.ending.listener = listener;
    if (this.ending.reason !== null) listener(this.ending.reason);
  }
}

/** What asks from inside the process, with nobody to ask it for a key. */
const INSIDE: RequestOrigin = {
  caller: { name: 'inside', scopes: new Set(), expiresAt: null, pointsPerMinute: null },
  rates: { charge: () => null, stateOf: () => null, beginHeavy: () => () => undefined },
};

/** The context of a request that begins now. */
export function requestContext(market: Market, origin: RequestOrigin = INSIDE): RequestContext {
  return new RequestContext(market, origin);
}

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

/** What an operation ends with whose time is over. */
export function timeout(seconds: number): LundongError {
  return new LundongError(
    'TIMEOUT',
    `The answer took longer than ${seconds} seconds; ask for a shorter range or less at once, or use runBacktest. A mutation may have been carried out.`,
    { seconds },
  );
}
