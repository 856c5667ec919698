import { LRUCache } from 'lru-cache';
import { normaliseFundCode } from '../../domain/codes.js';
import { LundongError } from '../../domain/errors.js';
import { type Etf, isListed } from '../../domain/etf.js';
import { EventLoopTurns } from '../../domain/event-loop-turns.js';
import type { Industry } from '../../domain/industry.js';
import type { LocalDate } from '../../domain/local-date.js';
import { provenanceNote } from '../../domain/price-series.js';
import { RELATION_DAYS, RELATION_MIN_OBSERVATIONS } from '../../domain/return-relation.js';
import type { DailyPanel } from '../../lake/daily-panel.js';
import type { Market } from '../../lake/market.js';
import { rangeNotes } from '../../lake/range-notes.js';
import type { IndustryService } from '../industry/industry.service.js';
import { EtfDay, type EtfDaySources, type EtfFigures, FITTING_CORRELATION, type ThemeFigures } from './etf-day.js';
import { type EtfConditions, type EtfOrder, listEtfs, type SortedEtf } from './etf-list.js';
import { closingQuotes, type EtfQuotes, loadEtfPrices, priceChanges } from './etf-quotes.js';
import { EtfShares } from './etf-shares.js';

const PRICES = 'etf_daily';
const SHARES = 'etf_share';
const BAR_FIGURES = ['open', 'high', 'low', 'close', 'volume', 'amount'] as const;

/** Each keeps some 2 MB with 1,500 funds: their figures and their relations to the industries of both schemes. */
const DAYS_KEPT = 30;

/** Funds whose changes over a week are worked out between two turns of the event loop: some 2 ms. */
const CHANGES_AT_ONCE = 300;

/** Daily bars of one fund from one series. */
export interface EtfBars {
  readonly dates: LocalDate[];
  /** By column: open, high, low, close (yuan), volume (shares), amount (yuan); null where there is none. */
  readonly values: Readonly<Record<(typeof BAR_FIGURES)[number], (number | null)[]>>;
  readonly notes: string[];
}

/** Funds and themes, read from the market's panels: no question costs a statement of SQL. */
export class EtfService {
  /** What panels give, and days worked out on them, by market: they change only with it. */
  private readonly sources = new WeakMap<Market, Promise<EtfDaySources>>();
  private readonly days = new WeakMap<Market, LRUCache<LocalDate, Promise<EtfDay>>>();
  readonly turns = new EventLoopTurns();

  constructor(private readonly industries: IndustryService) {}

  /**
   * The trading day that funds are shown as of: the last one on or before it that prices or shares reach.
   *
   * @throws LundongError DATE_BEFORE_DATA, NO_DATA
   */
  resolveDate(market: Market, asOf: LocalDate | null): LocalDate {
    const loaded = ([PRICES, SHARES] as const).filter((dataset) => market.series(dataset).length > 0);
    if (loaded.length === 0) return market.resolveDate(PRICES, asOf);
    const first = loaded.map((dataset) => market.firstDate(dataset)).sort()[0] as LocalDate;
    const reached = loaded.filter((dataset) => asOf === null || market.firstDate(dataset) <= asOf);
    if (reached.length === 0)
      throw new LundongError('DATE_BEFORE_DATA', `${asOf} lies before the data: those of funds begin on ${first}.`, {
        date: asOf,
        first,
      });
    return reached
      .map((dataset) => market.resolveDate(dataset, asOf))
      .sort()
      .at(-1) as LocalDate;
  }

  /**
   * A fund by its code, with or without exchange.
   *
   * @throws LundongError UNKNOWN_ETF
   */
  find(market: Market, code: string): Etf {
    const normalised = normaliseFundCode(code);
    const etf = normalised === null ? undefined : market.etfs.get(normalised);
    if (etf === undefined)
      throw new LundongError(
        'UNKNOWN_ETF',
        `"${code.slice(0, 40)}" is no fund of the list; codes are like 510300.SH. The query etfs lists them.`,
      );
    return etf;
  }

  /** All funds at the close of a trading day. */
  day(market: Market, date: LocalDate): Promise<EtfDay> {
    const days = this.days.get(market) ?? new LRUCache<LocalDate, Promise<EtfDay>>({ max: DAYS_KEPT });
    this.days.set(market, days);
    const known = days.get(date);
    if (known !== undefined) return known;
    const made = this.closingDay(market, date);
    days.set(date, made);
    made.catch(() => days.delete(date));
    return made;
  }

  /** All funds during a trading day, before its close. */
  async unfinishedDay(
    market: Market,
    date: LocalDate,
    quotesOf: (funds: readonly Etf[]) => EtfQuotes,
  ): Promise<EtfDay> {
    const sources = await this.sourcesOf(market);
    return EtfDay.of(sources, listedOn(market, date), date, market.calendar.before(date), quotesOf);
  }

  private async closingDay(market: Market, date: LocalDate): Promise<EtfDay> {
    const sources = await this.sourcesOf(market);
    return EtfDay.of(sources, listedOn(market, date), date, date, (funds) =>
      closingQuotes(
        market,
        sources.prices,
        funds.map(({ code }) => code),
        date,
      ),
    );
  }

  /** Price changes of the funds of a day since an earlier close, fractions by fund; null where a close is missing. */
  async changes(market: Market, day: EtfDay, from: LocalDate): Promise<readonly (number | null)[]> {
    const { prices } = await this.sourcesOf(market);
    const dates = market.calendar.between(from, day.asOf);
    const all: (number | null)[] = [];
    for (let start = 0; start < day.codes.length; start += CHANGES_AT_ONCE) {
      await this.turns.next();
      const { changes } = priceChanges(prices, day.codes.slice(start, start + CHANGES_AT_ONCE), dates);
      for (const change of changes) all.push(Number.isNaN(change) ? null : change);
    }
    return all;
  }

