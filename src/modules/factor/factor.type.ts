import { Field, Float, Int, ObjectType } from 'type-graphql';
import type { LocalDate as LocalDateValue } from '../../domain/local-date.js';
import type { FactorEngine } from '../../engines/factor-engine.js';
import { ListSize } from '../../graphql/schema-extensions.js';
import { LocalDate } from '../../graphql/types/scalars.js';
import { TableType } from '../../graphql/types/table.type.js';
import { IndustryType } from '../industry/industry.type.js';

@ObjectType('Factor', {
  description: 'A number per industry and date by which industries are ranked.',
  simpleResolvers: true,
})
export class FactorType {
  @Field(() => String, { description: 'What the factor is asked for by, e.g. `diffusion`.' })
  key!: string;

  @Field(() => String, { description: 'Name.' })
  name!: string;

  @Field(() => String, { description: 'What it measures, on which scale, and where its definition comes from.' })
  description!: string;

  @Field(() => Int, { description: 'Rises when the same parameters come to give other values.' })
  engineVersion!: number;

  static of({ key, name, description, version }: FactorEngine): FactorType {
    return { key, name, description, engineVersion: version };
  }
}

@ObjectType('RankedIndustry', { description: 'An industry in a ranking.', simpleResolvers: true })
export class RankedIndustryType {
  @Field(() => Int, { description: 'Place, 1 = highest value; equal values are ranked by code.' })
  rank!: number;

  @Field(() => Float, { description: 'Factor value, in the factor’s own unit.' })
  value!: number;

  @Field(() => Float, {
    description:
      'Share of the industry’s weight, as known on the weight date, whose members have the data the value needs, a fraction.',
  })
  coverage!: number;

  @Field(() => Float, {
    nullable: true,
    description:
      'Value less the value on the ranking’s `previous` date; null where that has none, or has it from another price series.',
  })
  weekChange!: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'Place on the ranking’s `previous` date, in values of whatever price series served that date; null where it had no value.',
  })
  previousRank!: number | null;

  @Field(() => IndustryType, { description: 'The industry, as of the ranking’s date.' })
  industry!: IndustryType;
}

@ObjectType('IndustryFactor', {
  description: 'The value of a factor for one industry, with its default parameters.',
  simpleResolvers: true,
})
export class IndustryFactorType {
  @Field(() => LocalDate, {
    description: 'Trading day of the value: before the industry’s `asOf` where the factor’s data end earlier.',
  })
  asOf!: LocalDateValue;

  @Field(() => Float, { nullable: true, description: 'In the factor’s own unit; null where not available.' })
  value!: number | null;

  @Field(() => Float, {
    description:
      'Share of the industry’s weight, as known on the weight date, whose members have the data the value needs, a fraction; 0 without a value.',
  })
  coverage!: number;

  @Field(() => String, { nullable: true, description: 'Why there is no value; null where there is one.' })
  reason!: string | null;

  @Field(() => [String], { description: 'What must be said beside the value: which prices, what hindsight.' })
  notes!: readonly string[];
}

@ObjectType('UnavailableIndustry', { description: 'An industry without a value, and why.', simpleResolvers: true })
export class UnavailableIndustryType {
  @Field(() => IndustryType, { description: 'The industry, as of the ranking’s date.' })
  industry!: IndustryType;

  @Field(() => String, { description: 'Why it has no value.' })
  reason!: string;
}

@ObjectType('Ranking', { description: 'Industries by factor value on a date.', simpleResolvers: true })
export class RankingType {
  @Field(() => LocalDate, { description: 'Trading day of the values.' })
  asOf!: LocalDateValue;

  @Field(() => LocalDate, {
    nullable: true,
    description:
      'Last trading day of the week before, which changes are measured from; null where the data begin later.',
  })
  previous!: LocalDateValue | null;

  @ListSize(31)
  @Field(() => [RankedIndustryType], {
    description: 'Best first; with `top` or `bottom` only those, the bottom ones after the top ones.',
  })
  items!: RankedIndustryType[];

  @ListSize(31)
  @Field(() => [UnavailableIndustryType], { description: 'Industries without a value, by code.' })
  unavailable!: UnavailableIndustryType[];

  @Field(() => [String], { description: 'What must be said beside the values: which prices, what hindsight.' })
  notes!: readonly string[];
}

@ObjectType('FactorEvaluation', {
  description:
    'How well factor values at the close of t ordered the returns from t to t + horizon across industries. Over the dates of the range whose forward return is known; overlapping horizons make neighbouring dates dependent.',
  simpleResolvers: true,
})
export class FactorEvaluationType {
  @Field(() => Int, { description: 'Number of dates with an information coefficient.' })
  observations!: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Mean of the daily IC, the Pearson correlation of values and forward returns.',
  })
  icMean!: number | null;

  @Field(() => Float, { nullable: true, description: 'Standard deviation of the daily IC (ddof 1).' })
  icStd!: number | null;

  @Field(() => Float, { nullable: true, description: 'icMean / icStd, not annualised.' })
  icir!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'icMean / (icStd / √observations); naive, taking dates as independent.',
  })
  icTStatistic!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Mean of the daily Rank IC, the Spearman correlation (average ranks for ties).',
  })
  rankIcMean!: number | null;

  @Field(() => Float, { nullable: true, description: 'Standard deviation of the daily Rank IC (ddof 1).' })
  rankIcStd!: number | null;

  @Field(() => Float, { nullable: true, description: 'rankIcMean / rankIcStd, not annualised.' })
  rankIcir!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'rankIcMean / (rankIcStd / √observations); naive, taking dates as independent.',
  })
  rankIcTStatistic!: number | null;

  @Field(() => Float, { nullable: true, description: 'Share of dates with an IC above zero, a fraction.' })
  positiveShare!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Mean forward return of the highest quantile less that of the lowest, a fraction per horizon.',
  })
  quantileSpread!: number | null;

  @Field(() => TableType, {
    description:
      'Columns `quantile` (1 = lowest values, of 5) and `meanReturn` (fraction per horizon, mean over dates of the equal-weighted mean).',
  })
  quantileReturns!: TableType;

  @Field(() => TableType, { description: 'Columns `date`, `ic`, `rankIc`, `industries` (number of pairs).' })
  ic!: TableType;
}
