import { Field, InputType, Int } from 'type-graphql';
import type { LocalDate as LocalDateValue } from '../../domain/local-date.js';
import type { RebalanceFrequency } from '../../domain/rebalance-schedule.js';
import { LocalDate } from '../../graphql/types/scalars.js';
import { WeightingEnum } from '../factor/factor.args.js';
import { PortfolioInput } from '../portfolio/portfolio.args.js';
import { RebalanceFrequencyEnum } from '../portfolio/portfolio.type.js';

@InputType('BacktestInput', { description: 'A portfolio and the range to compute it over.' })
export class BacktestInput {
  @Field(() => PortfolioInput, { description: 'The portfolio; it is not kept.' })
  portfolio!: PortfolioInput;

  @Field(() => LocalDate, {
    description: 'First date; the portfolio begins with the first rebalance from here on that buys anything.',
  })
  from!: LocalDateValue;

  @Field(() => LocalDate, { description: 'Last date, inclusive.' })
  to!: LocalDateValue;

  @Field(() => [String], { nullable: true, description: 'For SWAP: codes bought as they are at the first rebalance.' })
  initialHoldings?: string[] | null;

  @Field(() => String, {
    nullable: true,
    description:
      'A text of yours, at most 200 characters: a repeated request with it gives the same backtest and never runs twice.',
  })
  idempotencyKey?: string | null;
}

@InputType('SweepInput', {
  description:
    'A portfolio that chooses by a factor, and what to vary; a list left out is the portfolio’s own value, an empty one is refused.',
})
export class SweepInput {
  @Field(() => PortfolioInput, { description: 'The portfolio; it is not kept.' })
  portfolio!: PortfolioInput;

  @Field(() => LocalDate, { description: 'First date.' })
  from!: LocalDateValue;

  @Field(() => LocalDate, { description: 'Last date, inclusive.' })
  to!: LocalDateValue;

  @Field(() => [Int], { nullable: true, description: 'Look-backs in trading days; only of the factor "diffusion".' })
  lookbacks?: number[] | null;

  @Field(() => [Int], { nullable: true, description: 'Numbers of industries held.' })
  sizes?: number[] | null;

  @Field(() => [RebalanceFrequencyEnum], { nullable: true, description: 'Rebalance frequencies.' })
  rebalances?: RebalanceFrequency[] | null;

  @Field(() => [WeightingEnum], { nullable: true, description: 'Weightings of the members.' })
  weightings?: ('EQUAL' | 'CAP')[] | null;
}
