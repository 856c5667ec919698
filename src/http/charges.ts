import type { FastifyReply } from 'fastify';
import type { Caller } from '../domain/access.js';
import type { RateLimits, RateState } from '../graphql/rate-limits.js';

/** Charged for what was not executed. */
const REFUSED_COST = 10;

/** What is left to spend, in the headers of the answer. */
export function tellRate(reply: FastifyReply, rate: RateState | null): void {
  if (rate === null) return;
  reply
    .header('ratelimit-limit', rate.limit)
    .header('ratelimit-remaining', rate.remaining)
    .header('ratelimit-reset', Math.max(Math.ceil((rate.resetAt - Date.now()) / 1000), 0));
}

/** What is refused costs, too, or it could be sent without end; who has nothing left learns what was wrong all the same. */
export function chargeRefused(caller: Caller, rates: RateLimits): RateState | null {
  try {
    return rates.charge(caller, REFUSED_COST);
  } catch {
    return rates.stateOf(caller);
  }
}
