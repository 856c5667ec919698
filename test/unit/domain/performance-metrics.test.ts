import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maximumDrawdown } from '#lundong/domain/drawdown.js';
import { fromDayNumber } from '#lundong/domain/local-date.js';
import {
  A_SHARE_CONVENTION,
  type MetricConvention,
  measurePerformance,
  type PerformanceInput,
} from '#lundong/domain/performance-metrics.js';
import { figuresReference } from '../../support/backtest-reference.js';
import { errorCodeOf } from '../../support/error-code.js';

const datesOf = (count: number) => Array.from({ length: count }, (_, i) => fromDayNumber(20_000 + i));

function measure(portfolio: readonly number[], benchmark: readonly number[], rest: Partial<PerformanceInput> = {}) {
  return measurePerformance({
    series: {
      dates: datesOf(portfolio.length),
      portfolio: Float64Array.from(portfolio),
      benchmark: Float64Array.from(benchmark),
    },
    turnovers: [],
    weekEnds: [],
    monthEnds: [],
    ...rest,
  });
}

const convention = (periodsPerYear: number, riskFreeRate: number): MetricConvention => ({
  ...A_SHARE_CONVENTION,
  periodsPerYear,
  riskFreeRate,
});

function expectClose(actual: number | null, expected: number): void {
  expect(actual).not.toBeNull();
  expect(Math.abs((actual as number) - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(expected)));
}

