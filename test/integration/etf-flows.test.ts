import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readConfig } from '#lundong/config.js';
import type { Industry } from '#lundong/domain/industry.js';
import type { LocalDate } from '#lundong/domain/local-date.js';
import type { ImportRequest } from '#lundong/lake/import/import-request.js';
import type { Market } from '#lundong/lake/market.js';
import type { EtfFigures } from '#lundong/modules/etf/etf-day.js';
import { figureNotes } from '#lundong/modules/etf/etf-notes.js';
import { createServices, prefetch, type Services } from '#lundong/modules/services.js';
import { Workspace } from '#lundong/workspace.js';
import { openTestWorkspace, type TestWorkspace } from '../support/database.js';
import { runImport, writeTable } from '../support/import-helpers.js';

/** National Day 2025: the market is shut from 10-01 to 10-08, and the two weeks are one. */
const DAYS = [
  '2025-09-25',
  '2025-09-26',
  '2025-09-29',
  '2025-09-30',
  '2025-10-09',
  '2025-10-10',
  '2025-10-13',
] as const;
const [, BEFORE, , , , WEEK_END, AFTER] = DAYS;

let opened: TestWorkspace;
let services: Services;
let market: Market;

beforeAll(async () => {
  opened = await openTestWorkspace();
  await load(opened, DAYS.length);
  services = createServices(opened.workspace.store, opened.workspace.engines, opened.workspace.modelRegistry());
  market = (await opened.workspace.markets()).current();
});
afterAll(() => opened?.close());

/** The first days of a small market. */
async function load(target: TestWorkspace, dayCount: number): Promise<void> {
  const days = DAYS.slice(0, dayCount);
  const put = (dataset: ImportRequest['dataset'], lines: string[], options: Partial<ImportRequest> = {}) =>
    runImport(target.workspace, dataset, writeTable(target.directory, `${dataset}.csv`, lines), options);
  await put('calendar', ['date', ...DAYS]);
  await put('etfs', [
    'code,name,category,list_date,delist_date',
    '515001.SH,fund of chips,TMT,,',
    '515002.SH,another fund of chips,TMT,,',
    '515003.SH,fund that splits,消费,,',
    '515004.SH,fund with a gap,军工,,',
    '515005.SH,fund without NAV,军工,,',
    '515006.SH,fund of nothing known,红利,,',
    '515007.SH,fund of sizes alone,新能源,,',
    '515008.SH,fund that no rule knows,,,',
    '515009.SH,国债ETF,,,',
    `515010.SH,fund that is delisted,TMT,${DAYS[1]},${DAYS[4]}`,
  ]);
  // Shares in millions; the NAV is 1.00, 1.01, … by day.
  const nav = (day: number) => 1 + day / 100;
  const shares: Record<string, (day: number) => [shares: number | null, nav: number | null]> = {
    '515001.SH': (day) => [100 + 10 * day, nav(day)],
    '515002.SH': (day) => [100 - 5 * day, nav(day)],
    // Two for one on 10-09, and ten more sold on 10-10.
    '515003.SH': (day) => (day < 4 ? [100, 2] : [day < 5 ? 200 : 210, 1]),
    '515004.SH': (day) => [day === 3 ? null : 100, nav(day)],
    '515005.SH': (day) => [100 + day, null],
  };
  await put('etf_share', [
    'code,date,shares,nav',
    ...Object.entries(shares).flatMap(([code, figures]) =>
      days.flatMap((date, day) => {
        const [count, value] = figures(day);
        return count === null ? [] : [`${code},${date},${count * 1e6},${value ?? ''}`];
      }),
    ),
  ]);
  await put(
    'etf_share',
    ['code,date,nav,size', ...days.map((date) => `515007.SH,${date},${date < WEEK_END ? '1,100e6' : '1.1,121e6'}`)],
    { source: 'sizes' },
  );
  await put(
    'etf_daily',
    [
      'code,date,close',
      ...days.flatMap((date, day) => [
        `515001.SH,${date},${(nav(day) * 1.01).toFixed(6)}`,
        // From 09-26 to 10-10 four rises of a tenth: 46.41 %, as no split within a day.
        `515002.SH,${date},${(1.1 ** day).toFixed(6)}`,
        `515003.SH,${date},${day < 4 ? 2 : 1}`,
        `515007.SH,${date},${date < WEEK_END ? 1 : 1.1}`,
      ]),
    ],
    { adjustment: 'none' },
  );
  await put('margin_market', [
    'exchange,date,financing_balance',
    ...days.flatMap((date, day) => [`SSE,${date},${1e9 + 1e6 * day}`, `SZSE,${date},${2e9 + (day === 2 ? 9e6 : 0)}`]),
  ]);
  await put('members', [
    'industry_code,stock,in_date,out_date',
    'CI005001,600001.SH,2020-01-02,',
    'CI005001,600002.SH,2020-01-02,',
    'CI005002,600003.SH,2020-01-02,',
  ]);
  // The first series in the order of imports lacks the days that are asked for.
  await put('margin_stock', ['code,date,financing_balance', `600001.SH,${DAYS[0]},1`], { source: 'early' });
  await put('margin_stock', [
    'code,date,financing_balance',
    ...days.flatMap((date, day) => [
      `600001.SH,${date},${1e8 + 1e6 * day}`,
      ...(day >= 4 ? [`600002.SH,${date},5000000`] : []),
      `600003.SH,${date},${3e8 - 2e6 * day}`,
    ]),
  ]);
}

