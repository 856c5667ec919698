import { copyFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FEATURE_SPEC_VERSION } from '#lundong/domain/intraday-features.js';
import type { LocalDate } from '#lundong/domain/local-date.js';
import { FactorCache } from '#lundong/engines/factor-cache.js';
import type { FactorEngine, FactorRow } from '#lundong/engines/factor-engine.js';
import type { FeatureWindow } from '#lundong/engines/gru/feature-source.js';
import { ScorePool } from '#lundong/engines/gru/score-pool.js';
import type { Market } from '#lundong/lake/market.js';
import { FactorService } from '#lundong/modules/factor/factor.service.js';
import { insertModel } from '#lundong/store/model.repository.js';
import { currentMarket, windowsOf } from '../support/bars-workspace.js';
import type { TestWorkspace } from '../support/database.js';
import {
  dates,
  early,
  generated,
  good,
  members,
  on,
  openGruWorkspace,
  other,
  WEIGHT_DATE,
} from '../support/gru-workspace.js';
import { refusal } from '../support/import-helpers.js';
import { manifestFor, modelFixture } from '../support/models.js';

let opened: TestWorkspace;
let market: Market;
let engine: FactorEngine;

const compute = (asked: readonly LocalDate[], params: object = {}): Promise<FactorRow[]> =>
  engine.compute(market, 'CITIC_L1', engine.canonical(market, params), asked);
const valueIn = (row: FactorRow, industry: string): number => row.values[row.codes.indexOf(industry)] as number;

beforeAll(async () => {
  opened = await openGruWorkspace();
  market = await currentMarket(opened);
  engine = opened.workspace.engines.find(({ key }) => key === 'gru') as FactorEngine;
});
afterAll(() => opened?.close());

/** The value by its definition: scores of a model, weights drifted with adjusted closes from the weight date. */
async function expected(window: FeatureWindow, path: string, sha256: string, weighting: 'CAP' | 'EQUAL') {
  const pool = new ScorePool({ threads: 1 });
  const scores = await pool.score({ path, sha256 }, window.x, window.codes.length).finally(() => pool.close());
  const scoreOf = new Map(window.codes.map((code, index) => [code, scores[index] as number]));
  const close = (stock: string, date: string): number | undefined => generated.adjusted.get(`${stock} ${date}`);
  const atWeightDate = (stock: string): number | undefined =>
    [...dates.filter((date) => date <= WEIGHT_DATE).reverse(), ...dates.filter((date) => date > WEIGHT_DATE)]
      .map((date) => close(stock, date))
      .find((found) => found !== undefined);
  return (industry: string): { value: number; coverage: number } => {
    const weighted = members
      .filter((member) => member.industry === industry)
      .map(({ stock, weight }) => {
        const at = dates.indexOf(window.date);
        const near = dates.slice(Math.max(0, at - 10), at + 1).reverse();
        const now = near.map((date) => close(stock, date)).find((found) => found !== undefined);
        const then = atWeightDate(stock);
        const drift = weighting === 'EQUAL' || now === undefined || then === undefined ? 1 : now / then;
        return { score: scoreOf.get(stock), known: weighting === 'EQUAL' ? 1 : (weight ?? 0), drift };
      });
    const scored = weighted.filter(({ score }) => score !== undefined);
    const sum = (of: typeof weighted, value: (one: (typeof weighted)[number]) => number): number =>
      of.reduce((total, one) => total + value(one), 0);
    return {
      value:
        sum(scored, ({ score, known, drift }) => (score as number) * known * drift) /
        sum(scored, ({ known, drift }) => known * drift),
      coverage: sum(scored, ({ known }) => known) / sum(weighted, ({ known }) => known),
    };
  };
}

