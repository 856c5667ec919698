import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { IndustryScheme } from '../domain/industry.js';
import type { LocalDate } from '../domain/local-date.js';
import { factorDates } from '../domain/measurements.js';
import { Abandoned, Waiters } from '../domain/shared-work.js';
import { Slots } from '../domain/slots.js';
import type { Market } from '../lake/market.js';
import * as factorValues from '../store/factor-value.repository.js';
import type { Store } from '../store/store.js';
import type { FactorEngine, FactorRow } from './factor-engine.js';
import { storedOrComputed } from './stored-or-computed.js';

/** Parameter sets kept in memory; ten years of one take about 3 MB. */
const KEPT_FACTORS = 64;

/** Each computation holds one of the database's ten connections, and those who only read must find one free. */
const COMPUTATIONS_AT_ONCE = 4;

/** Past these a caller is told to come again, not left to wait for minutes. */
const WAITING_COMPUTATIONS = 1000;

/** What is known of one factor with one set of parameters. */
class Held {
  readonly rows = new Map<LocalDate, FactorRow>();
  /** The tail of the line of those who want dates that are not there yet. */
  line: Promise<void> = Promise.resolve();
  /** The dates that each of them wants. */
  readonly waiters = new Waiters<ReadonlySet<LocalDate>>(() => this.giveUp());
  private batch: { readonly dates: readonly LocalDate[]; readonly controller: AbortController } | null = null;

  /** Works on some dates, with a signal that is raised once nobody waits for any of them. */
  async workOn(dates: readonly LocalDate[], work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const controller = new AbortController();
    this.batch = { dates, controller };
    try {
      await work(controller.signal);
    } finally {
      this.batch = null;
    }
  }

  private giveUp(): void {
    const { batch } = this;
    if (batch === null || this.waiters.some((wanted) => batch.dates.some((date) => wanted.has(date)))) return;
    batch.controller.abort(new Abandoned());
  }
}

/**
 * Factor values by date: in memory, else in PostgreSQL, else computed. Dates that are missing are computed in one batch,
 * once, however many ask for them at the same time, in this process and in others on the same database. An engine may ask
 * for smaller batches: each is stored, and between them others get their turn.
 */
export class FactorCache {
  private readonly held = new LRUCache<string, Held>({ max: KEPT_FACTORS });

  private readonly slots: Slots;

  /** How the dates asked for were come by since the process started; those that others were computing count once. */
  readonly counts = { memory: 0, database: 0, computed: 0 };

  /** @param longestLine computations that may wait; more are refused */
  constructor(
    private readonly store: Store,
    longestLine = WAITING_COMPUTATIONS,
  ) {
    this.slots = new Slots(COMPUTATIONS_AT_ONCE, longestLine, 'factor computations');
  }

  /**
   * @param dates trading days, in any order
   * @param signal leaves, with its reason; what is computed goes on while anybody else waits for it
   * @returns one row a date, in that order
   * @throws LundongError OVERLOADED
   */
  async get<P>(
    market: Market,
    engine: FactorEngine<P>,
    scheme: IndustryScheme,
    params: P,
    dates: readonly LocalDate[],
    signal?: AbortSignal,
  ): Promise<FactorRow[]> {
    const told = JSON.stringify([engine.key, engine.version, scheme, params]);
    const key = `${market.dataVersion} ${told}`;
    const held = this.held.get(key) ?? new Held();
    this.held.set(key, held);
    const isMissing = (date: LocalDate): boolean => !held.rows.has(date);
    this.count('memory', dates.filter((date) => held.rows.has(date)).length);
    if (dates.some(isMissing))
      await held.waiters.during(new Set(dates), signal, async () => {
        while (dates.some(isMissing)) {
          signal?.throwIfAborted();
          // Whoever comes while others compute waits for their batch, and then finds some or all of its dates.
          const turn = held.line.then(async () => {
            signal?.throwIfAborted();
            // Engines count on ascending dates; a sweep over several frequencies asks for one frequency's after the other's.
            const missing = dates.filter(isMissing).sort();
            if (missing.length === 0) return;
            await held.workOn(missing, (unwanted) =>
              this.slots.use(() => this.fill(market, engine, scheme, params, told, held, missing, unwanted), unwanted),
            );
          });
          held.line = turn.catch(() => undefined);
          await turn;
        }
      });
    return dates.map((date) => held.rows.get(date) as FactorRow);
  }

  private count(from: keyof typeof this.counts, dates: number): void {
    this.counts[from] += dates;
    if (dates > 0) factorDates.tell({ from, dates });
  }

  /** Brings some of the missing dates into memory, at least one. */
  private async fill<P>(
    market: Market,
    engine: FactorEngine<P>,
    scheme: IndustryScheme,
    params: P,
    told: string,
    held: Held,
    missing: readonly LocalDate[],
    signal: AbortSignal,
  ): Promise<void> {
    const identity: factorValues.FactorIdentity = {
      hash: createHash('sha256').update(told).digest('hex').slice(0, 32),
      engine: engine.key,
      engineVersion: engine.version,
      scheme,
      params,
    };
    const codes = market.industriesOf(scheme).map((industry) => industry.code);
    const rows = await storedOrComputed(
      this.store,
      identity.hash,
      missing,
      async (connection, dates) => {
        const stored = await factorValues.readFactorValues(connection, identity.hash, dates, market.dataVersion);
        const usable = stored.filter((row) => sameCodes(row.codes, codes));
        this.count('database', usable.length);
        return usable;
      },
      async (connection, dates) => {
        const computed = await engine.compute(market, scheme, params, dates, signal);
        if (computed.length !== dates.length)
          throw new Error(`${engine.key} gave ${computed.length} rows for ${dates.length} dates`);
        this.count('computed', computed.length);
        await factorValues.storeFactorValues(connection, identity, computed, market.dataVersion);
        return computed;
      },
      engine.datesAtOnce,
    );
    for (const row of rows) held.rows.set(row.date, row);
  }
}

function sameCodes(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((code, index) => code === b[index]);
}