describe('the flows of a week', () => {
  it('are counted from the week before a closure of a week', async () => {
    const { weekEnding, previous, inflows, outflows } = await services.flows.report(market, WEEK_END as LocalDate);
    expect([weekEnding, previous]).toEqual([WEEK_END, BEFORE]);
    // 10m shares a day at 1.02, 1.03, 1.04 and 1.05; 5m a day out at the same; of the split fund 10m at 1.00.
    expect(inflows.map(({ figures, netFlow }) => [figures.code, Math.round(netFlow)])).toEqual([
      ['515001.SH', 41_400_000],
      ['515007.SH', 11_000_000],
      ['515003.SH', 10_000_000],
    ]);
    expect(outflows.map(({ figures, netFlow }) => [figures.code, Math.round(netFlow)])).toEqual([
      ['515002.SH', -20_700_000],
    ]);
    const [first] = inflows;
    expect(first?.weekChange).toBeCloseTo(1.05 / 1.01 - 1, 9);
    expect(first?.sizeThen).toBeCloseTo(110e6 * 1.01, 3);
    expect(first?.sizeNow).toBeCloseTo(150e6 * 1.05, 3);
    expect(first?.figures.premium).toBeCloseTo(0.01, 9);
    expect(inflows[2]?.weekChange).toBeNull();
    expect(outflows[0]?.weekChange).toBeCloseTo(0.4641, 4);
  });

  it('are made of two sizes and the week change where no shares are known, and say so', async () => {
    const { inflows, notes } = await services.flows.report(market, WEEK_END as LocalDate);
    expect(inflows.map(({ fromSizes }) => fromSizes)).toEqual([false, true, false]);
    expect(inflows[1]).toMatchObject({ sizeThen: 100e6, sizeNow: 121e6, weekChange: expect.closeTo(0.1, 12) });
    expect(notes).toContainEqual(expect.stringMatching(/^net flows of 1 funds without shares are size now/));
  });

  it('leave out funds that lack a day, and say how many, why, and which were restated', async () => {
    const { categories, notes } = await services.flows.report(market, WEEK_END as LocalDate);
    expect(categories).toEqual([
      { category: '消费', netFlow: expect.closeTo(10e6, 3), etfCount: 1, withoutFlow: 0 },
      { category: 'TMT', netFlow: expect.closeTo(20.7e6, 3), etfCount: 2, withoutFlow: 0 },
      { category: '新能源', netFlow: expect.closeTo(11e6, 3), etfCount: 1, withoutFlow: 0 },
    ]);
    expect(notes).toContain('4 of 9 funds are left out: no shares on a day of the week');
    expect(notes).toContain('1 of 9 funds are left out: no net asset value on a day of the week');
    expect(notes).toContain('515003.SH: 2025-10-09: shares of the day before restated for a split or merge, by 2');
    expect(notes.join()).toMatch(/no fund with a flow in: 医药生科.*红利, 军工/);
  });

  it('know nothing of a fund that was delisted, and of the time before they do', async () => {
    const has = async (date: string) => (await services.etfs.day(market, date as LocalDate)).fund('515010.SH') !== null;
    expect(await Promise.all(DAYS.map(has))).toEqual([false, true, true, true, false, false, false]);
    const { themes } = await services.etfs.day(market, WEEK_END as LocalDate);
    expect(themes.flatMap(({ funds }) => funds.map(({ code }) => code))).not.toContain('515010.SH');
  });

  it('are the same where nothing later was ever loaded', async () => {
    const cut = await openTestWorkspace('truncated');
    try {
      await load(cut, DAYS.indexOf(WEEK_END) + 1);
      const then = createServices(cut.workspace.store, cut.workspace.engines, cut.workspace.modelRegistry());
      const { day: _, ...report } = await then.flows.report((await cut.workspace.markets()).current(), null);
      const { day: __, ...now } = await services.flows.report(market, WEEK_END as LocalDate);
      expect(now).toEqual(report);
    } finally {
      await cut.close();
    }
    const later = await services.flows.report(market, null);
    expect([later.weekEnding, later.previous, later.inflows[0]?.figures.shares]).toEqual([AFTER, WEEK_END, 160e6]);
  });

  it('of a fund with a gap are null, and say which day', async () => {
    const day = await services.etfs.day(market, WEEK_END as LocalDate);
    const flow = await day.flow('515004.SH', 'WEEK');
    expect(flow).toEqual({ netFlow: null, notes: [{ kind: 'SHARES_MISSING', day: 2, factor: null }] });
    expect((await day.flow('515004.SH', 'DAY'))?.netFlow).toBe(0);
  });
});

