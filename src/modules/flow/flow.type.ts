import { Field, Float, Int, ObjectType } from 'type-graphql';
import type { LocalDate as LocalDateValue } from '../../domain/local-date.js';
import { ListSize } from '../../graphql/schema-extensions.js';
import { LocalDate } from '../../graphql/types/scalars.js';
import { EtfType } from '../etf/etf.type.js';

@ObjectType('EtfFlow', { description: 'Money into or out of a fund over a week.', simpleResolvers: true })
export class EtfFlowType {
  @Field(() => EtfType, { description: 'The fund, as of the end of the week.' })
  etf!: EtfType;

  @Field(() => Float, {
    nullable: true,
    description:
      'Price change over the week, a fraction, of the one series that has both closes, adjusted before unadjusted; null where none has.',
  })
  weekChange!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Size at the end of the week before, yuan; null where not known.',
  })
  sizeThen!: number | null;

  @Field(() => Float, { nullable: true, description: 'Size at the end of the week, yuan; null where not known.' })
  sizeNow!: number | null;

  @Field(() => Float, {
    description:
      'Σ (shares(t) − shares(t−1)) · nav(t) over the days of the week, yuan; splits restated. See `fromSizes`.',
  })
  netFlow!: number;

  @Field(() => Boolean, {
    description:
      'Whether, for want of shares on any day, the net flow is size now − size then · (1 + week change): in published tables within 0.5 (100m yuan) of the sum over days.',
  })
  fromSizes!: boolean;
}

@ObjectType('CategoryFlow', {
  description: 'Money into or out of a category of funds over a week.',
  simpleResolvers: true,
})
export class CategoryFlowType {
  @Field(() => String, { description: 'One of the ten categories.' })
  category!: string;

  @Field(() => Float, { description: 'Sum of the net flows of its funds that have one, yuan.' })
  netFlow!: number;

  @Field(() => Int, { description: 'Number of funds that the sum is of.' })
  etfCount!: number;

  @Field(() => Int, { description: 'Number of the category’s funds that lack what a flow needs and do not count.' })
  withoutFlow!: number;
}

@ObjectType('EtfFlowReport', {
  description:
    'Net flows of funds over a week: the change of shares valued at each day’s net asset value, so that the market’s move leaves no trace. A week that a closure of seven days or more tears apart is one.',
  simpleResolvers: true,
})
export class EtfFlowReportType {
  @Field(() => LocalDate, { description: 'Last trading day counted.' })
  weekEnding!: LocalDateValue;

  @Field(() => LocalDate, { description: 'Last trading day of the week before: changes are counted from its close.' })
  previous!: LocalDateValue;

  @ListSize(5)
  @Field(() => [EtfFlowType], { description: 'The five largest inflows, largest first.' })
  inflows!: EtfFlowType[];

  @ListSize(5)
  @Field(() => [EtfFlowType], { description: 'The five largest outflows, largest first.' })
  outflows!: EtfFlowType[];

  @ListSize(10)
  @Field(() => [CategoryFlowType], {
    description: 'The ten categories, without those of which no fund has a flow. Funds of no category count in none.',
  })
  categories!: readonly CategoryFlowType[];

  @Field(() => [String], {
    description:
      'What must be said beside the figures: funds left out and why, splits restated, categories without funds.',
  })
  notes!: readonly string[];
}
