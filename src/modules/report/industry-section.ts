import type { Industry, IndustryScheme } from '../../domain/industry.js';
import type { LocalDate } from '../../domain/local-date.js';
import type { Window } from '../../domain/trading-calendar.js';
import type { Market } from '../../lake/market.js';
import type { IndustryService } from '../industry/industry.service.js';

export interface IndustryReturn {
  readonly industry: Industry;
  /** Fraction. */
  readonly return: number;
}

export interface IndustrySection {
  /** Best first, equals by code; industries without a close at either end are left out. */
  readonly week: readonly IndustryReturn[];
  readonly year: readonly IndustryReturn[];
  readonly risers: number;
  readonly fallers: number;
  /** Whether every industry that had a close at the end of the week before has one on the date, and some do. */
  readonly isComplete: boolean;
  readonly notes: readonly string[];
}

const DATASET = 'industry_daily';

/** How the industries of a scheme did in the week and the year that end on a date. */
export async function industrySection(
  market: Market,
  industries: IndustryService,
  scheme: IndustryScheme,
  date: LocalDate,
): Promise<IndustrySection> {
  const all = market.industriesOf(scheme);
  const returns = async (window: Window): Promise<IndustryReturn[]> => {
    const values = await Promise.all(
      all.map(async (industry) => ({ industry, return: await industries.return(market, industry.code, date, window) })),
    );
    return values
      .filter((one): one is IndustryReturn => one.return !== null)
      .sort((a, b) => b.return - a.return || (a.industry.code < b.industry.code ? -1 : 1));
  };
  const previous = market.calendar.baseOf('WEEK', date);
  const priced = async (day: LocalDate): Promise<Set<string>> => {
    const closes = await Promise.all(all.map(({ code }) => industries.close(market, code, day)));
    return new Set(all.filter((_, index) => closes[index] !== null).map(({ code }) => code));
  };
  const [week, year, before, now] = [
    await returns('WEEK'),
    await returns('YEAR'),
    await priced(previous),
    await priced(date),
  ];
  const series = await Promise.all(week.map(({ industry }) => industries.priceSeries(market, industry.code, date)));
  return {
    week,
    year,
    risers: week.filter((one) => one.return > 0).length,
    fallers: week.filter((one) => one.return < 0).length,
    isComplete: now.size > 0 && [...before].every((code) => now.has(code)),
    notes: [
      ...[...new Set(series)].flatMap((name) => (name === null ? [] : [`closes: ${name}`])),
      ...(now.size === 0 ? [`no industries: ${DATASET} has no close of ${scheme} on ${date}`] : []),
      ...missing('week change', all, week, now),
      ...missing('year change', all, year, now),
    ],
  };
}

/** Which of the industries with a close on the date lack a change. */
function missing(
  what: string,
  all: readonly Industry[],
  known: readonly IndustryReturn[],
  priced: ReadonlySet<string>,
): string[] {
  const have = new Set(known.map(({ industry }) => industry.code));
  const without = all.filter(({ code }) => priced.has(code) && !have.has(code));
  return without.length === 0
    ? []
    : [`no ${what} of ${without.map(({ code }) => code).join(', ')}: no close to start from`];
}