it('a category that the rules do not have (any more) is in no sum, which fund and report say', async () => {
  const rules = join(opened.directory, 'rules.json');
  writeFileSync(rules, JSON.stringify({ categories: ['TMT', '消费'], categoryRules: [], themes: [] }));
  const other = await Workspace.open(readConfig({ ...opened.environment, ETF_RULES_FILE: rules }));
  const source = await other.markets();
  try {
    const asked = createServices(other.store, other.engines, other.modelRegistry());
    const { day, categories, notes } = await asked.flows.report(source.current(), WEEK_END as LocalDate);
    expect(categories.map(({ category }) => category)).toEqual(['TMT', '消费']);
    expect(notes).toContain(
      'funds in no sum by category, since theirs are not in the rules: 军工 (2), 红利 (1), 新能源 (1)',
    );
    const notesOf = (code: string) => figureNotes(day, day.fund(code) as EtfFigures).join();
    expect(notesOf('515004.SH')).toContain('category "军工": told by the list, but not (any more) in the rules');
    expect(notesOf('515001.SH')).toBe('');
  } finally {
    await source.close();
    await other.close();
  }
});

it('that no fund follows an industry has a reason: no prices of industries', async () => {
  const day = await services.etfs.day(market, WEEK_END as LocalDate);
  const [industry] = market.industriesOf('CITIC_L1');
  expect(await services.etfs.notesOfIndustry(market, day, industry as Industry)).toEqual([
    'no fund can be told to follow an industry: no industry_daily data are loaded',
  ]);
});

it('figures that are not there say why', async () => {
  const day = await services.etfs.day(market, WEEK_END as LocalDate);
  const notesOf = (code: string) => figureNotes(day, day.fund(code) as EtfFigures);
  expect(notesOf('515001.SH')).toEqual([]);
  expect(notesOf('515008.SH')[0]).toBe('no category: no rule knows the name');
  expect(notesOf('515009.SH')[0]).toBe('no category: the rules sort it under "bond", outside all of them');
  expect(notesOf('515005.SH')).toEqual([
    `no close: none is loaded of ${WEEK_END}`,
    `no net asset value: none is loaded of ${WEEK_END}`,
  ]);
});

