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
import { type EtfHolding, type EtfShares, NOTHING } from './etf-shares.js';

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

/** Funds put together between two turns of the event loop: some 2 ms. */
const FUNDS_AT_ONCE = 100;

/** Funds of a page whose flows are answered between two turns of the event loop: some 3 ms. */
const FLOWS_AT_ONCE = 250;

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
  private readonly position: ReadonlyMap<string, number>;
  private readonly allCodes: readonly string[];
  private readonly flowsByWindow = new Map<Window, Promise<readonly (EtfFlow | null)[]>>();
  private readonly relationsByScheme = new Map<IndustryScheme, Promise<EtfRelations>>();
  private flowsAsked = 0;
  private pause: Promise<unknown> = Promise.resolve();
  private readonly followedByScheme = new Map<IndustryScheme, Promise<readonly (string | null)[]>>();

  private constructor(
    private readonly sources: EtfDaySources,
    readonly asOf: LocalDate,
    /** The last day that has closed: `asOf`, or during it the day before. Nothing is known beyond it but quotes. */
    readonly knownTo: LocalDate,
    /** Those listed on that day, by code. */
    readonly funds: readonly EtfFigures[],
    readonly themes: readonly ThemeFigures[],
  ) {
    this.position = new Map(funds.map(({ code }, fund) => [code, fund]));
    this.allCodes = funds.map(({ code }) => code);
  }

  /**
   * @param listed the funds listed on the day, by code
   * @param knownTo `asOf`, or where the quotes are of a moment during it the day before: shares, flows and relations to
   *   industries are not known beyond it
   */
  static async of(
    sources: EtfDaySources,
    listed: readonly Etf[],
    asOf: LocalDate,
    knownTo: LocalDate,
    quotesOf: (funds: readonly Etf[]) => EtfQuotes,
  ): Promise<EtfDay> {
    const { market, shares, turns } = sources;
    const before = market.calendar.before(asOf);
    const funds: EtfFigures[] = [];
    const sizesBefore = new Map<string, number>();
    for (let start = 0; start < listed.length; start += FUNDS_AT_ONCE) {
      await turns.next();
      const some = listed.slice(start, start + FUNDS_AT_ONCE);
      const quotes = quotesOf(some);
      some.forEach((etf, at) => {
        const holding = knownTo === asOf ? shares.holding(etf.code, asOf) : NOTHING;
        funds.push(figuresOf(etf, asOf, holding, quotes, at));
        sizesBefore.set(etf.code, shares.holding(etf.code, before).size ?? 0);
      });
    }
    await turns.next();
    return new EtfDay(sources, asOf, knownTo, funds, rankThemes(market.etfRules.themes, funds, sizesBefore));
  }

  fund(code: string): EtfFigures | null {
    const position = this.position.get(code);
    return position === undefined ? null : (this.funds[position] as EtfFigures);
  }

  /** The net flow of a fund over a window that ends on asOf; null where nothing of its shares is known in it. */
  async flow(code: string, window: Window): Promise<EtfFlow | null> {
    const flows = await this.flows(window);
    // A page asks for each of its funds by itself, and what follows on the answers takes its time.
    if (++this.flowsAsked % FLOWS_AT_ONCE === 0) this.pause = this.sources.turns.next();
    await this.pause;
    return flows[this.position.get(code) as number] ?? null;
  }

  /** By fund. */
  flows(window: Window): Promise<readonly (EtfFlow | null)[]> {
    return memoised(this.flowsByWindow, window, async () => {
      const { market, shares, turns } = this.sources;
      if (this.knownTo !== this.asOf) return this.funds.map(() => null);
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
      return this.funds.map((etf, fund) => {
        if (etf.outside !== null) return null;
        const closest = relations.closest(fund);
        return closest !== null && (closest.correlation as number) >= FITTING_CORRELATION
          ? closest.industry.code
          : null;
      });
    });
  }

  /** Whether sums by category have the category: one that a list told may be none of the present rules'. */
  hasCategory(category: string): boolean {
    return this.sources.market.etfRules.categories.includes(category);
  }

  get codes(): readonly string[] {
    return this.allCodes;
  }
}

function figuresOf(etf: Etf, asOf: LocalDate, holding: EtfHolding, quotes: EtfQuotes, at: number): EtfFigures {
  const close = orNull(quotes.closes[at]);
  return {
    ...etf,
    ...holding,
    asOf,
    close,
    change: orNull(quotes.changes[at]),
    amount: orNull(quotes.amounts[at]),
    premium: close !== null && holding.nav !== null && quotes.traded[at] ? close / holding.nav - 1 : null,
    closeSeries: quotes.closeSeries[at] ?? null,
    changeSeries: quotes.changeSeries[at] ?? null,
  };
}

/**
 * The strongest first, those without a change last.
 *
 * @param sizesBefore yuan, on the day before; 0 where it is not known
 */
export function rankThemes(
  themes: readonly EtfTheme[],
  funds: readonly EtfFigures[],
  sizesBefore: ReadonlyMap<string, number>,
): ThemeFigures[] {
  const members = new Map<string, EtfFigures[]>(themes.map(({ key }) => [key, []]));
  for (const fund of funds) for (const { key } of fund.themes) members.get(key)?.push(fund);
  return themes
    .map((theme) => {
      const own = (members.get(theme.key) as EtfFigures[]).toSorted(byChange);
      let [count, sum, size, weighted] = [0, 0, 0, 0];
      for (const { code, change } of own) {
        if (change === null) continue;
        const sizeBefore = sizesBefore.get(code) ?? 0;
        count++;
        sum += change;
        size += sizeBefore;
        weighted += sizeBefore * change;
      }
      return {
        theme,
        funds: own,
        change: count === 0 ? null : sum / count,
        sizeWeightedChange: size > 0 ? weighted / size : null,
      };
    })
    .sort(byChange);
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