describe('measurePerformance', () => {
  // returns 0.1, −0.1, 0.1, −0.1 against 0, 0, 0.1, −0.1; four periods a year make √p = 2
  const portfolio = [1, 1.1, 0.99, 1.089, 0.9801];
  const benchmark = [1, 1, 1, 1.1, 0.99];
  const figures = measure(portfolio, benchmark, {
    turnovers: [0.5, 0.25],
    weekEnds: [0, 1, 2, 4],
    monthEnds: [4],
    convention: convention(4, 0),
  });

  it('gives the figures worked out by hand', () => {
    const deviation = Math.sqrt(0.04 / 3);
    expectClose(figures.totalReturn, -0.0199);
    expectClose(figures.annualizedReturn, -0.0199); // four days are the year
    expectClose(figures.annualizedVolatility, deviation * 2);
    expectClose(figures.sharpe, 0);
    expectClose(figures.sortino, 0);
    expectClose(figures.maxDrawdown, -0.109); // 1.1 to 0.9801
    expectClose(figures.calmar, -0.0199 / 0.109);
    expectClose(figures.trackingError, Math.sqrt(0.02 / 3) * 2);
    expectClose(figures.informationRatio, 0);
    expectClose(figures.beta, 0.02 / 0.02);
    expect(figures.winRateWeekly).toBe(1 / 3); // won, lost, and level, which is no win
    expect(figures.winRateMonthly).toBe(0);
    expectClose(figures.annualTurnover, 0.75);
  });

  it('dates the drawdown', () => {
    const [, high, , , low] = datesOf(5);
    expect(figures).toMatchObject({ maxDrawdownFrom: high, maxDrawdownTo: low, recoveredOn: null });
  });

  it('takes the risk-free rate off, converted to a day by compounding', () => {
    const { sharpe, sortino, informationRatio } = measure([1, 1.02, 1.02], [1, 1, 1], {
      convention: convention(2, 0.0201),
    });
    const riskFree = Math.sqrt(1.0201) - 1;
    expectClose(sharpe, ((0.01 - riskFree) / Math.sqrt(0.0002)) * Math.SQRT2);
    expectClose(sortino, ((0.01 - riskFree) / Math.sqrt(riskFree ** 2 / 2)) * Math.SQRT2);
    expectClose(informationRatio, (0.01 / Math.sqrt(0.0002)) * Math.SQRT2);
  });

  it('counts 242 days as a year and no risk-free return, unless told otherwise, and says so', () => {
    expect(figures.convention.periodsPerYear).toBe(4);
    const { convention: own, annualizedReturn } = measure([1, 1.01, 1.02], [1, 1, 1]);
    expect(own).toBe(A_SHARE_CONVENTION);
    expect(own).toMatchObject({ periodsPerYear: 242, riskFreeRate: 0, compounding: 'GEOMETRIC' });
    expectClose(annualizedReturn, 1.02 ** 121 - 1);
  });

  it('is null where a ratio is over zero', () => {
    const nothing = { sharpe: null, sortino: null, calmar: null, informationRatio: null, beta: null };
    const flat = measure([1, 1, 1, 1], [1, 1, 1, 1], { convention: convention(242, 0.02) });
    expect(flat).toMatchObject({ ...nothing, sortino: flat.sortino, maxDrawdown: 0, maxDrawdownFrom: null });
    expect(measure([1, 1, 1, 1], [1, 1, 1, 1])).toMatchObject({
      ...nothing,
      winRateWeekly: null,
      winRateMonthly: null,
    });
    const rising = measure([1, 2, 3], [1, 2, 3]);
    expect(rising).toMatchObject({ sortino: null, calmar: null, informationRatio: null, trackingError: 0 });
  });

  it('is refused for fewer than two returns', () => {
    expect(errorCodeOf(() => measure([1, 2], [1, 2]))).toBe('INVALID_RANGE');
    expect(errorCodeOf(() => measure([], []))).toBe('INVALID_RANGE');
  });

  it('agrees with the literal definitions and gives no NaN and no infinity', () => {
    // Whole hundredths of a percent: among arbitrary doubles are returns so small that 1 + r is all rounding.
    const anyReturn = fc.integer({ min: -2000, max: 2000 }).map((basisPoints) => basisPoints / 10_000);
    const anyReturns = fc.array(fc.tuple(anyReturn, anyReturn), { minLength: 2, maxLength: 40 });
    const grow = (returns: number[]) => {
      const values = [1];
      for (const r of returns) values.push(values[values.length - 1] * (1 + r));
      return values;
    };
    fc.assert(
      fc.property(anyReturns, fc.constantFrom(12, 242, 252), fc.constantFrom(0, 0.02), (pairs, perYear, riskFree) => {
        const own = grow(pairs.map(([r]) => r));
        const market = grow(pairs.map(([, r]) => r));
        const actual = measure(own, market, { convention: convention(perYear, riskFree), weekEnds: [0, 1, 2] });
        for (const [name, value] of Object.entries(actual)) {
          if (typeof value === 'number') expect(Number.isFinite(value), name).toBe(true);
        }
        const expected = figuresReference(own, market, perYear, riskFree);
        for (const [name, value] of Object.entries(expected)) {
          const figure = actual[name as keyof typeof expected];
          // Where the denominator is nothing but rounding, neither side means anything.
          if (figure !== null && Math.abs(value) < 1e6) expectClose(figure, value);
        }
      }),
    );
  });
});

describe('maximumDrawdown', () => {
  const drawdown = (...values: number[]) => maximumDrawdown(datesOf(values.length), Float64Array.from(values));

  it('finds the deepest fall, its high, its low and the first day back at the high', () => {
    const dates = datesOf(8);
    expect(drawdown(1, 2, 1.8, 2, 1, 1.5, 2, 3)).toEqual({
      depth: -0.5,
      from: dates[3],
      to: dates[4],
      recoveredOn: dates[6],
    });
    expect(drawdown(2, 1, 1.9)).toEqual({ depth: -0.5, from: dates[0], to: dates[1], recoveredOn: null });
  });

  it('keeps the first of equal falls', () => {
    const dates = datesOf(5);
    expect(drawdown(2, 1, 4, 2, 5)).toMatchObject({ from: dates[0], to: dates[1], recoveredOn: dates[2] });
  });

  it('has neither depth nor dates without a fall', () => {
    expect(drawdown(1, 1, 2)).toEqual({ depth: 0, from: null, to: null, recoveredOn: null });
  });
});
