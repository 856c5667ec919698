import 'reflect-metadata';
import { expect, test, vi } from 'vitest';
import type { LocalDate } from '#lundong/domain/local-date.js';
import { A_SHARE_CONVENTION, type PerformanceMetrics } from '#lundong/domain/performance-metrics.js';
import type { SweepWork } from '#lundong/modules/backtest/backtest.service.js';
import { combinationsOf, SweepPages, type SweepResult, sweepTable } from '#lundong/modules/backtest/sweep-result.js';
import { valuesOf } from '../../support/table.js';

vi.mock('graphql', async () => (await import('../../support/one-graphql.js')).default);

/** Metrics that tell which combination they are of. */
function metricsOf(row: number): PerformanceMetrics {
  return {
    convention: A_SHARE_CONVENTION,
    totalReturn: row + 0.1,
    annualizedReturn: row + 0.2,
    annualizedVolatility: row + 0.3,
    sharpe: row % 7 === 0 ? null : row,
    sortino: row,
    maxDrawdown: -row,
    maxDrawdownFrom: null,
    maxDrawdownTo: null,
    recoveredOn: null,
    calmar: row,
    trackingError: row,
    informationRatio: row,
    beta: row,
    winRateWeekly: row,
    winRateMonthly: row,
    annualTurnover: row,
  };
}

function swept(lookbacks: number): { work: SweepWork; result: SweepResult; expected: (string | number | null)[][] } {
  const days = Array.from({ length: lookbacks }, (_, index) => 20 + index);
  const work = {
    lookbacks: days,
    weightings: ['CAP', 'EQUAL'],
    rebalances: ['MONTHLY', 'WEEKLY'],
    sizes: [3, 6, 10],
  } as unknown as SweepWork;
  const pages = new SweepPages();
  const expected: (string | number | null)[][] = [];
  for (const lookback of days)
    for (const weighting of work.weightings)
      for (const rebalance of work.rebalances)
        for (const size of work.sizes) {
          const row = pages.rows;
          const metrics = row % 11 === 5 ? null : metricsOf(row);
          pages.add(metrics);
          expected.push([lookback, size, rebalance, weighting, metrics?.totalReturn ?? null, metrics?.sharpe ?? null]);
        }
  const rest = { lastDate: '2025-11-21' as LocalDate, notes: ['said'] };
  return { work, result: { ...pages.finish(), ...rest }, expected };
}

const NAMES = ['lookback', 'size', 'rebalance', 'weighting', 'totalReturn', 'sharpe'];

// 996, 1008, 2004 and 3000 combinations: pages are of 500.
test.each([83, 84, 167, 250])('any part of a sweep of %i × 12 is read from its pages', async (lookbacks) => {
  const { work, result, expected } = swept(lookbacks);
  const total = 12 * lookbacks;
  expect(combinationsOf(work)).toBe(total);
  expect(result.pages).toHaveLength(Math.ceil(total / 500));
  for (const [limit, offset] of [
    [5000, 0],
    [total, 0],
    [total - 1, 0],
    [1, 499],
    [1, 500],
    [2, 499],
    [1000, 250],
    [5000, total - 1],
    [1, total],
    [5, 10 * total],
  ] as const) {
    const table = sweepTable(work, result, { limit, offset }, 7);
    const rows = expected.slice(offset, offset + limit);
    const data = await valuesOf(table);
    const columns = NAMES.map((name) => data[table.columns.findIndex((column) => column.name === name)]);
    expect(columns).toEqual(NAMES.map((_, column) => rows.map((row) => row[column])));
    expect(data.map((values) => values.length)).toEqual(Array(17).fill(rows.length));
    expect(table).toMatchObject({
      rowCount: rows.length,
      truncated: offset + limit < total,
      asOf: '2025-11-21',
      dataVersion: 7,
      notes: ['said'],
    });
  }
});
