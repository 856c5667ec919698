import { netFlowFromSizes } from '../../domain/etf-flow.js';
import { groupBy } from '../../domain/group-by.js';
import type { LocalDate } from '../../domain/local-date.js';
import type { Market } from '../../lake/market.js';
import type { EtfService } from '../etf/etf.service.js';
import type { EtfDay, EtfFigures } from '../etf/etf-day.js';
import { describeFlowNotes, reasonOfNoFlow } from '../etf/etf-notes.js';

/** One fund's week. */
export interface EtfWeekFlow {
  readonly figures: EtfFigures;
  /** Fraction, of adjusted prices where they are loaded; null where a close is missing. */
  readonly weekChange: number | null;
  /** Yuan, at the end of the week before and of this one. */
  readonly sizeThen: number | null;
  readonly sizeNow: number | null;
  /** Yuan. */
  readonly netFlow: number;
  /** Whether it is made of the two sizes, since no shares are known of any day. */
  readonly fromSizes: boolean;
}

export interface CategoryFlow {
  readonly category: string;
  /** Yuan, of the funds that have a flow. */
  readonly netFlow: number;
  readonly etfCount: number;
  /** Funds of the category that do not count, for want of data. */
  readonly withoutFlow: number;
}

export interface EtfWeekReport {
  readonly day: EtfDay;
  readonly weekEnding: LocalDate;
  readonly previous: LocalDate;
  /** Largest first. */
  readonly inflows: readonly EtfWeekFlow[];
  readonly outflows: readonly EtfWeekFlow[];
  /** In the order of the rules; those of which no fund has a flow are left out, and noted. */
  readonly categories: readonly CategoryFlow[];
  readonly notes: readonly string[];
}

const SHARES = 'etf_share';
/** How many of each the published tables name. */
const NAMED = 5;

/** Where money went among the funds. */
export class FlowService {
  constructor(private readonly etfs: EtfService) {}

  /**
   * Net flows of a week, from the last trading day of the week before to a day.
   *
   * @param weekEnding no trading day means the last one before it; null = the newest day with shares
   * @throws LundongError DATE_BEFORE_DATA, NO_DATA
   */
  async report(market: Market, weekEnding: LocalDate | null): Promise<EtfWeekReport> {
    const date = market.resolveDate(SHARES, weekEnding);
    const previous = market.calendar.baseOf('WEEK', date);
    const day = await this.etfs.day(market, date);
    const then = await this.etfs.day(market, previous);
    const flows = await day.flows('WEEK');
    const weekChanges = await this.etfs.changes(market, day, previous);
    const known = day.funds.flatMap((figures, fund): EtfWeekFlow[] => {
      const [flow, sizeNow, weekChange] = [flows[fund] ?? null, figures.size, weekChanges[fund] ?? null];
      const sizeThen = then.fund(figures.code)?.size ?? null;
      const fromSizes = flow === null;
      const netFlow = fromSizes
        ? netFlowFromSizes(sizeThen ?? Number.NaN, sizeNow ?? Number.NaN, weekChange ?? Number.NaN)
        : flow.netFlow;
      return netFlow === null ? [] : [{ figures, weekChange, sizeThen, sizeNow, netFlow, fromSizes }];
    });
    const bySizes = new Set(known.filter(({ fromSizes }) => fromSizes).map(({ figures }) => figures.code));
    const sorted = known.toSorted((a, b) => b.netFlow - a.netFlow || (a.figures.code < b.figures.code ? -1 : 1));
    const inflows = sorted.filter(({ netFlow }) => netFlow > 0).slice(0, NAMED);
    const outflows = sorted
      .filter(({ netFlow }) => netFlow < 0)
      .slice(-NAMED)
      .reverse();
    const { categories, empty } = categoryFlows(market, day, known);
    const dates = market.calendar.between(previous, date);
    const reasons = groupBy(
      day.funds.flatMap(({ code }, fund) =>
        bySizes.has(code) || typeof flows[fund]?.netFlow === 'number' ? [] : [flows[fund] ?? null],
      ),
      reasonOfNoFlow,
    );
    const restated = day.funds.flatMap(({ code }, fund) =>
      describeFlowNotes(flows[fund]?.notes.filter(({ kind }) => kind === 'RESTATED') ?? [], dates).map(
        (note) => `${code}: ${note}`,
      ),
    );
    return {
      day,
      weekEnding: date,
      previous,
      inflows,
      outflows,
      categories,
      notes: [
        ...[...reasons].map(
          ([reason, some]) =>
            `${some.length} of ${day.funds.length} funds are left out: ${reason} on a day of the week`,
        ),
        ...(bySizes.size === 0
          ? []
          : [
              `net flows of ${bySizes.size} funds without shares are size now − size then · (1 + week change): what came early in the week is off by the market’s move since`,
            ]),
        ...restated,
        ...strayCategories(day),
        ...(empty.length === 0 ? [] : [`no fund with a flow in: ${empty.join(', ')}`]),
        ...(known.length > 0 && known.every(({ weekChange }) => weekChange === null)
          ? [`no week changes: etf_daily has no closes of both ${previous} and ${date}`]
          : []),
      ],
    };
  }
}

/** Names the categories of funds that sums by category leave out, since the rules do not have them (any more). */
function strayCategories(day: EtfDay): string[] {
  const stray = [...groupBy(day.funds, ({ category }) => category)].flatMap(([category, funds]) =>
    category === null || day.hasCategory(category) ? [] : [`${category} (${funds.length})`],
  );
  return stray.length === 0
    ? []
    : [`funds in no sum by category, since theirs are not in the rules: ${stray.join(', ')}`];
}

/** Sums by category; funds of no category count in none. */
function categoryFlows(
  market: Market,
  day: EtfDay,
  known: readonly EtfWeekFlow[],
): { categories: CategoryFlow[]; empty: string[] } {
  const flows = groupBy(known, ({ figures }) => figures.category);
  const funds = groupBy(day.funds, ({ category }) => category);
  const categories = market.etfRules.categories.map((category) => {
    const own = flows.get(category) ?? [];
    return {
      category,
      netFlow: own.reduce((sum, { netFlow }) => sum + netFlow, 0),
      etfCount: own.length,
      withoutFlow: (funds.get(category)?.length ?? 0) - own.length,
    };
  });
  return {
    categories: categories.filter(({ etfCount }) => etfCount > 0),
    empty: categories.filter(({ etfCount }) => etfCount === 0).map(({ category }) => category),
  };
}
