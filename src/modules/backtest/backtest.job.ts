import { setImmediate as nextTurn } from 'node:timers/promises';
import { LundongError } from '../../domain/errors.js';
import type { LocalDate } from '../../domain/local-date.js';
import type { PerformanceMetrics } from '../../domain/performance-metrics.js';
import type { JobContext, JobHandler } from '../../jobs/job-worker.js';
import { type PortfolioService, rebalanceRows } from '../portfolio/portfolio.service.js';
import type { PortfolioDefinition } from '../portfolio/portfolio-definition.js';
import { PortfolioRun, type RebalanceRecord } from '../portfolio/portfolio-run.js';
import { type BacktestWork, combinationsOf, type SweepWork } from './backtest.service.js';

/** What a backtest leaves, as JSON. */
export interface BacktestResult {
  readonly dates: readonly LocalDate[];
  readonly portfolio: readonly number[];
  readonly benchmark: readonly number[];
  readonly metrics: PerformanceMetrics;
  readonly rebalances: readonly RebalanceRecord[];
  readonly notes: readonly string[];
}

/** One combination of a sweep; no metrics where it never bought anything or had too few days. */
export interface SweepRow {
  readonly lookback: number;
  readonly size: number;
  readonly rebalance: string;
  readonly weighting: string;
  readonly metrics: PerformanceMetrics | null;
}

export interface SweepResult {
  readonly rows: readonly SweepRow[];
  readonly lastDate: LocalDate;
  readonly notes: readonly string[];
}

/** A combination takes about 0.3 ms: between so many the event loop gets its turn, and a cancellation is seen. */
const COMBINATIONS_AT_ONCE = 20;

export function backtestHandler(portfolios: PortfolioService): JobHandler {
  return async (input, { market, progress }): Promise<BacktestResult> => {
    const { portfolio, from, to, initialHoldings } = input as BacktestWork;
    progress(0, 'computing the factor');
    const run = await portfolios.runOver(market, portfolio, from, to, initialHoldings);
    const { series, metrics } = run.performance(run.firstDate, run.lastDate);
    return {
      dates: series.dates,
      portfolio: Array.from(run.series.portfolio),
      benchmark: Array.from(run.series.benchmark),
      metrics,
      rebalances: run.rebalances(run.firstDate, run.lastDate),
      notes: run.notes,
    };
  };
}

/** Prices, rebalance days and factor values are shared between the combinations that have them in common. */
export function sweepHandler(portfolios: PortfolioService): JobHandler {
  return async (input, { market, progress, signal }: JobContext): Promise<SweepResult> => {
    const work = input as SweepWork;
    const { portfolio, lookbacks, sizes, rebalances, weightings } = work;
    const total = combinationsOf(work);
    const ground = await portfolios.ground(market, portfolio.scheme, work.from, work.to);
    const schedules = rebalances.map((rebalance) => ({
      rebalance,
      rows: rebalanceRows(ground, { ...portfolio, rebalance }),
    }));
    const signals = schedules.flatMap(({ rows }) => rows);
    const rows: SweepRow[] = [];
    const turn = async (): Promise<void> => {
      progress(rows.length / total, `${rows.length} of ${total} combinations`);
      await nextTurn();
      signal.throwIfAborted();
    };
    for (const lookback of lookbacks)
      for (const weighting of weightings) {
        await turn(); // the factor of one setting may take as long as hundreds of combinations
        const params = { ...(portfolio.params as object), lookback, weighting };
        const factor = await portfolios.factorPanel(market, { ...portfolio, params }, ground, signals);
        for (const { rebalance, rows: schedule } of schedules)
          for (const size of sizes) {
            const definition: PortfolioDefinition = { ...portfolio, params, rebalance, size };
            const metrics = measure(() => PortfolioRun.of(ground, definition, factor, schedule));
            rows.push({ lookback, size, rebalance, weighting, metrics });
            if (rows.length % COMBINATIONS_AT_ONCE === 0) await turn();
          }
      }
    return { rows, lastDate: ground.dates.at(-1) as LocalDate, notes: [ground.note] };
  };
}

function measure(run: () => PortfolioRun): PerformanceMetrics | null {
  try {
    const portfolio = run();
    return portfolio.performance(portfolio.firstDate, portfolio.lastDate).metrics;
  } catch (error) {
    if (error instanceof LundongError && error.code === 'INVALID_RANGE') return null;
    throw error;
  }
}
