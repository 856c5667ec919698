import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LundongError } from '#lundong/domain/errors.js';
import { assignQuantiles, evaluateFactor, forwardReturns } from '#lundong/domain/factor-evaluation.js';
import { fromDayNumber } from '#lundong/domain/local-date.js';
import { pearsonReference, quantileReference, spearmanReference } from '../../support/correlation-reference.js';

const gap = Number.NaN;
const datesOf = (count: number) => Array.from({ length: count }, (_, i) => fromDayNumber(20_000 + i));

function evaluate(factorRows: number[][], returnRows: number[][], quantiles: number) {
  return evaluateFactor({
    dates: datesOf(factorRows.length),
    industries: factorRows[0]?.length ?? 0,
    factor: Float64Array.from(factorRows.flat()),
    forwardReturns: Float64Array.from(returnRows.flat()),
    quantiles,
  });
}

function expectClose(actual: number, expected: number): void {
  if (Number.isNaN(expected)) expect(actual).toBeNaN();
  else expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(expected)));
}

describe('evaluateFactor', () => {
  const up = [1, 2, 3, 4];
  // ICs 1, 1 and 0: the third date's returns are symmetric about the middle
  const result = evaluate(
    [up, up, up],
    [
      [0.01, 0.02, 0.03, 0.04],
      [0.01, 0.02, 0.03, 0.04],
      [0.02, -0.02, -0.02, 0.02],
    ],
    2,
  );

  it('gives the figures worked out by hand', () => {
    const std = Math.sqrt(((1 / 3) ** 2 * 2 + (2 / 3) ** 2) / 2); // of 1, 1, 0
    expect(result.observations).toBe(3);
    expectClose(result.icMean, 2 / 3);
    expectClose(result.icStd, std);
    expectClose(result.icir, 2 / 3 / std);
    expectClose(result.icTStatistic, 2 / 3 / (std / Math.sqrt(3)));
    expectClose(result.positiveShare, 2 / 3);
    expectClose(result.quantileReturns[0], (0.015 + 0.015 + 0) / 3);
    expectClose(result.quantileReturns[1], (0.035 + 0.035 + 0) / 3);
    expectClose(result.spread, 0.04 / 3);
  });

  it('takes the rank figures from the ranks', () => {
    const cubes = evaluate(
      [up, up],
      [
        [1, 8, 27, 64],
        [64, 27, 8, 1],
      ],
      2,
    );
    expectClose(cubes.perDate[0].rankIc, 1);
    expect(cubes.perDate[0].ic).toBeLessThan(0.99);
    expectClose(cubes.rankIcMean, 0);
    expectClose(cubes.rankIcStd, Math.SQRT2);
    expectClose(cubes.rankIcir, 0);
    expectClose(cubes.rankIcTStatistic, 0);
  });

  it('counts as positive where the IC is, whatever the Rank IC', () => {
    const split = evaluate([[1, 2, 3, 10]], [[3, 2, 1, 2.9]], 2);
    expect(split.rankIcMean).toBeLessThan(0);
    expect(split.positiveShare).toBe(1);
  });

  it('reports a date without an IC, and leaves it out of every mean', () => {
    const gappy = evaluate(
      [up, [1, 2, gap, gap], [5, 5, 5, 5], up],
      [
        [0.01, 0.02, 0.03, 0.04],
        [0.5, 0.5, 0.5, 0.5],
        [0.1, 0.2, 0.3, 0.4],
        [0.01, 0.02, 0.04, gap],
      ],
      2,
    );
    expect(gappy.perDate.map((day) => day.pairs)).toEqual([4, 2, 4, 3]);
    expect(gappy.perDate.map((day) => Number.isNaN(day.ic))).toEqual([false, true, true, false]);
    expect(gappy.perDate.map((day) => Number.isNaN(day.rankIc))).toEqual([false, true, true, false]);
    expect(gappy.perDate.map((day) => day.date)).toEqual(datesOf(4));
    expect(gappy.observations).toBe(2);
    // second observation: values 1 2 3 with the median in the lower half
    expectClose(gappy.quantileReturns[0], (0.015 + 0.015) / 2);
    expectClose(gappy.quantileReturns[1], (0.035 + 0.04) / 2);
  });

  it('is NaN where there is nothing to take a figure from', () => {
    const none = evaluate([], [], 5);
    expect(none.observations).toBe(0);
    for (const figure of [none.icMean, none.icStd, none.icir, none.rankIcMean, none.positiveShare, none.spread])
      expect(figure).toBeNaN();
    expect(none.quantileReturns).toEqual([gap, gap, gap, gap, gap]);

    const one = evaluate([up], [[1, 2, 4, 3]], 2);
    expectClose(one.icMean, 0.8);
    for (const figure of [one.icStd, one.icir, one.icTStatistic]) expect(figure).toBeNaN();

    const unvarying = evaluate([up, up], [up, up], 2);
    expect(unvarying.icStd).toBe(0);
    for (const figure of [unvarying.icir, unvarying.icTStatistic]) expect(figure).toBeNaN();
  });

  it('does not count a date for a group that its ties leave empty', () => {
    const ties = evaluate(
      [
        [1, 1, 1, 2],
        [1, 2, 3, 4],
      ],
      [
        [1, 2, 3, 4],
        [10, 20, 40, 30],
      ],
      4,
    );
    expect(ties.quantileReturns).toEqual([(2 + 10) / 2, 20, 40, (4 + 30) / 2]);
  });

  it('refuses panels of another shape and fewer than two groups', () => {
    const dates = datesOf(2);
    const panel = new Float64Array(6);
    const other = new Float64Array(5);
    expect(() => evaluateFactor({ dates, industries: 3, factor: other, forwardReturns: panel })).toThrow(RangeError);
    expect(() => evaluateFactor({ dates, industries: 3, factor: panel, forwardReturns: other })).toThrow(RangeError);
    for (const quantiles of [1, 2.5, gap])
      expect(() => evaluateFactor({ dates, industries: 3, factor: panel, forwardReturns: panel, quantiles })).toThrow(
        LundongError,
      );
  });

  it('equals the literal definitions on panels with ties and gaps', () => {
    const cell = fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: -9, max: 9 }) },
      { weight: 1, arbitrary: fc.constant(gap) },
    );
    const panels = fc
      .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 2, max: 6 }))
      .chain(([dates, industries, quantiles]) => {
        const row = fc.array(cell, { minLength: industries, maxLength: industries });
        const panel = fc.array(row, { minLength: dates, maxLength: dates });
        return fc.record({ factor: panel, returns: panel, quantiles: fc.constant(quantiles) });
      });
    fc.assert(
      fc.property(panels, ({ factor, returns, quantiles }) => {
        const actual = evaluate(factor, returns, quantiles);
        const groupMeans = Array.from({ length: quantiles }, (): number[] => []);
        factor.forEach((values, row) => {
          const ic = pearsonReference(values, returns[row]);
          expectClose(actual.perDate[row].ic, ic);
          expectClose(actual.perDate[row].rankIc, spearmanReference(values, returns[row]));
          if (Number.isNaN(ic)) return;
          const kept = values.flatMap((value, i) => (Number.isNaN(value + returns[row][i]) ? [] : [i]));
          const groups = quantileReference(
            kept.map((i) => values[i]),
            quantiles,
          );
          for (let group = 0; group < quantiles; group++) {
            const members = kept.filter((_, i) => groups[i] === group).map((i) => returns[row][i]);
            if (members.length > 0) groupMeans[group].push(average(members));
          }
        });
        const ics = actual.perDate.map((day) => day.ic).filter((ic) => !Number.isNaN(ic));
        expect(actual.observations).toBe(ics.length);
        expectClose(actual.icMean, average(ics));
        groupMeans.forEach((means, group) => {
          expectClose(actual.quantileReturns[group], average(means));
        });
      }),
      { numRuns: 300 },
    );
  });
});

