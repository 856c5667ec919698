import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '#lundong/cli/demo-market/random.js';
import type { GruParams } from '#lundong/domain/gru-params.js';
import { FactorCache } from '#lundong/engines/factor-cache.js';
import type { FactorRow } from '#lundong/engines/factor-engine.js';
import { currentMarket, loadAdjusted, loadBars } from '../support/bars-workspace.js';
import type { TestWorkspace } from '../support/database.js';
import {
  dates,
  early,
  forgetfulEngine,
  generated,
  good,
  loadSnapshot,
  members,
  on,
  openGruWorkspace,
} from '../support/gru-workspace.js';
import { manifestFor } from '../support/models.js';

/** Models may score from 50 on. */
const [FIRST, LAST] = [50, 85];
const asked = dates.slice(FIRST, LAST + 1);

let opened: TestWorkspace;
beforeAll(async () => {
  opened = await openGruWorkspace();
});
afterAll(() => opened?.close());

/** Values by date, nothing of them kept from before. */
async function computedAnew(weighting: GruParams['weighting']): Promise<FactorRow[]> {
  const { store } = opened.workspace;
  await store.manager.query('TRUNCATE factor_parameters CASCADE');
  const cache = new FactorCache(store);
  const engine = await forgetfulEngine(opened);
  const rows = await cache.get(await currentMarket(opened), engine, 'CITIC_L1', { model: null, weighting }, asked);
  expect(cache.counts).toEqual({ memory: 0, database: 0, computed: asked.length });
  return rows;
}

/** Lands other bars, daily closes, members and models, all of them of after the cut. */
async function rewriteFuture(cut: number, seed: number): Promise<void> {
  const numbers = new Random(`future ${seed} ${cut}`);
  const around = (value: number, share: number): number => value * (1 + share * (2 * numbers.uniform() - 1));
  const cents = (value: number): number => Math.max(1, Math.round(100 * value)) / 100;
  const bars = generated.bars
    .filter(({ date }) => date > on(cut))
    .map((bar) => {
      const volume = 100 * Math.ceil(2000 * numbers.uniform());
      const close = cents(around(bar.close, 0.05));
      return { ...bar, open: cents(around(bar.close, 0.05)), close, volume, amount: volume * close };
    });
  await loadBars(opened, bars);
  const closes = [...generated.adjusted].filter(([key]) => key.slice(-10) > on(cut));
  await loadAdjusted(opened, new Map(closes.map(([key, close]) => [key, Number(around(close, 0.3).toFixed(4))])));
  const held = members.filter(() => numbers.uniform() > 0.2);
  await loadSnapshot(
    opened,
    held.map((member) => ({ ...member, weight: member.weight === null ? null : around(20, 0.9) })),
    on(cut + 1),
  );
  const own = { trainedTo: on(cut - 10), labelsTo: on(cut), validFrom: on(cut + 1), validTo: null };
  const name = `later-${cut}-${seed}`;
  await opened.workspace.modelRegistry().register('test', manifestFor(good, { ...early, ...own, name }), good.bytes);
}

describe('the GRU factor', () => {
  it('knows nothing of what comes after a date: bars, closes, members, models', async () => {
    const anyCut = fc.integer({ min: FIRST, max: LAST - 1 });
    await fc.assert(
      fc.asyncProperty(anyCut, fc.nat(), async (cut, seed) => {
        const before = { CAP: await computedAnew('CAP'), EQUAL: await computedAnew('EQUAL') };
        await rewriteFuture(cut, seed);
        for (const weighting of ['CAP', 'EQUAL'] as const) {
          const after = await computedAnew(weighting);
          const known = asked.filter((date) => date <= on(cut)).length;
          expect(after.slice(0, known)).toEqual(before[weighting].slice(0, known));
          // Every value behind the cut is another: what was rewritten does reach values.
          for (let row = known; row < asked.length; row++)
            expect(after[row]?.values[0]).not.toBe(before[weighting][row]?.values[0]);
        }
        expect(before.CAP.every(({ values }) => Number.isFinite(values[0]))).toBe(true);
      }),
      { numRuns: 3, endOnFailure: true },
    );
  });
});
