import { Arg, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import type { Industry } from '../../domain/industry.js';
import type { LocalDate as LocalDateValue } from '../../domain/local-date.js';
import type { RequestContext } from '../../graphql/context.js';
import { Repeatable } from '../../graphql/plugins/repeatable.plugin.js';
import { RequiresScope } from '../../graphql/schema-extensions.js';
import { LocalDate } from '../../graphql/types/scalars.js';
import type { RankedIndustry } from '../factor/factor.service.js';
import { FactorType, type RankedIndustryType } from '../factor/factor.type.js';
import { toEtfFlowReportType } from '../flow/flow.resolver.js';
import { IndustryType } from '../industry/industry.type.js';
import { toMarginFinancingType } from '../margin/margin.resolver.js';
import { tableOfPeriods } from '../portfolio/portfolio.tables.js';
import { PortfolioType } from '../portfolio/portfolio.type.js';
import type { ModelSection } from './model-section.js';
import { ReportModelInput } from './report.args.js';
import type { ReportService, WeeklyReport } from './report.service.js';
import { type ModelSectionType, WeeklyReportType } from './report.type.js';
import { reportDocument } from './report-document.js';
import { reportMarkdown } from './report-markdown.js';
import { reportLanguage } from './report-words.js';

@Resolver(() => WeeklyReportType)
export class ReportResolver {
  constructor(private readonly reportService: ReportService) {}

  @RequiresScope('read')
  @Query(() => WeeklyReportType, {
    complexity: 1000,
    description:
      'The weekly report: indices, industries, margin financing, ETF flows, and the models with their portfolios.',
  })
  @Repeatable()
  async weeklyReport(
    @Arg('weekEnding', () => LocalDate, {
      nullable: true,
      description:
        'Last day of the week; no trading day means the last one before it, a day within a week the report as far as the week has come. Default: the newest day with closes of CITIC industries.',
    })
    weekEnding: LocalDateValue | null | undefined,
    @Arg('models', () => [ReportModelInput], {
      nullable: true,
      description: 'Models to report on, 1 to 8. Default: every built-in portfolio with its factor.',
    })
    models: ReportModelInput[] | null | undefined,
    @Ctx() { market, signal }: RequestContext,
  ): Promise<WeeklyReportType> {
    return toWeeklyReportType(await this.reportService.report(market, weekEnding ?? null, models ?? null, signal));
  }

  @FieldResolver(() => String, {
    complexity: 50,
    description:
      'The report as Markdown with tables: changes in percent with two decimals, money in 100 million yuan (亿元), values of the diffusion index with three decimals. Notes are English in both languages.',
  })
  markdown(
    @Root() { report }: WeeklyReportType,
    @Arg('language', () => String, { defaultValue: 'en', description: '`en` or `zh`.' }) language: string,
  ): string {
    return reportMarkdown(reportDocument(report, reportLanguage(language)));
  }
}

function toWeeklyReportType(report: WeeklyReport): WeeklyReportType {
  const { weekEnding, previous, published, industries, indices, dataVersion, notes } = report;
  const at = (industry: Industry): IndustryType => new IndustryType(industry, weekEnding);
  const returns = (all: WeeklyReport['industries']['week']) =>
    all.map((one) => ({ industry: at(one.industry), return: one.return }));
  return Object.assign(new WeeklyReportType(), {
    weekEnding,
    previous,
    published,
    industriesWeek: returns(industries.week),
    industriesYear: returns(industries.year),
    risers: industries.risers,
    fallers: industries.fallers,
    industryNotes: industries.notes,
    indices: indices.indices.map(({ nameZh, ...index }) => ({ ...index, name: nameZh })),
    indexNotes: indices.notes,
    margin: toMarginFinancingType(report.margin, dataVersion),
    etfFlows: report.etfFlows === null ? null : toEtfFlowReportType(report.etfFlows),
    etfFlowNotes: report.etfFlowNotes,
    models: report.models.map((model) => toModelSectionType(model, at, dataVersion)),
    unavailableModels: report.unavailableModels.map(({ factor, portfolio, reason }) => ({
      factor: FactorType.of(factor),
      portfolio: new PortfolioType(portfolio),
      reason,
    })),
    notes,
    report,
  });
}

function toModelSectionType(
  model: ModelSection,
  at: (industry: Industry) => IndustryType,
  dataVersion: number,
): ModelSectionType {
  const ranked = (items: readonly RankedIndustry[]): RankedIndustryType[] =>
    items.map((item) => ({ ...item, industry: at(item.industry) }));
  const { asOf, since, holdings, table, years, notes } = model;
  return {
    factor: FactorType.of(model.factor),
    portfolio: new PortfolioType(model.portfolio),
    top: ranked(model.top),
    bottom: ranked(model.bottom),
    largestRises: ranked(model.largestRises),
    holdings: { asOf, since, items: holdings.map((one) => ({ ...one, industry: at(one.industry) })), notes },
    entered: model.entered.map(at),
    left: model.left.map(at),
    next: model.next.map(at),
    table: { ...table, notes },
    yearly: tableOfPeriods(years, 'YEAR', { asOf, dataVersion, notes }),
    notes,
  };
}
