import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ascendingOrder, averageRanks, rankDescending } from '#lundong/domain/ranking.js';
import { averageRanksReference } from '../../support/correlation-reference.js';

describe('rankDescending', () => {
  it('puts the highest value first and leaves out what has none', () => {
    const { order, ranks } = rankDescending([0.2, Number.NaN, 0.9, 0.5], ['A', 'B', 'C', 'D']);
    expect(order).toEqual([2, 3, 0]);
    expect(ranks).toEqual([3, null, 1, 2]);
  });

  it('breaks ties by code ascending, whatever the input order', () => {
    expect(rankDescending([1, 1, 2, 1], ['CI005030', 'CI005002', 'CI005009', 'CI005011']).order).toEqual([2, 1, 3, 0]);
  });

  it('counts a negative zero as equal to zero', () => {
    expect(rankDescending([0, -0], ['B', 'A']).order).toEqual([1, 0]);
  });

  it('ranks nothing where there is nothing', () => {
    expect(rankDescending([], [])).toEqual({ order: [], ranks: [] });
    expect(rankDescending([Number.NaN], ['A'])).toEqual({ order: [], ranks: [null] });
  });

  it('refuses values and codes of different number', () => {
    expect(() => rankDescending([1, 2], ['A'])).toThrow(RangeError);
  });

  it('gives every value one rank, in descending order, and finds it again at that place', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constant(Number.NaN))), (values) => {
        const { order, ranks } = rankDescending(
          values,
          values.map((_, i) => `C${String(i).padStart(4, '0')}`),
        );
        expect(order.length).toBe(values.filter((value) => !Number.isNaN(value)).length);
        for (let place = 0; place < order.length; place++) expect(ranks[order[place]]).toBe(place + 1);
        for (let place = 1; place < order.length; place++) {
          const [better, worse] = [order[place - 1], order[place]];
          expect(values[better] > values[worse] || (values[better] === values[worse] && better < worse)).toBe(true);
        }
      }),
    );
  });
});

describe('averageRanks', () => {
  it('lets equal values share the mean of their ranks', () => {
    expect(averageRanks([10, 20, 10, 30, 10])).toEqual([2, 4, 2, 5, 2]);
  });

  it('equals the literal definition', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5, max: 5 })), (values) => {
        expect(averageRanks(values)).toEqual(averageRanksReference(values));
      }),
    );
  });
});

describe('ascendingOrder', () => {
  it('equals a stable sort of the positions', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5, max: 5 })), (values) => {
        const expected = values.map((_, i) => i).sort((a, b) => values[a] - values[b]);
        expect(ascendingOrder(values)).toEqual(expected);
      }),
    );
  });
});
