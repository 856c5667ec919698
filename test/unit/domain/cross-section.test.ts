import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { standardise, standardiseFeatures, stockByStock } from '#lundong/domain/cross-section.js';
import { FEATURES } from '#lundong/domain/intraday-features.js';
import { medianOf, quickselect } from '#lundong/domain/quickselect.js';
import { zScores } from '../../support/intraday-features-reference.js';
import { expectNear } from '../../support/near.js';

const anyValue = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: -2, max: 2, noNaN: true }).map((value) => Number(value.toFixed(6))) },
  { weight: 2, arbitrary: fc.integer({ min: -3, max: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom(50, -50, Number.NaN) },
);

function standardised(values: readonly number[]): number[] {
  const own = Float64Array.from(values);
  standardise(own, new Float64Array(values.length));
  return [...own];
}

describe('selecting', () => {
  it('puts the value of every position where a sort puts it, between the smaller and the greater', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 60 }),
        fc.nat(),
        (values, at) => {
          const position = at % values.length;
          const own = Float64Array.from(values);
          const found = quickselect(own, position);
          const sorted = [...values].sort((a, b) => a - b);
          expect(found).toBe(sorted[position]);
          expect([...own].sort((a, b) => a - b)).toEqual(sorted);
          expect(Math.max(-Infinity, ...own.subarray(0, position))).toBeLessThanOrEqual(found);
          expect(Math.min(Infinity, ...own.subarray(position))).toBeGreaterThanOrEqual(found);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('takes the mean of the two in the middle of an even number', () => {
    expect(medianOf(Float64Array.of(9, 1, 4, 2), 4)).toBe(3);
    expect(medianOf(Float64Array.of(9, 1, 4, 2), 3)).toBe(4);
    expect(medianOf(Float64Array.of(7), 1)).toBe(7);
  });
});

describe('standardising across stocks', () => {
  it('is what the definition says', () => {
    // median 3, MAD 1: 100 is cut at 3 + 3 · 1.4826 = 7.4478; mean 3.48956, deviation (ddof 1) 2.46079…
    const values = [1, 2, 3, 4, 100];
    const cut = [1, 2, 3, 4, 7.4478];
    const mean = 17.4478 / 5;
    const deviation = Math.sqrt(cut.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 4);
    const expected = cut.map((value) => (value - mean) / deviation);
    standardised(values).forEach((value, index) => {
      expect(value).toBeCloseTo(expected[index] as number, 12);
    });
  });

  it('agrees with sorted medians and plain sums', () => {
    fc.assert(
      fc.property(fc.array(anyValue, { minLength: 1, maxLength: 80 }), (values) => {
        expectNear(standardised(values), zScores(values));
      }),
      { numRuns: 500 },
    );
  });

  it('gives 0 where nothing spreads, and leaves what is missing missing', () => {
    expect(standardised([0.1, 0.1, Number.NaN, 0.1])).toEqual([0, 0, Number.NaN, 0]);
    expect(standardised([0.3, 0.3, 0.3, 8])).toEqual([0, 0, 0, 0]); // more than half the same: MAD 0
    expect(standardised([0.7])).toEqual([0]);
    expect(standardised([Number.NaN])).toEqual([Number.NaN]);
  });

  it('takes each feature for itself, and says nothing about fewer than 20 stocks', () => {
    const width = FEATURES.length;
    const features = (stocks: number): Float64Array =>
      Float64Array.from({ length: stocks * width }, (_, at) => Math.floor(at / stocks) + (at % stocks) ** 2 / 1000);
    const twenty = features(20);
    const expected = Array.from({ length: width }, (_, at) =>
      standardised([...twenty.subarray(at * 20, at * 20 + 20)]),
    );
    expect([...standardiseFeatures(twenty, 20)]).toHaveLength(width);
    expect([...twenty]).toEqual(expected.flat());
    const nineteen = features(19);
    [...standardiseFeatures(nineteen, 19)];
    expect(nineteen).toEqual(new Float64Array(19 * width).fill(Number.NaN));
  });

  it('lays stocks one after the other', () => {
    const section = stockByStock(
      Float64Array.from({ length: 24 }, (_, at) => at),
      2,
    );
    expect(section).toEqual(Float32Array.from({ length: 24 }, (_, at) => Math.floor(at / 12) + 2 * (at % 12)));
  });
});
