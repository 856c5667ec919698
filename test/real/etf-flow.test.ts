import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { etfNetFlow, netFlowFromSizes } from '#lundong/domain/etf-flow.js';
import { groupBy } from '#lundong/domain/group-by.js';
import { sharedDataAvailable, sharedPath } from '../support/shared-data.js';

const FLOW_FILE = ['data', 'etf_flow_nav_shares_20260812_20260818.csv.gz'];

function table(...parts: string[]): Record<string, string>[] {
  const bytes = readFileSync(sharedPath(...parts));
  return parse(parts.at(-1)!.endsWith('.gz') ? gunzipSync(bytes) : bytes, { columns: true, bom: true });
}

const number = (cell: string) => (cell === '' ? Number.NaN : Number(cell));

describe.skipIf(!sharedDataAvailable('reference', 'etf_flows.csv'))('published flows of weeks', () => {
  const rows = () =>
    table('reference', 'etf_flows.csv').map((row) => ({
      ...row,
      close: row['within_0.1_from_sizes'],
      gap:
        netFlowFromSizes(Number(row.size_then_yi), Number(row.size_now_yi), Number(row.week_change_pct) / 100)! -
        Number(row.net_flow_yi),
    }));

  it('come out of the sizes to 0.1 (100m yuan) on the eight rows marked so, and only there', () => {
    const marked = rows().filter(({ close }) => close === 'yes');
    const others = rows().filter(({ close }) => close === 'no');
    expect([marked.length, others.length]).toEqual([8, 2]);
    for (const { gap } of marked) expect(Math.abs(gap)).toBeLessThanOrEqual(0.1);
    for (const { gap } of others) {
      expect(Math.abs(gap)).toBeGreaterThan(0.1);
      expect(Math.abs(gap)).toBeLessThan(0.5);
    }
  });
});

describe.skipIf(!sharedDataAvailable(...FLOW_FILE))('daily flows of the flow file', () => {
  const rows = () => table(...FLOW_FILE);

  it('come out to its two decimals on every row with comparable previous shares', () => {
    const comparable = rows().filter((row) => row.previousComparableShares !== '' && row.primaryFlow1d !== '');
    expect(comparable.length).toBe(3169);
    const gaps = comparable.map((row) => {
      const { netFlow } = etfNetFlow({
        shares: Float64Array.of(Number.NaN, number(row.shares)),
        navs: Float64Array.of(Number.NaN, number(row.nav)),
        comparablePrevious: Float64Array.of(Number.NaN, number(row.previousComparableShares)),
      });
      return Math.abs(netFlow! / 1e8 - Number(row.primaryFlow1d));
    });
    expect(Math.max(...gaps)).toBeLessThanOrEqual(0.005 + 1e-9);
  });

  it('come out of the shares of consecutive days just the same', () => {
    let compared = 0;
    for (const [, days] of groupBy(rows(), ({ code }) => code)) {
      const [before, day] = ['2026-08-17', '2026-08-18'].map((date) => days.find((row) => row.date === date));
      if (!before?.nav || !day?.primaryFlow1d) continue;
      const { netFlow } = etfNetFlow({
        shares: Float64Array.of(number(before.shares), number(day.shares)),
        navs: Float64Array.of(number(before.nav), number(day.nav)),
        comparablePrevious: new Float64Array(2).fill(Number.NaN),
      });
      compared++;
      expect(Math.abs(netFlow! / 1e8 - Number(day.primaryFlow1d))).toBeLessThanOrEqual(0.005 + 1e-9);
    }
    expect(compared).toBeGreaterThan(1500);
  });

  it('are restated for the split of 588710 on 2026-08-14, one into three', () => {
    const days = rows().filter(({ code, date }) => code === '588710' && date >= '2026-08-13' && date <= '2026-08-14');
    const [before, day] = days;
    // The file has no NAV on these days; its reference price stands in.
    const { netFlow, notes } = etfNetFlow({
      shares: Float64Array.of(number(before.shares), number(day.shares)),
      navs: Float64Array.of(number(before.referencePrice), number(day.referencePrice)),
      comparablePrevious: new Float64Array(2).fill(Number.NaN),
    });
    expect(notes).toEqual([{ kind: 'RESTATED', day: 1, factor: 3 }]);
    expect(netFlow! / 1e8).toBeCloseTo(((10_656_885_000 - 3 * 3_592_295_000) * 1.0532) / 1e8, 6);
  });
});
