import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { LocalDate } from '#lundong/domain/local-date.js';
import { DiffusionEngine } from '#lundong/engines/diffusion/diffusion.engine.js';
import { FactorCache } from '#lundong/engines/factor-cache.js';
import type { FactorEngine, FactorRow } from '#lundong/engines/factor-engine.js';
import { FeatureSource } from '#lundong/engines/gru/feature-source.js';
import { GruEngine } from '#lundong/engines/gru/gru.engine.js';
import type { DuckDb } from '#lundong/lake/duckdb.js';
import type { Market } from '#lundong/lake/market.js';
import type { TestWorkspace } from '../support/database.js';
import { dates, openGruWorkspace } from '../support/gru-workspace.js';

const GONE = new Error('the caller is gone');
/** Hours of work. */
const LONG = 'SELECT count(*) FROM range(100000000000) a, range(1000) b WHERE a.range * b.range % 7 = 1';

let opened: TestWorkspace;
let market: Market;
beforeAll(async () => {
  opened = await openGruWorkspace();
  market = (await opened.workspace.markets()).current();
});
afterAll(() => opened?.close());
beforeEach(() => opened.workspace.store.manager.query('TRUNCATE factor_parameters, stock_day CASCADE'));

/** Computes for hours in DuckDB, unless it is told to come to an end; then as the real one. */
class LongEngine extends DiffusionEngine {
  asked = 0;
  private readonly enough = new AbortController();

  constructor(private readonly duckdb: DuckDb) {
    super();
  }

  finish(): void {
    this.enough.abort();
  }

  override async compute(...args: Parameters<DiffusionEngine['compute']>): Promise<FactorRow[]> {
    this.asked++;
    const signal = AbortSignal.any([args[4] as AbortSignal, this.enough.signal]);
    await this.duckdb.use((connection) => connection.run(LONG), signal).catch(() => args[4]?.throwIfAborted());
    return super.compute(...args);
  }
}

describe('a factor that several callers wait for', () => {
  const some = dates.slice(60, 63);
  let engine: LongEngine;
  let cache: FactorCache;
  beforeEach(() => {
    engine = new LongEngine(opened.workspace.duckdb);
    cache = new FactorCache(opened.workspace.store);
    return () => engine.close();
  });
  const get = (wanted: readonly LocalDate[], signal?: AbortSignal): Promise<FactorRow[]> =>
    cache.get(market, engine as FactorEngine, 'CITIC_L1', engine.canonical(market, {}), wanted, signal);
  const untilAsked = (times: number): Promise<void> =>
    expect.poll(() => engine.asked, { timeout: 20_000, interval: 5 }).toBe(times);

  test('is computed on for the second one when the first one leaves', async () => {
    const leaving = new AbortController();
    const left = get(some, leaving.signal);
    left.catch(() => undefined);
    await untilAsked(1);
    const stayed = get(some.slice(0, 2), new AbortController().signal);
    leaving.abort(GONE);
    await expect(left).rejects.toBe(GONE);
    await sleep(100);
    engine.finish();
    expect((await stayed).map(({ date }) => date)).toEqual(some.slice(0, 2));
    expect(engine.asked).toBe(1);
  });

  test('is given up when the last one leaves, and computed anew for who comes then', async () => {
    const leaving = [new AbortController(), new AbortController()];
    const left = leaving.map(({ signal }) => get(some, signal));
    for (const one of left) one.catch(() => undefined);
    await untilAsked(1);
    for (const each of leaving) each.abort(GONE);
    for (const one of left) await expect(one).rejects.toBe(GONE);
    const next = get(some);
    await untilAsked(2);
    engine.finish();
    expect(await next).toHaveLength(3);
    expect(cache.counts.computed).toBe(3);
  });

  test('is given up when those who are left want other dates', async () => {
    const leaving = new AbortController();
    const left = get(some, leaving.signal);
    left.catch(() => undefined);
    await untilAsked(1);
    const other = get([dates[70] as LocalDate]);
    leaving.abort(GONE);
    await untilAsked(2);
    engine.finish();
    expect(await other).toHaveLength(1);
    expect(cache.counts.computed).toBe(1);
  });

  test('leaves DuckDB’s places to others as soon as its callers are gone', async () => {
    const leaving = new AbortController();
    const params = [{ lookback: 20 }, { lookback: 30 }, { lookback: 40 }];
    const left = params.map((own) =>
      cache.get(market, engine as FactorEngine, 'CITIC_L1', engine.canonical(market, own), some, leaving.signal),
    );
    for (const one of left) one.catch(() => undefined);
    await untilAsked(3);
    expect(opened.workspace.duckdb.queued).toBe(1);
    leaving.abort(GONE);
    const [row] = (await opened.workspace.duckdb.use(async (connection) =>
      (await connection.runAndReadAll('SELECT 42')).getRowsJson(),
    )) as [unknown[]];
    expect(row).toEqual([42]);
    expect(opened.workspace.duckdb.queued).toBe(0);
  });

  test('past the longest line is refused', async () => {
    cache = new FactorCache(opened.workspace.store, 0);
    const leaving = new AbortController();
    const ask = (lookback: number): Promise<FactorRow[]> =>
      cache.get(
        market,
        engine as FactorEngine,
        'CITIC_L1',
        engine.canonical(market, { lookback }),
        some,
        leaving.signal,
      );
    const busy = [20, 30, 40, 50].map(ask);
    for (const one of busy) one.catch(() => undefined);
    await untilAsked(4);
    await expect(ask(60)).rejects.toMatchObject({ code: 'OVERLOADED', details: { retryAfter: 2 } });
    leaving.abort(GONE);
    for (const one of busy) await expect(one).rejects.toBe(GONE);
  });
});

