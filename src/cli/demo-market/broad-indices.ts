import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Basket, chainIndex } from './index-bars.js';
import { DEMO_INDUSTRIES } from './industries.js';
import { marketCap, type Snapshot } from './memberships.js';
import type { DailyBars } from './price-paths.js';
import { Random } from './random.js';
import type { DemoStock } from './stocks.js';

const LARGE_CAP_COUNT = 300;

/** In the order of DEMO_INDUSTRIES. */
export async function industryIndices(
  snapshots: readonly Snapshot[],
  stocks: readonly DemoStock[],
  bars: readonly DailyBars[],
): Promise<DailyBars[]> {
  const indices: DailyBars[] = [];
  for (const [industry, { code }] of DEMO_INDUSTRIES.entries()) {
    const baseLevel = new Random(`base level ${code}`).integer(1_000, 10_000);
    const baskets = snapshots.map(({ day, membersByIndustry }) => ({ day, positions: membersByIndustry[industry]! }));
    indices.push(chainIndex(baseLevel, baskets, stocks, bars));
    await nextTurn();
  }
  return indices;
}

/** By code: the boards, the 300 largest stocks and the next 200, and all. */
export async function broadIndices(
  snapshots: readonly Snapshot[],
  stocks: readonly DemoStock[],
  bars: readonly DailyBars[],
): Promise<Map<string, DailyBars>> {
  const allStocks: Basket[] = snapshots.map(({ day, membersByIndustry }) => ({
    day,
    positions: membersByIndustry.flat(),
  }));
  const coded = (pattern: RegExp): Basket[] =>
    allStocks.map(({ day, positions }) => ({
      day,
      positions: positions.filter((position) => pattern.test(stocks[position]!.code)),
    }));
  const bySize = allStocks.map(({ day, positions }) => {
    const cap = (position: number) => marketCap(stocks[position]!, bars[position]!, day);
    return { day, positions: positions.toSorted((left, right) => cap(right) - cap(left)) };
  });
  const sized = (from: number, to: number): Basket[] =>
    bySize.map(({ day, positions }) => ({ day, positions: positions.slice(from, to) }));
  const indices: [code: string, baseLevel: number, baskets: Basket[]][] = [
    ['000001.SH', 3_600, coded(/\.SH$/)],
    ['000300.SH', 4_900, sized(0, LARGE_CAP_COUNT)],
    ['000688.SH', 1_400, coded(/^688/)],
    ['000905.SH', 7_200, sized(LARGE_CAP_COUNT, LARGE_CAP_COUNT + 200)],
    ['000985.SH', 5_700, allStocks],
    ['399001.SZ', 14_800, coded(/\.SZ$/)],
    ['399006.SZ', 3_300, coded(/^300/)],
  ];
  const chained = new Map<string, DailyBars>();
  for (const [code, baseLevel, baskets] of indices) {
    chained.set(code, chainIndex(baseLevel, baskets, stocks, bars));
    await nextTurn();
  }
  return chained;
}
