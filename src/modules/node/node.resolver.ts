import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import type { RequestContext } from '../../graphql/context.js';
import { fromGlobalId, NodeType } from '../../graphql/types/node.type.js';
import type { IndustryService } from '../industry/industry.service.js';
import { IndustryType } from '../industry/industry.type.js';

@Resolver()
export class NodeResolver {
  constructor(private readonly industriesService: IndustryService) {}

  @Query(() => NodeType, {
    nullable: true,
    description: 'Whatever has this id, as of the newest date; null where nothing has it.',
  })
  node(
    @Arg('id', () => ID, { description: 'An id from an earlier answer.' }) id: string,
    @Ctx() { market }: RequestContext,
  ): NodeType | null {
    const { type, key } = fromGlobalId(id);
    const industry = type === 'Industry' ? market.industries.get(key) : undefined;
    return industry === undefined ? null : new IndustryType(industry, this.industriesService.resolveDate(market, null));
  }
}
