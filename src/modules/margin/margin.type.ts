import { Field, Float, Int, ObjectType } from 'type-graphql';
import type { LocalDate as LocalDateValue } from '../../domain/local-date.js';
import { ListSize } from '../../graphql/schema-extensions.js';
import { LocalDate } from '../../graphql/types/scalars.js';
import { TableType } from '../../graphql/types/table.type.js';
import { IndustryType } from '../industry/industry.type.js';

@ObjectType('IndustryMargin', {
  description: 'Financing of an industry’s members, as of the last day of the range.',
  simpleResolvers: true,
})
export class IndustryMarginType {
  @Field(() => IndustryType, { description: 'The industry, as of the last day of the range.' })
  industry!: IndustryType;

  @Field(() => Float, { description: 'Financing balance of its members on that day, yuan.' })
  balance!: number;

  @Field(() => Float, {
    description:
      'Change of the balance since the trading day before the range (bought less repaid), yuan, over the members on the last day that have both balances.',
  })
  change!: number;

  @Field(() => Int, { description: 'Number of members with both balances.' })
  stocks!: number;

  @Field(() => Int, { description: 'Number of members with only one of the two balances: not in the change.' })
  leftOut!: number;
}

@ObjectType('MarginFinancing', {
  description: 'Margin financing of the whole market over a range, and its largest rises and falls by industry.',
  simpleResolvers: true,
})
export class MarginFinancingType {
  @Field(() => LocalDate, { nullable: true, description: 'Last day of the range with a balance; null where none has.' })
  asOf!: LocalDateValue | null;

  @Field(() => LocalDate, { description: 'Trading day before the range, whose close changes are counted from.' })
  base!: LocalDateValue;

  @Field(() => TableType, {
    description:
      'Columns `date`, `balance` (of financing), `change` (against the trading day before), `bought`, `repaid`, `lendingBalance` (yuan), `maintenanceRatio` (fraction). The sum of the exchanges where a source has no total.',
  })
  market!: TableType;

  @Field(() => Float, { nullable: true, description: 'Financing balance on `asOf`, yuan; null where there is none.' })
  latestBalance!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'Latest balance less that of `base`, yuan; null where either is missing, or one is of all exchanges together and the other a sum.',
  })
  change!: number | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether the latest balance exceeds every earlier one of the data; null where there is no earlier one, or one that cannot be compared.',
  })
  recordHigh!: boolean | null;

  @ListSize(5)
  @Field(() => [IndustryMarginType], { description: 'The five largest rises by industry, largest first.' })
  rises!: IndustryMarginType[];

  @ListSize(5)
  @Field(() => [IndustryMarginType], { description: 'The five largest falls by industry, largest first.' })
  falls!: IndustryMarginType[];

  @Field(() => [String], { description: 'What must be said beside the figures: what is missing, what hindsight.' })
  notes!: readonly string[];
}
