import { Ctx, Query, Resolver } from 'type-graphql';
import type { RequestContext } from '../../graphql/context.js';
import { RequiresScope } from '../../graphql/schema-extensions.js';
import { RateLimitType } from './rate-limit.type.js';

@Resolver()
export class RateLimitResolver {
  @RequiresScope('read')
  @Query(() => RateLimitType, {
    nullable: true,
    description: 'What the caller may still ask in this minute; null where nothing is limited.',
  })
  rateLimit(@Ctx() { answer: { profile, rate } }: RequestContext): RateLimitType | null {
    if (rate === null) return null;
    const { limit, remaining, resetAt } = rate;
    return { cost: profile?.cost ?? 0, limit, remaining, resetAt: new Date(resetAt) };
  }
}