describe('the GRU factor', () => {
  it.each(['CAP', 'EQUAL'] as const)('is the mean of its members’ scores by weight (%s)', async (weighting) => {
    const asked = [on(55), on(69), on(70), on(80)];
    const rows = await compute(asked, { weighting });
    const windows = await windowsOf(opened, market, asked);
    for (const [index, row] of rows.entries()) {
      const model = index < 2 ? good : other; // of two that may score a date, the one valid from the later date
      const wanted = await expected(windows[index] as FeatureWindow, model.path, model.sha256, weighting);
      for (const industry of ['CI005001', 'CI005002']) {
        expect(valueIn(row, industry)).toBeCloseTo(wanted(industry).value, 12);
        expect(row.coverage[row.codes.indexOf(industry)]).toBeCloseTo(wanted(industry).coverage, 12);
      }
      expect(row.notes[0]).toBe(
        `scores: model "${index < 2 ? 'early' : 'late'}" on minute_bar (15 min) of source "test", adjustment none`,
      );
    }
    expect(valueIn(rows[1] as FactorRow, 'CI005001')).not.toBe(valueIn(rows[2] as FactorRow, 'CI005001'));
  });

  it('is scored by the model that is named, and by none on dates that it may not score', async () => {
    const [first, second] = await compute([on(72), on(80)], { model: 'early' });
    expect(first?.notes[0]).toContain('model "early"');
    const params = engine.canonical(market, { model: 'early' });
    const reasons = new Set(Array.from(second?.reasons ?? [], (reason) => engine.describeReason(reason, params)));
    expect([...reasons]).toEqual([
      'no registered model "early" may score this date; the query models tells which dates each may',
    ]);
  });

  it('has the version of its features in its own: a change of theirs is one of its values', () => {
    expect(engine.version % 1000).toBe(FEATURE_SPEC_VERSION);
    expect(engine.version).toBeGreaterThan(1000);
  });

  it('says per industry why there is no value', async () => {
    const reasonsOn = async (date: LocalDate, params: object = {}): Promise<Map<string, string>> => {
      const [row] = (await compute([date], params)) as [FactorRow];
      const missing = row.codes.flatMap((code, index): [string, string][] =>
        Number.isNaN(row.values[index])
          ? [[code, engine.describeReason(row.reasons[index] as number, engine.canonical(market, params))]]
          : [],
      );
      return new Map(missing);
    };
    const scored = await reasonsOn(on(60));
    expect(scored.get('CI005001')).toBeUndefined();
    expect(scored.get('CI005003')).toBe('no member has minute bars on this date');
    expect(scored.get('CI005004')).toMatch(/no member weights are known/);
    expect(scored.get('CI005005')).toMatch(/no members are known/);
    expect((await reasonsOn(on(60), { weighting: 'EQUAL' })).get('CI005004')).toBeUndefined();
    expect(new Set((await reasonsOn(on(20))).values())).toEqual(
      new Set(['no registered model may score this date; the query models tells which dates each may']),
    );
  });

  it('refuses a model that has no name or is not registered, and a weighting that there is not', async () => {
    expect(() => engine.canonical(market, { model: '' })).toThrow(/GRU model "" is no name of a model/);
    expect(() => engine.canonical(market, { model: 'nobody' })).toThrow(/No model "nobody" is registered/);
    expect(() => engine.canonical(market, { weighting: 'SQRT' })).toThrow(
      /GRU weighting SQRT is not possible; give EQUAL or CAP/,
    );
  });

  it('is ranked and evaluated like any factor, and compared week by week only within one model', async () => {
    const factors = new FactorService(opened.workspace.engines, new FactorCache(opened.workspace.store));
    const question = { key: 'gru', scheme: 'CITIC_L1', params: { gru: { weighting: 'EQUAL' } } } as const;
    const ranking = await factors.ranking(market, question, on(60), null, null);
    expect(ranking.items.map(({ industry }) => industry.code).sort()).toEqual(['CI005001', 'CI005002', 'CI005004']);
    expect(ranking.items.every(({ weekChange }) => weekChange !== null)).toBe(true);
    expect(ranking.unavailable).toHaveLength(27);
    const changing = await factors.ranking(market, question, on(70), null, null);
    expect(changing.items.every(({ weekChange }) => weekChange === null)).toBe(true);
    expect(changing.notes.join('\n')).toMatch(/week changes are not given: values of model "late"/);
    const unknown = { ...question, params: { gru: { model: 'nobody' } } };
    expect((await refusal(factors.ranking(market, unknown, on(60), null, null))).code).toBe('INVALID_ARGUMENT');
    expect((await refusal(factors.ranking(market, question, '2020-01-02' as LocalDate, null, null))).code).toBe(
      'DATE_BEFORE_DATA',
    );
  });

  it('keeps what it computed, but for the dates that a new model may score', async () => {
    const { store, engines } = opened.workspace;
    const ask = async (): Promise<FactorCache['counts']> => {
      const cache = new FactorCache(store);
      market = await currentMarket(opened);
      await cache.get(market, engine, 'CITIC_L1', engine.canonical(market, {}), dates.slice(50, 86));
      return cache.counts;
    };
    await ask();
    expect(await ask()).toEqual({ memory: 0, database: 36, computed: 0 });
    expect(engines).toContain(engine);
    const third = manifestFor(good, { ...early, name: 'third', validFrom: on(82), validTo: on(84) });
    await opened.workspace.modelRegistry().register('test', third, good.bytes);
    expect(await ask()).toEqual({ memory: 0, database: 33, computed: 3 });
    await opened.workspace.modelRegistry().withdraw('test', 'third');
    expect(await ask()).toEqual({ memory: 0, database: 33, computed: 3 });
  });

  it('names a model that fails in use, and does without it once it is withdrawn', async () => {
    const { store, modelFiles } = opened.workspace;
    const before = await compute([on(60)]);
    const broken = modelFixture('nan'); // no trial would let it in
    await copyFile(broken.path, modelFiles.path(broken.sha256));
    await insertModel(
      store.manager,
      manifestFor(broken, { ...early, name: 'broken', sha256: broken.sha256, validFrom: on(58), validTo: on(62) }),
    );
    market = await currentMarket(opened);
    const error = await refusal(compute([on(60)]));
    expect(error).toMatchObject({ code: 'MODEL_INVALID', details: { model: 'broken', date: on(60) } });
    expect(error.message).toMatch(/^The model "broken" cannot score 2024-.* NaN.* `lundong model withdraw broken`/);
    await opened.workspace.modelRegistry().withdraw('test', 'broken');
    market = await currentMarket(opened);
    expect(await compute([on(60)])).toEqual(before);
  });
});
