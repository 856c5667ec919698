import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalDate } from '#lundong/domain/local-date.js';
import type { Market } from '#lundong/lake/market.js';
import { createServices, type Services } from '#lundong/modules/services.js';
import { openRealWorkspace, type RealWorkspace } from '../support/real-workspace.js';
import { sharedDataAvailable, sharedPath } from '../support/shared-data.js';

describe.skipIf(!sharedDataAvailable('data'))('funds, flows and flashes of the real files', () => {
  let real: RealWorkspace;
  let services: Services;
  let market: Market;
  beforeAll(async () => {
    real = await openRealWorkspace();
    services = createServices(real.workspace.store, real.workspace.engines, real.workspace.modelRegistry());
    market = (await real.workspace.markets()).current();
  });
  afterAll(() => real?.workspace.close());

  const on = (date: string) => services.etfs.day(market, date as LocalDate);

  it('net flows of 2026-08-18 are the file’s own, to its two decimals', async () => {
    const bytes = readFileSync(sharedPath('data', 'etf_flow_nav_shares_20260812_20260818.csv.gz'));
    const rows: Record<string, string>[] = parse(gunzipSync(bytes), { columns: true, bom: true });
    const day = await on('2026-08-18');
    let compared = 0;
    for (const row of rows.filter(({ date, primaryFlow1d }) => date === '2026-08-18' && primaryFlow1d !== '')) {
      const code = `${row.code}.${row.exchange === 'SSE' ? 'SH' : 'SZ'}`;
      if (day.fund(code) === null) continue;
      const flow = await day.flow(code, 'DAY');
      if (flow === null || flow.netFlow === null) continue;
      compared++;
      expect(Math.abs(flow.netFlow / 1e8 - Number(row.primaryFlow1d)), code).toBeLessThanOrEqual(0.005 + 1e-9);
    }
    expect(compared).toBeGreaterThan(1500);
  });

  it('the week to 2026-08-18 sums what its two days say, and has no week changes without prices', async () => {
    const report = await services.flows.report(market, '2026-08-18' as LocalDate);
    expect([report.previous, report.inflows.length, report.outflows.length]).toEqual(['2026-08-14', 5, 5]);
    expect(report.outflows[0]?.figures.code).toBe('510300.SH');
    const days = [await on('2026-08-17'), await on('2026-08-18')];
    for (const { figures, netFlow, weekChange } of [...report.inflows, ...report.outflows]) {
      const parts = await Promise.all(days.map(async (day) => (await day.flow(figures.code, 'DAY'))?.netFlow));
      expect(netFlow).toBeCloseTo((parts[0] as number) + (parts[1] as number), 3);
      expect(weekChange).toBeNull();
      expect(figures.premium).toBeNull();
    }
    expect(report.notes).toContainEqual(expect.stringMatching(/^no week changes: etf_daily has no closes/));
  });

  it('a fund of banks follows the banks; a fund of the CSI 300 follows none', async () => {
    const day = await on('2025-07-04');
    const relations = await day.relations('CITIC_L1');
    const followed = await day.followedIndustries('CITIC_L1');
    expect(market.industries.get('CI005021')?.nameZh).toBe('银行');
    const [closest] = relations.of(day.positionOf('512800.SH'));
    expect(closest).toMatchObject({ industry: { code: 'CI005021' }, observations: 250 });
    expect(closest?.correlation).toBeGreaterThan(0.97);
    expect(followed[day.positionOf('512800.SH')]).toBe('CI005021');
    expect(followed[day.positionOf('510300.SH')]).toBeNull();
  });

  it('adjusted closes have no premium: 510300 closed at 4.032 on 2025-07-04', async () => {
    const day = await on('2025-07-04');
    expect(day.fund('510300.SH')).toMatchObject({ close: 4.032, premium: null, shares: null });
  });

  it('the CSI 300 stood above 4200 on 2024-10-08 and only touched 4400', async () => {
    const { crossings, notes, events } = await services.marketFacts.flash(market, new Date('2024-10-08T07:00:00Z'));
    const own = crossings.filter(({ index }) => index === '000300.SH');
    expect(own.map(({ level, closedAbove }) => [level, closedAbove])).toEqual([
      [4100, true],
      [4200, true],
      [4300, false],
      [4400, false],
    ]);
    expect(notes).toContainEqual(expect.stringMatching(/no limit prices: stock_daily has no prices as traded/));
    expect(new Set(events.map(({ kind }) => kind))).toEqual(new Set(['RECORD_HIGH']));
  });

  it('during a day limits are taken from the minute bars of the day before, as no daily prices as traded are there', async () => {
    const bytes = readFileSync(sharedPath('data', 'sse_15min_dev_4_per_citic.csv.gz'));
    const rows: Record<string, string>[] = parse(gunzipSync(bytes), { columns: true, bom: true });
    const lastOn = (date: string, time: string): Map<string, number> =>
      new Map(
        rows
          .filter(({ datetime }) => datetime?.startsWith(date) && datetime.slice(11, 16) <= time)
          .map(({ code, close }) => [code as string, Number(close)]),
      );
    let compared = 0;
    for (const [before, date] of [
      ['2025-04-03', '2025-04-07'],
      ['2025-08-21', '2025-08-22'],
    ] as const) {
      const [closes, prices] = [lastOn(before, '15:00'), lastOn(date, '14:45')];
      const atLimit = [...prices].flatMap(([code, price]) => {
        const [was, is] = [Math.round(100 * (closes.get(code) ?? Number.NaN)), Math.round(100 * price)];
        const percent = /^(688|30)/.test(code) ? 20 : 10;
        const [up, down] = [100 + percent, 100 - percent].map((share) => Math.floor((was * share + 50) / 100));
        return is === up ? [`${code.slice(0, 6)} up`] : is === down ? [`${code.slice(0, 6)} down`] : [];
      });
      const { events, notes } = await services.marketFacts.flash(market, new Date(`${date}T14:45:00+08:00`));
      const found = events
        .filter(({ kind }) => kind !== 'RECORD_HIGH')
        .map(({ code, kind }) => `${code.slice(0, 6)} ${kind === 'LIMIT_DOWN' ? 'down' : 'up'}`);
      expect(found.sort()).toEqual(atLimit.sort());
      expect(notes).toContainEqual(expect.stringMatching(/^limits of \d+ stocks without daily prices as traded/));
      compared += atLimit.length;
    }
    expect(compared).toBeGreaterThan(20);
  });

  it('the whole market’s financing balance is the file’s, and its record is known', async () => {
    const report = await services.margins.report(
      market,
      '2015-06-15' as LocalDate,
      '2015-06-18' as LocalDate,
      'CITIC_L1',
    );
    expect((report.latestBalance as number) / 1e8).toBeCloseTo(22_664.3, 0);
    expect(report.recordHigh).toBe(true);
    expect([report.rises, report.falls]).toEqual([[], []]);
  });
});