  /** Loads prices and shares of all funds, so that the first page has no files to wait for. */
  async prefetch(market: Market): Promise<void> {
    await this.sourcesOf(market);
  }

  sourcesOf(market: Market): Promise<EtfDaySources> {
    const known = this.sources.get(market);
    if (known !== undefined) return known;
    const loaded = Promise.all([loadEtfPrices(market), EtfShares.of(market)]).then(([prices, shares]) => ({
      market,
      prices,
      shares,
      turns: this.turns,
    }));
    this.sources.set(market, loaded);
    loaded.catch(() => this.sources.delete(market));
    return loaded;
  }

  /**
   * The funds that meet the conditions, in order.
   *
   * @throws LundongError INVALID_ARGUMENT, UNKNOWN_INDUSTRY, UNKNOWN_THEME
   */
  async list(day: EtfDay, market: Market, conditions: EtfConditions, order: EtfOrder): Promise<SortedEtf[]> {
    const { category, theme, industry } = conditions;
    if (category !== null && category !== undefined && !market.etfRules.categories.includes(category))
      throw new LundongError(
        'INVALID_ARGUMENT',
        `"${category.slice(0, 40)}" is no category; there are ${market.etfRules.categories.join(', ')}.`,
      );
    if (theme !== null && theme !== undefined) this.requireTheme(market, theme);
    const code = industry === null || industry === undefined ? null : this.industries.find(market, industry).code;
    return listEtfs(day, { ...conditions, industry: code }, order);
  }

  /** @throws LundongError UNKNOWN_THEME */
  requireTheme(market: Market, key: string): void {
    if (!market.etfRules.themes.some((theme) => theme.key === key))
      throw new LundongError(
        'UNKNOWN_THEME',
        `"${key.slice(0, 40)}" is no theme; there are ${market.etfRules.themes.map((theme) => theme.key).join(', ')}.`,
      );
  }

  theme(day: EtfDay, key: string): ThemeFigures | null {
    return day.themes.find(({ theme }) => theme.key === key) ?? null;
  }

  /** The funds that follow an industry, the closest first. */
  async ofIndustry(day: EtfDay, industry: Industry): Promise<{ figures: EtfFigures; correlation: number }[]> {
    const relations = await day.relations(industry.scheme);
    const followed = await day.followedIndustries(industry.scheme);
    return day.funds
      .flatMap((figures, fund) => {
        if (followed[fund] !== industry.code) return [];
        return [{ figures, correlation: relations.with(fund, industry.code)?.correlation ?? 0 }];
      })
      .sort((a, b) => b.correlation - a.correlation || (a.figures.code < b.figures.code ? -1 : 1));
  }

  /** Why no fund follows an industry; nothing where one does. */
  async notesOfIndustry(market: Market, day: EtfDay, industry: Industry): Promise<string[]> {
    const missing = (['industry_daily', PRICES] as const).find((dataset) => market.series(dataset).length === 0);
    if (missing !== undefined) return [`no fund can be told to follow an industry: no ${missing} data are loaded`];
    const followed = await day.followedIndustries(industry.scheme);
    if (followed.includes(industry.code)) return [];
    const relations = await day.relations(industry.scheme);
    const isKnown = day.funds.some((_, fund) => typeof relations.with(fund, industry.code)?.correlation === 'number');
    return [
      isKnown
        ? `no fund is closest to this industry with a correlation of at least ${FITTING_CORRELATION}`
        : `no fund has ${RELATION_MIN_OBSERVATIONS} daily returns in common with the industry in the ${RELATION_DAYS} trading days up to ${day.knownTo}`,
    ];
  }

  /**
   * Daily bars of a fund from the series that has the most of its closes in the range, prices as traded among equals.
   *
   * @param last no bar is after it, whatever `to` says
   * @throws LundongError INVALID_RANGE, DATE_BEFORE_DATA, NO_DATA
   */
  async bars(market: Market, code: string, from: LocalDate, to: LocalDate, last: LocalDate): Promise<EtfBars> {
    const asked = market.resolveRange(PRICES, from, to);
    const dates = asked.filter((date) => date <= last);
    let best: { panel: DailyPanel; note: string; held: LocalDate[] } | null = null;
    for (const series of market.series(PRICES).toReversed()) {
      const panel = await series.panel(BAR_FIGURES);
      const held = dates.filter((date) => panel.value('close', code, date) !== null);
      if (held.length > (best?.held.length ?? 0)) best = { panel, note: provenanceNote(series), held };
    }
    const held = best?.held ?? [];
    const column = (figure: string): (number | null)[] =>
      held.map((date) => (best as { panel: DailyPanel }).panel.value(figure, code, date));
    const span = { first: market.firstDate(PRICES), last: market.resolveDate(PRICES, null) };
    return {
      dates: held,
      values: {
        open: column('open'),
        high: column('high'),
        low: column('low'),
        close: column('close'),
        volume: column('volume'),
        amount: column('amount'),
      },
      notes:
        best === null
          ? [`no rows: no series of ${PRICES} has a close of ${code} in the range`]
          : [
              best.note,
              ...rangeNotes(
                market.calendar,
                { first: from, last: to },
                { first: held[0] ?? span.first, last: span.last },
              ),
            ],
    };
  }
}

function listedOn(market: Market, date: LocalDate): Etf[] {
  return [...market.etfs.values()].filter((etf) => isListed(etf, date));
}