it('what was read ahead is not read again by the first list and the first report', async () => {
  const { workspace } = opened;
  const fresh = (await workspace.markets()).current();
  const reads = vi.spyOn(workspace.duckdb, 'use');
  const asked = createServices(workspace.store, workspace.engines, workspace.modelRegistry());
  const ask = async () => {
    await asked.flows.report(fresh, WEEK_END as LocalDate);
    await asked.margins.report(fresh, '2025-09-29' as LocalDate, WEEK_END as LocalDate, 'CITIC_L1');
  };
  try {
    await prefetch(asked, fresh);
    expect(reads.mock.calls.length).toBeGreaterThan(0);
    reads.mockClear();
    await ask();
    expect(reads).not.toHaveBeenCalled();
  } finally {
    reads.mockRestore();
  }
});

describe('margin financing', () => {
  it('sums the exchanges; changes are counted from the day before the range', async () => {
    const report = await services.margins.report(market, '2025-09-29' as LocalDate, WEEK_END as LocalDate, 'CITIC_L1');
    expect(report).toMatchObject({ asOf: WEEK_END, base: BEFORE, latestBalance: 3.005e9, change: 4e6 });
    expect(report.days.values.financing_balance).toEqual([3.011e9, 3.003e9, 3.004e9, 3.005e9]);
    expect(report.days.values.change).toEqual([10e6, -8e6, 1e6, 1e6]);
    expect(report.recordHigh).toBe(false); // 3.011bn on 09-29
    const record = await services.margins.report(market, '2025-09-29' as LocalDate, DAYS[2] as LocalDate, 'CITIC_L1');
    expect(record.recordHigh).toBe(true);
  });

  it('compares no balance of all exchanges together with a sum of single ones, and says so', async () => {
    const mixed = await openTestWorkspace('mixed');
    try {
      const days = DAYS.slice(0, 6);
      const lines = days.flatMap((date, day) =>
        day === 3 || day === 4
          ? [`ALL,${date},${4e9 + day * 1e6}`]
          : [`SSE,${date},${1e9 + day * 1e6}`, `SZSE,${date},2e9`],
      );
      const path = writeTable(mixed.directory, 'margin.csv', ['exchange,date,financing_balance', ...lines]);
      await runImport(mixed.workspace, 'margin_market', path);
      const { margins } = createServices(
        mixed.workspace.store,
        mixed.workspace.engines,
        mixed.workspace.modelRegistry(),
      );
      const loaded = (await mixed.workspace.markets()).current();
      const report = (to: string) => margins.report(loaded, '2025-09-29' as LocalDate, to as LocalDate, 'CITIC_L1');
      const why = 'one balance is of all exchanges together, the other the sum of single exchanges';
      const { change, recordHigh, days: table, notes } = await report('2025-10-09');
      expect({ change, recordHigh, changes: table.values.change }).toEqual({
        change: null,
        recordHigh: null,
        changes: [1e6, null, 1e6],
      });
      expect(notes).toContain(`no change: ${why} (2025-09-26 and 2025-10-09)`);
      expect(notes).toContain(`no change on 1 days of the table, 2025-09-30 the first: ${why}`);
      expect(notes).toContain(`no record high: ${why}`);
      expect(await report('2025-10-10')).toMatchObject({ change: 4e6, recordHigh: null });
      expect(await report('2025-09-29')).toMatchObject({ change: 1e6, recordHigh: true });
    } finally {
      await mixed.close();
    }
  });

  it('by industry counts members with both balances in the change, and names the others', async () => {
    const { rises, falls, notes } = await services.margins.report(
      market,
      '2025-09-29' as LocalDate,
      WEEK_END as LocalDate,
      'CITIC_L1',
    );
    expect(rises).toMatchObject([
      { industry: { code: 'CI005001' }, balance: 1.05e8 + 5e6, change: 4e6, stocks: 1, leftOut: 1 },
    ]);
    expect(falls).toMatchObject([
      { industry: { code: 'CI005002' }, balance: 2.9e8, change: -8e6, stocks: 1, leftOut: 0 },
    ]);
    expect(notes).toContainEqual(expect.stringMatching(/^CI005001: 1 members have a balance on one of/));
  });

  it('of a scheme without members has no industries, and says why', async () => {
    const { rises, falls, notes } = await services.margins.report(
      market,
      '2025-09-29' as LocalDate,
      WEEK_END as LocalDate,
      'SW_L1',
    );
    expect([rises, falls]).toEqual([[], []]);
    expect(notes).toContain('no figures by industry: no members of SW_L1 are loaded');
  });
});
