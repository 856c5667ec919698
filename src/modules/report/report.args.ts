import { Field, InputType } from 'type-graphql';

@InputType('ReportModelInput', { description: 'A model to report on: a portfolio, and the factor to show beside it.' })
export class ReportModelInput {
  @Field(() => String, { description: 'Key of the portfolio.' })
  portfolio!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'Key of the factor whose values are shown. Default: the portfolio’s own; a portfolio of rule SCHEDULE has none, and needs it here.',
  })
  factor?: string | null;
}
