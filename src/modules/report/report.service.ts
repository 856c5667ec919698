import { LundongError } from '../../domain/errors.js';
import { EventLoopTurns } from '../../domain/event-loop-turns.js';
import { fromDayNumber, type LocalDate } from '../../domain/local-date.js';
import type { Market } from '../../lake/market.js';
import type { FactorService } from '../factor/factor.service.js';
import type { EtfWeekReport, FlowService } from '../flow/flow.service.js';
import type { IndustryService } from '../industry/industry.service.js';
import type { MarginReport, MarginService } from '../margin/margin.service.js';
import { MarketMemo } from '../portfolio/market-memo.js';
import type { PortfolioService } from '../portfolio/portfolio.service.js';
import type { PortfolioDefinition } from '../portfolio/portfolio-definition.js';
import { type IndexSection, indexSection } from './index-section.js';
import { type IndustrySection, industrySection } from './industry-section.js';
import { type ModelQuestion, type ModelSection, modelSection, type UnavailableModel } from './model-section.js';
import { attempt } from './section-attempt.js';

/** Every figure of one week's report. */
export interface WeeklyReport {
  readonly weekEnding: LocalDate;
  /** Last trading day of the week before: week changes are counted from its close. */
  readonly previous: LocalDate;
  readonly published: boolean;
  readonly indices: IndexSection;
  readonly industries: IndustrySection;
  readonly margin: MarginReport;
  /** null where the week has no shares of funds; `etfFlowNotes` says why. */
  readonly etfFlows: EtfWeekReport | null;
  readonly etfFlowNotes: readonly string[];
  readonly models: readonly ModelSection[];
  readonly unavailableModels: readonly UnavailableModel[];
  readonly notes: readonly string[];
  readonly dataVersion: number;
}

/** What a caller names: a portfolio, and the factor to show beside it where it has none of its own. */
export interface SectionRequest {
  readonly portfolio: string;
  readonly factor?: string | null;
}

const SCHEME = 'CITIC_L1';
const DATASETS = ['industry_daily', 'index_daily', 'margin_market', 'etf_share'] as const;
const MOST_SECTIONS = 8;
/** Each keeps some 50 kB beside what portfolios and funds keep anyway. */
const REPORTS_KEPT = 50;

/** The weekly report: sections of other services' figures as of one week. */
export class ReportService {
  private readonly turns = new EventLoopTurns();
  private readonly reports = new MarketMemo<WeeklyReport>('report', REPORTS_KEPT);

  constructor(
    private readonly industries: IndustryService,
    private readonly flows: FlowService,
    private readonly margins: MarginService,
    private readonly factors: FactorService,
    private readonly portfolios: PortfolioService,
  ) {}

  /**
   * The report of the week that ends on a date, or as far as the week has come then. A section whose data are missing is
   * empty and says why.
   *
   * @param weekEnding no trading day means the last one before it; null = the newest day with closes of CITIC industries
   * @param requests models to report on, 1 to 8; null = every built-in portfolio with its factor
   * @param signal leaves, with its reason; the report is made while anybody else waits for it
   * @throws LundongError NO_DATA, DATE_BEFORE_DATA, INVALID_ARGUMENT, UNKNOWN_PORTFOLIO, UNKNOWN_FACTOR
   */
  async report(
    market: Market,
    weekEnding: LocalDate | null,
    requests: readonly SectionRequest[] | null,
    signal?: AbortSignal,
  ): Promise<WeeklyReport> {
    const date = await resolveWeek(market, weekEnding);
    const questions = await this.questions(market, requests);
    const notes = [
      ...(weekEnding !== null && market.calendar.lastOnOrBefore(weekEnding) > date
        ? [`${weekEnding} was asked for, but the data end on ${date}`]
        : []),
      ...(market.synthetic ? ['the data hold invented prices (dataStatus.synthetic)'] : []),
    ];
    const key = JSON.stringify([date, notes, questions.map(({ factor, portfolio }) => [factor.key, portfolio])]);
    const make = (unwanted: AbortSignal): Promise<WeeklyReport> =>
      this.gather(market, date, questions, notes, unwanted);
    return this.reports.get(market, key, make, signal);
  }

  /**
   * Loads what every report of a market stands on but for its models, whose factors may take long to compute where they
   * never were: the first report then has no files to wait for.
   */
  async prefetch(market: Market): Promise<void> {
    await attempt(async () =>
      this.gather(market, await resolveWeek(market, null), [], [], new AbortController().signal),
    );
  }

