import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '#lundong/config.js';
import type { DiffusionParams } from '#lundong/domain/diffusion-params.js';
import type { LocalDate } from '#lundong/domain/local-date.js';
import type { MembershipRow } from '#lundong/domain/membership-history.js';
import { TradingCalendar } from '#lundong/domain/trading-calendar.js';
import { DiffusionEngine } from '#lundong/engines/diffusion/diffusion.engine.js';
import { FactorCache } from '#lundong/engines/factor-cache.js';
import type { FactorEngine, FactorRow } from '#lundong/engines/factor-engine.js';
import type { DatasetName } from '#lundong/lake/datasets.js';
import type { Market } from '#lundong/lake/market.js';
import type { MarketChange } from '#lundong/lake/market-change.js';
import { withComputationLock } from '#lundong/store/computation-lock.js';
import { Workspace } from '#lundong/workspace.js';
import { openTestWorkspace, type TestWorkspace } from '../support/database.js';

const DAYS = TradingCalendar.of([]).between('2024-01-02' as LocalDate, '2024-12-31' as LocalDate);
const STOCKS = ['600001.SH', '600002.SH', '000003.SZ', '000004.SZ', '300005.SZ', '300006.SZ'];
const FIRST_SNAPSHOT = DAYS[0] as LocalDate;
const SECOND_SNAPSHOT = DAYS[120] as LocalDate;
const SUSPENDED = { stock: '000003.SZ', from: 115, to: 125 };

const PARAMETER_SETS: readonly DiffusionParams[] = [
  { lookback: 20, rule: 'ROC', weighting: 'EQUAL', smoothing: [] },
  { lookback: 20, rule: 'ROC', weighting: 'CAP', smoothing: [] },
  { lookback: 15, rule: 'MA', weighting: 'EQUAL', smoothing: [] },
  { lookback: 15, rule: 'MA', weighting: 'CAP', smoothing: [3] },
  { lookback: 20, rule: 'ROC', weighting: 'CAP', smoothing: [3, 4] },
];

/** A walk that never repeats a price, so that every correction can show. */
function close(stock: number, day: number): number {
  return Number((20 + stock + 6 * Math.sin(day / 9 + stock) + 3 * Math.sin(day / 2.3 + 2 * stock)).toFixed(4));
}

function isSuspended(stock: string, day: number): boolean {
  return stock === SUSPENDED.stock && day >= SUSPENDED.from && day < SUSPENDED.to;
}

/** Counts what is asked of the real engine. */
class CountingEngine extends DiffusionEngine {
  readonly asked: LocalDate[] = [];

  override compute(...args: Parameters<DiffusionEngine['compute']>): Promise<FactorRow[]> {
    this.asked.push(...args[3]);
    return super.compute(...args);
  }
}

/**
 * The real engine in batches, which are recorded.
 *
 * @param before is told the number of each batch, and waited for
 */
function recording(
  by: DiffusionEngine,
  datesAtOnce: number,
  before: (batch: number) => Promise<void> = async () => undefined,
): { engine: DiffusionEngine; batches: LocalDate[][] } {
  const batches: LocalDate[][] = [];
  const compute: DiffusionEngine['compute'] = async (market, scheme, params, dates) => {
    batches.push([...dates]);
    await before(batches.length - 1);
    return by.compute(market, scheme, params, dates);
  };
  return { engine: Object.assign(Object.create(by) as DiffusionEngine, { datesAtOnce, compute }), batches };
}

let opened: TestWorkspace;
let engine: CountingEngine;

beforeAll(async () => {
  opened = await openTestWorkspace();
  engine = new CountingEngine();
  const prices = DAYS.flatMap((date, day) =>
    STOCKS.flatMap((stock, index) => (isSuspended(stock, day) ? [] : [`${stock},${date},${close(index, day)}`])),
  );
  await load('stock_daily', ['code,date,close', ...prices]);
  await load('members', [
    'industry_code,stock,weight,as_of',
    ...STOCKS.map((stock, index) => `CI00500${1 + (index % 2)},${stock},${10 * (index + 1)},${FIRST_SNAPSHOT}`),
    ...STOCKS.map((stock, index) => `CI00500${1 + (index % 2)},${stock},${12 * (6 - index)},${SECOND_SNAPSHOT}`),
  ]);
});

