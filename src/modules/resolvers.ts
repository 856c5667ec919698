import type { ContainerType } from 'type-graphql';
import { TableResolver } from '../graphql/table.resolver.js';
import { BacktestResolver, SweepResolver } from './backtest/backtest.resolver.js';
import { BarResolver } from './bar/bar.resolver.js';
import { DataStatusResolver } from './data-status/data-status.resolver.js';
import { EtfResolver, IndustryEtfResolver, ThemeResolver } from './etf/etf.resolver.js';
import { FactorResolver, IndustryFactorResolver } from './factor/factor.resolver.js';
import { FlowResolver } from './flow/flow.resolver.js';
import { IndustryResolver } from './industry/industry.resolver.js';
import { MarginResolver } from './margin/margin.resolver.js';
import { MarketResolver } from './market/market.resolver.js';
import { ModelResolver } from './model/model.resolver.js';
import { NodeResolver } from './node/node.resolver.js';
import { EtfBasketResolver } from './portfolio/etf-basket.resolver.js';
import { PortfolioResolver } from './portfolio/portfolio.resolver.js';
import { RateLimitResolver } from './rate-limit/rate-limit.resolver.js';
import { ReportResolver } from './report/report.resolver.js';
import type { Services } from './services.js';

/** Every resolver of the API. */
export const RESOLVERS = [
  DataStatusResolver,
  IndustryResolver,
  FactorResolver,
  IndustryFactorResolver,
  PortfolioResolver,
  EtfResolver,
  ThemeResolver,
  IndustryEtfResolver,
  FlowResolver,
  MarginResolver,
  MarketResolver,
  EtfBasketResolver,
  BacktestResolver,
  SweepResolver,
  ModelResolver,
  ReportResolver,
  NodeResolver,
  RateLimitResolver,
  BarResolver,
  TableResolver,
];

/** Their instances, with what they stand on. */
export function createResolvers({
  industries,
  etfs,
  marketFacts,
  flows,
  margins,
  factors,
  portfolios,
  etfBaskets,
  backtests,
  models,
  reports,
  bars,
  queue,
}: Services): ContainerType {
  const instances = new Map<unknown, object>([
    [DataStatusResolver, new DataStatusResolver()],
    [IndustryResolver, new IndustryResolver(industries)],
    [FactorResolver, new FactorResolver(factors)],
    [IndustryFactorResolver, new IndustryFactorResolver(factors)],
    [PortfolioResolver, new PortfolioResolver(portfolios, factors)],
    [EtfResolver, new EtfResolver(etfs)],
    [ThemeResolver, new ThemeResolver()],
    [IndustryEtfResolver, new IndustryEtfResolver(etfs)],
    [FlowResolver, new FlowResolver(flows)],
    [MarginResolver, new MarginResolver(margins)],
    [EtfBasketResolver, new EtfBasketResolver(etfBaskets)],
    [MarketResolver, new MarketResolver(marketFacts)],
    [BacktestResolver, new BacktestResolver(backtests, queue)],
    [SweepResolver, new SweepResolver(backtests)],
    [ModelResolver, new ModelResolver(models)],
    [RateLimitResolver, new RateLimitResolver()],
    [BarResolver, new BarResolver(bars)],
    [TableResolver, new TableResolver()],
    [ReportResolver, new ReportResolver(reports)],
    [NodeResolver, new NodeResolver(industries, etfs, portfolios, backtests)],
  ]);
  return { get: (resolver) => instances.get(resolver) };
}
