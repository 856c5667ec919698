import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromDayNumber } from '#lundong/domain/local-date.js';
import { rankDescending } from '#lundong/domain/ranking.js';
import { scheduleSelection } from '#lundong/domain/schedule-selection.js';
import { chooseHoldings, equalWeightFills, ranksBetter, type SelectionRule } from '#lundong/domain/selection.js';
import { swapSelection } from '#lundong/domain/swap-selection.js';
import { topSelection } from '#lundong/domain/top-selection.js';
import { swapReference, topReference } from '../../support/backtest-reference.js';
import { errorCodeOf } from '../../support/error-code.js';
import { anyMarket, type Market, marketOf } from '../../support/market-arbitrary.js';

const gap = Number.NaN;
const codes = ['A', 'B', 'C', 'D', 'E'];
const ones = [1, 1, 1, 1, 1];

/** Runs a rule on every row, signal and fill alike, and names what it holds. */
function holdingsOf(market: Market, rule: SelectionRule): string[] {
  return chosen(market, rule).map(({ columns }) => columns.map((column) => market.codes[column]).join(''));
}

function chosen({ prices }: Market, rule: SelectionRule) {
  const rebalances = Array.from({ length: prices.rows }, (_, row) => ({ signal: row, fill: row }));
  return chooseHoldings(rule, prices, rebalances);
}

function market(values: number[][], closes: number[][] = values.map(() => ones)): Market {
  return marketOf(codes, closes, values);
}

describe('topSelection', () => {
  const top = (of: Market, size: number, excluded: string[] = []) =>
    topSelection({ factor: of.factor, size, excluded });

  it('takes the best, best first, equal values by code', () => {
    const given = market([
      [1, 5, 3, 4, 2],
      [2, 1, 2, 2, 1],
    ]);
    expect(holdingsOf(given, top(given, 3))).toEqual(['BDC', 'ACD']);
  });

  it('neither ranks nor buys an industry without a value, and holds fewer where there are too few', () => {
    const given = market([
      [1, gap, 3, gap, gap],
      [gap, gap, gap, gap, gap],
    ]);
    expect(holdingsOf(given, top(given, 3))).toEqual(['CA', 'CA']);
  });

  it('keeps what it holds on a day on which no industry has a value', () => {
    const given = market([
      [1, 5, 3, 4, 2],
      [gap, gap, gap, gap, gap],
      [5, 1, 1, 1, 4],
    ]);
    expect(holdingsOf(given, top(given, 2))).toEqual(['BD', 'BD', 'AE']);
  });

  it('passes over an industry without a price and reports it, unless it would not have been bought', () => {
    const values = [5, 4, 3, 2, 1];
    const given = market([values, values], [[1, gap, 1, gap, gap], ones]);
    expect(chosen(given, top(given, 2))[0]).toMatchObject({ columns: [0, 2], unpriced: [1] });
    expect(chosen(given, top(given, 4))[0]).toMatchObject({ columns: [0, 2], unpriced: [1, 3, 4] });
  });

  it('keeps a held industry that has no price, if its value says so', () => {
    const given = market(
      [
        [5, 4, 3, 2, 1],
        [5, 4, 3, 2, 1],
        [1, 4, 3, 2, 5],
      ],
      [ones, [gap, 1, 1, 1, 1], [gap, 1, 1, 1, gap]],
    );
    expect(holdingsOf(given, top(given, 2))).toEqual(['AB', 'AB', 'BC']);
    expect(chosen(given, top(given, 2)).map(({ unpriced }) => unpriced)).toEqual([[], [], [4]]);
  });

  it('looks at the price of the fill date and the value of the signal date', () => {
    const given = market(
      [
        [5, 4, 3, 2, 1],
        [1, 2, 3, 4, 5],
      ],
      [ones, [gap, 1, 1, 1, 1]],
    );
    const [selection] = chooseHoldings(top(given, 1), given.prices, [{ signal: 0, fill: 1 }]);
    expect(selection).toEqual({ signal: 0, fill: 1, columns: [1], unpriced: [0] });
  });

  it('is the order of rankDescending and of the literal reference, whatever is held', () => {
    fc.assert(
      fc.property(anyMarket(), fc.nat(), fc.boolean(), (given, draw, excludes) => {
        const excluded = excludes ? [given.codes[0]] : [];
        const size = 1 + (draw % (given.codes.length - excluded.length));
        let held: readonly number[] = [];
        for (const [row, { columns, unpriced }] of chosen(given, top(given, size, excluded)).entries()) {
          const priced = given.closes[row].map((close) => close > 0);
          const moment = { codes: given.codes, values: given.values[row], priced, excluded, held };
          const expected = topReference(moment, size);
          expect(columns).toEqual(expected.columns);
          expect([...unpriced].sort()).toEqual(expected.unpriced.sort());
          const isRanked = given.values[row].some((value) => !Number.isNaN(value));
          if (!excludes && priced.every(Boolean) && isRanked)
            expect(columns).toEqual(rankDescending(given.values[row], given.codes).order.slice(0, size));
          held = columns;
        }
      }),
    );
  });

  it('refuses sizes and exclusions that cannot be', () => {
    const given = market([ones]);
    for (const size of [0, 6, 1.5, gap]) expect(errorCodeOf(() => top(given, size))).toBe('INVALID_ARGUMENT');
    expect(errorCodeOf(() => top(given, 5, ['A']))).toBe('INVALID_ARGUMENT');
    expect(errorCodeOf(() => top(given, 2, ['Z']))).toBe('UNKNOWN_INDUSTRY');
    expect(errorCodeOf(() => top(given, 2, ['A', 'A']))).toBe('INVALID_ARGUMENT');
  });
});

