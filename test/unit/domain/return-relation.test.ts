import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pearson } from '#lundong/domain/information-coefficient.js';
import { type ReturnMatrix, returnRelations } from '#lundong/domain/return-relation.js';
import { pearsonReference } from '../../support/correlation-reference.js';

const gap = Number.NaN;
const matrix = (...series: number[][]): ReturnMatrix => ({
  series: series.length,
  days: series[0]?.length ?? 0,
  returns: Float64Array.from(series.flat()),
});

/** cov / var over the pairs without a gap, both with deviations from the mean, literally. */
function betaReference(x: readonly number[], y: readonly number[]): number {
  const pairs = x.map((value, i) => [value, y[i]]).filter((pair) => !pair.some(Number.isNaN));
  const average = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [average(pairs.map(([a]) => a)), average(pairs.map(([, b]) => b))];
  const covariance = average(pairs.map(([a, b]) => (a - meanX) * (b - meanY)));
  return covariance / average(pairs.map(([, b]) => (b - meanY) ** 2));
}

function expectSame(actual: number, expected: number, tolerance: number): void {
  if (Number.isNaN(expected)) expect(actual).toBeNaN();
  else expect(Math.abs(actual - expected)).toBeLessThanOrEqual(tolerance);
}

describe('returnRelations', () => {
  it('gives a correlation and a beta worked out by hand', () => {
    // deviations −1.5 −0.5 0.5 1.5 and −1 −2 1 2 (hundredths): Σxy = 6, Σx² = 5, Σy² = 10
    const found = returnRelations(matrix([0.01, 0.02, 0.03, 0.04]), matrix([0.02, 0.01, 0.04, 0.05]), 3);
    expect(found.correlations[0]).toBeCloseTo(6 / Math.sqrt(50), 13);
    expect(found.betas[0]).toBeCloseTo(0.6, 13);
    expect(found.observations[0]).toBe(4);
  });

  it('puts the pair of series a and b at a · |B| + b', () => {
    const [up, down] = [
      [0.01, 0.02, 0.04, 0.01],
      [-0.02, -0.04, -0.08, -0.02],
    ];
    const { correlations, betas } = returnRelations(matrix(up, down), matrix(up, down, up), 3);
    expect([...correlations].map((value) => Math.round(value))).toEqual([1, -1, 1, -1, 1, -1]);
    expect([...betas].map((value) => Math.round(10 * value) / 10)).toEqual([1, -0.5, 1, -2, 1, -2]);
  });

  it('leaves out a gap for its own pairs only, and counts what is left', () => {
    const a = matrix([0.01, gap, 0.02, 0.05, 0.03], [0.01, 0.03, 0.02, 0.05, 0.03]);
    const b = matrix([0.02, 0.01, gap, 0.04, 0.01], [0.02, 0.01, 0.07, 0.04, 0.01]);
    expect([...returnRelations(a, b, 3).observations]).toEqual([3, 4, 4, 5]);
  });

  it('gives no figure below the minimum of observations, but their number', () => {
    const series = matrix([0.01, 0.02, gap, 0.05]);
    const { correlations, betas, observations } = returnRelations(series, series, 4);
    expect([correlations[0], betas[0], observations[0]]).toEqual([gap, gap, 3]);
    expect(returnRelations(series, series, 3).correlations[0]).toBeCloseTo(1, 13);
    expect(returnRelations(series, series).correlations[0]).toBeNaN();
  });

  it('gives no figure where a side does not vary, over all days or over the common ones', () => {
    const flat = matrix([0.1, 0.1, 0.1, 0.1], [0.3, 0.1, 0.1, 0.1]);
    const other = matrix([gap, 0.01, 0.03, 0.02], [0.02, 0.01, 0.03, 0.02]);
    expect([...returnRelations(flat, other, 3).correlations].map(Number.isNaN)).toEqual([true, true, true, false]);
    expect([...returnRelations(other, flat, 3).betas].map(Number.isNaN)).toEqual([true, true, true, false]);
  });

  it('takes matrices without series, and refuses different days', () => {
    expect(returnRelations(matrix(), matrix(), 3).correlations).toHaveLength(0);
    expect(() => returnRelations(matrix([1, 2]), matrix([1]), 3)).toThrow(RangeError);
  });

  const value = fc.integer({ min: -2000, max: 2000 }).map((tenThousandths) => tenThousandths / 10_000);
  const orGap = fc.oneof({ weight: 8, arbitrary: value }, { weight: 1, arbitrary: fc.constant(gap) });
  const several = (cell: fc.Arbitrary<number>, days: number) =>
    fc.array(fc.array(cell, { minLength: days, maxLength: days }), { minLength: 1, maxLength: 4 });
  const matrices = fc
    .integer({ min: 1, max: 30 })
    .chain((days) =>
      fc.tuple(
        fc.oneof(several(value, days), several(orGap, days)),
        fc.oneof(several(value, days), several(orGap, days)),
      ),
    );

  it('equals the literal definitions for every pair', () => {
    fc.assert(
      fc.property(matrices, ([a, b]) => {
        const { correlations, betas, observations } = returnRelations(matrix(...a), matrix(...b), 3);
        a.forEach((x, i) => {
          b.forEach((y, j) => {
            const pair = i * b.length + j;
            const expected = pearsonReference(x, y);
            expectSame(correlations[pair], expected, 1e-9);
            expectSame(correlations[pair], pearson(Float64Array.from(x), Float64Array.from(y)), 1e-9);
            if (!Number.isNaN(expected)) expectSame(betas[pair] / betaReference(x, y) || 1, 1, 1e-6);
            expect(observations[pair]).toBe(x.filter((one, k) => !Number.isNaN(one) && !Number.isNaN(y[k])).length);
          });
        });
      }),
      { numRuns: 300 },
    );
  });

  it('stays within −1 and 1, and knows a leveraged copy by its beta', () => {
    fc.assert(
      fc.property(fc.uniqueArray(value, { minLength: 3, maxLength: 40 }), (returns) => {
        const doubled = matrix(returns.map((one) => 2 * one));
        const { correlations, betas } = returnRelations(doubled, matrix(returns), 3);
        expect(correlations[0]).toBeLessThanOrEqual(1);
        expectSame(correlations[0], 1, 1e-9);
        expectSame(betas[0], 2, 1e-9);
      }),
    );
  });
});
