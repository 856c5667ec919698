import { EventLoopTurns } from '../../domain/event-loop-turns.js';
import { WindowAssembly } from '../../domain/feature-window.js';
import { PREVIOUS_CLOSE_DAYS, WINDOW_DAYS } from '../../domain/intraday-features.js';
import type { LocalDate } from '../../domain/local-date.js';
import { describeSeries, firstSeriesWith, type PriceSeriesKey } from '../../domain/price-series.js';
import type { DuckDb } from '../../lake/duckdb.js';
import type { Market } from '../../lake/market.js';
import type { MinuteBarSeries } from '../../lake/market-series.js';
import type { Store } from '../../store/store.js';
import { adjustedSeries, type CrossSection, CrossSectionSource } from './cross-section-source.js';

/** Why a stock is not scored on a date. A stock that is in no list at all had no bars in the whole window. */
export type Unscored = 'NO_BARS' | 'TOO_FEW_STOCKS' | 'SHORT_HISTORY';

/** What a model looks at on one date. */
export interface FeatureWindow {
  readonly date: LocalDate;
  /** Which bars; null where no series has any on the date. */
  readonly bars: PriceSeriesKey | null;
  /** The stocks to be scored, ascending. */
  readonly codes: readonly string[];
  /** Stocks × 40 trading days, the oldest first and the date last × 12 features; 0 where one is missing. */
  readonly x: Float32Array;
  /**
   * Stocks with bars in the window that are not scored: NO_BARS on the date itself, SHORT_HISTORY with bars on fewer
   * than 32 of the days, TOO_FEW_STOCKS where the date has bars of fewer than 20.
   */
  readonly unscored: ReadonlyMap<string, Unscored>;
  /** What tells of corporate actions. */
  readonly note: string;
}

/** Windows made from one batch of cross-sections: 79 of them, 38 MB of figures and features with 5,000 stocks. */
const WINDOWS_AT_ONCE = WINDOW_DAYS;

/** The input of models by date. */
export class FeatureSource {
  readonly sections: CrossSectionSource;
  private readonly turns = new EventLoopTurns();

  constructor(store: Store, duckdb: DuckDb) {
    this.sections = new CrossSectionSource(store, duckdb);
  }

  /**
   * One window a date, in order, made as they are taken: a window of 5,000 stocks has 9.6 MB.
   *
   * @param dates trading days, ascending
   * @param signal ends it, with its reason
   */
  async *windows(market: Market, dates: readonly LocalDate[], signal?: AbortSignal): AsyncGenerator<FeatureWindow> {
    for (let start = 0; start < dates.length; start += WINDOWS_AT_ONCE) {
      const batch = dates.slice(start, start + WINDOWS_AT_ONCE);
      const chosen = batch.map((date) => barsFor(market, date));
      const sections = new Map<MinuteBarSeries, ReadonlyMap<LocalDate, CrossSection>>();
      for (const series of new Set(chosen)) {
        if (series === null) continue;
        const own = batch.filter((_, index) => chosen[index] === series);
        const days = [...new Set(own.flatMap((date) => windowDays(market, date)))].sort();
        const found = await this.sections.get(market, series, days, signal);
        sections.set(series, new Map(found.map((section) => [section.date, section])));
      }
      for (const [index, date] of batch.entries()) {
        signal?.throwIfAborted();
        const series = chosen[index] ?? null;
        yield series === null
          ? { date, bars: null, codes: [], x: new Float32Array(0), unscored: new Map(), note: '' }
          : await this.window(market, series, date, sections.get(series) as ReadonlyMap<LocalDate, CrossSection>);
      }
    }
  }

  private async window(
    market: Market,
    series: MinuteBarSeries,
    date: LocalDate,
    sections: ReadonlyMap<LocalDate, CrossSection>,
  ): Promise<FeatureWindow> {
    const days = windowDays(market, date);
    // A window that begins before the calendar does is aligned at its end.
    const held = days.flatMap((day, index) => {
      const section = sections.get(day);
      return section === undefined ? [] : [{ position: WINDOW_DAYS - days.length + index, section }];
    });
    const last = sections.get(date) as CrossSection;
    const assembly = new WindowAssembly(last.hasFeatures ? last.codes : []);
    const unscored = new Map<string, Unscored>();
    for (const { position, section } of held) {
      await this.turns.next();
      assembly.count(position, section);
      for (const code of section.codes) unscored.set(code, 'NO_BARS');
    }
    for (const { position, section } of held) {
      await this.turns.next();
      assembly.fill(position, section);
    }
    const { codes, x, shortOfDays } = assembly.finish();
    for (const code of last.codes) unscored.set(code, 'TOO_FEW_STOCKS');
    for (const code of shortOfDays) unscored.set(code, 'SHORT_HISTORY');
    for (const code of codes) unscored.delete(code);
    const { dataset, source, adjustment, barMinutes } = series;
    const bars = { dataset, source, adjustment, barMinutes };
    return { date, bars, codes, x, unscored, note: exRightNote(market, days) };
  }
}

/**
 * The minute bars that serve a date alone: the first series that holds both the date and the first day of its window;
 * else the first that holds the date.
 */
export function barsFor(market: Market, date: LocalDate): MinuteBarSeries | null {
  const first = windowDays(market, date)[0] as LocalDate;
  return firstSeriesWith(market.minuteBars, [date, first]) ?? firstSeriesWith(market.minuteBars, [date]);
}

/**
 * What tells of corporate actions, which must be said beside features.
 *
 * @param days trading days of the features, ascending
 */
export function exRightNote(market: Market, days: readonly LocalDate[]): string {
  const { calendar } = market;
  const first = days[0] as LocalDate;
  const previous = calendar.shift(first, -Math.min(PREVIOUS_CLOSE_DAYS, calendar.indexOf(first)));
  // Only series with closes that these features may rest on: others may come and go without a word changing.
  const asked = calendar.between(previous, days.at(-1) as LocalDate);
  const adjusted = adjustedSeries(market).filter((one) => asked.some((day) => one.has(day)));
  return adjusted.length === 0
    ? 'no adjusted closes are loaded: ex-dividend gaps within the daily limit stand as overnight returns'
    : `ex-right factors: ${adjusted.map(describeSeries).join('; else ')}`;
}

/** The 40 trading days up to a date, oldest first; fewer where the calendar begins in between. */
function windowDays({ calendar }: Market, date: LocalDate): LocalDate[] {
  const first = calendar.shift(date, -Math.min(WINDOW_DAYS - 1, calendar.indexOf(date)));
  return calendar.between(first, date);
}