  private async gather(
    market: Market,
    date: LocalDate,
    questions: readonly ModelQuestion[],
    notes: readonly string[],
    signal: AbortSignal,
  ): Promise<WeeklyReport> {
    const previous = market.calendar.baseOf('WEEK', date);
    // Each section takes some milliseconds of the event loop: they begin side by side, but not in the same turn.
    const inTurn = <T>(work: () => Promise<T>): Promise<T> => this.turns.next().then(work);
    const [flows, industries, indices, margin, sections] = await Promise.all([
      inTurn(() => attempt(() => this.flows.report(market, date))),
      inTurn(() => industrySection(market, this.industries, SCHEME, date)),
      inTurn(() => indexSection(market, date, previous)),
      inTurn(() => this.margin(market, previous, date)),
      Promise.all(
        questions.map((question) =>
          inTurn(() => modelSection(market, this.factors, this.portfolios, question, date, previous, signal)),
        ),
      ),
    ]);
    const etfFlows = flows.value?.weekEnding === date ? flows.value : null;
    const isWeekEnd = market.calendar.weekEndings(date, date).length > 0;
    return {
      weekEnding: date,
      previous,
      published: isWeekEnd && industries.isComplete,
      indices,
      industries,
      margin,
      etfFlows,
      etfFlowNotes:
        etfFlows === null
          ? [`no flows: ${flows.reason ?? `the shares of funds end on ${flows.value.weekEnding}`}`]
          : etfFlows.notes,
      models: sections.filter((section): section is ModelSection => !('reason' in section)),
      unavailableModels: sections.filter((section) => 'reason' in section),
      notes: [...notes, ...(isWeekEnd ? [] : [`the week does not end on ${date}`])],
      dataVersion: market.dataVersion,
    };
  }

  private async margin(market: Market, previous: LocalDate, date: LocalDate): Promise<MarginReport> {
    const first = market.calendar.shift(previous, 1);
    const { value, reason } = await attempt(() => this.margins.report(market, first, date, SCHEME));
    return value ?? emptyMargin(previous, reason);
  }

  private async questions(market: Market, requests: readonly SectionRequest[] | null): Promise<ModelQuestion[]> {
    if (requests === null)
      return this.portfolios
        .builtIn(market)
        .flatMap((portfolio) =>
          portfolio.factor === null ? [] : [{ portfolio, factor: this.factors.find(portfolio.factor) }],
        );
    if (requests.length < 1 || requests.length > MOST_SECTIONS)
      throw new LundongError(
        'INVALID_ARGUMENT',
        `models: ${requests.length} are not possible; name 1 to ${MOST_SECTIONS}, or leave it out for those built in.`,
      );
    const questions: ModelQuestion[] = [];
    for (const { portfolio: key, factor } of requests) {
      const portfolio = await this.portfolios.find(market, key);
      if (portfolio === null)
        throw new LundongError(
          'UNKNOWN_PORTFOLIO',
          `"${key.slice(0, 80)}" is no portfolio; the query portfolios lists them.`,
        );
      questions.push({ portfolio, factor: this.factors.find(factorKey(portfolio, factor ?? null)) });
    }
    return questions;
  }
}

function factorKey({ key, factor: own }: PortfolioDefinition, given: string | null): string {
  const factor = given ?? own;
  if (factor === null)
    throw new LundongError(
      'INVALID_ARGUMENT',
      `models: the portfolio "${key}" has no factor of its own; name the one to show beside it in factor.`,
    );
  return factor;
}

/** The last trading day on or before the date that any data of the report reach. */
async function resolveWeek(market: Market, weekEnding: LocalDate | null): Promise<LocalDate> {
  const loaded = DATASETS.filter((name) => market.series(name).length > 0);
  if (loaded.length === 0) return market.resolveDate('industry_daily', weekEnding);
  if (weekEnding === null) {
    const newest = await newestClose(market);
    if (newest !== null) return newest;
  }
  const first = loaded.map((name) => market.firstDate(name)).sort()[0] as LocalDate;
  const newest = loaded
    .map((name) => market.resolveDate(name, null))
    .sort()
    .at(-1) as LocalDate;
  if (weekEnding === null || weekEnding >= newest) return newest;
  if (weekEnding < first)
    throw new LundongError('DATE_BEFORE_DATA', `${weekEnding} lies before the data, which begin on ${first}.`, {
      date: weekEnding,
      first,
    });
  return market.calendar.lastOnOrBefore(weekEnding);
}

/** The newest day with a close of the scheme's industries; null where there is none. */
async function newestClose(market: Market): Promise<LocalDate | null> {
  const codes = market.industriesOf(SCHEME).map(({ code }) => code);
  const newest: LocalDate[] = [];
  for (const series of market.series('industry_daily')) {
    const panel = await series.closes();
    const day = panel.days.findLast((each) => codes.some((code) => panel.close(code, fromDayNumber(each)) !== null));
    if (day !== undefined) newest.push(fromDayNumber(day));
  }
  return newest.sort().at(-1) ?? null;
}

function emptyMargin(base: LocalDate, reason: string): MarginReport {
  return {
    asOf: null,
    base,
    days: {
      dates: [],
      values: {
        financing_balance: [],
        change: [],
        financing_bought: [],
        financing_repaid: [],
        lending_balance: [],
        maintenance_ratio: [],
      },
    },
    latestBalance: null,
    change: null,
    recordHigh: null,
    rises: [],
    falls: [],
    notes: [`no margin financing: ${reason}`],
  };
}
