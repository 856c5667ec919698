import type { Industry } from '../../domain/industry.js';
import type { LocalDate } from '../../domain/local-date.js';
import {
  type NetValueSeries,
  type PeriodReturn,
  periodEndRows,
  periodReturns,
  rowOnOrBefore,
} from '../../domain/net-value-series.js';
import { type PeriodTable, periodTable } from '../../domain/period-table.js';
import type { FactorEngine } from '../../engines/factor-engine.js';
import type { Market } from '../../lake/market.js';
import type { FactorService, RankedIndustry } from '../factor/factor.service.js';
import type { PortfolioService } from '../portfolio/portfolio.service.js';
import type { PortfolioDefinition } from '../portfolio/portfolio-definition.js';
import { attempt } from './section-attempt.js';

/** What a model's section is about: a factor, and a portfolio that goes by it or whose holdings were given. */
export interface ModelQuestion {
  readonly factor: FactorEngine;
  readonly portfolio: PortfolioDefinition;
}

/** One model's part of the weekly report. */
export interface ModelSection extends ModelQuestion {
  /** Best first; empty where the factor has no values of the date, which a note says. */
  readonly top: readonly RankedIndustry[];
  /** Worst first. */
  readonly bottom: readonly RankedIndustry[];
  /** The largest rises of values over the week, largest first. */
  readonly largestRises: readonly RankedIndustry[];
  readonly asOf: LocalDate;
  readonly since: LocalDate;
  readonly holdings: readonly { readonly industry: Industry; readonly weight: number; readonly targetWeight: number }[];
  /** Changes of the holdings from the close of the week before to this one. */
  readonly entered: readonly Industry[];
  readonly left: readonly Industry[];
  /** What the rule would hold if it were asked at this close, best-ranked first. */
  readonly next: readonly Industry[];
  readonly table: PeriodTable;
  /** Up to the date; the first and the last year may be parts of one. */
  readonly years: readonly PeriodReturn[];
  /** Net values up to the date, 1 at the first purchase less its cost. */
  readonly series: NetValueSeries;
  readonly notes: readonly string[];
}

/** A model that cannot be reported on, and why. */
export interface UnavailableModel extends ModelQuestion {
  readonly reason: string;
}

/** How many industries the published tables name at either end, and of rises. */
export const NAMED_AT_ENDS = 6;
export const NAMED_RISES = 3;

/** A model's week; or, where its portfolio has no net value on the date, why. */
export async function modelSection(
  market: Market,
  factors: FactorService,
  portfolios: PortfolioService,
  question: ModelQuestion,
  date: LocalDate,
  previous: LocalDate,
  signal: AbortSignal,
): Promise<ModelSection | UnavailableModel> {
  const { factor, portfolio } = question;
  const running = await attempt(async () => {
    const found = await portfolios.run(market, portfolio, signal);
    found.resolveDate(date);
    return found;
  });
  if (running.reason !== null) return { ...question, reason: running.reason };
  const run = running.value;
  if (run.lastDate < date)
    return { ...question, reason: `the portfolio's net values end on ${run.lastDate}, before ${date}` };
  await portfolios.turns.next();

  const ranked = await rankedOn(market, factors, question, date, signal);
  const end = rowOnOrBefore(run.series.dates, date) + 1;
  const series = {
    dates: run.series.dates.slice(0, end),
    portfolio: run.series.portfolio.subarray(0, end),
    benchmark: run.series.benchmark.subarray(0, end),
  };
  const industryOf = (code: string): Industry => market.industries.get(code) as Industry;
  const held = run.holdings(date);
  const now = held.items.map(({ code }) => code);
  const before = previous < run.firstDate ? [] : run.holdings(previous).items.map(({ code }) => code);
  const chosen = await attempt(() => portfolios.choiceOn(market, portfolio, run, date, signal));
  const rankOf = new Map(ranked.items.map(({ industry, rank }) => [industry.code, rank]));
  const byRank = (a: string, b: string): number =>
    (rankOf.get(a) ?? Number.MAX_SAFE_INTEGER) - (rankOf.get(b) ?? Number.MAX_SAFE_INTEGER) || (a < b ? -1 : 1);
  const yearBase = market.calendar.baseOf('YEAR', date);
  return {
    ...question,
    top: ranked.items.slice(0, NAMED_AT_ENDS),
    bottom: ranked.items.slice(-NAMED_AT_ENDS).reverse(),
    largestRises: ranked.items
      .filter(({ weekChange }) => weekChange !== null && weekChange > 0)
      .sort((a, b) => (b.weekChange as number) - (a.weekChange as number) || a.rank - b.rank)
      .slice(0, NAMED_RISES),
    asOf: date,
    since: held.since,
    holdings: held.items.map(({ code, ...weights }) => ({ ...weights, industry: industryOf(code) })),
    entered: now.filter((code) => !before.includes(code)).map(industryOf),
    left: before.filter((code) => !now.includes(code)).map(industryOf),
    next: (chosen.value ?? []).toSorted(byRank).map(industryOf),
    table: periodTable(run.series, market.calendar, date),
    years: periodReturns(series, periodEndRows(market.calendar, series.dates, 'YEAR')),
    series,
    notes: [
      ...ranked.notes,
      ...run.notes(date).filter((note) => !ranked.notes.includes(note)),
      ...(chosen.reason === null ? [] : [`no next holdings: ${chosen.reason}`]),
      ...(run.firstDate > yearBase ? [`net values begin on ${run.firstDate}: the year is counted from there`] : []),
      ...(portfolio.factor === null ? [`the holdings were given, not chosen by ${factor.key}`] : []),
    ],
  };
}

/** The factor's ranking on the date, empty with a note where it has none. */
async function rankedOn(
  market: Market,
  factors: FactorService,
  { factor, portfolio }: ModelQuestion,
  date: LocalDate,
  signal: AbortSignal,
): Promise<{ items: RankedIndustry[]; notes: readonly string[] }> {
  const none = (reason: string) => ({ items: [], notes: [`no values of ${factor.key}: ${reason}`] });
  const params = portfolio.factor === factor.key ? { [factor.key]: portfolio.params as object } : {};
  const question = { key: factor.key, scheme: portfolio.scheme, params };
  const { value: ranking, reason } = await attempt(() => factors.ranking(market, question, date, null, null, signal));
  if (ranking === null) return none(reason);
  if (ranking.asOf < date) return none(`its data end on ${ranking.asOf}`);
  const { items, unavailable, notes } = ranking;
  if (items.length > 0) return { items: [...items], notes: [...notes, ...unavailable.map(whyUnavailable)] };
  return none(unavailable[0]?.reason ?? 'it has no industries');
}

function whyUnavailable({ industry, reason }: { industry: Industry; reason: string }): string {
  return `${industry.code} has no value: ${reason}`;
}
