import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPricePanel } from '#lundong/domain/price-panel.js';
import { chooseHoldings } from '#lundong/domain/selection.js';
import { swapSelection } from '#lundong/domain/swap-selection.js';
import { publishedHoldings } from '../support/published-holdings.js';
import { sharedDataAvailable, sharedPath } from '../support/shared-data.js';

const EXCLUDED = ['综合', '综合金融'];

interface PublishedRanking {
  readonly asOf: string;
  /** Printed factor values by name: the six highest and the six lowest. */
  readonly top: ReadonlyMap<string, number>;
  readonly bottom: ReadonlyMap<string, number>;
  readonly entered: string;
  readonly left: string;
}

/** The GRU rankings of which both lists and the swap are printed in full. */
function publishedRankings(): PublishedRanking[] {
  const lines = readFileSync(sharedPath('reference', 'published_weekly.csv'), 'utf8').split('\n').slice(1);
  const values = (list: string): Map<string, number> =>
    new Map(list.split('|').map((item) => [item.split(':')[0] as string, Number(item.split(':')[1] || Number.NaN)]));
  return lines
    .map((line) => line.split(','))
    .filter(([, , model, top, bottom, , , entered, left]) => model === 'gru' && top && bottom && entered && left)
    .map(([, asOf, , top, bottom, , , entered, left]) => ({
      asOf: asOf as string,
      top: values(top as string),
      bottom: values(bottom as string),
      entered: entered as string,
      left: left as string,
    }))
    .filter(({ top, bottom }) =>
      [top, bottom].every((list) => list.size === 6 && ![...list.values()].some(Number.isNaN)),
    );
}

function industryNames(): string[] {
  const lines = readFileSync(sharedPath('reference', 'citic_l1.csv'), 'utf8').trim().split('\n').slice(1);
  return lines.map((line) => line.split(',')[1] as string);
}

/** What is held after one swap, whatever values the industries have that are not printed. */
function swapped(held: readonly string[], values: ReadonlyMap<string, number>, codes: readonly string[]): Set<string> {
  const factor = {
    codes,
    values: Float64Array.from(
      { length: 2 * codes.length },
      (_, i) => values.get(codes[i % codes.length] as string) as number,
    ),
  };
  const rule = swapSelection({ factor, size: 6, swapsPerRebalance: 1, excluded: EXCLUDED, initialHoldings: held });
  const prices = createPricePanel(new Float64Array(2 * codes.length).fill(1), codes.length);
  const chosen = chooseHoldings(
    rule,
    prices,
    [0, 1].map((row) => ({ signal: row, fill: row })),
  );
  return new Set(chosen[1]?.columns.map((column) => codes[column] as string));
}

describe.skipIf(!sharedDataAvailable('reference', 'published_weekly.csv'))('the published swaps', () => {
  it('come from the two rankings that are printed with both ends, and no other rank matters', () => {
    const names = industryNames();
    const rankings = publishedRankings();
    expect(rankings.map(({ asOf }) => asOf)).toEqual(['2025-06-06', '2025-11-28']);
    for (const { asOf, top, bottom, entered, left } of rankings) {
      const printed = new Map([...top, ...bottom]);
      const unprinted = names.filter((name) => !printed.has(name));
      const [lowest, highest] = [Math.max(...bottom.values()), Math.min(...top.values())];
      fc.assert(
        fc.property(
          fc.array(fc.double({ min: lowest, max: highest, minExcluded: true, maxExcluded: true, noNaN: true }), {
            minLength: unprinted.length,
            maxLength: unprinted.length,
          }),
          (between) => {
            const values = new Map([
              ...printed,
              ...unprinted.map((name, i): [string, number] => [name, between[i] as number]),
            ]);
            const held = holdingsBefore(asOf, left, values, unprinted);
            fc.pre(held !== null);
            const after = swapped(held, values, names);
            expect([...after].sort()).toEqual([...held.filter((name) => name !== left), entered].sort());
          },
        ),
      );
    }
  });
});

/**
 * The six industries held when the ranking came out. The report of June prints only who left; for the entry that it
 * prints to be the best industry not held, the two ranked above it must have been held. The others can be any that are
 * ranked above the one that left.
 */
function holdingsBefore(
  asOf: string,
  left: string,
  values: ReadonlyMap<string, number>,
  unprinted: readonly string[],
): string[] | null {
  if (asOf === '2025-11-28') return publishedHoldings('gru').find(({ date }) => date === '2025-11-21')?.names ?? null;
  const better = unprinted.filter((name) => (values.get(name) as number) > (values.get(left) as number));
  const others = better.filter((name) => !EXCLUDED.includes(name)).slice(0, 3);
  return others.length < 3 ? null : ['银行', '房地产', left, ...others];
}
