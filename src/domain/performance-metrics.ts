import { maximumDrawdown } from './drawdown.js';
import { LundongError } from './errors.js';
import type { LocalDate } from './local-date.js';
import type { NetValueSeries } from './net-value-series.js';

/** What a year is, and what is earned without risk: without it a yearly figure has no meaning. */
export interface MetricConvention {
  /** Net values grow by multiplication; yearly returns are geometric. */
  readonly compounding: 'GEOMETRIC';
  /** Trading days that count as a year. */
  readonly periodsPerYear: number;
  /** Fraction per year, above −1; per day (1 + rate)^(1/periodsPerYear) − 1. */
  readonly riskFreeRate: number;
  /** Whose trading days the net values lie on. */
  readonly calendar: string;
}

/**
 * The convention of every figure that does not ask for another. 242 days is what the exchanges had in 2022, 2023 and
 * 2024 and have in 2026 (2025: 243); the 244 that is also in use was last seen in 2019.
 */
export const A_SHARE_CONVENTION: MetricConvention = {
  compounding: 'GEOMETRIC',
  periodsPerYear: 242,
  riskFreeRate: 0,
  calendar: 'Shanghai and Shenzhen trading days',
};

/** Fractions (0.01 = 1 %); null where a figure is not defined. */
export interface PerformanceMetrics {
  readonly convention: MetricConvention;
  readonly totalReturn: number;
  readonly annualizedReturn: number;
  readonly annualizedVolatility: number;
  readonly sharpe: number | null;
  readonly sortino: number | null;
  /** At most 0. */
  readonly maxDrawdown: number;
  readonly maxDrawdownFrom: LocalDate | null;
  readonly maxDrawdownTo: LocalDate | null;
  readonly recoveredOn: LocalDate | null;
  readonly calmar: number | null;
  readonly trackingError: number;
  readonly informationRatio: number | null;
  readonly beta: number | null;
  readonly winRateWeekly: number | null;
  readonly winRateMonthly: number | null;
  readonly annualTurnover: number;
}

export interface PerformanceInput {
  readonly series: NetValueSeries;
  /** Turnover of every rebalance after the first net value; the purchase that makes it is none. */
  readonly turnovers: ArrayLike<number>;
  /** Rows of the series on which weeks and months end, of `periodEndRows`. */
  readonly weekEnds: readonly number[];
  readonly monthEnds: readonly number[];
  readonly convention?: MetricConvention;
}

/**
 * Risk and return of a net value over n days after the first. With r and b the daily returns of the portfolio and its
 * benchmark, f the risk-free return per day and p the periods per year (sd with ddof 1):
 *
 *     totalReturn           V(n)/V(0) − 1
 *     annualizedReturn      (V(n)/V(0))^(p/n) − 1
 *     annualizedVolatility  sd(r)·√p
 *     sharpe                mean(r − f) / sd(r)·√p
 *     sortino               mean(r − f) / √mean(min(r − f, 0)²)·√p, the mean over all days
 *     calmar                annualizedReturn / |maxDrawdown|
 *     trackingError         sd(r − b)·√p
 *     informationRatio      mean(r − b) / sd(r − b)·√p
 *     beta                  cov(r, b) / var(b)
 *     winRate               share of weeks, of months, with a higher return than the benchmark's; the first and the
 *                           last may be parts of one
 *     annualTurnover        Σ turnover · p/n
 *
 * A ratio over zero is null: no volatility, no loss, no drawdown, no difference from the benchmark, a flat benchmark.
 *
 * @throws LundongError INVALID_RANGE with fewer than three net values, which have no standard deviation
 */
