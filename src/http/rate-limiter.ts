import { LRUCache } from 'lru-cache';
import type { Caller } from '../domain/access.js';
import { LundongError } from '../domain/errors.js';
import type { RateLimits, RateState } from '../graphql/rate-limits.js';
import { addUsage, forgetUsage, type Usage } from '../store/access-usage.repository.js';
import type { Store } from '../store/store.js';
import { OpenByCaller } from './open-by-caller.js';

const MINUTE_MS = 60_000;
/** How long what was spent here may be unknown to other processes. */
const SHARE_EVERY_MS = 250;
/** Part of a limit that is told to the others at once. */
const SHARE_AT = 0.05;
/** Callers kept in mind; the database has them all. */
const KEPT_CALLERS = 10_000;

export interface RateLimiterOptions {
  /** Points that a caller may spend in a minute, over all processes; null for no limit. */
  readonly pointsPerMinute: number | null;
  /** Dear operations that a caller may have under way at once in this process. */
  readonly heavyAtOnce: number;
  readonly onError: (error: unknown) => void;
}

interface Account {
  readonly minute: number;
  /** Spent by all processes, as far as it was told. */
  shared: number;
  /** Spent here and not told yet. */
  own: number;
}

/**
 * Counts what callers spend in each minute of the clock. Every process counts in memory, so that an answer costs no
 * database, and tells the others by sums in PostgreSQL several times a second: docs/adr/0013 says what that leaves open.
 */
export class RateLimiter implements RateLimits {
  private readonly accounts = new LRUCache<string, Account>({ max: KEPT_CALLERS });
  private readonly unshared = new Map<string, { caller: string; account: Account }>();
  private readonly heavy: OpenByCaller;
  private readonly timer: NodeJS.Timeout;
  private sharing: Promise<void> | null = null;
  private hasFailed = false;
  private forgottenTo = 0;

  constructor(
    private readonly store: Store,
    private readonly options: RateLimiterOptions,
  ) {
    this.heavy = new OpenByCaller(options.heavyAtOnce);
    this.timer = setInterval(() => void this.share(), SHARE_EVERY_MS).unref();
  }

  charge(caller: Caller, points: number): RateState | null {
    const limit = this.limitOf(caller);
    if (limit === null) return null;
    const account = this.accountOf(caller);
    const state = stateOf(account, limit);
    if (points > state.remaining) {
      const retryAfter = Math.max(Math.ceil((state.resetAt - Date.now()) / 1000), 1);
      throw new LundongError(
        'RATE_LIMITED',
        `This costs ${points} points, and of ${limit} a minute ${state.remaining} are left; ask again in ${retryAfter} seconds, or for less.`,
        { cost: points, limit, remaining: state.remaining, retryAfter },
      );
    }
    const isFirst = account.shared + account.own === 0;
    account.own += points;
    this.unshared.set(`${account.minute} ${caller.name}`, { caller: caller.name, account });
    if (isFirst || account.own >= SHARE_AT * limit) void this.share();
    return { ...state, remaining: state.remaining - points };
  }

  stateOf(caller: Caller): RateState | null {
    const limit = this.limitOf(caller);
    return limit === null ? null : stateOf(this.accountOf(caller), limit);
  }

  beginHeavy(caller: Caller): () => void {
    const end = this.heavy.open(caller);
    if (end !== null) return end;
    throw new LundongError(
      'RATE_LIMITED',
      `${this.options.heavyAtOnce} dear operations of yours are under way, and no more may be at once; wait for one of them.`,
      { retryAfter: 1 },
    );
  }

  /** Tells what is left to tell. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.sharing;
    await this.share();
  }

  private limitOf({ pointsPerMinute }: Caller): number | null {
    return pointsPerMinute ?? this.options.pointsPerMinute;
  }

  private accountOf({ name }: Caller): Account {
    const minute = Math.floor(Date.now() / MINUTE_MS);
    const known = this.accounts.get(name);
    if (known?.minute === minute) return known;
    const account: Account = { minute, shared: 0, own: 0 };
    this.accounts.set(name, account);
    return account;
  }

  private share(): Promise<void> {
    // One at a time; what comes meanwhile goes with the next.
    this.sharing ??= this.shareNow()
      .then(
        () => {
          this.hasFailed = false;
        },
        (error) => {
          // Without the database every process goes by its own count; once is enough to say so.
          if (!this.hasFailed) this.options.onError(error);
          this.hasFailed = true;
        },
      )
      .finally(() => {
        this.sharing = null;
      });
    return this.sharing;
  }

  private async shareNow(): Promise<void> {
    const current = Math.floor(Date.now() / MINUTE_MS);
    // What could not be told in its time interests nobody any more.
    for (const [key, { account }] of this.unshared) if (account.minute < current - 1) this.unshared.delete(key);
    if (this.unshared.size === 0) return;
    const entries = [...this.unshared.entries()].map(([key, entry]) => ({ key, ...entry, points: entry.account.own }));
    const sums = await addUsage(
      this.store.manager,
      entries.map(({ caller, account, points }): Usage => ({ caller, minute: account.minute, points })),
    );
    const sumOf = new Map(sums.map(({ caller, minute, points }) => [`${minute} ${caller}`, points]));
    for (const { key, account, points } of entries) {
      account.shared = sumOf.get(key) ?? account.shared;
      account.own -= points;
      if (account.own === 0) this.unshared.delete(key);
    }
    if (current === this.forgottenTo) return;
    this.forgottenTo = current;
    await forgetUsage(this.store.manager, current - 2);
  }
}

function stateOf({ minute, shared, own }: Account, limit: number): RateState {
  return { limit, remaining: Math.max(limit - shared - own, 0), resetAt: (minute + 1) * MINUTE_MS };
}
