import { FactorCache } from '../engines/factor-cache.js';
import type { FactorEngine } from '../engines/factor-engine.js';
import type { ModelRegistry } from '../engines/gru/model-registry.js';
import { JobQueue } from '../jobs/job-queue.js';
import type { JobHandler } from '../jobs/job-worker.js';
import type { Market } from '../lake/market.js';
import type { Store } from '../store/store.js';
import { backtestHandler, sweepHandler } from './backtest/backtest.job.js';
import { BACKTEST, BacktestService, SWEEP } from './backtest/backtest.service.js';
import { BarService } from './bar/bar.service.js';
import { EtfService } from './etf/etf.service.js';
import { FactorService } from './factor/factor.service.js';
import { FlowService } from './flow/flow.service.js';
import { IndustryService } from './industry/industry.service.js';
import { MarginService } from './margin/margin.service.js';
import { MarketService } from './market/market.service.js';
import { ModelService } from './model/model.service.js';
import { EtfBasketService } from './portfolio/etf-basket.service.js';
import { PortfolioService } from './portfolio/portfolio.service.js';
import { ReportService } from './report/report.service.js';

/** What resolvers and workers do their work with, made once per process. */
export interface Services {
  readonly industries: IndustryService;
  readonly etfs: EtfService;
  readonly marketFacts: MarketService;
  readonly flows: FlowService;
  readonly margins: MarginService;
  readonly factors: FactorService;
  readonly portfolios: PortfolioService;
  readonly etfBaskets: EtfBasketService;
  readonly backtests: BacktestService;
  readonly models: ModelService;
  readonly reports: ReportService;
  readonly bars: BarService;
  readonly queue: JobQueue;
}

export function createServices(store: Store, engines: readonly FactorEngine[], registry: ModelRegistry): Services {
  const factors = new FactorService(engines, new FactorCache(store));
  const portfolios = new PortfolioService(store, factors);
  const queue = new JobQueue(store);
  const industries = new IndustryService();
  const etfs = new EtfService(industries);
  const flows = new FlowService(etfs);
  const margins = new MarginService(industries);
  return {
    industries,
    etfs,
    marketFacts: new MarketService(etfs),
    flows,
    margins,
    factors,
    portfolios,
    etfBaskets: new EtfBasketService(portfolios, etfs),
    backtests: new BacktestService(queue, portfolios),
    models: new ModelService(registry),
    reports: new ReportService(industries, flows, margins, factors, portfolios),
    bars: new BarService(),
    queue,
  };
}

/** Reads ahead what the first questions to a market would wait for. */
export async function prefetch({ etfs, reports }: Services, market: Market): Promise<void> {
  await Promise.all([etfs.prefetch(market), reports.prefetch(market)]);
}

/** What workers can do, by kind of job. */
export function jobHandlers({ portfolios }: Services): Readonly<Record<string, JobHandler>> {
  return { [BACKTEST]: backtestHandler(portfolios), [SWEEP]: sweepHandler(portfolios) };
}
