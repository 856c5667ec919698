import type { Etf } from '../../domain/etf.js';
import type { EtfFlow } from '../../domain/etf-flow.js';
import type { EtfTheme } from '../../domain/etf-rules.js';
import type { EventLoopTurns } from '../../domain/event-loop-turns.js';
import type { IndustryScheme } from '../../domain/industry.js';
import type { LocalDate } from '../../domain/local-date.js';
import type { Window } from '../../domain/trading-calendar.js';
import type { Market } from '../../lake/market.js';
import type { EtfPrices, EtfQuotes } from './etf-quotes.js';
import { EtfRelations } from './etf-relations.js';
import type { EtfHolding, EtfShares } from './etf-shares.js';

/** A fund with its figures at one moment; null where there is none. */
export interface EtfFigures extends Etf, EtfHolding {
  readonly asOf: LocalDate;
  /** Yuan. */
  readonly close: number | null;
  /** Fraction, against the close of the trading day before. */
  readonly change: number | null;
  /** Yuan traded on the day. */
  readonly amount: number | null;
  /** Close / NAV − 1, a fraction. */
  readonly premium: number | null;
  readonly closeSeries: string | null;
  readonly changeSeries: string | null;
}

/** A theme with its funds at one moment. */
export interface ThemeFigures {
  readonly theme: EtfTheme;
  /** The strongest first, those without a change last, by code. */
  readonly funds: readonly EtfFigures[];
  /** Mean change of the funds that have one, a fraction. */
  readonly change: number | null;
  /** The same weighted with the sizes of the day before. */
  readonly sizeWeightedChange: number | null;
}

/** From this correlation on a fund is taken to follow an industry. Our choice. */
export const FITTING_CORRELATION = 0.8;

export interface EtfDaySources {
  readonly market: Market;
  readonly prices: readonly EtfPrices[];
  readonly shares: EtfShares;
  readonly turns: EventLoopTurns;
}

/**
 * All funds of the list at one moment: at the close of a day, or during it. What takes long – flows, relations to
 * industries – is worked out on first use, once.
 */
export class EtfDay {
  /** Those listed by then, by code. */
  readonly funds: readonly EtfFigures[];
  readonly themes: readonly ThemeFigures[];
  private readonly position: ReadonlyMap<string, number>;
  private readonly flowsByWindow = new Map<Window, Promise<readonly (EtfFlow | null)[]>>();
  private readonly relationsByScheme = new Map<IndustryScheme, Promise<EtfRelations>>();
  private readonly followedByScheme = new Map<IndustryScheme, Promise<readonly (string | null)[]>>();

  /**
   * @param listed the funds, one per element of the quotes
   * @param knownTo the last day that has closed: `asOf`, or during it the day before. Shares, flows and relations to
   *   industries are not known beyond it.
   */
  constructor(
    private readonly sources: EtfDaySources,
    readonly listed: readonly Etf[],
    readonly asOf: LocalDate,
    readonly knownTo: LocalDate,
    quotes: EtfQuotes,
  ) {
    const { shares } = sources;
    this.funds = listed.map((etf, fund) => {
      const holding = knownTo === asOf ? shares.holding(etf.code, asOf) : { shares: null, nav: null, size: null };
      const close = orNull(quotes.closes[fund]);
      return {
        ...etf,
        ...holding,
        asOf,
        close,
        change: orNull(quotes.changes[fund]),
        amount: orNull(quotes.amounts[fund]),
        premium: close !== null && holding.nav !== null && quotes.traded[fund] ? close / holding.nav - 1 : null,
        closeSeries: quotes.closeSeries[fund] ?? null,
        changeSeries: quotes.changeSeries[fund] ?? null,
      };
    });
    this.position = new Map(listed.map(({ code }, fund) => [code, fund]));
    this.themes = this.sortedThemes();
  }

  fund(code: string): EtfFigures | null {
    const position = this.position.get(code);
    return position === undefined ? null : (this.funds[position] as EtfFigures);
  }

  /** The net flow of a fund over a window that ends on asOf; null where nothing of its shares is known in it. */
  async flow(code: string, window: Window): Promise<EtfFlow | null> {
    const flows = await this.flows(window);
    return flows[this.position.get(code) as number] ?? null;
  }

  /** By fund. */
  flows(window: Window): Promise<readonly (EtfFlow | null)[]> {
    return memoised(this.flowsByWindow, window, async () => {
      const { market, shares, turns } = this.sources;
      if (this.knownTo !== this.asOf) return this.listed.map(() => null);
      const base = market.calendar.baseOf(window, this.asOf);
      return shares.flows(this.codes, base, this.asOf, turns);
    });
  }

  relations(scheme: IndustryScheme): Promise<EtfRelations> {
    const { market, prices, turns } = this.sources;
    return memoised(this.relationsByScheme, scheme, () =>
      EtfRelations.of(market, prices, this.codes, scheme, this.knownTo, turns),
    );
  }

  /** Where the fund stands in lists by fund. */
  positionOf(code: string): number {
    return this.position.get(code) as number;
  }

  /**
   * The industry that each fund follows: the closest one, where the correlation is at least
   * {@link FITTING_CORRELATION}. Funds that are known by name to follow something else (bonds, gold, a broad index, …)
   * follow none, however close.
   *
   * @returns industry code by fund, null where none fits
   */
  followedIndustries(scheme: IndustryScheme): Promise<readonly (string | null)[]> {
    return memoised(this.followedByScheme, scheme, async () => {
      const relations = await this.relations(scheme);
      return this.listed.map((etf, fund) => {
        if (etf.outside !== null) return null;
        const closest = relations.closest(fund);
        return closest !== null && (closest.correlation as number) >= FITTING_CORRELATION
          ? closest.industry.code
          : null;
      });
    });
  }

  private get codes(): string[] {
    return this.listed.map(({ code }) => code);
  }

  /** The strongest first, those without a change last. */
  private sortedThemes(): ThemeFigures[] {
    const { market, shares } = this.sources;
    const before = market.calendar.before(this.asOf);
    const funds = new Map<string, EtfFigures[]>();
    for (const fund of this.funds)
      for (const { key } of fund.themes) {
        const own = funds.get(key);
        if (own === undefined) funds.set(key, [fund]);
        else own.push(fund);
      }
    return market.etfRules.themes
      .map((theme) => {
        const own = (funds.get(theme.key) ?? []).toSorted(byChange);
        const moved = own.filter((fund) => fund.change !== null) as (EtfFigures & { change: number })[];
        const sized = moved.map((fund) => ({ ...fund, before: shares.holding(fund.code, before).size ?? 0 }));
        const size = sized.reduce((sum, fund) => sum + fund.before, 0);
        const weighted = sized.reduce((sum, fund) => sum + fund.before * fund.change, 0);
        return {
          theme,
          funds: own,
          change: moved.length === 0 ? null : moved.reduce((sum, { change }) => sum + change, 0) / moved.length,
          sizeWeightedChange: size > 0 ? weighted / size : null,
        };
      })
      .sort(byChange);
  }
}

/** Highest change first, without one last; equals keep their order. */
function byChange(a: { change: number | null }, b: { change: number | null }): number {
  return (b.change ?? Number.NEGATIVE_INFINITY) - (a.change ?? Number.NEGATIVE_INFINITY) || 0;
}

function memoised<Key, Value>(known: Map<Key, Promise<Value>>, key: Key, work: () => Promise<Value>): Promise<Value> {
  const found = known.get(key);
  if (found !== undefined) return found;
  const fresh = work();
  known.set(key, fresh);
  fresh.catch(() => known.delete(key));
  return fresh;
}

function orNull(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}
