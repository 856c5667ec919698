import { Arg, Ctx, FieldResolver, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { LundongError } from '../../domain/errors.js';
import type { LocalDate as LocalDateValue } from '../../domain/local-date.js';
import { periodTable } from '../../domain/period-table.js';
import type { RequestContext } from '../../graphql/context.js';
import { ListSize, RequiresScope } from '../../graphql/schema-extensions.js';
import { type Connection, pageOf } from '../../graphql/types/connection.js';
import { LocalDate } from '../../graphql/types/scalars.js';
import type { Market } from '../../lake/market.js';
import type { FactorService } from '../factor/factor.service.js';
import { FactorType } from '../factor/factor.type.js';
import { IndustryType } from '../industry/industry.type.js';
import { PortfolioInput } from './portfolio.args.js';
import type { PortfolioService } from './portfolio.service.js';
import {
  HoldingsType,
  PerformanceType,
  PeriodTableType,
  PortfolioConnection,
  PortfolioType,
  RebalanceType,
} from './portfolio.type.js';
import type { PortfolioDefinition } from './portfolio-definition.js';
import type { PortfolioRun, RebalanceRecord } from './portfolio-run.js';

const WEEK_ENDING = {
  nullable: true,
  description: 'Day the table is as of; no trading day means the last one before it. Default: the newest.',
} as const;

@Resolver(() => PortfolioType)
export class PortfolioResolver {
  constructor(
    private readonly portfolioService: PortfolioService,
    private readonly factorService: FactorService,
  ) {}

  @RequiresScope('read')
  @Query(() => PortfolioConnection, { description: 'All portfolios, by key.' })
  async portfolios(
    @Arg('first', () => Int, { defaultValue: 50, description: 'Page size, 1 to 500.' }) first: number,
    @Arg('after', () => String, { nullable: true, description: 'Cursor after which the page begins.' })
    after: string | null | undefined,
    @Ctx() { market }: RequestContext,
  ): Promise<Connection<PortfolioType>> {
    const definitions = await this.portfolioService.list(market);
    const portfolios = definitions
      .map((definition) => new PortfolioType(definition))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    return pageOf(
      portfolios,
      (portfolio) => [portfolio.key],
      (portfolio) => portfolio,
      first,
      after,
    );
  }

  @RequiresScope('read')
  @Query(() => PortfolioType, {
    nullable: true,
    description: 'One portfolio. An unknown key is the error UNKNOWN_PORTFOLIO.',
  })
  async portfolio(
    @Arg('key', () => String, { description: '`diffusion-monthly`, or one that was created.' }) key: string,
    @Ctx() { market }: RequestContext,
  ): Promise<PortfolioType> {
    const definition = await this.portfolioService.find(market, key);
    if (definition === null)
      throw new LundongError(
        'UNKNOWN_PORTFOLIO',
        `"${key.slice(0, 80)}" is no portfolio; the query portfolios lists them.`,
      );
    return new PortfolioType(definition);
  }

  @RequiresScope('compute')
  @Mutation(() => PortfolioType, {
    description:
      'Keeps a portfolio under its key. The same one again is no error; another one under a taken key is KEY_TAKEN.',
  })
  async createPortfolio(
    @Arg('input', () => PortfolioInput, { description: 'The portfolio.' }) input: PortfolioInput,
    @Ctx() { market }: RequestContext,
  ): Promise<PortfolioType> {
    return new PortfolioType(await this.portfolioService.create(market, input));
  }

  @FieldResolver(() => FactorType, { nullable: true, description: 'The factor that ranks; null for SCHEDULE.' })
  factor(@Root() { definition }: PortfolioType): FactorType | null {
    return definition.factor === null ? null : FactorType.of(this.factorService.find(definition.factor));
  }

  @FieldResolver(() => HoldingsType, { complexity: 50, description: 'What it holds at the close of a date.' })
  async holdings(
    @Root() { definition }: PortfolioType,
    @Arg('asOf', () => LocalDate, {
      nullable: true,
      description: 'The date; no trading day means the last one before it. Default: the newest.',
    })
    asOf: LocalDateValue | null | undefined,
    @Ctx() context: RequestContext,
  ): Promise<HoldingsType> {
    const { market } = context;
    const run = await this.runInTurn(context, definition);
    const date = run.resolveDate(asOf ?? null);
    const { since, items } = run.holdings(date);
    return {
      asOf: date,
      since,
      notes: run.notes(date),
      items: items.map(({ code, ...weights }) => ({ ...weights, industry: industryAt(market, code, date) })),
    };
  }

  @ListSize({ perYear: 53 })
  @FieldResolver(() => [RebalanceType], { complexity: 15, description: 'Rebalances within a range, oldest first.' })
  async changes(
    @Root() { definition }: PortfolioType,
    @Arg('from', () => LocalDate, { description: 'First date, inclusive.' }) from: LocalDateValue,
    @Arg('to', () => LocalDate, { description: 'Last date, inclusive.' }) to: LocalDateValue,
    @Ctx() context: RequestContext,
  ): Promise<RebalanceType[]> {
    const { market } = context;
    requireOrder(from, to);
    const run = await this.runInTurn(context, definition);
    return run.rebalances(from, run.resolveDate(to)).map((record) => toRebalanceType(market, record));
  }

  @FieldResolver(() => PeriodTableType, {
    complexity: 50,
    description: 'Week, month and year as in the published report.',
  })
  async table(
    @Root() { definition }: PortfolioType,
    @Arg('weekEnding', () => LocalDate, WEEK_ENDING) weekEnding: LocalDateValue | null | undefined,
    @Ctx() context: RequestContext,
  ): Promise<PeriodTableType> {
    const { market } = context;
    const run = await this.runInTurn(context, definition);
    const date = run.resolveDate(weekEnding ?? null);
    return { ...periodTable(run.series, market.calendar, date), notes: run.notes(date) };
  }

  @FieldResolver(() => PerformanceType, {
    complexity: 50,
    description: 'Net values and risk figures over a range, clipped to the portfolio’s life.',
  })
  async performance(
    @Root() { definition }: PortfolioType,
    @Arg('from', () => LocalDate, {
      description: 'First date; the base of the first return is the last day on or before it.',
    })
    from: LocalDateValue,
    @Arg('to', () => LocalDate, { description: 'Last date, inclusive.' }) to: LocalDateValue,
    @Ctx() context: RequestContext,
  ): Promise<PerformanceType> {
    const { market } = context;
    requireOrder(from, to);
    const run = await this.runInTurn(context, definition);
    const last = run.resolveDate(to);
    const { series, metrics } = run.performance(from, last);
    const origin = { dataVersion: market.dataVersion, notes: run.notes(last) };
    return new PerformanceType(series, metrics, market.calendar, origin);
  }

  /** The run, in a turn of the event loop of its own for what is read from it. */
  private async runInTurn({ market, signal }: RequestContext, definition: PortfolioDefinition): Promise<PortfolioRun> {
    const run = await this.portfolioService.run(market, definition, signal);
    await this.portfolioService.turns.next();
    return run;
  }
}

export function toRebalanceType(market: Market, record: RebalanceRecord): RebalanceType {
  const industries = (codes: readonly string[]): IndustryType[] =>
    codes.map((code) => industryAt(market, code, record.date));
  return {
    ...record,
    entered: industries(record.entered),
    left: industries(record.left),
    unpriced: industries(record.unpriced),
  };
}

function industryAt(market: Market, code: string, date: LocalDateValue): IndustryType {
  const industry = market.industries.get(code);
  if (industry === undefined) throw new LundongError('UNKNOWN_INDUSTRY', `${code} is no longer an industry.`);
  return new IndustryType(industry, date);
}

function requireOrder(from: LocalDateValue, to: LocalDateValue): void {
  if (from > to) throw new LundongError('INVALID_RANGE', `from ${from} is after to ${to}; swap them.`, { from, to });
}
