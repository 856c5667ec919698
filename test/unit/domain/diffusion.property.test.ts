import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { computeDiffusion, DiffusionReason, type DiffusionResult } from '#lundong/domain/diffusion.js';
import { type DiffusionLayoutInput, prepareDiffusionLayout } from '#lundong/domain/diffusion-layout.js';
import { type DiffusionParams, diffusionReach } from '#lundong/domain/diffusion-params.js';
import { anyCase, anyInput, anyParams } from '../../support/diffusion-arbitrary.js';
import { referenceDiffusion } from '../../support/diffusion-reference.js';

/** One seed, so that a run tells the same every time and the counts of what was seen cannot waver. */
const RUNS = { numRuns: 400, seed: 20251121 };

function computeAll(input: DiffusionLayoutInput, params: DiffusionParams): DiffusionResult {
  return computeDiffusion(prepareDiffusionLayout(input), params, 0, input.dates.length);
}

/** Rows that differ between two results of one shape, in any industry and any figure, by a single bit. */
function differingRows(a: DiffusionResult, b: DiffusionResult, industries: number): number[] {
  const figures = ['values', 'coverage', 'reasons', 'hindsight'] as const;
  const rows = new Set<number>();
  for (const figure of figures) {
    a[figure].forEach((value, at) => {
      if (!Object.is(value, b[figure][at])) rows.add(Math.floor(at / industries));
    });
  }
  return [...rows];
}