afterAll(async () => {
  await engine?.close();
  await opened?.close();
});

async function load(dataset: DatasetName, lines: readonly string[]): Promise<void> {
  const path = join(opened.directory, `${dataset}-${lines.length}.csv`);
  await writeFile(path, `${lines.join('\n')}\n`);
  await opened.workspace.importer().run({
    dataset,
    paths: [path],
    source: 'test',
    adjustment: dataset === 'stock_daily' ? 'hfq' : null,
    validFrom: null,
    barMinutes: null,
    quarantine: false,
  });
}

async function currentMarket(): Promise<Market> {
  return (await opened.workspace.markets()).current();
}

function get(
  cache: FactorCache,
  market: Market,
  params: DiffusionParams,
  dates: readonly LocalDate[] = DAYS,
  by: FactorEngine<DiffusionParams> = engine,
) {
  return cache.get(market, by, 'CITIC_L1', params, dates);
}

/** Dates with stored values, by lookback, rule, weighting and smoothing. */
async function storedDates(params: DiffusionParams): Promise<Set<string>> {
  const rows: { date: string }[] = await opened.workspace.store.manager.query(
    'SELECT date FROM factor_value JOIN factor_parameters USING (hash) WHERE params @> $1::jsonb AND params <@ $1::jsonb',
    [JSON.stringify(params)],
  );
  return new Set(rows.map((row) => row.date));
}

const values = (rows: readonly FactorRow[]): number[][] =>
  rows.map((row) => [...Array.from(row.values), ...Array.from(row.coverage), ...Array.from(row.reasons)]);

