import type { ContainerType } from 'type-graphql';
import type { FactorCache } from '../engines/factor-cache.js';
import type { FactorEngine } from '../engines/factor-engine.js';
import { DataStatusResolver } from './data-status/data-status.resolver.js';
import { FactorResolver, IndustryFactorResolver } from './factor/factor.resolver.js';
import { FactorService } from './factor/factor.service.js';
import { IndustryResolver } from './industry/industry.resolver.js';
import { IndustryService } from './industry/industry.service.js';
import { NodeResolver } from './node/node.resolver.js';

/** Every resolver of the API. */
export const RESOLVERS = [DataStatusResolver, IndustryResolver, FactorResolver, IndustryFactorResolver, NodeResolver];

/** Their instances, with what they stand on. */
export function createResolvers(engines: readonly FactorEngine[], cache: FactorCache): ContainerType {
  const industries = new IndustryService();
  const factors = new FactorService(engines, cache);
  const instances = new Map<unknown, object>([
    [DataStatusResolver, new DataStatusResolver()],
    [IndustryResolver, new IndustryResolver(industries)],
    [FactorResolver, new FactorResolver(factors)],
    [IndustryFactorResolver, new IndustryFactorResolver(factors)],
    [NodeResolver, new NodeResolver(industries)],
  ]);
  return { get: (resolver) => instances.get(resolver) };
}
