import { Field, Float, ObjectType, registerEnumType } from 'type-graphql';
import type { Industry, IndustryScheme } from '../../domain/industry.js';
import type { LocalDate as LocalDateValue } from '../../domain/local-date.js';
import type { Window } from '../../domain/trading-calendar.js';
import { connectionType } from '../../graphql/types/connection.js';
import { NodeType } from '../../graphql/types/node.type.js';
import { LocalDate } from '../../graphql/types/scalars.js';

export const IndustrySchemeEnum: { [K in IndustryScheme]: K } = { CITIC_L1: 'CITIC_L1', SW_L1: 'SW_L1' };
registerEnumType(IndustrySchemeEnum, {
  name: 'IndustryScheme',
  description: 'First-level industry classifications.',
  valuesConfig: {
    CITIC_L1: { description: 'CITIC, 30 industries, codes CI005001 to CI005030.' },
    SW_L1: { description: 'Shenwan 2021, 31 industries, codes 801xxx.' },
  },
});

export const WindowEnum: { [K in Window]: K } = { DAY: 'DAY', WEEK: 'WEEK', MONTH: 'MONTH', YEAR: 'YEAR' };
registerEnumType(WindowEnum, {
  name: 'Window',
  description:
    'Period that ends on asOf and starts after the last trading day of the previous day, calendar week, month or year.',
  valuesConfig: {
    DAY: { description: 'Since the previous trading day.' },
    WEEK: {
      description:
        'Since the last trading day of the previous calendar week. When the market is shut for seven days or more across a week’s end, the two weeks are one period, as in the published weekly tables (2025-09-26 to 2025-10-10).',
    },
    MONTH: { description: 'Since the last trading day of the previous month.' },
    YEAR: { description: 'Since the last trading day of the previous year.' },
  },
});

@ObjectType('Industry', {
  description: 'A first-level industry as of a date.',
  implements: NodeType,
  simpleResolvers: true,
})
export class IndustryType extends NodeType implements Industry {
  @Field(() => String, { description: 'Code without vendor suffix: CI005001 (CITIC), 801010 (Shenwan).' })
  readonly code: string;

  @Field(() => IndustrySchemeEnum, { description: 'The classification it belongs to.' })
  readonly scheme: IndustryScheme;

  @Field(() => String, { description: 'Chinese name.' })
  readonly nameZh: string;

  @Field(() => String, { description: 'English name.' })
  readonly nameEn: string;

  @Field(() => LocalDate, {
    nullable: true,
    description: 'Trading day that every figure of this object is as of; null where no industry prices are loaded.',
  })
  readonly asOf: LocalDateValue | null;

  constructor({ code, scheme, nameZh, nameEn }: Industry, asOf: LocalDateValue | null) {
    super();
    this.code = code;
    this.scheme = scheme;
    this.nameZh = nameZh;
    this.nameEn = nameEn;
    this.asOf = asOf;
  }

  protected override get identity(): { type: string; key: string } {
    return { type: 'Industry', key: this.code };
  }
}

@ObjectType('IndustryMember', { description: 'A stock in an industry on a date.', simpleResolvers: true })
export class IndustryMemberType {
  @Field(() => String, { description: 'Stock code with exchange, 600519.SH.' })
  stock!: string;

  @Field(() => String, { nullable: true, description: 'Name of the stock as the members file gave it.' })
  name!: string | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'Share of the industry’s free-float capitalisation on `weightDate`, a fraction; null where only membership is known.',
  })
  weight!: number | null;

  @Field(() => LocalDate, { description: 'Date on which membership and weight were known.' })
  weightDate!: LocalDateValue;

  @Field(() => Boolean, {
    description: 'Whether `weightDate` lies after the date asked for: declared valid from earlier, not point in time.',
  })
  hindsight!: boolean;
}

export const IndustryMemberConnection = connectionType(IndustryMemberType, 'IndustryMember');
