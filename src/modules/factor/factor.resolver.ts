import { Arg, Ctx, FieldResolver, Float, Int, Query, Resolver, Root } from 'type-graphql';
import type { IndustryScheme } from '../../domain/industry.js';
import type { LocalDate as LocalDateValue } from '../../domain/local-date.js';
import type { RequestContext } from '../../graphql/context.js';
import { Repeatable } from '../../graphql/plugins/repeatable.plugin.js';
import { ListSize, RequiresScope } from '../../graphql/schema-extensions.js';
import { LocalDate } from '../../graphql/types/scalars.js';
import { type ColumnValues, makeTable, TableType } from '../../graphql/types/table.type.js';
import { IndustrySchemeEnum, IndustryType } from '../industry/industry.type.js';
import { FactorParamsInput } from './factor.args.js';
import type { FactorQuestion, FactorService } from './factor.service.js';
import { FactorEvaluationType, FactorType, IndustryFactorType, RankingType } from './factor.type.js';

const SCHEME = { defaultValue: 'CITIC_L1', description: 'Which industries.' } as const;
const PARAMS = { nullable: true, description: 'Parameters other than the defaults.' } as const;

@Resolver(() => FactorType)
export class FactorResolver {
  constructor(private readonly factorService: FactorService) {}

  @RequiresScope('read')
  @ListSize(5)
  @Query(() => [FactorType], { description: 'All factors.' })
  @Repeatable()
  factors(): FactorType[] {
    return this.factorService.list().map(FactorType.of);
  }

  @RequiresScope('read')
  @Query(() => FactorType, { nullable: true, description: 'One factor. An unknown key is the error UNKNOWN_FACTOR.' })
  @Repeatable()
  factor(@Arg('key', () => String, { description: '`diffusion`.' }) key: string): FactorType {
    return FactorType.of(this.factorService.find(key));
  }

  @FieldResolver(() => RankingType, {
    complexity: 200,
    description: 'Industries by value on a date, best first, with their change over the week.',
  })
  async ranking(
    @Root() factor: FactorType,
    @Arg('asOf', () => LocalDate, {
      nullable: true,
      description: 'Date of the values; no trading day means the last one before it. Default: the newest.',
    })
    asOf: LocalDateValue | null | undefined,
    @Arg('params', () => FactorParamsInput, PARAMS) params: FactorParamsInput | null | undefined,
    @Arg('top', () => Int, { nullable: true, description: 'Only so many of the best.' }) top: number | null | undefined,
    @Arg('bottom', () => Int, { nullable: true, description: 'Only so many of the worst.' }) bottom:
      | number
      | null
      | undefined,
    @Arg('scheme', () => IndustrySchemeEnum, SCHEME) scheme: IndustryScheme,
    @Ctx() { market, signal }: RequestContext,
  ): Promise<RankingType> {
    const question = toQuestion(factor, scheme, params);
    const ranking = await this.factorService.ranking(
      market,
      question,
      asOf ?? null,
      top ?? null,
      bottom ?? null,
      signal,
    );
    return {
      ...ranking,
      items: ranking.items.map((item) => ({ ...item, industry: new IndustryType(item.industry, ranking.asOf) })),
      unavailable: ranking.unavailable.map((item) => ({
        ...item,
        industry: new IndustryType(item.industry, ranking.asOf),
      })),
    };
  }

  @FieldResolver(() => TableType, {
    complexity: 500,
    description: 'Values of every trading day: column `date`, then one per industry code; null = not available.',
  })
  async history(
    @Root() factor: FactorType,
    @Arg('from', () => LocalDate, { description: 'First date, inclusive.' }) from: LocalDateValue,
    @Arg('to', () => LocalDate, { description: 'Last date, inclusive.' }) to: LocalDateValue,
    @Arg('params', () => FactorParamsInput, PARAMS) params: FactorParamsInput | null | undefined,
    @Arg('scheme', () => IndustrySchemeEnum, SCHEME) scheme: IndustryScheme,
    @Ctx() { market, signal }: RequestContext,
  ): Promise<TableType> {
    const { rows, notes } = await this.factorService.history(
      market,
      toQuestion(factor, scheme, params),
      from,
      to,
      signal,
    );
    const codes = market.industriesOf(scheme).map((industry) => industry.code);
    return makeTable(
      [
        {
          name: 'date',
          type: 'LocalDate',
          unit: null,
          description: 'Trading day.',
          values: rows.map((row) => row.date),
        },
        ...codes.map((code, column) => ({
          name: code,
          type: 'Float',
          unit: null,
          description: market.industries.get(code)?.nameZh ?? null,
          values: rows.map((row) => orNull(row.values[column] as number)),
        })),
      ],
      { asOf: rows.at(-1)?.date ?? null, dataVersion: market.dataVersion, notes },
    );
  }

