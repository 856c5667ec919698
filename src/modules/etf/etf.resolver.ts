import { Arg, Ctx, FieldResolver, Float, Int, Query, Resolver, Root } from 'type-graphql';
import type { IndustryScheme } from '../../domain/industry.js';
import type { LocalDate as LocalDateValue } from '../../domain/local-date.js';
import type { Window } from '../../domain/trading-calendar.js';
import type { RequestContext } from '../../graphql/context.js';
import { Repeatable } from '../../graphql/plugins/repeatable.plugin.js';
import { ListSize, RequiresScope } from '../../graphql/schema-extensions.js';
import type { Connection } from '../../graphql/types/connection.js';
import { LocalDate } from '../../graphql/types/scalars.js';
import { makeTable, TableType } from '../../graphql/types/table.type.js';
import { IndustrySchemeEnum, IndustryType, WindowEnum } from '../industry/industry.type.js';
import { EtfFilterInput, EtfOrderEnum } from './etf.args.js';
import type { EtfService } from './etf.service.js';
import { EtfConnection, EtfIndustryType, EtfType, ThemeType } from './etf.type.js';
import type { EtfFigures } from './etf-day.js';
import type { EtfOrder } from './etf-list.js';
import { figureNotes, netFlowNotes } from './etf-notes.js';
import { AFTER, ETF_FIRST, etfPage } from './etf-page.js';

const AS_OF = {
  nullable: true,
  description: 'Date of every figure; no trading day means the last one before it. Default: the newest.',
} as const;
const WINDOW = { description: 'The period that ends on asOf.' } as const;

@Resolver(() => EtfType)
export class EtfResolver {
  constructor(private readonly etfService: EtfService) {}

  @RequiresScope('read')
  @Query(() => EtfConnection, { complexity: 200, description: 'The funds of the list that meet a filter.' })
  @Repeatable()
  async etfs(
    @Arg('filter', () => EtfFilterInput, { nullable: true, description: 'Which funds. Default: all.' })
    filter: EtfFilterInput | null | undefined,
    @Arg('orderBy', () => EtfOrderEnum, { defaultValue: 'CHANGE_DESC', description: 'How they are ordered.' })
    orderBy: EtfOrder,
    @Arg('asOf', () => LocalDate, AS_OF) asOf: LocalDateValue | null | undefined,
    @Arg('first', () => Int, ETF_FIRST(50)) first: number,
    @Arg('after', () => String, AFTER) after: string | null | undefined,
    @Ctx() { market }: RequestContext,
  ): Promise<Connection<EtfType>> {
    const day = await this.dayOf(market, asOf);
    const list = await this.etfService.list(day, market, filter ?? {}, orderBy);
    return etfPage(
      day,
      list,
      ({ figures }) => figures,
      ({ key }) => key,
      first,
      after,
    );
  }

  @RequiresScope('read')
  @Query(() => EtfType, {
    nullable: true,
    complexity: 50,
    description:
      'One fund; null on a day on which it is not listed, before its listing or from its delisting on. A code that is not in the list is the error UNKNOWN_ETF.',
  })
  @Repeatable()
  async etf(
    @Arg('code', () => String, { description: '510300.SH, or six digits.' }) code: string,
    @Arg('asOf', () => LocalDate, AS_OF) asOf: LocalDateValue | null | undefined,
    @Ctx() { market }: RequestContext,
  ): Promise<EtfType | null> {
    const etf = this.etfService.find(market, code);
    const day = await this.dayOf(market, asOf);
    const figures = day.fund(etf.code);
    return figures === null ? null : new EtfType(figures, day);
  }

  @RequiresScope('read')
  @ListSize(30)
  @Query(() => [ThemeType], {
    complexity: 200,
    description: 'All themes, the strongest change first, those without one last.',
  })
  @Repeatable()
  async themes(
    @Arg('asOf', () => LocalDate, AS_OF) asOf: LocalDateValue | null | undefined,
    @Ctx() { market }: RequestContext,
  ): Promise<ThemeType[]> {
    const day = await this.dayOf(market, asOf);
    return day.themes.map((theme) => new ThemeType(theme, day));
  }

  @ListSize(3)
  @FieldResolver(() => [ThemeType], {
    name: 'themes',
    complexity: 2,
    description: 'The themes it has, in the order of the rules.',
  })
  themesOf(@Root() etf: EtfType): ThemeType[] {
    const { themes } = etf.day.fund(etf.code) as { themes: readonly { key: string }[] };
    return themes.flatMap(({ key }) => {
      const theme = this.etfService.theme(etf.day, key);
      return theme === null ? [] : [new ThemeType(theme, etf.day)];
    });
  }

  @FieldResolver(() => [String], {
    complexity: 2,
    description:
      'Why figures of this object are null, or count in no sum, a line each; `netFlowNotes` says it of net flows.',
  })
  notes(@Root() etf: EtfType): string[] {
    return figureNotes(etf.day, etf.day.fund(etf.code) as EtfFigures);
  }

  @FieldResolver(() => Float, {
    nullable: true,
    complexity: 2,
    description:
      'Net flow over the window, yuan, positive where subscriptions exceed redemptions: Σ (shares(t) − shares(t−1)) · nav(t) over its days, on the day of a split or merge with restated shares. Null where a day lacks what it needs; `netFlowNotes` says which.',
  })
  async netFlow(@Root() etf: EtfType, @Arg('window', () => WindowEnum, WINDOW) window: Window): Promise<number | null> {
    return (await etf.day.flow(etf.code, window))?.netFlow ?? null;
  }