describe('computeDiffusion, over random panels', () => {
  test('agrees with the definitions to 1e-12, and tells the same reasons and hindsight', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(anyInput, anyParams, (input, params) => {
        const result = computeAll(input, params);
        const expected = referenceDiffusion(input, params);
        result.values.forEach((value, at) => {
          const cell = expected[at % input.industries.length][Math.floor(at / input.industries.length)];
          seen.add(`${cell.reason} ${cell.hindsight}`);
          expect(result.reasons[at]).toBe(DiffusionReason[cell.reason as keyof typeof DiffusionReason]);
          expect(result.hindsight[at] === 1).toBe(cell.hindsight);
          expect(Math.abs(result.coverage[at] - cell.coverage)).toBeLessThanOrEqual(1e-12);
          if (cell.value === null) expect(value).toBeNaN();
          else expect(Math.abs(value - cell.value)).toBeLessThanOrEqual(1e-12);
        });
      }),
      RUNS,
    );
    const reasons = ['OK', 'NO_MEMBERS', 'NO_WEIGHTS', 'NO_PRICES', 'SHORT_HISTORY'];
    expect([...seen].sort(), 'the panels show every case').toEqual(
      reasons.flatMap((reason) => [`${reason} false`, `${reason} true`]).sort(),
    );
  });

  test('gives a row the same bits in whatever range it is computed', () => {
    fc.assert(
      fc.property(anyCase, ({ input, params, fromRow, toRow }) => {
        const layout = prepareDiffusionLayout(input);
        const part = computeDiffusion(layout, params, fromRow, toRow);
        const whole = computeDiffusion(layout, params, 0, input.dates.length);
        const [from, to] = [fromRow * input.industries.length, toRow * input.industries.length];
        const sameRows = {
          values: whole.values.subarray(from, to),
          coverage: whole.coverage.subarray(from, to),
          reasons: whole.reasons.subarray(from, to),
          hindsight: whole.hindsight.subarray(from, to),
        };
        expect(part.values.length).toBe(to - from);
        expect(differingRows(part, sameRows, input.industries.length)).toEqual([]);
      }),
      RUNS,
    );
  });

  test('stays within 0 and 1, is available exactly where the reason is OK, and then has coverage', () => {
    fc.assert(
      fc.property(anyInput, anyParams, (input, params) => {
        const { values, coverage, reasons } = computeAll(input, params);
        values.forEach((value, at) => {
          expect(Number.isNaN(value)).toBe(reasons[at] !== DiffusionReason.OK);
          if (!Number.isNaN(value)) {
            expect(value).toBeGreaterThanOrEqual(0);
            expect(value).toBeLessThanOrEqual(1);
            expect(coverage[at]).toBeGreaterThan(0);
          }
          expect(coverage[at]).toBeLessThanOrEqual(1);
        });
      }),
      RUNS,
    );
  });

  test('covers exactly 1 where every member has its prices, whatever the weights round to', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.1, max: 10, noNaN: true }), { minLength: 1, maxLength: 9 }),
        (weights) => {
          const codes = weights.map((_, stock) => `stock${stock}`);
          const membership = { industry: 'I', inDate: 0, outDate: 2, weightDate: 0 };
          const input = {
            dates: Int32Array.of(0, 1),
            codes,
            closes: new Float64Array(2 * codes.length).fill(10),
            industries: ['I'],
            memberships: codes.map((stock, index) => ({ ...membership, stock, weight: weights[index] })),
          };
          const params = { lookback: 1, rule: 'ROC', weighting: 'CAP', smoothing: [] } as const;
          expect(computeAll(input, params).coverage[1]).toBe(1);
        },
      ),
      RUNS,
    );
  });

  test('does not see the scale of the prices, nor that of the weights', () => {
    fc.assert(
      fc.property(anyInput, anyParams, fc.integer({ min: -8, max: 8 }), (input, params, power) => {
        const factor = 2 ** power; // exact, so not one comparison may change
        const result = computeAll(input, params);
        const scaledCloses = { ...input, closes: input.closes.map((close) => close * factor) };
        expect(differingRows(result, computeAll(scaledCloses, params), input.industries.length)).toEqual([]);
        const scaledWeights = input.memberships.map((each) => ({
          ...each,
          weight: each.weight && each.weight * factor,
        }));
        const reweighted = computeAll({ ...input, memberships: scaledWeights }, params);
        expect(differingRows(result, reweighted, input.industries.length)).toEqual([]);
      }),
      RUNS,
    );
  });

  test('is moved by one close only in the rows within its reach, unless a weight drifts from it', () => {
    let moved = 0;
    fc.assert(
      fc.property(
        anyCase.filter(({ input }) => input.closes.length > 0),
        fc.nat(1000),
        fc.constantFrom(Number.NaN, 0.05, 0.3, 1e7),
        ({ input, params }, position, close) => {
          const at = position % input.closes.length;
          const changedRow = Math.floor(at / input.codes.length);
          const withClose = (value: number) => ({ ...input, closes: input.closes.with(at, value) });
          // Weight dates before the panel, and a first row without gaps, fix every reference close in row 0.
          const settle = (each: DiffusionLayoutInput): DiffusionLayoutInput => ({
            ...each,
            closes: each.closes.map((value, index) => (index < each.codes.length ? 1 : value)),
            memberships: each.memberships.map((membership) => ({ ...membership, weightDate: each.dates[0] })),
          });
          const [before, after] =
            params.weighting === 'CAP' ? [settle(input), settle(withClose(close))] : [input, withClose(close)];
          const rows = differingRows(computeAll(before, params), computeAll(after, params), input.industries.length);
          moved += rows.length;
          for (const row of rows) {
            const offset = row - changedRow;
            expect(diffusionReach(params).some(([from, to]) => from <= offset && offset <= to)).toBe(true);
          }
        },
      ),
      RUNS,
    );
    expect(moved).toBeGreaterThan(100);
  });

  test('calls a price that was carried for the whole window not above its average, whatever came before', () => {
    const anyPrice = fc.double({ min: 0.001, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(anyPrice, { maxLength: 60 }),
        anyPrice,
        fc.integer({ min: 1, max: 60 }),
        (past, price, lookback) => {
          const closes = Float64Array.from([...past, ...Array<number>(lookback).fill(price)]);
          const input = {
            dates: Int32Array.from(closes, (_, row) => row),
            codes: ['A'],
            closes,
            industries: ['I'],
            memberships: [{ industry: 'I', stock: 'A', inDate: 0, outDate: closes.length, weight: 1, weightDate: 0 }],
          };
          const params = { lookback, rule: 'MA', weighting: 'CAP', smoothing: [] } as const;
          expect(computeAll(input, params).values.at(-1)).toBe(0);
        },
      ),
      RUNS,
    );
  });
});
