import { Field, Int, ObjectType } from 'type-graphql';
import { DateTime } from '../../graphql/types/scalars.js';

@ObjectType('RateLimit', {
  description:
    'What the caller may still ask. Points are those of `extensions.cost`: a field costs 1 or what its work is worth, lists multiply. An answer that is kept costs a tenth.',
  simpleResolvers: true,
})
export class RateLimitType {
  @Field(() => Int, { description: 'Points that this operation cost.' })
  cost!: number;

  @Field(() => Int, { description: 'Points that may be spent in a minute.' })
  limit!: number;

  @Field(() => Int, { description: 'Points that are left of it, this operation deducted.' })
  remaining!: number;

  @Field(() => DateTime, { description: 'When the next minute begins, and with it the limit anew.' })
  resetAt!: Date;
}