  @FieldResolver(() => [String], {
    complexity: 5,
    description: 'What must be said beside `netFlow`: days that lack something, splits that were restated.',
  })
  async netFlowNotes(
    @Root() etf: EtfType,
    @Arg('window', () => WindowEnum, WINDOW) window: Window,
    @Ctx() { market }: RequestContext,
  ): Promise<string[]> {
    return netFlowNotes(market, etf.day, window, await etf.day.flow(etf.code, window));
  }

  @ListSize(31)
  @FieldResolver(() => [EtfIndustryType], {
    complexity: 30,
    description: 'Every industry of a scheme with the fund’s correlation and beta to it, the closest first.',
  })
  async industries(
    @Root() etf: EtfType,
    @Arg('scheme', () => IndustrySchemeEnum, { defaultValue: 'CITIC_L1', description: 'Which classification.' })
    scheme: IndustryScheme,
  ): Promise<EtfIndustryType[]> {
    const relations = await etf.day.relations(scheme);
    return relations
      .of(etf.day.positionOf(etf.code))
      .map((relation) => ({ ...relation, industry: new IndustryType(relation.industry, etf.day.knownTo) }));
  }

  @FieldResolver(() => TableType, {
    complexity: 120,
    description:
      'Daily bars up to asOf, of the one series that has the most of them: columns `date`, `open`, `high`, `low`, `close` (yuan), `volume` (shares), `amount` (yuan).',
  })
  async bars(
    @Root() etf: EtfType,
    @Arg('from', () => LocalDate, { description: 'First date, inclusive.' }) from: LocalDateValue,
    @Arg('to', () => LocalDate, { description: 'Last date, inclusive.' }) to: LocalDateValue,
    @Ctx() { market }: RequestContext,
  ): Promise<TableType> {
    const { dates, values, notes } = await this.etfService.bars(market, etf.code, from, to, etf.day.knownTo);
    const bar = (name: keyof typeof values, unit: string, description: string) => ({
      name,
      type: 'Float',
      unit,
      description,
      values: values[name],
    });
    return makeTable(
      [
        { name: 'date', type: 'LocalDate', unit: null, description: 'Trading day.', values: dates },
        bar('open', 'yuan', 'Open.'),
        bar('high', 'yuan', 'High.'),
        bar('low', 'yuan', 'Low.'),
        bar('close', 'yuan', 'Close.'),
        bar('volume', 'shares', 'Shares traded.'),
        bar('amount', 'yuan', 'Amount traded.'),
      ],
      { asOf: dates.at(-1) ?? null, dataVersion: market.dataVersion, notes },
    );
  }

  private dayOf(market: RequestContext['market'], asOf: LocalDateValue | null | undefined) {
    return this.etfService.day(market, this.etfService.resolveDate(market, asOf ?? null));
  }
}

@Resolver(() => ThemeType)
export class ThemeResolver {
  @FieldResolver(() => Int, { complexity: 2, description: 'Number of its funds that rose by more than `change`.' })
  risingAbove(
    @Root() { figures }: ThemeType,
    @Arg('change', () => Float, { description: 'A fraction: 0.02 is 2 %.' }) change: number,
  ): number {
    return figures.funds.filter((fund) => fund.change !== null && fund.change > change).length;
  }

  @FieldResolver(() => EtfConnection, {
    complexity: 20,
    description: 'Its funds, the highest change first, those without one last.',
  })
  etfs(
    @Root() { figures, day }: ThemeType,
    @Arg('first', () => Int, ETF_FIRST(20)) first: number,
    @Arg('after', () => String, AFTER) after: string | null | undefined,
  ): Connection<EtfType> {
    return etfPage(
      day,
      figures.funds,
      (fund) => fund,
      ({ change, code }) => ['THEME', change === null ? 1 : 0, 0 - (change ?? 0), code],
      first,
      after,
    );
  }
}

@Resolver(() => IndustryType)
export class IndustryEtfResolver {
  constructor(private readonly etfService: EtfService) {}

  @FieldResolver(() => EtfConnection, {
    complexity: 50,
    description:
      'The funds that follow the industry, the highest correlation first: of all industries of the scheme it is the one that their daily returns correlate with most over 250 trading days, at least 0.8.',
  })
  async etfs(
    @Root() industry: IndustryType,
    @Arg('first', () => Int, ETF_FIRST(10)) first: number,
    @Arg('after', () => String, AFTER) after: string | null | undefined,
    @Ctx() { market }: RequestContext,
  ): Promise<Connection<EtfType>> {
    const day = await this.etfService.day(market, this.etfService.resolveDate(market, industry.asOf));
    const funds = await this.etfService.ofIndustry(day, industry);
    return etfPage(
      day,
      funds,
      ({ figures }) => figures,
      ({ correlation, figures }) => ['INDUSTRY', 0 - correlation, figures.code],
      first,
      after,
    );
  }

  @FieldResolver(() => [String], { complexity: 50, description: 'Why `etfs` is empty; nothing where it is not.' })
  async etfNotes(@Root() industry: IndustryType, @Ctx() { market }: RequestContext): Promise<string[]> {
    const day = await this.etfService.day(market, this.etfService.resolveDate(market, industry.asOf));
    return this.etfService.notesOfIndustry(market, day, industry);
  }
}
