import type { Industry, IndustryScheme } from '../../domain/industry.js';
import { fromDayNumber, type LocalDate } from '../../domain/local-date.js';
import type { DailyPanel } from '../../lake/daily-panel.js';
import { isToldTogether, wholeMarket } from '../../lake/margin-market.js';
import type { Market } from '../../lake/market.js';
import type { MarketSeries } from '../../lake/market-series.js';
import { rangeNotes } from '../../lake/range-notes.js';
import type { IndustryService } from '../industry/industry.service.js';

const MARKET = 'margin_market';
const STOCKS = 'margin_stock';
const BALANCE = 'financing_balance';
const FIGURES = [BALANCE, 'financing_bought', 'financing_repaid', 'lending_balance', 'maintenance_ratio'] as const;
/** How many of each the published tables name. */
const NAMED = 5;
/** Why two balances of the market are not compared. */
const MIXED = 'one balance is of all exchanges together, the other the sum of single exchanges';

/** The whole market by day; null where there is none. */
export interface MarginDays {
  readonly dates: readonly LocalDate[];
  readonly values: Readonly<Record<(typeof FIGURES)[number] | 'change', readonly (number | null)[]>>;
}

/** An industry's financing at the end of a range. */
export interface IndustryMargin {
  readonly industry: Industry;
  /** Yuan, of all its members that have a balance. */
  readonly balance: number;
  /** Yuan, since the day before the range, of the members that have both balances. */
  readonly change: number;
  /** Members with both balances, and members with only one of them. */
  readonly stocks: number;
  readonly leftOut: number;
}

export interface MarginReport {
  /** The last day with a balance; null where the range has none. */
  readonly asOf: LocalDate | null;
  /** The trading day before the range, which changes are counted from. */
  readonly base: LocalDate;
  readonly days: MarginDays;
  readonly latestBalance: number | null;
  readonly change: number | null;
  readonly recordHigh: boolean | null;
  readonly rises: readonly IndustryMargin[];
  readonly falls: readonly IndustryMargin[];
  readonly notes: readonly string[];
}

/** Margin financing of the market and of its industries. */
export class MarginService {
  constructor(private readonly industries: IndustryService) {}

  /**
   * @throws LundongError INVALID_RANGE, DATE_BEFORE_DATA, NO_DATA
   */
  async report(market: Market, from: LocalDate, to: LocalDate, scheme: IndustryScheme): Promise<MarginReport> {
    const range = market.resolveRange(MARKET, from, to);
    const series = widest(market, range);
    const panel = await series.panel(FIGURES);
    const balances = wholeMarket(panel, BALANCE);
    const at = (date: LocalDate, values: Float64Array = balances): number | null => {
      const row = panel.row(date);
      const value = row === null ? Number.NaN : (values[row] as number);
      return Number.isNaN(value) ? null : value;
    };
    const held = range.filter((date) => at(date) !== null);
    const asOf = held.at(-1) ?? null;
    const base = market.calendar.before(range[0] ?? from);
    const [latestBalance, baseBalance] = [asOf === null ? null : at(asOf), at(base)];
    const alike = (a: LocalDate, b: LocalDate) =>
      isToldTogether(panel, BALANCE, a) === isToldTogether(panel, BALANCE, b);
    const changeFrom = (before: LocalDate, date: LocalDate): number | null => {
      const [from, to] = [at(before), at(date)];
      return from === null || to === null || !alike(before, date) ? null : to - from;
    };
    const torn = held.filter((date) => {
      const before = market.calendar.before(date);
      return at(before) !== null && !alike(before, date);
    });
    const record = asOf === null ? null : recordHigh(panel, balances, asOf, (date) => alike(date, asOf));
    const notes = rangeNotes(
      market.calendar,
      { first: from, last: to },
      {
        first: market.firstDate(MARKET),
        last: market.resolveDate(MARKET, null),
      },
    );
    if (range.length === 0 && notes.length === 0) notes.push(`no rows: there is no trading day from ${from} to ${to}`);
    if (held.length < range.length)
      notes.push(`${range.length - held.length} trading days of the range have no balance`);
    if (latestBalance !== null && baseBalance === null) notes.push(`no change: there is no balance of ${base}`);
    if (latestBalance !== null && baseBalance !== null && !alike(base, asOf as LocalDate))
      notes.push(`no change: ${MIXED} (${base} and ${asOf})`);
    if (torn.length > 0) notes.push(`no change on ${torn.length} days of the table, ${torn[0]} the first: ${MIXED}`);
    if (record === 'mixed') notes.push(`no record high: ${MIXED}`);
    else if (latestBalance !== null)
      notes.push(`record highs are counted since ${series.firstDate}, where the data begin`);
    const byIndustry = asOf === null ? null : await this.byIndustry(market, scheme, base, asOf);
    return {
      asOf,
      base,
      days: daysOf(panel, held, at, (date) => changeFrom(market.calendar.before(date), date)),
      latestBalance,
      change: asOf === null ? null : changeFrom(base, asOf),
      recordHigh: record === 'mixed' ? null : record,
      rises: byIndustry?.rises ?? [],
      falls: byIndustry?.falls ?? [],
      notes: [...notes, ...(byIndustry?.notes ?? [])],
    };
  }