export function measurePerformance(input: PerformanceInput): PerformanceMetrics {
  const { series, turnovers, weekEnds, monthEnds, convention = A_SHARE_CONVENTION } = input;
  const { dates, portfolio, benchmark } = series;
  const days = dates.length - 1;
  if (days < 2)
    throw new LundongError(
      'INVALID_RANGE',
      `Risk figures need at least three net values, and there are ${dates.length}; choose a longer range.`,
    );

  const { periodsPerYear, riskFreeRate } = convention;
  const perYear = Math.sqrt(periodsPerYear);
  const riskFree = (1 + riskFreeRate) ** (1 / periodsPerYear) - 1;
  const returns = dailyReturns(portfolio);
  const benchmarkReturns = dailyReturns(benchmark);
  const own = moments(returns);
  const market = moments(benchmarkReturns);
  const active = moments(differences(returns, benchmarkReturns));

  const growth = portfolio[days] / portfolio[0];
  const annualizedReturn = growth ** (periodsPerYear / days) - 1;
  if (!Number.isFinite(annualizedReturn))
    throw new LundongError(
      'INVALID_RANGE',
      `A growth by a factor of ${growth} in ${days} days cannot be told per year; choose a longer range, or look at the data.`,
    );
  const drawdown = maximumDrawdown(dates, portfolio);
  return {
    convention,
    totalReturn: growth - 1,
    annualizedReturn,
    annualizedVolatility: own.deviation * perYear,
    sharpe: ratio((own.mean - riskFree) * perYear, own.deviation),
    sortino: ratio((own.mean - riskFree) * perYear, downside(returns, riskFree)),
    maxDrawdown: drawdown.depth,
    maxDrawdownFrom: drawdown.from,
    maxDrawdownTo: drawdown.to,
    recoveredOn: drawdown.recoveredOn,
    calmar: ratio(annualizedReturn, -drawdown.depth),
    trackingError: active.deviation * perYear,
    informationRatio: ratio(active.mean * perYear, active.deviation),
    beta: ratio(covariance(returns, own.mean, benchmarkReturns, market.mean), market.deviation ** 2),
    winRateWeekly: winRate(series, weekEnds),
    winRateMonthly: winRate(series, monthEnds),
    annualTurnover: (sum(turnovers) * periodsPerYear) / days,
  };
}

function dailyReturns(values: Float64Array): Float64Array {
  const returns = new Float64Array(values.length - 1);
  for (let day = 0; day < returns.length; day++) returns[day] = values[day + 1] / values[day] - 1;
  return returns;
}

function differences(values: Float64Array, others: Float64Array): Float64Array {
  const differences = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) differences[i] = values[i] - others[i];
  return differences;
}

interface Moments {
  readonly mean: number;
  /** ddof 1 */
  readonly deviation: number;
}

/** Measured from the first value, so that values all alike have a deviation of exactly zero. */
function moments(values: Float64Array): Moments {
  const origin = values[0];
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] - origin;
  const mean = origin + total / values.length;
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i] - mean) ** 2;
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}

/** ddof 1 */
function covariance(x: Float64Array, meanX: number, y: Float64Array, meanY: number): number {
  let products = 0;
  for (let i = 0; i < x.length; i++) products += (x[i] - meanX) * (y[i] - meanY);
  return products / (x.length - 1);
}

function downside(returns: Float64Array, riskFree: number): number {
  let squares = 0;
  for (let i = 0; i < returns.length; i++) squares += Math.min(returns[i] - riskFree, 0) ** 2;
  return Math.sqrt(squares / returns.length);
}

/** Of the periods of `periodReturns`, which tells each one by one; here they are only counted. */
function winRate({ portfolio, benchmark }: NetValueSeries, ends: readonly number[]): number | null {
  let [periods, won] = [0, 0];
  for (let i = 0, from = 0; i < ends.length; from = ends[i++]) {
    const to = ends[i];
    if (to === 0) continue;
    periods++;
    if (portfolio[to] / portfolio[from] - benchmark[to] / benchmark[from] > 0) won++;
  }
  return ratio(won, periods);
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i];
  return total;
}

function ratio(numerator: number, denominator: number): number | null {
  return denominator === 0 ? null : numerator / denominator;
}