describe('swapSelection', () => {
  interface Setting {
    size?: number;
    swapsPerRebalance?: number;
    excluded?: string[];
    initialHoldings?: string[];
  }
  const swap = (of: Market, setting: Setting = {}) =>
    swapSelection({ factor: of.factor, size: 2, swapsPerRebalance: 1, ...setting });

  it('starts with the top and then swaps the worst held for the best not held', () => {
    const given = market([
      [5, 4, 3, 2, 1],
      [1, 2, 3, 4, 5],
      [1, 2, 3, 4, 5],
      [1, 2, 3, 4, 5],
    ]);
    expect(holdingsOf(given, swap(given))).toEqual(['AB', 'EB', 'ED', 'ED']);
    expect(holdingsOf(given, swap(given, { swapsPerRebalance: 2 }))).toEqual(['AB', 'ED', 'ED', 'ED']);
  });

  it('does not swap a better industry for a worse one', () => {
    const given = market([
      [5, 4, 3, 2, 1],
      [5, 4, 3, 2, 1],
      [5, 3, 3, 2, 1],
    ]);
    expect(holdingsOf(given, swap(given, { swapsPerRebalance: 5 }))).toEqual(['AB', 'AB', 'AB']);
  });

  it('never buys an excluded industry, but ranks one that it was given', () => {
    const given = market([
      [5, 4, 3, 2, 1],
      [5, 4, 3, 2, 1],
    ]);
    expect(holdingsOf(given, swap(given, { excluded: ['A'] }))).toEqual(['BC', 'BC']);
    const setting = { excluded: ['A'], initialHoldings: ['A', 'E'] };
    expect(holdingsOf(given, swap(given, setting))).toEqual(['AE', 'AB']);
  });

  it('buys the given holdings as they are and swaps from the second rebalance on', () => {
    const given = market([
      [5, 4, 3, 2, 1],
      [5, 4, 3, 2, 1],
    ]);
    expect(holdingsOf(given, swap(given, { initialHoldings: ['E', 'C'] }))).toEqual(['EC', 'AC']);
  });

  it('gives up a held industry without a value first, and never buys one', () => {
    const given = market([
      [5, 4, 1, 2, 3],
      [gap, 4, 1, 2, gap],
      [gap, gap, 1, 2, gap],
    ]);
    expect(holdingsOf(given, swap(given))).toEqual(['AB', 'DB', 'DC']);
  });

  it('passes over an industry without a price for the next best, and reports it', () => {
    const given = market(
      [
        [5, 4, 3, 2, 1],
        [1, 2, 3, 4, 5],
      ],
      [ones, [1, 1, 1, 1, gap]],
    );
    expect(chosen(given, swap(given))[1]).toMatchObject({ columns: [3, 1], unpriced: [4] });
  });

  it('reports the given holdings that have no price and fills up later', () => {
    const given = market([ones, [5, 4, 3, 2, 1]], [[1, 1, gap, 1, 1], ones]);
    const selections = chosen(given, swap(given, { initialHoldings: ['E', 'C'] }));
    expect(selections.map(({ columns }) => columns)).toEqual([[4], [1, 0]]);
    expect(selections[0].unpriced).toEqual([2]);
  });

  it('is the literal rule for any market', () => {
    fc.assert(
      fc.property(anyMarket(), fc.nat(), fc.integer({ min: 1, max: 3 }), (given, draw, swapsPerRebalance) => {
        const size = 1 + (draw % given.codes.length);
        let held: readonly number[] = [];
        for (const [row, { columns }] of chosen(given, swap(given, { size, swapsPerRebalance })).entries()) {
          const priced = given.closes[row].map((close) => close > 0);
          const moment = { codes: given.codes, values: given.values[row], priced, excluded: [], held };
          expect([...columns].sort()).toEqual(swapReference(moment, size, swapsPerRebalance).sort());
          held = columns;
        }
      }),
    );
  });

  it('refuses settings that cannot be', () => {
    const given = market([ones]);
    expect(errorCodeOf(() => swap(given, { swapsPerRebalance: 0 }))).toBe('INVALID_ARGUMENT');
    expect(errorCodeOf(() => swap(given, { size: 6 }))).toBe('INVALID_ARGUMENT');
    expect(errorCodeOf(() => swap(given, { initialHoldings: ['A', 'B', 'C'] }))).toBe('INVALID_ARGUMENT');
    expect(errorCodeOf(() => swap(given, { initialHoldings: ['A', 'A'] }))).toBe('INVALID_ARGUMENT');
    expect(errorCodeOf(() => swap(given, { initialHoldings: ['Z'] }))).toBe('UNKNOWN_INDUSTRY');
  });
});

