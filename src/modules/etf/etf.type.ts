import { Field, Float, Int, ObjectType } from 'type-graphql';
import type { LocalDate as LocalDateValue } from '../../domain/local-date.js';
import { connectionType } from '../../graphql/types/connection.js';
import { NodeType } from '../../graphql/types/node.type.js';
import { LocalDate } from '../../graphql/types/scalars.js';
import { IndustryType } from '../industry/industry.type.js';
import type { EtfDay, EtfFigures, ThemeFigures } from './etf-day.js';

@ObjectType('Etf', {
  description: 'An exchange-traded fund as of a date.',
  implements: NodeType,
  simpleResolvers: true,
})
export class EtfType extends NodeType {
  @Field(() => String, { description: 'Code with exchange, 510300.SH.' })
  readonly code: string;

  @Field(() => String, { description: 'Short name as listed.' })
  readonly name: string;

  @Field(() => String, { nullable: true, description: 'Who manages it; null where the list does not say.' })
  readonly manager: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Code of the index it tracks, as the list has it; null where that does not say.',
  })
  readonly indexCode: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Name of the index it tracks; null where the list does not say.',
  })
  readonly indexName: string | null;

  @Field(() => LocalDate, { nullable: true, description: 'Day of its listing; null where the list does not say.' })
  readonly listDate: LocalDateValue | null;

  @Field(() => String, {
    nullable: true,
    description:
      'One of the ten categories, told by the list or by rules for names (config/etf-rules.json); null for a fund outside all of them or unknown to the rules.',
  })
  readonly category: string | null;

  @Field(() => LocalDate, { nullable: true, description: 'Trading day that every figure of this object is as of.' })
  readonly asOf: LocalDateValue | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'Close in yuan, as traded where such a series is loaded, else adjusted: see `priceSeries`. During a day the last price. Null where asOf has none.',
  })
  readonly close: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'Change against the close of the trading day before, a fraction, of adjusted prices where such a series is loaded: see `changeSeries`. Null where either close is missing, and where unadjusted prices moved by more than 25 %, which is a split or merge.',
  })
  readonly change: number | null;

  @Field(() => Float, { nullable: true, description: 'Amount traded on the day, yuan; null where it has none.' })
  readonly amount: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Shares outstanding at the close, in shares; null where not (yet) published.',
  })
  readonly shares: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Net asset value, yuan per share; null where not (yet) published.',
  })
  readonly nav: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Yuan: shares · nav, or what the source of shares says where it lacks one; else null.',
  })
  readonly size: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'close / nav − 1, a fraction; null without a NAV or without a close as traded: adjusted prices have no premium.',
  })
  readonly premium: number | null;

  @Field(() => String, { nullable: true, description: 'The series that `close` is from; null without a close.' })
  readonly priceSeries: string | null;

  @Field(() => String, { nullable: true, description: 'The series that `change` is from; null without a change.' })
  readonly changeSeries: string | null;

  constructor(
    figures: EtfFigures,
    readonly day: EtfDay,
  ) {
    super();
    this.code = figures.code;
    this.name = figures.name;
    this.manager = figures.manager;
    this.indexCode = figures.indexCode;
    this.indexName = figures.indexName;
    this.listDate = figures.listDate;
    this.category = figures.category;
    this.asOf = figures.asOf;
    this.close = figures.close;
    this.change = figures.change;
    this.amount = figures.amount;
    this.shares = figures.shares;
    this.nav = figures.nav;
    this.size = figures.size;
    this.premium = figures.premium;
    this.priceSeries = figures.closeSeries;
    this.changeSeries = figures.changeSeries;
  }

  protected override get identity(): { type: string; key: string } {
    return { type: 'Etf', key: this.code };
  }
}

export const EtfConnection = connectionType(EtfType, 'Etf');

@ObjectType('EtfIndustry', {
  description:
    'How a fund’s daily returns went with those of an industry’s index, over the days of the last 250 trading days that both have a return.',
  simpleResolvers: true,
})
export class EtfIndustryType {
  @Field(() => IndustryType, { description: 'The industry.' })
  industry!: IndustryType;

  @Field(() => Float, {
    nullable: true,
    description: 'Pearson correlation, −1 to 1; null with fewer than 60 observations.',
  })
  correlation!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'cov(fund, industry) / var(industry): how far the fund moves with a move of the industry by 1; null as above.',
  })
  beta!: number | null;

  @Field(() => Int, { description: 'Number of days with a return of both.' })
  observations!: number;
}

@ObjectType('Theme', {
  description: 'Funds about one subject as of a date; a fund may have several themes.',
  implements: NodeType,
  simpleResolvers: true,
})
export class ThemeType extends NodeType {
  @Field(() => String, { description: 'What the theme is asked for by.' })
  readonly key: string;

  @Field(() => String, { description: 'Chinese name.' })
  readonly name: string;

  @Field(() => String, { description: 'English name.' })
  readonly nameEn: string;

  @Field(() => LocalDate, { description: 'Trading day of the figures.' })
  readonly asOf: LocalDateValue;

  @Field(() => Float, {
    nullable: true,
    description: 'Mean change of its funds that have one, equal weight, a fraction; null where none has.',
  })
  readonly change: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'The same weighted with the funds’ sizes of the trading day before, a fraction; funds of unknown size do not count. Null where no size is known.',
  })
  readonly sizeWeightedChange: number | null;

  @Field(() => Int, { description: 'Number of funds with the theme, those without a change too.' })
  readonly etfCount: number;

  constructor(
    readonly figures: ThemeFigures,
    readonly day: EtfDay,
  ) {
    super();
    const { key, nameZh, nameEn } = figures.theme;
    this.key = key;
    this.name = nameZh;
    this.nameEn = nameEn;
    this.asOf = day.asOf;
    this.change = figures.change;
    this.sizeWeightedChange = figures.sizeWeightedChange;
    this.etfCount = figures.funds.length;
  }

  protected override get identity(): { type: string; key: string } {
    return { type: 'Theme', key: this.key };
  }
}
