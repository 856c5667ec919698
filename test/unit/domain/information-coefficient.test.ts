import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { completePairs, pearson, spearman } from '#lundong/domain/information-coefficient.js';
import { pearsonReference, spearmanReference } from '../../support/correlation-reference.js';

const gap = Number.NaN;
const f64 = (...values: number[]) => Float64Array.from(values);

/** Whole hundredths: ties are frequent and no sample is so close to constant that rounding decides. */
const value = fc.integer({ min: -2000, max: 2000 }).map((hundredths) => hundredths / 100);
const coarse = fc.integer({ min: -3, max: 3 });
const orGap = (arbitrary: fc.Arbitrary<number>) =>
  fc.oneof({ weight: 6, arbitrary }, { weight: 1, arbitrary: fc.constant(gap) });
const samples = (arbitrary: fc.Arbitrary<number>) =>
  fc.array(fc.tuple(arbitrary, arbitrary), { maxLength: 40 }).map((pairs) => ({
    x: Float64Array.from(pairs, ([a]) => a),
    y: Float64Array.from(pairs, ([, b]) => b),
  }));
const anySamples = fc.oneof(samples(orGap(value)), samples(orGap(coarse)));

function expectSame(actual: number, expected: number): void {
  if (Number.isNaN(expected)) expect(actual).toBeNaN();
  else expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-12);
}

describe('pearson', () => {
  it('gives a correlation worked out by hand', () => {
    // deviations −1.5 −0.5 0.5 1.5 and −1 −2 1 2: Σxy = 6, Σx² = 5, Σy² = 10
    expect(pearson(f64(1, 2, 3, 4), f64(2, 1, 4, 5))).toBeCloseTo(6 / Math.sqrt(50), 14);
  });

  it('drops a pair where either value is missing', () => {
    expect(pearson(f64(1, 9, 2, 3, gap, 4), f64(2, gap, 1, 4, 7, 5))).toBeCloseTo(6 / Math.sqrt(50), 14);
  });

  it('is NaN with fewer than three complete pairs', () => {
    expect(pearson(f64(1, 2, 3), f64(1, 2, gap))).toBeNaN();
    expect(pearson(f64(), f64())).toBeNaN();
    expect(pearson(f64(1, 2, 4), f64(1, 2, 3))).not.toBeNaN();
  });

  it('is NaN where a side does not vary, also where the mean of the equal values is rounded', () => {
    expect(pearson(f64(0.1, 0.1, 0.1), f64(1, 2, 3))).toBeNaN();
    expect(pearson(f64(1, 2, 3), f64(0.1, 0.1, 0.1))).toBeNaN();
  });

  it('refuses samples of different length', () => {
    expect(() => pearson(f64(1, 2, 3), f64(1, 2))).toThrow(RangeError);
  });

  it('equals the literal definition', () => {
    fc.assert(
      fc.property(anySamples, ({ x, y }) => expectSame(pearson(x, y), pearsonReference([...x], [...y]))),
      { numRuns: 500 },
    );
  });

  it('does not change under affine maps with positive slope, and changes sign under negative ones', () => {
    const slope = fc.integer({ min: 1, max: 50 });
    fc.assert(
      fc.property(samples(value), slope, value, ({ x, y }, a, b) => {
        const ic = pearson(x, y);
        expectSame(
          pearson(
            x.map((v) => a * v + b),
            y,
          ),
          ic,
        );
        expectSame(
          pearson(
            x,
            y.map((v) => b - a * v),
          ),
          -ic,
        );
      }),
    );
  });

  it('stays within −1 and 1, and reaches 1 on a line', () => {
    fc.assert(
      fc.property(fc.uniqueArray(value, { minLength: 3, maxLength: 40 }), (values) => {
        const x = Float64Array.from(values);
        const r = pearson(
          x,
          x.map((v) => 3 * v + 0.1),
        );
        expect(r).toBeLessThanOrEqual(1);
        expectSame(r, 1);
      }),
    );
  });
});

describe('spearman', () => {
  it('gives a rank correlation worked out by hand', () => {
    // ranks 1 2 3 4 5 and 2 1 3 5 4: 1 − 6·(1+1+0+1+1)/(5·24) = 0.8
    expect(spearman(f64(10, 20, 30, 40, 1000), f64(-5, -9, 0, 8, 7))).toBeCloseTo(0.8, 14);
  });

  it('gives equal values their mean rank', () => {
    // ranks 1.5 1.5 3 4 against 1 2 3 4: Σxy = 4.5, Σx² = 4.5, Σy² = 5
    expect(spearman(f64(7, 7, 8, 9), f64(1, 2, 3, 4))).toBeCloseTo(4.5 / Math.sqrt(22.5), 14);
  });

  it('ranks among the complete pairs only', () => {
    expect(spearman(f64(10, 15, 20, 30, 40, 1000), f64(-5, gap, -9, 0, 8, 7))).toBeCloseTo(0.8, 14);
  });

  it('is NaN with fewer than three complete pairs or a side that does not vary', () => {
    expect(spearman(f64(1, 2, gap), f64(1, 2, 3))).toBeNaN();
    expect(spearman(f64(5, 5, 5), f64(1, 2, 3))).toBeNaN();
  });

  it('equals the literal definition', () => {
    fc.assert(
      fc.property(anySamples, ({ x, y }) => expectSame(spearman(x, y), spearmanReference([...x], [...y]))),
      { numRuns: 500 },
    );
  });

  it('does not change at all under increasing maps', () => {
    fc.assert(
      fc.property(samples(orGap(value)), ({ x, y }) => {
        expect(
          spearman(
            x.map((v) => v ** 3),
            y.map((v) => Math.exp(v / 10)),
          ),
        ).toBe(spearman(x, y));
      }),
    );
  });
});

describe('completePairs', () => {
  it('keeps the order of the pairs it keeps', () => {
    expect(completePairs(f64(3, gap, 1, 2), f64(30, 40, gap, 20))).toEqual({ x: [3, 2], y: [30, 20] });
  });
});