describe('the GRU factor', () => {
  test('stops between its days when its caller leaves, and gives the same values afterwards', async () => {
    const { store, duckdb, modelFiles, scorePool } = opened.workspace;
    const scored = dates.slice(50, 86);
    const open = (): { features: FeatureSource; get: (signal?: AbortSignal) => Promise<FactorRow[]> } => {
      const features = new FeatureSource(store, duckdb);
      const engine = new GruEngine(features, modelFiles, scorePool);
      const cache = new FactorCache(store);
      const params = engine.canonical(market, {});
      return { features, get: (signal) => cache.get(market, engine, 'CITIC_L1', params, scored, signal) };
    };
    const { features, get } = open();
    const leaving = new AbortController();
    const left = get(leaving.signal);
    left.catch(() => undefined);
    const { computed } = features.sections.stockDays;
    await expect.poll(() => computed.length, { timeout: 20_000, interval: 1 }).toBeGreaterThan(0);
    leaving.abort(GONE);
    await expect(left).rejects.toBe(GONE);
    await sleep(300);
    const atRest = computed.length;
    expect(atRest).toBeLessThan(scored.length);
    await sleep(300);
    expect(computed).toHaveLength(atRest);
    const afterwards = await get();
    await store.manager.query('TRUNCATE factor_parameters, stock_day CASCADE');
    expect(afterwards).toEqual(await open().get());
  });
});

describe('the thread of the diffusion index', () => {
  test('is replaced where it dies in the middle, and the value comes all the same', async () => {
    const engine = new DiffusionEngine();
    const params = engine.canonical(market, { lookback: 20 });
    const some = dates.slice(60, 63);
    try {
      const undisturbed = await engine.compute(market, 'CITIC_L1', params, some);
      const { worker } = engine as unknown as {
        worker: { threads: { terminate(): Promise<number> }[]; run(task: unknown): Promise<unknown> };
      };
      const run = worker.run.bind(worker);
      let deaths = 0;
      worker.run = (task) => {
        const running = run(task);
        deaths += worker.threads.length;
        for (const thread of worker.threads) void thread.terminate();
        return running;
      };
      const computing = engine.compute(market, 'CITIC_L1', params, dates.slice(30));
      expect((await computing).slice(30, 33)).toEqual(undisturbed);
      expect(deaths).toBe(1);
      expect(await engine.compute(market, 'CITIC_L1', params, some)).toEqual(undisturbed);
    } finally {
      await engine.close();
    }
  });
});