describe('assignQuantiles', () => {
  it('deals distinct values out evenly, lowest first', () => {
    expect(assignQuantiles([50, 10, 40, 20, 30, 60], 3)).toEqual([2, 0, 1, 0, 1, 2]);
  });

  it('puts a value on an edge into the lower group', () => {
    expect(assignQuantiles([1, 2, 3], 2)).toEqual([0, 0, 1]); // edge at the median, 2
  });

  it('keeps equal values together', () => {
    expect(assignQuantiles([1, 1, 1, 2], 4)).toEqual([0, 0, 0, 3]);
    expect(assignQuantiles([7, 7], 5)).toEqual([0, 0]);
  });
});

describe('forwardReturns', () => {
  it('looks the horizon ahead within each column', () => {
    const closes = Float64Array.from([100, 10, 110, 20, 121, 30]);
    const expected = [0.1, 1, 0.1, 0.5, gap, gap];
    forwardReturns(closes, 2, 1).forEach((value, i) => {
      expectClose(value, expected[i]);
    });
    expect([...forwardReturns(closes, 2, 2)].map((value) => Number(value.toFixed(9)))).toEqual([
      0.21,
      2,
      gap,
      gap,
      gap,
      gap,
    ]);
  });

  it('knows no return where either close is missing or not positive', () => {
    expect([...forwardReturns(Float64Array.from([gap, 0, 5, 10, gap, 0]), 1, 1)]).toEqual([gap, gap, 1, gap, gap, gap]);
  });

  it('refuses a horizon that is not a whole number of days from 1 on', () => {
    for (const horizon of [0, -1, 1.5, gap])
      expect(() => forwardReturns(new Float64Array(4), 2, horizon)).toThrow(LundongError);
  });
});

function average(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
