import { Field, Float, Int, ObjectType } from 'type-graphql';
import type { LocalDate as LocalDateValue } from '../../domain/local-date.js';
import { ListSize } from '../../graphql/schema-extensions.js';
import { LocalDate } from '../../graphql/types/scalars.js';
import { EtfType } from '../etf/etf.type.js';
import { IndustryType } from '../industry/industry.type.js';

@ObjectType('EtfBasketItem', {
  description: 'An industry held and the fund that stands in for it.',
  simpleResolvers: true,
})
export class EtfBasketItemType {
  @Field(() => IndustryType, { description: 'The industry, as of the date of the basket.' })
  industry!: IndustryType;

  @Field(() => Float, { description: 'Its share of the portfolio at the close, drifted; a fraction.' })
  weight!: number;

  @Field(() => EtfType, {
    nullable: true,
    description: 'The fund with the highest correlation, of those traded enough; null where none fits.',
  })
  etf!: EtfType | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'Pearson correlation of daily returns of fund and industry over 250 trading days; null without a fund.',
  })
  correlation!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'cov(fund, industry) / var(industry) over the same days; null without a fund.',
  })
  beta!: number | null;

  @Field(() => Int, { nullable: true, description: 'Days with a return of both; null without a fund.' })
  observations!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Mean amount of the fund over the last 20 trading days, yuan; null without a fund.',
  })
  meanAmount!: number | null;

  @Field(() => String, { nullable: true, description: 'Why no fund stands in; null where one does.' })
  reason!: string | null;
}

@ObjectType('EtfBasket', {
  description:
    'Funds to buy in place of the industries that a portfolio holds. Funds known by name to follow something else than industries (bonds, a broad index) are not considered.',
  simpleResolvers: true,
})
export class EtfBasketType {
  @Field(() => LocalDate, { description: 'Trading day of the holdings and of every figure.' })
  asOf!: LocalDateValue;

  @ListSize(31)
  @Field(() => [EtfBasketItemType], { description: 'Every industry held, by code.' })
  items!: EtfBasketItemType[];

  @Field(() => Float, { description: 'Share of the portfolio that funds stand in for, a fraction.' })
  coveredWeight!: number;

  @Field(() => Float, {
    nullable: true,
    description:
      'Standard deviation (ddof 1) of the daily differences of basket and holdings over the last 250 trading days, times √242; a fraction per year. Both are today’s, at today’s weights throughout; the weight of industries without a fund is spread over the others’ funds. Null with fewer than 60 days.',
  })
  trackingError!: number | null;

  @Field(() => Int, { description: 'Days on which every return of basket and holdings is known.' })
  observations!: number;
}
