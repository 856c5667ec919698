import { LRUCache } from 'lru-cache';
import { LundongError } from '../../domain/errors.js';
import {
  type HeadlineFacts,
  type HeadlineLanguage,
  type HeadlineStock,
  marketHeadline,
} from '../../domain/market-headline.js';
import { fromShanghai } from '../../domain/shanghai-time.js';
import type { Market } from '../../lake/market.js';
import type { EtfService } from '../etf/etf.service.js';
import type { EtfDay, EtfFigures } from '../etf/etf-day.js';
import { type FlashMoment, resolveMoment } from './flash-moment.js';
import { type IndexCrossing, indexCrossings } from './index-levels.js';
import { minuteQuotes } from './minute-quotes.js';
import { type MarketEvent, type MarketEventKind, stockEvents } from './stock-events.js';

/** The facts of the market at one moment. */
export interface Flash {
  readonly moment: FlashMoment;
  readonly at: Date;
  readonly day: EtfDay;
  readonly crossings: readonly IndexCrossing[];
  readonly events: readonly MarketEvent[];
  /** The fund that rose most, of all of the list; null where none has a change. */
  readonly leadingEtf: EtfFigures | null;
  readonly notes: readonly string[];
}

/** Each keeps a list of stocks, and for a moment during a day the funds' figures: some 2 MB. */
const FLASHES_KEPT = 30;

/** What the headline counts funds above, of the leading theme. Our choice; the flashes in print use it, too. */
const HEADLINE_RISE = 0.02;
const HEADLINE_THEMES = 2;

/** What happened on the market, at a close or during a day. */
export class MarketService {
  private readonly flashes = new WeakMap<Market, LRUCache<string, Promise<Flash>>>();

  constructor(private readonly etfs: EtfService) {}

  /**
   * @param at null = the last close
   * @throws LundongError NO_DATA, DATE_BEFORE_DATA
   */
  async flash(market: Market, at: Date | null): Promise<Flash> {
    const moment = await resolveMoment(market, at);
    const flashes = this.flashes.get(market) ?? new LRUCache<string, Promise<Flash>>({ max: FLASHES_KEPT });
    this.flashes.set(market, flashes);
    // The notes belong to the key: they tell how the question came to this moment.
    const key = JSON.stringify([moment.date, moment.minute, moment.notes]);
    const known = flashes.get(key);
    if (known !== undefined) return known;
    const made = this.gather(market, moment);
    flashes.set(key, made);
    made.catch(() => flashes.delete(key));
    return made;
  }

  private async gather(market: Market, moment: FlashMoment): Promise<Flash> {
    const { date, session } = moment;
    const { prices } = await this.etfs.sourcesOf(market);
    const day =
      session === null
        ? await this.etfs.day(market, date)
        : await this.etfs.unfinishedDay(market, date, (funds) => minuteQuotes(session, prices, funds, moment.knownTo));
    const { crossings, notes: levelNotes } = await indexCrossings(market, moment);
    const { events, notes: eventNotes } = await stockEvents(market, moment, this.etfs.turns);
    const [leadingEtf] = risenMost(day.funds);
    return {
      moment,
      at: fromShanghai(moment),
      day,
      crossings,
      events,
      leadingEtf: leadingEtf ?? null,
      notes: [
        ...moment.notes,
        ...levelNotes,
        ...(leadingEtf === undefined ? [`no leading fund: no fund has a change on ${date}`] : []),
        ...eventNotes,
      ],
    };
  }

  /**
   * Funds that rose by more than `change`, the highest first.
   *
   * @throws LundongError UNKNOWN_THEME
   */
  etfsAbove(market: Market, { day }: Flash, change: number, theme: string | null): EtfFigures[] {
    if (theme !== null) this.etfs.requireTheme(market, theme);
    const funds = theme === null ? day.funds : (this.etfs.theme(day, theme)?.funds ?? []);
    return risenMost(funds).filter((fund) => fund.change > change);
  }

  /** @throws LundongError INVALID_ARGUMENT for a language other than zh and en */
  headline(flash: Flash, language: string): string {
    if (!isLanguage(language))
      throw new LundongError(
        'INVALID_ARGUMENT',
        `language: "${language.slice(0, 20)}" is not known; give "zh" or "en".`,
      );
    return marketHeadline(headlineFacts(flash), language);
  }
}

function isLanguage(language: string): language is HeadlineLanguage {
  return language === 'zh' || language === 'en';
}

/** Of each index its highest level; themes that rose, the first of them with its funds counted. */
function headlineFacts({ crossings, events, day, leadingEtf }: Flash): HeadlineFacts {
  const highest = new Map(crossings.map((crossing) => [crossing.index, crossing]));
  const rising = day.themes.filter(({ change }) => change !== null && change > 0);
  const leading = rising[0] ?? null;
  const above = risenMost(leading?.funds ?? []).filter(({ change }) => change > HEADLINE_RISE);
  const stocks = (kind: MarketEventKind) =>
    events
      .filter((event) => event.kind === kind)
      .map(({ code, name, streak }) => ({ ...asHeadlineStock({ code, name }), days: streak ?? 0 }));
  return {
    levels: [...highest.values()].map(({ nameZh, nameEn, level, closedAbove, previousAbove }) => ({
      nameZh,
      nameEn,
      level,
      above: closedAbove,
      previousAbove,
    })),
    leadingThemes: rising.slice(0, HEADLINE_THEMES).map(({ theme }) => theme),
    recordHighs: stocks('RECORD_HIGH'),
    limitUps: stocks('LIMIT_UP'),
    limitUpStreaks: stocks('LIMIT_UP_STREAK'),
    leadingEtf: leadingEtf === null ? null : { ...asHeadlineStock(leadingEtf), change: leadingEtf.change as number },
    etfsAbove:
      leading === null
        ? null
        : { count: above.length, threshold: HEADLINE_RISE, theme: leading.theme, examples: above.map(asHeadlineStock) },
  };
}

/** Codes stand in headlines without their exchange. */
function asHeadlineStock({ code, name }: { code: string; name: string | null }): HeadlineStock {
  const digits = code.slice(0, 6);
  return { code: digits, name: name ?? digits };
}

/** Those with a change, the highest first, equals by code. */
function risenMost(funds: readonly EtfFigures[]): (EtfFigures & { change: number })[] {
  return funds
    .filter((fund): fund is EtfFigures & { change: number } => fund.change !== null)
    .sort((a, b) => b.change - a.change || (a.code < b.code ? -1 : 1));
}