  @FieldResolver(() => FactorEvaluationType, {
    complexity: 500,
    description: 'Information coefficients and quantile returns over a range of dates.',
  })
  async evaluation(
    @Root() factor: FactorType,
    @Arg('from', () => LocalDate, { description: 'First date of factor values, inclusive.' }) from: LocalDateValue,
    @Arg('to', () => LocalDate, { description: 'Last date of factor values, inclusive.' }) to: LocalDateValue,
    @Arg('horizonDays', () => Int, { defaultValue: 5, description: 'Trading days of the forward return, 1 to 250.' })
    horizonDays: number,
    @Arg('params', () => FactorParamsInput, PARAMS) params: FactorParamsInput | null | undefined,
    @Arg('scheme', () => IndustrySchemeEnum, SCHEME) scheme: IndustryScheme,
    @Ctx() { market, signal }: RequestContext,
  ): Promise<FactorEvaluationType> {
    const question = toQuestion(factor, scheme, params);
    const { evaluation, dates, notes } = await this.factorService.evaluation(
      market,
      question,
      from,
      to,
      horizonDays,
      signal,
    );
    const origin = { asOf: dates.at(-1) ?? null, dataVersion: market.dataVersion, notes };
    const { perDate, quantileReturns } = evaluation;
    const column = (name: string, type: string, unit: string | null, description: string, values: ColumnValues) => ({
      name,
      type,
      unit,
      description,
      values,
    });
    return {
      observations: evaluation.observations,
      icMean: orNull(evaluation.icMean),
      icStd: orNull(evaluation.icStd),
      icir: orNull(evaluation.icir),
      icTStatistic: orNull(evaluation.icTStatistic),
      rankIcMean: orNull(evaluation.rankIcMean),
      rankIcStd: orNull(evaluation.rankIcStd),
      rankIcir: orNull(evaluation.rankIcir),
      rankIcTStatistic: orNull(evaluation.rankIcTStatistic),
      positiveShare: orNull(evaluation.positiveShare),
      quantileSpread: orNull(evaluation.spread),
      quantileReturns: makeTable(
        [
          column(
            'quantile',
            'Int',
            null,
            '1 = lowest values.',
            quantileReturns.map((_, index) => index + 1),
          ),
          column('meanReturn', 'Float', 'fraction per horizon', 'Mean forward return.', quantileReturns.map(orNull)),
        ],
        origin,
      ),
      ic: makeTable(
        [
          column(
            'date',
            'LocalDate',
            null,
            'Date of the factor values.',
            perDate.map((day) => day.date),
          ),
          column(
            'ic',
            'Float',
            null,
            'Pearson correlation.',
            perDate.map((day) => orNull(day.ic)),
          ),
          column(
            'rankIc',
            'Float',
            null,
            'Spearman correlation.',
            perDate.map((day) => orNull(day.rankIc)),
          ),
          column(
            'industries',
            'Int',
            null,
            'Industries with value and return.',
            perDate.map((day) => day.pairs),
          ),
        ],
        origin,
      ),
    };
  }
}

/** The factor's part of an industry; here, since industries know nothing of factors. */
@Resolver(() => IndustryType)
export class IndustryFactorResolver {
  constructor(private readonly factorService: FactorService) {}

  @FieldResolver(() => Float, {
    nullable: true,
    complexity: 20,
    description: 'Value of a factor on asOf with its default parameters; null where not available.',
  })
  async factorValue(
    @Root() industry: IndustryType,
    @Arg('factor', () => String, { description: 'Key of the factor, e.g. `diffusion`.' }) key: string,
    @Ctx() { market, signal }: RequestContext,
  ): Promise<number | null> {
    return (await this.factorService.ofIndustry(market, key, industry, industry.asOf, signal)).value;
  }

  @FieldResolver(() => IndustryFactorType, {
    nullable: true,
    complexity: 20,
    description: 'Value of a factor on asOf with its default parameters, and what must be said beside it.',
  })
  async factor(
    @Root() industry: IndustryType,
    @Arg('factor', () => String, { description: 'Key of the factor, e.g. `diffusion`.' }) key: string,
    @Ctx() { market, signal }: RequestContext,
  ): Promise<IndustryFactorType> {
    return this.factorService.ofIndustry(market, key, industry, industry.asOf, signal);
  }
}

function toQuestion(
  factor: FactorType,
  scheme: IndustryScheme,
  params: FactorParamsInput | null | undefined,
): FactorQuestion {
  return { key: factor.key, scheme, params: { ...params } };
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