describe('computing once', () => {
  it('computes a year once for 50 that ask for it at the same time', async () => {
    const market = await currentMarket();
    const cache = new FactorCache(opened.workspace.store);
    engine.asked.length = 0;
    const params = PARAMETER_SETS[0] as DiffusionParams;
    const answers = await Promise.all(Array.from({ length: 50 }, () => get(cache, market, params)));
    expect(engine.asked).toEqual(DAYS);
    for (const answer of answers) expect(values(answer)).toEqual(values(answers[0] as FactorRow[]));
  });

  it('computes only what is missing when ranges overlap', async () => {
    const market = await currentMarket();
    const cache = new FactorCache(opened.workspace.store);
    const params = { ...(PARAMETER_SETS[0] as DiffusionParams), lookback: 33 };
    engine.asked.length = 0;
    await Promise.all([
      get(cache, market, params, DAYS.slice(0, 100)),
      get(cache, market, params, DAYS.slice(50, 150)),
      get(cache, market, params, DAYS.slice(90, 120)),
    ]);
    expect(engine.asked.toSorted()).toEqual(DAYS.slice(0, 150));
  });

  it('computes a history in one batch where its engine does not ask for smaller ones', async () => {
    const batched = recording(engine, Number.POSITIVE_INFINITY);
    const params = { ...(PARAMETER_SETS[0] as DiffusionParams), lookback: 80 };
    await get(new FactorCache(opened.workspace.store), await currentMarket(), params, DAYS, batched.engine);
    expect(batched.batches).toEqual([DAYS]);
  });

  it('computes a history in batches where its engine asks for them, and one that fails keeps those before it', async () => {
    const market = await currentMarket();
    const params = { ...(PARAMETER_SETS[0] as DiffusionParams), lookback: 81 };
    const store = opened.workspace.store;
    const failing = recording(engine, 50, async (batch) => {
      if (batch === 2) throw new Error('out of luck');
    });
    await expect(get(new FactorCache(store), market, params, DAYS, failing.engine)).rejects.toThrow('out of luck');
    expect(await storedDates(params)).toEqual(new Set(DAYS.slice(0, 100)));
    const batched = recording(engine, 50);
    const cache = new FactorCache(store);
    const rows = await get(cache, market, params, DAYS, batched.engine);
    const rest = DAYS.slice(100);
    expect(batched.batches).toEqual([0, 50, 100].map((from) => rest.slice(from, from + 50)));
    expect(cache.counts).toEqual({ memory: 0, database: 100, computed: rest.length });
    expect(values(rows)).toEqual(values(await engine.compute(market, 'CITIC_L1', params, DAYS)));
  });

  it('lets a date in between the batches of a history, of the same parameters and of others', async () => {
    const market = await currentMarket();
    const cache = new FactorCache(opened.workspace.store);
    const [last] = DAYS.slice(-1) as [LocalDate];
    const done: string[] = [];
    let asked: Promise<unknown>[] = [];
    // Every place for computations is taken by a history when the dates are asked for.
    const histories = [82, 83, 84, 85].map((lookback) => ({ ...(PARAMETER_SETS[0] as DiffusionParams), lookback }));
    let begun = 0;
    let allBegun = (): void => undefined;
    const together = new Promise<void>((resolve) => {
      allBegun = resolve;
    });
    const { engine: batched, batches } = recording(engine, 50, async (batch) => {
      if (batch >= 4) return;
      begun++;
      if (begun === 4) {
        const others = { ...(PARAMETER_SETS[0] as DiffusionParams), lookback: 86 };
        asked = [histories[0] as DiffusionParams, others].map((params) =>
          get(cache, market, params, [last], batched).then(() => done.push(`date ${params.lookback}`)),
        );
        allBegun();
      }
      await together;
    });
    await Promise.all(
      histories.map((params) =>
        get(cache, market, params, DAYS, batched).then(() => done.push(`history ${params.lookback}`)),
      ),
    );
    await Promise.all(asked);
    expect(done.slice(0, 2).sort()).toEqual(['date 82', 'date 86']);
    expect(done).toHaveLength(6);
    expect(batches.flat()).toHaveLength(4 * DAYS.length + 1);
  });

  it('comes to the same values in whatever order the dates are asked for', async () => {
    const market = await currentMarket();
    const params = { ...(PARAMETER_SETS[3] as DiffusionParams), lookback: 35 };
    const asked = [...DAYS.filter((_, day) => day % 21 === 20), ...DAYS.filter((_, day) => day % 21 !== 20).reverse()];
    const got = await get(new FactorCache(opened.workspace.store), market, params, asked);
    expect(got.map(({ date }) => date)).toEqual(asked);
    const computed = new Map(
      (await engine.compute(market, 'CITIC_L1', params, DAYS)).map((row) => [row.date, row] as const),
    );
    expect(values(got)).toEqual(values(asked.map((date) => computed.get(date) as FactorRow)));
    expect(values(got).flat().filter(Number.isNaN).length).toBeGreaterThan(35);
  });

  it('computes once for two processes, each with its own connections', async () => {
    const other = await Workspace.open(readConfig(opened.environment));
    try {
      const params = { ...(PARAMETER_SETS[0] as DiffusionParams), lookback: 34 };
      const market = await currentMarket();
      engine.asked.length = 0;
      const [here, there] = await Promise.all([
        get(new FactorCache(opened.workspace.store), market, params),
        get(new FactorCache(other.store), market, params),
      ]);
      expect(engine.asked).toEqual(DAYS);
      expect(values(here)).toEqual(values(there));
    } finally {
      await other.close();
    }
  });

  it('more parameter sets at once than the pool has connections do not wait for each other for ever', async () => {
    const market = await currentMarket();
    const cache = new FactorCache(opened.workspace.store);
    const many = Array.from({ length: 40 }, (_, index) => ({
      ...(PARAMETER_SETS[0] as DiffusionParams),
      lookback: 40 + index,
    }));
    const answers = await Promise.all(many.map((params) => get(cache, market, params, DAYS.slice(0, 5))));
    expect(answers.map((rows) => rows.length)).toEqual(many.map(() => 5));
  });

  it('finds after a restart what was computed before', async () => {
    const market = await currentMarket();
    const params = PARAMETER_SETS[0] as DiffusionParams;
    const before = await get(new FactorCache(opened.workspace.store), market, params);
    engine.asked.length = 0;
    const cache = new FactorCache(opened.workspace.store);
    const after = await get(cache, market, params);
    expect(engine.asked).toEqual([]);
    expect(cache.counts).toEqual({ memory: 0, database: DAYS.length, computed: 0 });
    expect(values(after)).toEqual(values(before));
    await get(cache, market, params);
    expect(cache.counts.memory).toBe(DAYS.length);
  });

  it('does not store what was computed on data that have moved on', async () => {
    const market = await currentMarket();
    await load('stock_daily', ['code,date,close', `${STOCKS[0]},${DAYS[200]},31.4159`]);
    const params = { ...(PARAMETER_SETS[0] as DiffusionParams), lookback: 35 };
    await get(new FactorCache(opened.workspace.store), market, params);
    expect(await storedDates(params)).toEqual(new Set());
  });

  it('does not wait for ever for a process that holds the lock and computes nothing', async () => {
    const { dataSource } = opened.workspace.store;
    let release = (): void => undefined;
    const hung = new Promise<void>((resolve) => {
      release = resolve;
    });
    let holder: Promise<void> = hung;
    await new Promise<void>((holding) => {
      holder = withComputationLock(dataSource, 'some hash', () => {
        holding();
        return hung;
      });
    });
    const done = withComputationLock(
      dataSource,
      'some hash',
      async (connection) => connection.query('SELECT 1 AS one'),
      100,
    );
    expect(await done).toEqual([{ one: 1 }]);
    const [{ lock_timeout }] = await dataSource.query('SHOW lock_timeout');
    expect(lock_timeout).toBe('0');
    release();
    await holder;
  });

  it('a failed computation is not remembered', async () => {
    const market = await currentMarket();
    const cache = new FactorCache(opened.workspace.store);
    const params = { ...(PARAMETER_SETS[0] as DiffusionParams), lookback: 36 };
    const failing = Object.assign(Object.create(engine) as CountingEngine, {
      compute: () => Promise.reject(new Error('out of luck')),
    });
    await expect(get(cache, market, params, DAYS, failing)).rejects.toThrow('out of luck');
    expect((await get(cache, market, params)).length).toBe(DAYS.length);
  });
});

