import { Field, Float, Int, ObjectType } from 'type-graphql';
import type { LocalDate as LocalDateValue } from '../../domain/local-date.js';
import { ListSize } from '../../graphql/schema-extensions.js';
import { LocalDate } from '../../graphql/types/scalars.js';
import { TableType } from '../../graphql/types/table.type.js';
import { FactorType, RankedIndustryType } from '../factor/factor.type.js';
import { EtfFlowReportType } from '../flow/flow.type.js';
import { IndustryType } from '../industry/industry.type.js';
import { MarginFinancingType } from '../margin/margin.type.js';
import { HoldingsType, PeriodTableType, PortfolioType } from '../portfolio/portfolio.type.js';
import { NAMED_AT_ENDS, NAMED_RISES } from './model-section.js';
import type { WeeklyReport } from './report.service.js';

/** Models of one report, at most. */
const MODELS = 8;
/** Industries of a portfolio: six in the published ones, seldom more than ten. */
const HELD = 10;

@ObjectType('IndustryReturn', { description: 'How an industry did over a period.', simpleResolvers: true })
export class IndustryReturnType {
  @Field(() => IndustryType, { description: 'The industry, as of the report’s date.' })
  industry!: IndustryType;

  @Field(() => Float, { description: 'Change of its close over the period, a fraction.' })
  return!: number;
}

@ObjectType('IndexReturn', { description: 'A broad index at the end of the week.', simpleResolvers: true })
export class IndexReturnType {
  @Field(() => String, { description: 'Code with exchange, 000300.SH.' })
  code!: string;

  @Field(() => String, { nullable: true, description: 'Chinese name.' })
  name!: string | null;

  @Field(() => String, { nullable: true, description: 'English name.' })
  nameEn!: string | null;

  @Field(() => Float, { description: 'Close on the report’s date, index points.' })
  close!: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Change over the week, a fraction; null where the close it starts from is missing.',
  })
  weekReturn!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'Change since the last trading day of the year before, a fraction; null where the close it starts from is missing.',
  })
  yearReturn!: number | null;

  @ListSize(NAMED_AT_ENDS)
  @Field(() => [Float], {
    description:
      'Round levels between the close of the week before and this one, index points, ascending: with a positive week risen through, with a negative one fallen through. Spaced as in the market flash: 100, 500 or 1000 by the size of the index (our choice).',
  })
  levelsCrossed!: readonly number[];

  @Field(() => Float, { nullable: true, description: 'The nearest round level above the close, index points.' })
  nextLevel!: number | null;

  @Field(() => Float, { nullable: true, description: 'nextLevel / close − 1, a fraction.' })
  gapToNextLevel!: number | null;
}

@ObjectType('ModelSection', {
  description: 'A factor and its portfolio in the weekly report.',
  simpleResolvers: true,
})
export class ModelSectionType {
  @Field(() => FactorType, { description: 'The factor.' })
  factor!: FactorType;

  @Field(() => PortfolioType, { description: 'The portfolio.' })
  portfolio!: PortfolioType;

  @ListSize(NAMED_AT_ENDS)
  @Field(() => [RankedIndustryType], {
    description: 'The six highest values, best first; empty where the factor has none on the date: see notes.',
  })
  top!: RankedIndustryType[];

  @ListSize(NAMED_AT_ENDS)
  @Field(() => [RankedIndustryType], { description: 'The six lowest values, worst first.' })
  bottom!: RankedIndustryType[];

  @ListSize(NAMED_RISES)
  @Field(() => [RankedIndustryType], {
    description: 'The three largest rises of values over the week, by `weekChange`, largest first.',
  })
  largestRises!: RankedIndustryType[];

  @Field(() => HoldingsType, { description: 'What the portfolio holds at the close of the report’s date.' })
  holdings!: HoldingsType;

  @ListSize(HELD)
  @Field(() => [IndustryType], {
    description: 'Industries held now and not at the end of the week before, by code.',
  })
  entered!: IndustryType[];

  @ListSize(HELD)
  @Field(() => [IndustryType], {
    description: 'Industries held at the end of the week before and not now, by code.',
  })
  left!: IndustryType[];