describe('the published swaps of November 2025', () => {
  // Factor values as printed, those not printed below all that are; 综合 and 综合金融 are never bought.
  const names = [
    '农林牧渔',
    '电力及公用事业',
    '基础化工',
    '交通运输',
    '钢铁',
    '石油石化',
    '房地产',
    '轻工制造',
    '综合',
    '综合金融',
  ];

  it('put 房地产 in for 基础化工 on 11-14, though 综合 ranks higher', () => {
    const before = names.slice(0, 6);
    const printed: Record<string, number> = {
      综合: 3.41,
      房地产: 2.63,
      石油石化: 2.13,
      轻工制造: 1.67,
      钢铁: 0.53,
      综合金融: 0.52,
    };
    const values = names.map((name) => printed[name] ?? (name === '基础化工' ? -9 : -1));
    const given = marketOf(names, [names.map(() => 1), names.map(() => 1)], [values, values]);
    const rule = swapSelection({
      factor: given.factor,
      size: 6,
      swapsPerRebalance: 1,
      excluded: ['综合', '综合金融'],
      initialHoldings: before,
    });
    const after = chosen(given, rule)[1].columns.map((column) => names[column]);
    expect(after).toEqual(before.map((name) => (name === '基础化工' ? '房地产' : name)));
  });
});

describe('scheduleSelection', () => {
  const given = market([ones, ones, ones, ones], [ones, [gap, 1, 1, 1, 1], [gap, gap, 1, 1, 1], ones]);
  const schedule = (...entries: [number, string][]) =>
    scheduleSelection({
      codes,
      dates: given.dates,
      schedule: entries.map(([row, text]) => ({ date: fromDayNumber(20_000 + row), industries: [...text] })),
    });

  it('holds what the last entry on or before the signal date names', () => {
    expect(holdingsOf(given, schedule([3, 'DE'], [1, 'CD']))).toEqual(['', 'CD', 'CD', 'DE']);
    expect(holdingsOf(given, schedule([-5, 'E']))).toEqual(['E', 'E', 'E', 'E']);
  });

  it('does not buy what has no price, reports it, and keeps what it holds', () => {
    const selections = chosen(given, schedule([1, 'ABC']));
    expect(selections.map(({ columns }) => columns)).toEqual([[], [1, 2], [1, 2], [0, 1, 2]]);
    expect(selections.map(({ unpriced }) => unpriced)).toEqual([[], [0], [0], []]);
  });

  it('refuses duplicates, unknown codes and empty lists', () => {
    expect(errorCodeOf(() => schedule())).toBe('INVALID_ARGUMENT');
    expect(errorCodeOf(() => schedule([1, 'AB'], [1, 'CD']))).toBe('INVALID_ARGUMENT');
    expect(errorCodeOf(() => schedule([1, 'ABA']))).toBe('INVALID_ARGUMENT');
    expect(errorCodeOf(() => schedule([1, '']))).toBe('INVALID_ARGUMENT');
    expect(errorCodeOf(() => schedule([1, 'AZ']))).toBe('UNKNOWN_INDUSTRY');
  });
});

describe('ranksBetter', () => {
  it('is the order of rankDescending, with what has no value behind', () => {
    fc.assert(
      fc.property(anyMarket(), ({ factor, values, codes }) => {
        const { order } = rankDescending(values[0], codes);
        const behind = codes.map((_, column) => column).filter((column) => !order.includes(column));
        for (const [place, a] of order.entries()) {
          for (const b of [...order.slice(place + 1), ...behind]) {
            expect(ranksBetter(factor, 0, a, b)).toBe(true);
            expect(ranksBetter(factor, 0, b, a)).toBe(false);
          }
        }
        for (const a of behind) for (const b of behind) expect(ranksBetter(factor, 0, a, b)).toBe(codes[a] < codes[b]);
      }),
    );
  });
});

describe('equalWeightFills', () => {
  const choice = (fill: number, ...columns: number[]) => ({ signal: fill, fill, columns, unpriced: [] });

  it('begins with the first purchase and lists columns in ascending order', () => {
    expect(equalWeightFills([choice(1), choice(2, 4, 0, 3, 1), choice(3), choice(5, 2)])).toEqual([
      { row: 2, columns: [0, 1, 3, 4], weights: [0.25, 0.25, 0.25, 0.25] },
      { row: 3, columns: [], weights: [] },
      { row: 5, columns: [2], weights: [1] },
    ]);
    expect(equalWeightFills([choice(1)])).toEqual([]);
  });
});
