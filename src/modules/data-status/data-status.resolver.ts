import { Ctx, Query, Resolver } from 'type-graphql';
import type { RequestContext } from '../../graphql/context.js';
import { Repeatable } from '../../graphql/plugins/repeatable.plugin.js';
import { RequiresScope } from '../../graphql/schema-extensions.js';
import { DataStatusType } from './data-status.type.js';

@Resolver()
export class DataStatusResolver {
  @RequiresScope('read')
  @Query(() => DataStatusType, { description: 'Which data are loaded, how far they reach, and whether they are real.' })
  @Repeatable()
  async dataStatus(@Ctx() { market }: RequestContext): Promise<DataStatusType> {
    return { dataVersion: market.dataVersion, datasets: await market.status(), synthetic: market.synthetic };
  }
}