  @ListSize(HELD)
  @Field(() => [IndustryType], {
    description:
      'What the portfolio’s rule would hold if it were asked at this close, best-ranked first: on a day of rebalance the holdings, before it a forecast of them. At a month’s end these are next month’s industries.',
  })
  next!: IndustryType[];

  @Field(() => PeriodTableType, { description: 'Week, month and year as in the published report.' })
  table!: PeriodTableType;

  @Field(() => TableType, {
    description:
      'Columns `year`, `portfolio`, `benchmark`, `excess` (fractions), up to the report’s date; the first and last year may be parts of one.',
  })
  yearly!: TableType;

  @Field(() => [String], {
    description: 'What must be said beside the figures: which prices, what hindsight, why values are missing.',
  })
  notes!: readonly string[];
}

@ObjectType('UnavailableModel', {
  description: 'A model that cannot be reported on: its portfolio has no net value on the date.',
  simpleResolvers: true,
})
export class UnavailableModelType {
  @Field(() => FactorType, { description: 'The factor.' })
  factor!: FactorType;

  @Field(() => PortfolioType, { description: 'The portfolio.' })
  portfolio!: PortfolioType;

  @Field(() => String, { description: 'Why there are no figures.' })
  reason!: string;
}

@ObjectType('WeeklyReport', {
  description:
    'The weekly report on the rotation of CITIC industries (行业轮动周报). A section whose data are missing is empty, and its notes say why.',
  simpleResolvers: true,
})
export class WeeklyReportType {
  @Field(() => LocalDate, { description: 'Trading day that every section is as of.' })
  weekEnding!: LocalDateValue;

  @Field(() => LocalDate, {
    description: 'Last trading day of the week before: week changes are counted from its close.',
  })
  previous!: LocalDateValue;

  @Field(() => Boolean, {
    description:
      'Whether the week is complete: `weekEnding` is its last trading day, and every industry with a close at the end of the week before has one on it.',
  })
  published!: boolean;

  @ListSize(31)
  @Field(() => [IndustryReturnType], {
    description: 'Changes of all CITIC industries over the week, best first; those without both closes are left out.',
  })
  industriesWeek!: IndustryReturnType[];

  @ListSize(31)
  @Field(() => [IndustryReturnType], {
    description: 'Changes since the last trading day of the year before, best first.',
  })
  industriesYear!: IndustryReturnType[];

  @Field(() => Int, { description: 'Number of industries that rose over the week.' })
  risers!: number;

  @Field(() => Int, { description: 'Number of industries that fell over the week.' })
  fallers!: number;

  @Field(() => [String], { description: 'What must be said beside the industries: which closes, what is missing.' })
  industryNotes!: readonly string[];

  @ListSize(10)
  @Field(() => [IndexReturnType], { description: 'Broad indices with a close on the date, by code.' })
  indices!: readonly IndexReturnType[];

  @Field(() => [String], { description: 'What must be said beside the indices: which closes, what is missing.' })
  indexNotes!: readonly string[];

  @Field(() => MarginFinancingType, {
    description: 'Margin financing over the week’s trading days; empty with a note where there is none.',
  })
  margin!: MarginFinancingType;

  @Field(() => EtfFlowReportType, {
    nullable: true,
    description: 'Net flows of funds over the week; null where its shares are not loaded: see `etfFlowNotes`.',
  })
  etfFlows!: EtfFlowReportType | null;

  @Field(() => [String], { description: 'What must be said beside the flows, or why there are none.' })
  etfFlowNotes!: readonly string[];

  @ListSize(MODELS)
  @Field(() => [ModelSectionType], {
    description: 'Factors and their portfolios, in the order asked for, without those of `unavailableModels`.',
  })
  models!: ModelSectionType[];

  @ListSize(MODELS)
  @Field(() => [UnavailableModelType], { description: 'Models that cannot be reported on, and why.' })
  unavailableModels!: UnavailableModelType[];

  @Field(() => [String], {
    description: 'What must be said of the whole: a date that the data do not reach, invented prices.',
  })
  notes!: readonly string[];

  /** What the fields are of; for `markdown`. */
  report!: WeeklyReport;
}