describe('dates told stale', () => {
  const calendar = TradingCalendar.of([]);
  const longest: DiffusionParams = { lookback: 1000, rule: 'ROC', weighting: 'CAP', smoothing: [250, 250] };
  const date = (text: string): LocalDate => text as LocalDate;

  function stale(params: DiffusionParams, change: MarketChange, outDates: readonly (string | null)[] = []) {
    const memberships = outDates.map(
      (outDate) => ({ inDate: date('2025-01-02'), outDate, knownOn: date('2025-01-02') }) as MembershipRow,
    );
    return engine.staleDates(params, 'CITIC_L1', change, { calendar, memberships: async () => memberships });
  }
  const closes = (...dates: string[]): MarketChange => ({
    kind: 'closes',
    series: { dataset: 'stock_daily', source: 'test', adjustment: 'hfq', barMinutes: null },
    dates: dates.map(date),
    touchedReferences: async (weightDates) => [...weightDates],
  });

  it('are without end where they would reach beyond the calendar', async () => {
    expect(await stale({ ...longest, weighting: 'EQUAL' }, closes('2029-06-01'))).toEqual([
      { from: '2029-06-01', to: calendar.shift(date('2029-06-01'), 498) },
      { from: calendar.shift(date('2029-06-01'), 1000), to: calendar.shift(date('2029-06-01'), 1498) },
    ]);
    expect((await stale({ ...longest, weighting: 'EQUAL' }, closes('2031-06-02'))).at(-1)?.to).toBeNull();
    expect(await stale({ ...longest, weighting: 'EQUAL' }, closes('2035-06-01'))).toEqual([
      { from: '2035-06-01', to: null },
    ]);
  });

  it('of members who leave at the end of time have no end, and of those who left before all trading a beginning', async () => {
    for (const outDate of ['9999-12-31', '2099-12-31', '2035-12-31', null])
      expect((await stale(longest, closes('2025-03-03'), [outDate])).at(-1), String(outDate)).toEqual({
        from: '2025-01-02',
        to: null,
      });
    const members = { kind: 'members', scheme: 'CITIC_L1' } as const;
    expect(await stale(longest, { ...members, from: date('2025-01-02'), to: date('9999-12-31') })).toEqual([
      { from: '2025-01-02', to: null },
    ]);
    expect(await stale(longest, { ...members, from: date('1980-01-01'), to: date('1985-01-01') })).toEqual([
      { from: '1980-01-01', to: '1990-12-19' },
    ]);
  });

  it('of members end on the last day that can see them', async () => {
    const members = { kind: 'members', scheme: 'CITIC_L1', from: date('2025-01-02') } as const;
    const plain = PARAMETER_SETS[0] as DiffusionParams;
    expect(await stale(plain, { ...members, to: date('2025-03-03') })).toEqual([
      { from: '2025-01-02', to: '2025-02-28' },
    ]);
    expect(await stale({ ...plain, smoothing: [3] }, { ...members, to: date('2025-03-01') })).toEqual([
      { from: '2025-01-02', to: '2025-03-04' },
    ]);
  });
});

