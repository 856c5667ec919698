import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalDate } from '#lundong/domain/local-date.js';
import type { FactorEngine, FactorRow } from '#lundong/engines/factor-engine.js';
import type { FeatureWindow } from '#lundong/engines/gru/feature-source.js';
import { IndustryMeans } from '#lundong/engines/gru/industry-means.js';
import type { Market } from '#lundong/lake/market.js';
import { currentMarket, DAYS } from '../support/bars-workspace.js';
import { openTestWorkspace, type TestWorkspace } from '../support/database.js';
import { runImport, writeTable } from '../support/import-helpers.js';

/** One industry; on day d the closes of its stocks are 100 + d, 200 and, up to day 5 and from day 20 on, 50 + 2d. */
const INDUSTRY = 'CI005001';
const [GROWING, STILL, SUSPENDED] = ['600001.SH', '600002.SH', '600003.SH'];
const WEIGHTS = { [GROWING]: 10, [STILL]: 30, [SUSPENDED]: 60 };
const SCORES = new Map([
  [GROWING, 1],
  [STILL, 2],
  [SUSPENDED, 4],
]);
const dates = DAYS.slice(0, 30);
const on = (day: number): LocalDate => dates[day] as LocalDate;

let opened: TestWorkspace;
let market: Market;

async function loadCloses(lines: readonly string[]): Promise<void> {
  const path = writeTable(opened.directory, 'closes.csv', ['code,date,close', ...lines]);
  await runImport(opened.workspace, 'stock_daily', path, { source: 'test', adjustment: 'none' });
  market = await currentMarket(opened);
}

async function rowOn(date: LocalDate): Promise<FactorRow> {
  const window: FeatureWindow = {
    date,
    bars: { dataset: 'minute_bar', source: 'test', adjustment: 'none', barMinutes: 15 },
    codes: [...SCORES.keys()],
    x: new Float32Array(0),
    unscored: new Map(),
    note: 'no adjusted closes',
  };
  const means = new IndustryMeans(market, 'CITIC_L1', [INDUSTRY], 'CAP');
  return means.row({ model: 'given', window, scores: SCORES });
}

/** The mean by definition, from what each weight has grown by. */
const meanOf = (growing: number, still: number, suspended: number): number =>
  (10 * growing * 1 + 30 * still * 2 + 60 * suspended * 4) / (10 * growing + 30 * still + 60 * suspended);

beforeAll(async () => {
  opened = await openTestWorkspace();
  const lines = Object.entries(WEIGHTS).map(([stock, weight]) => `${INDUSTRY},${stock},${weight},${on(0)}`);
  const members = writeTable(opened.directory, 'members.csv', ['industry_code,stock,weight,as_of', ...lines]);
  await runImport(opened.workspace, 'members', members, { validFrom: on(0) });
  await loadCloses(
    dates.flatMap((date, day) => [
      `${GROWING},${date},${100 + day}`,
      `${STILL},${date},200`,
      ...(day <= 5 || day >= 20 ? [`${SUSPENDED},${date},${50 + 2 * day}`] : []),
    ]),
  );
});
afterAll(() => opened?.close());

describe('weights of the GRU factor', () => {
  it('drift with the last close of at most ten trading days before', async () => {
    expect((await rowOn(on(4))).values[0]).toBeCloseTo(meanOf(1.04, 1, 58 / 50), 13);
    const row = await rowOn(on(15));
    expect(row.values[0]).toBeCloseTo(meanOf(1.15, 1, 60 / 50), 13);
    expect(row.notes.join()).not.toContain('weight dates');
    expect(row.coverage[0]).toBe(1);
  });

  it('that cannot drift are named, with the share that they have', async () => {
    const row = await rowOn(on(16));
    expect(row.values[0]).toBeCloseTo(meanOf(1.16, 1, 1), 13);
    expect(row.notes).toContain(
      'weights of 1 of 3 scored members stand as on their weight dates, in CI005001 60.0 % of the weight: no daily ' +
        'close of theirs is loaded for this date or the 10 trading days before it, or none to drift from',
    );
  });

  it('are computed again on the dates that a corrected close reaches, and change on no other', async () => {
    const engine = opened.workspace.engines.find(({ key }) => key === 'gru') as FactorEngine;
    const values = (): Promise<number[]> =>
      Promise.all(dates.map(async (date) => (await rowOn(date)).values[0] as number));
    const before = await values();
    await loadCloses([`${SUSPENDED},${on(5)},75`]);
    const after = await values();
    const changed = dates.filter((_, day) => before[day] !== after[day]);
    expect(changed).toEqual(dates.slice(5, 16));
    const series = market.series('stock_daily')[0];
    const change = { kind: 'closes', series, dates: [on(5)], touchedReferences: async () => [] } as never;
    const context = { calendar: market.calendar, memberships: async () => [] };
    const stale = await engine.staleDates(engine.canonical(market, {}), 'CITIC_L1', change, context);
    expect(stale).toEqual([{ from: on(5), to: on(15) }]);
  });
});
