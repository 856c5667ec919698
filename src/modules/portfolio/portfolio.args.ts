import { Field, Float, InputType, Int } from 'type-graphql';
import type { IndustryScheme } from '../../domain/industry.js';
import type { LocalDate as LocalDateValue } from '../../domain/local-date.js';
import type { RebalanceFrequency } from '../../domain/rebalance-schedule.js';
import { LocalDate } from '../../graphql/types/scalars.js';
import { FactorParamsInput } from '../factor/factor.args.js';
import { IndustrySchemeEnum } from '../industry/industry.type.js';
import { RebalanceFrequencyEnum, SelectionRuleEnum } from './portfolio.type.js';
import type { PortfolioDescription, SelectionRuleName } from './portfolio-definition.js';

@InputType('ScheduledHoldings', { description: 'Industries to hold, in equal weights, from a date on.' })
class ScheduledHoldingsInput {
  @Field(() => LocalDate, {
    description: 'Day of the purchase, at its close; no trading day means the last one before it.',
  })
  date!: LocalDateValue;

  @Field(() => [String], { description: 'Codes of the industries, each once.' })
  industries!: string[];
}

@InputType('PortfolioInput', { description: 'A portfolio to be created or tested.' })
export class PortfolioInput implements PortfolioDescription {
  @Field(() => String, { description: '1 to 64 lower-case letters, digits and hyphens.' })
  key!: string;

  @Field(() => String, { nullable: true, description: 'Name, at most 200 characters; default: the key.' })
  name?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Key of the factor that ranks; needed by TOP_N and SWAP, not for SCHEDULE.',
  })
  factor?: string | null;

  @Field(() => FactorParamsInput, { nullable: true, description: 'Parameters of the factor other than its defaults.' })
  params?: (FactorParamsInput & Record<string, object | null | undefined>) | null;

  @Field(() => SelectionRuleEnum, { defaultValue: 'TOP_N', description: 'How it chooses.' })
  rule!: SelectionRuleName;

  @Field(() => Int, {
    defaultValue: 6,
    description: 'Number of industries, 1 to those that may be bought; SCHEDULE goes by its schedule instead.',
  })
  size!: number;

  @Field(() => Int, { defaultValue: 1, description: 'For SWAP: swaps per rebalance at most.' })
  swapsPerRebalance!: number;

  @Field(() => [String], {
    defaultValue: [],
    description: 'Codes of industries that are ranked but never bought; none for SCHEDULE.',
  })
  excluded!: string[];

  @Field(() => RebalanceFrequencyEnum, { defaultValue: 'MONTHLY', description: 'When it is rebalanced.' })
  rebalance!: RebalanceFrequency;

  @Field(() => Float, { defaultValue: 0, description: 'Cost in basis points of traded value, 0 to below 10000.' })
  costBps!: number;

  @Field(() => Int, {
    defaultValue: 0,
    description: 'Trading days from the choice to the fill, 0 to 250; 0 = at the close of the same day.',
  })
  executionLagDays!: number;

  @Field(() => IndustrySchemeEnum, { defaultValue: 'CITIC_L1', description: 'Which industries.' })
  scheme!: IndustryScheme;

  @Field(() => [ScheduledHoldingsInput], {
    nullable: true,
    description: 'For SCHEDULE: holdings by date, each date once.',
  })
  schedule?: ScheduledHoldingsInput[] | null;
}