  /** Changes by industry, over the members on the last day: a stock that moved between industries moves no money. */
  private async byIndustry(
    market: Market,
    scheme: IndustryScheme,
    base: LocalDate,
    asOf: LocalDate,
  ): Promise<Pick<MarginReport, 'rises' | 'falls' | 'notes'>> {
    const none = (reason: string) => ({ rises: [], falls: [], notes: [`no figures by industry: ${reason}`] });
    const all = market.series(STOCKS);
    if (all.length === 0) return none(`no ${STOCKS} data are loaded`);
    if ((market.memberships.get(scheme)?.length ?? 0) === 0) return none(`no members of ${scheme} are loaded`);
    const series = all.find((one) => one.has(base) && one.has(asOf));
    if (series === undefined) return none(`no series of ${STOCKS} has balances of both ${base} and ${asOf}`);
    const panel = await series.panel(['financing_balance']);
    const balance = (code: string, date: LocalDate) => panel.value('financing_balance', code, date);
    const hindsight = new Set<LocalDate>();
    const margins = market.industriesOf(scheme).flatMap((industry): IndustryMargin[] => {
      const members = this.industries.members(market, industry, asOf);
      for (const { knownOn } of members) if (knownOn > asOf) hindsight.add(knownOn);
      const both = members.map(({ stockCode }) => ({
        before: balance(stockCode, base),
        now: balance(stockCode, asOf),
      }));
      const known = both.filter(({ before, now }) => before !== null && now !== null);
      if (known.length === 0) return [];
      return [
        {
          industry,
          balance: both.reduce((sum, { now }) => sum + (now ?? 0), 0),
          change: known.reduce((sum, { before, now }) => sum + (now as number) - (before as number), 0),
          stocks: known.length,
          leftOut: both.filter(({ before, now }) => (before === null) !== (now === null)).length,
        },
      ];
    });
    const sorted = margins.toSorted((a, b) => b.change - a.change);
    return {
      rises: sorted.filter(({ change }) => change > 0).slice(0, NAMED),
      falls: sorted
        .filter(({ change }) => change < 0)
        .slice(-NAMED)
        .reverse(),
      notes: [
        ...[...hindsight].sort().map((date) => `members as known on ${date}, after ${asOf}: not point in time`),
        ...margins
          .filter(({ leftOut }) => leftOut > 0)
          .map(
            ({ industry, leftOut }) =>
              `${industry.code}: ${leftOut} members have a balance on one of ${base} and ${asOf} only and are not in the change`,
          ),
      ],
    };
  }
}

/** The series that has the most days of the range; among equals the first in the order in which series are asked. */
function widest(market: Market, range: readonly LocalDate[]): MarketSeries {
  const held = (series: MarketSeries) => range.filter((date) => series.has(date)).length;
  return market.series(MARKET).reduce((best, series) => (held(series) > held(best) ? series : best));
}

/**
 * Whether the balance exceeds every earlier one of the data; null where there is no earlier one, and 'mixed' where one of
 * them cannot be compared with it.
 */
function recordHigh(
  panel: DailyPanel,
  balances: Float64Array,
  asOf: LocalDate,
  isComparable: (date: LocalDate) => boolean,
): boolean | 'mixed' | null {
  const row = panel.row(asOf) as number;
  let highest: number | null = null;
  for (let earlier = 0; earlier < row; earlier++) {
    const balance = balances[earlier] as number;
    if (Number.isNaN(balance)) continue;
    if (!isComparable(fromDayNumber(panel.days[earlier] as number))) return 'mixed';
    highest = Math.max(highest ?? balance, balance);
  }
  return highest === null ? null : (balances[row] as number) > highest;
}

function daysOf(
  panel: DailyPanel,
  dates: readonly LocalDate[],
  at: (date: LocalDate, values?: Float64Array) => number | null,
  changeOn: (date: LocalDate) => number | null,
): MarginDays {
  const column = (figure: (typeof FIGURES)[number]): (number | null)[] => {
    const values = wholeMarket(panel, figure);
    return dates.map((date) => at(date, values));
  };
  return {
    dates,
    values: {
      financing_balance: column('financing_balance'),
      change: dates.map(changeOn),
      financing_bought: column('financing_bought'),
      financing_repaid: column('financing_repaid'),
      lending_balance: column('lending_balance'),
      maintenance_ratio: column('maintenance_ratio'),
    },
  };
}
