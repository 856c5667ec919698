import { Command, InvalidArgumentError, Option } from 'commander';
import { LundongError } from '../../domain/errors.js';
import type { IndustryScheme } from '../../domain/industry.js';
import { type LocalDate, parseLocalDate } from '../../domain/local-date.js';
import type { RebalanceFrequency } from '../../domain/rebalance-schedule.js';
import type { Market } from '../../lake/market.js';
import type { PortfolioService } from '../../modules/portfolio/portfolio.service.js';
import { DATASET, type PortfolioDefinition } from '../../modules/portfolio/portfolio-definition.js';
import { createServices } from '../../modules/services.js';
import { withWorkspace } from '../../workspace.js';
import { formatBacktest } from '../backtest-report.js';
import { progressBar } from '../progress-bar.js';

interface BacktestOptions {
  readonly portfolio?: string;
  readonly factor: string;
  readonly lookback?: number;
  readonly rule: 'TOP_N' | 'SWAP';
  readonly size: number;
  readonly rebalance: RebalanceFrequency;
  readonly cost: number;
  readonly lag: number;
  readonly from?: string;
  readonly to?: string;
  readonly scheme: IndustryScheme;
  readonly exclude: readonly string[];
}

const DESCRIBING = ['factor', 'lookback', 'rule', 'size', 'rebalance', 'cost', 'lag', 'scheme', 'exclude'];

export const backtestCommand = new Command('backtest')
  .description('compute a portfolio over a range, here and now, and print what came of it')
  .addOption(
    new Option('--portfolio <key>', 'a portfolio that is built in or was created; instead of describing one').conflicts(
      DESCRIBING,
    ),
  )
  .option('--factor <key>', 'factor that ranks the industries', 'diffusion')
  .option('--lookback <days>', 'look-back of the diffusion index in trading days (default: 220)', toNumber)
  .addOption(new Option('--rule <rule>', 'how industries are chosen').choices(['TOP_N', 'SWAP']).default('TOP_N'))
  .option('--size <n>', 'number of industries', toNumber, 6)
  .addOption(
    new Option('--rebalance <frequency>', 'when it is rebalanced').choices(['WEEKLY', 'MONTHLY']).default('MONTHLY'),
  )
  .option('--cost <bps>', 'basis points of traded value', toNumber, 0)
  .option('--lag <days>', 'trading days from the choice to the fill', toNumber, 0)
  .option('--from <date>', 'first date (default: the first of the data)')
  .option('--to <date>', 'last date (default: the last of the data)')
  .addOption(new Option('--scheme <scheme>', 'which industries').choices(['CITIC_L1', 'SW_L1']).default('CITIC_L1'))
  .option('--exclude <codes...>', 'industries that are ranked but never bought', [])
  .action((options: BacktestOptions) =>
    withWorkspace(async (workspace) => {
      const market = (await workspace.markets()).current();
      const { portfolios } = createServices(workspace.store, workspace.engines, workspace.modelRegistry());
      const definition = await definitionOf(market, portfolios, options);
      const from = dateOf(options.from) ?? market.firstDate(DATASET);
      const to = dateOf(options.to) ?? market.resolveDate(DATASET, null);
      const bar = progressBar('backtest');
      try {
        const run = await portfolios.runOver(market, definition, from, to, [], (done, step) =>
          bar.update({ step, done, total: 1 }),
        );
        bar.stop();
        process.stdout.write(`${formatBacktest(definition, run, market)}\n`);
      } finally {
        bar.stop();
      }
    }),
  );

async function definitionOf(
  market: Market,
  portfolios: PortfolioService,
  options: BacktestOptions,
): Promise<PortfolioDefinition> {
  const { portfolio: key, factor, lookback, rule, size, rebalance, cost, lag, scheme, exclude } = options;
  if (key === undefined)
    return portfolios.define(market, {
      key: 'backtest',
      factor,
      params: lookback === undefined ? null : { diffusion: { lookback } },
      rule,
      size,
      swapsPerRebalance: 1,
      excluded: exclude,
      rebalance,
      costBps: cost,
      executionLagDays: lag,
      scheme,
    });
  const kept = await portfolios.find(market, key);
  if (kept === null)
    throw new LundongError(
      'UNKNOWN_PORTFOLIO',
      `"${key.slice(0, 80)}" is no portfolio; the query portfolios lists them.`,
    );
  return kept;
}

function dateOf(text: string | undefined): LocalDate | null {
  return text === undefined ? null : parseLocalDate(text);
}

function toNumber(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(value)) throw new InvalidArgumentError('It is no number.');
  return value;
}
