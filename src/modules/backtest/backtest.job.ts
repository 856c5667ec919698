import { setImmediate as nextTurn } from 'node:timers/promises';
import { LundongError } from '../../domain/errors.js';
import type { LocalDate } from '../../domain/local-date.js';
import type { PerformanceMetrics } from '../../domain/performance-metrics.js';
import type { JobContext, JobHandler } from '../../jobs/job-worker.js';
import { type PortfolioService, rebalanceRows } from '../portfolio/portfolio.service.js';
import type { PortfolioDefinition } from '../portfolio/portfolio-definition.js';
import { notesOf, PortfolioRun, type RebalanceRecord } from '../portfolio/portfolio-run.js';
import type { BacktestWork, SweepWork } from './backtest.service.js';
import { combinationsOf, SweepPages, type SweepResult } from './sweep-result.js';

/** What a backtest leaves, as JSON. */
export interface BacktestResult {
  readonly dates: readonly LocalDate[];
  readonly portfolio: readonly number[];
  readonly benchmark: readonly number[];
  readonly metrics: PerformanceMetrics;
  readonly rebalances: readonly RebalanceRecord[];
  /** Which series the prices are from; the factor's notes stand at the rebalances. */
  readonly groundNote: string;
}

/** A combination takes about 0.3 ms: between so many the event loop gets its turn, and a cancellation is seen. */
const COMBINATIONS_AT_ONCE = 20;

export function backtestHandler(portfolios: PortfolioService): JobHandler {
  return async (input, { market, progress, signal }): Promise<BacktestResult> => {
    const { portfolio, from, to, initialHoldings } = input as BacktestWork;
    const run = await portfolios.runOver(market, portfolio, from, to, initialHoldings, progress, signal);
    const { series, metrics } = run.performance(run.firstDate, run.lastDate);
    return {
      dates: series.dates,
      portfolio: Array.from(run.series.portfolio),
      benchmark: Array.from(run.series.benchmark),
      metrics,
      rebalances: run.rebalances(run.firstDate, run.lastDate),
      groundNote: run.groundNote,
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
    const pages = new SweepPages();
    const said = new Map<LocalDate, readonly string[]>();
    const turn = async (): Promise<void> => {
      progress(pages.rows / total, `${pages.rows} of ${total} combinations`);
      await nextTurn();
      signal.throwIfAborted();
    };
    for (const own of lookbacks?.map((lookback) => ({ lookback })) ?? [{}])
      for (const weighting of weightings) {
        await turn(); // the factor of one setting may take as long as hundreds of combinations
        const params = { ...(portfolio.params as object), ...own, weighting };
        const factor = await portfolios.factorPanel(market, { ...portfolio, params }, ground, signals, signal);
        for (const { rebalance, rows: schedule } of schedules) {
          let isNoted = false; // all sizes are chosen by the same values
          for (const size of sizes) {
            const definition: PortfolioDefinition = { ...portfolio, params, rebalance, size };
            const measured = measure(() => PortfolioRun.of(ground, definition, factor, schedule));
            pages.add(measured?.metrics ?? null);
            if (measured !== null && !isNoted) {
              isNoted = true;
              for (const { date, notes } of measured.run.signals())
                said.set(date, [...(said.get(date) ?? []), ...notes]);
            }
            if (pages.rows % COMBINATIONS_AT_ONCE === 0) await turn();
          }
        }
      }
    const signalsSaid = [...said].map(([date, notes]) => ({ date, notes })).sort((a, b) => (a.date < b.date ? -1 : 1));
    return {
      ...pages.finish(),
      lastDate: ground.dates.at(-1) as LocalDate,
      notes: notesOf(ground.note, signalsSaid),
    };
  };
}

function measure(compute: () => PortfolioRun): { run: PortfolioRun; metrics: PerformanceMetrics } | null {
  try {
    const run = compute();
    return { run, metrics: run.performance(run.firstDate, run.lastDate).metrics };
  } catch (error) {
    if (error instanceof LundongError && error.code === 'INVALID_RANGE') return null;
    throw error;
  }
}
