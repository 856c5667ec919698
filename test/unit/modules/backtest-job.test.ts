import 'reflect-metadata';
import { expect, it } from 'vitest';
import type { Market } from '#lundong/lake/market.js';
import { backtestHandler } from '#lundong/modules/backtest/backtest.job.js';
import type { PortfolioService } from '#lundong/modules/portfolio/portfolio.service.js';

it('a backtest tells the steps of its run as the run takes them', async () => {
  const told: [number, string | null][] = [];
  const run = async (...[, , , , , progress]: Parameters<PortfolioService['runOver']>): Promise<never> => {
    progress?.(0.2, 'computing the factor');
    throw new Error('far enough');
  };
  const handler = backtestHandler({ runOver: run } as unknown as PortfolioService);
  const work = { portfolio: {}, from: '2025-01-02', to: '2025-12-31', initialHoldings: [] };
  const context = {
    market: {} as Market,
    signal: new AbortController().signal,
    progress: (done: number, message: string | null) => void told.push([done, message]),
  };
  await expect(handler(work, context)).rejects.toThrow('far enough');
  expect(told).toEqual([[0.2, 'computing the factor']]);
});