describe('a corrected close', () => {
  const smoothingOf = (params: DiffusionParams): number =>
    params.smoothing.reduce((sum, window) => sum + window - 1, 0);

  /** The dates that DOMAIN's definitions let a close of day `day` reach, written out. */
  function reachOf(params: DiffusionParams, stock: string, day: number): Set<string> {
    const direct =
      params.rule === 'ROC' ? [day, day + params.lookback] : Array.from({ length: params.lookback }, (_, i) => day + i);
    const reached = new Set(direct);
    if (params.weighting === 'CAP') {
      // The close a weight drifts from: the last one on or before the snapshot's date.
      const isReference = (snapshot: number): boolean =>
        day === snapshot ||
        (day < snapshot &&
          Array.from({ length: snapshot - day }, (_, i) => day + 1 + i).every((later) => isSuspended(stock, later)));
      const stretches = [
        { snapshot: 0, from: 0, to: 120 },
        { snapshot: 120, from: 120, to: DAYS.length },
      ];
      for (const { snapshot, from, to } of stretches)
        if (isReference(snapshot)) for (let row = from; row < to; row++) reached.add(row);
    }
    const dates = new Set<string>();
    for (const row of reached)
      for (let later = row; later <= row + smoothingOf(params); later++) if (DAYS[later]) dates.add(DAYS[later]);
    return dates;
  }

  it.each([
    { name: 'an ordinary day', stock: STOCKS[1] as string, day: 60 },
    { name: 'the day of a snapshot, from which its weights drift', stock: STOCKS[4] as string, day: 120 },
    { name: 'the last day before a suspension over a snapshot', stock: SUSPENDED.stock, day: 114 },
    { name: 'two days before a suspension over a snapshot', stock: SUSPENDED.stock, day: 113 },
    { name: 'the last day of all', stock: STOCKS[5] as string, day: DAYS.length - 1 },
  ])('on $name drops exactly the values it can reach', async ({ stock, day }) => {
    const market = await currentMarket();
    const cache = new FactorCache(opened.workspace.store);
    const before = new Map<DiffusionParams, FactorRow[]>();
    for (const params of PARAMETER_SETS) before.set(params, await get(cache, market, params));
    const corrected =
      ((
        await (
          market.series('stock_daily')[0] as { closes(): Promise<{ close(c: string, d: LocalDate): number | null }> }
        ).closes()
      ).close(stock, DAYS[day] as LocalDate) as number) * 1.7;
    await load('stock_daily', ['code,date,close', `${stock},${DAYS[day]},${corrected.toFixed(4)}`]);

    const corrections = await currentMarket();
    expect(corrections.dataVersion).toBe(market.dataVersion + 1);
    let seen = 0;
    for (const params of PARAMETER_SETS) {
      const reach = reachOf(params, stock, day);
      const kept = await storedDates(params);
      const dropped = new Set(DAYS.filter((date) => !kept.has(date)));
      expect(dropped, JSON.stringify(params)).toEqual(reach);

      // Fresh from the engine, past every cache: nothing outside the reach has changed, and what is kept is right.
      const fresh = await engine.compute(corrections, 'CITIC_L1', params, DAYS);
      const served = await get(new FactorCache(opened.workspace.store), corrections, params);
      expect(values(served)).toEqual(values(fresh));
      const old = before.get(params) as FactorRow[];
      const differing = DAYS.filter((_, row) =>
        values([old[row] as FactorRow])[0]?.some(
          (value, i) => !Object.is(value, values([fresh[row] as FactorRow])[0]?.[i]),
        ),
      );
      expect(differing.filter((date) => !reach.has(date))).toEqual([]);
      seen += differing.length;
    }
    expect(seen).toBeGreaterThan(0);
  });

  it('of another column than close, or of another data set, drops nothing', async () => {
    const market = await currentMarket();
    for (const params of PARAMETER_SETS) await get(new FactorCache(opened.workspace.store), market, params);
    await load('stock_daily', ['code,date,close,volume', `${STOCKS[0]},${DAYS[60]},${close(0, 60)},12345`]);
    await load('industry_daily', ['code,date,close', `CI005001,${DAYS[60]},1000`]);
    for (const params of PARAMETER_SETS) expect(await storedDates(params)).toEqual(new Set(DAYS));
  });

  it('members that change from a date on drop the values from there on, and no earlier ones', async () => {
    const market = await currentMarket();
    for (const params of PARAMETER_SETS) await get(new FactorCache(opened.workspace.store), market, params);
    await load('members', ['industry_code,stock,weight,as_of', `CI005001,${STOCKS[0]},100,${DAYS[200]}`]);
    const expected = new Set<string>(DAYS.slice(0, 200));
    for (const params of PARAMETER_SETS) expect(await storedDates(params)).toEqual(expected);
    const changed = await currentMarket();
    for (const params of PARAMETER_SETS) {
      const served = await get(new FactorCache(opened.workspace.store), changed, params);
      expect(values(served)).toEqual(values(await engine.compute(changed, 'CITIC_L1', params, DAYS)));
    }
  });

  it('a calendar drops everything from the first day on of which it says something new', async () => {
    const market = await currentMarket();
    for (const params of PARAMETER_SETS) await get(new FactorCache(opened.workspace.store), market, params);
    // The first import of a calendar names days that were only expected so far: it counts from its first day.
    await load('calendar', ['date', ...DAYS.slice(230)]);
    const expected = new Set<string>(DAYS.slice(0, 230));
    for (const params of PARAMETER_SETS) expect(await storedDates(params)).toEqual(expected);
  });

  it('a holiday that turns out to have been a trading day drops everything from there on', async () => {
    await load('calendar', ['date', ...DAYS]);
    const market = await currentMarket();
    for (const params of PARAMETER_SETS) await get(new FactorCache(opened.workspace.store), market, params);
    const holiday = '2024-10-01' as LocalDate;
    await load('calendar', ['date', ...[...DAYS, holiday].sort()]);
    const expected = new Set<string>(DAYS.filter((date) => date < holiday));
    for (const params of PARAMETER_SETS) expect(await storedDates(params)).toEqual(expected);
    const changed = await currentMarket();
    for (const params of PARAMETER_SETS) {
      const served = await get(new FactorCache(opened.workspace.store), changed, params);
      expect(values(served)).toEqual(values(await engine.compute(changed, 'CITIC_L1', params, DAYS)));
      const [empty] = await engine.compute(changed, 'CITIC_L1', params, [holiday]);
      expect(empty?.values).toEqual(new Float64Array(30).fill(Number.NaN));
    }
  });
});
