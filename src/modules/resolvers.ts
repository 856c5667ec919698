import type { ContainerType } from 'type-graphql';
import { BacktestResolver, SweepResolver } from './backtest/backtest.resolver.js';
import { DataStatusResolver } from './data-status/data-status.resolver.js';
import { FactorResolver, IndustryFactorResolver } from './factor/factor.resolver.js';
import { IndustryResolver } from './industry/industry.resolver.js';
import { ModelResolver } from './model/model.resolver.js';
import { NodeResolver } from './node/node.resolver.js';
import { PortfolioResolver } from './portfolio/portfolio.resolver.js';
import { RateLimitResolver } from './rate-limit/rate-limit.resolver.js';
import type { Services } from './services.js';

/** Every resolver of the API. */
export const RESOLVERS = [
  DataStatusResolver,
  IndustryResolver,
  FactorResolver,
  IndustryFactorResolver,
  PortfolioResolver,
  BacktestResolver,
  SweepResolver,
  ModelResolver,
  NodeResolver,
  RateLimitResolver,
];

/** Their instances, with what they stand on. */
export function createResolvers({
  industries,
  factors,
  portfolios,
  backtests,
  models,
  queue,
}: Services): ContainerType {
  const instances = new Map<unknown, object>([
    [DataStatusResolver, new DataStatusResolver()],
    [IndustryResolver, new IndustryResolver(industries)],
    [FactorResolver, new FactorResolver(factors)],
    [IndustryFactorResolver, new IndustryFactorResolver(factors)],
    [PortfolioResolver, new PortfolioResolver(portfolios, factors)],
    [BacktestResolver, new BacktestResolver(backtests, queue)],
    [SweepResolver, new SweepResolver(backtests)],
    [ModelResolver, new ModelResolver(models)],
    [NodeResolver, new NodeResolver(industries, portfolios, backtests)],
    [RateLimitResolver, new RateLimitResolver()],
  ]);
  return { get: (resolver) => instances.get(resolver) };
}
