import { normaliseIndustryCode } from '../../domain/codes.js';
import { LundongError } from '../../domain/errors.js';
import type { Industry } from '../../domain/industry.js';
import type { LocalDate } from '../../domain/local-date.js';
import type { MembershipRow } from '../../domain/membership-history.js';
import { describeSeries, provenanceNote } from '../../domain/price-series.js';
import type { Window } from '../../domain/trading-calendar.js';
import { type ChosenSeries, chooseSeries } from '../../lake/choose-series.js';
import type { Market } from '../../lake/market.js';
import { rangeNotes } from '../../lake/range-notes.js';

const DATASET = 'industry_daily';

/** Closes of one industry from one series. */
export interface IndustryCloses {
  readonly dates: LocalDate[];
  readonly closes: number[];
  /** What must be said beside them: which series, and where the data begin or end inside the range. */
  readonly notes: string[];
}

const WINDOWS: readonly Window[] = ['DAY', 'WEEK', 'MONTH', 'YEAR'];

/** Figures of industries, read from the market's panels. */
export class IndustryService {
  /**
   * The industry of a code with or without vendor suffix.
   *
   * @throws LundongError UNKNOWN_INDUSTRY
   */
  find(market: Market, code: string): Industry {
    const normalised = normaliseIndustryCode(code);
    const industry = normalised === null ? undefined : market.industries.get(normalised);
    if (industry === undefined)
      throw new LundongError(
        'UNKNOWN_INDUSTRY',
        `"${code.slice(0, 40)}" is no industry; CITIC codes are CI005001 to CI005030, Shenwan codes 801xxx. The query industries lists them.`,
      );
    return industry;
  }

  /**
   * The trading day that industries are shown as of; null where no industry prices are loaded and none was asked for.
   *
   * @throws LundongError DATE_BEFORE_DATA, NO_DATA when a date was asked for
   */
  resolveDate(market: Market, asOf: LocalDate | null): LocalDate | null {
    if (asOf === null && market.series(DATASET).length === 0) return null;
    return market.resolveDate(DATASET, asOf);
  }

  /** The close in index points; null where the date has none. */
  async close(market: Market, code: string, date: LocalDate): Promise<number | null> {
    const chosen = await seriesAsOf(market, code, date);
    return chosen === null ? null : chosen.panel.close(code, date);
  }

  /**
   * Close on the date over the close that the window starts from, less 1; both from the series of `priceSeries`.
   *
   * @returns a fraction, or null where that series lacks one of them
   */
  async return(market: Market, code: string, date: LocalDate, window: Window): Promise<number | null> {
    const chosen = await seriesAsOf(market, code, date);
    const base = baseOf(market, window, date);
    if (chosen === null || base === null) return null;
    const [from, to] = [chosen.panel.close(code, base), chosen.panel.close(code, date)];
    return from === null || to === null ? null : to / from - 1;
  }

  /** What the series is called that close and returns of every window are from; null where the date has no close. */
  async priceSeries(market: Market, code: string, date: LocalDate): Promise<string | null> {
    const chosen = await seriesAsOf(market, code, date);
    return chosen === null ? null : describeSeries(chosen.series);
  }

  /**
   * Every close in a range, from one series.
   *
   * @throws LundongError INVALID_RANGE, DATE_BEFORE_DATA, NO_DATA
   */
  async closes(market: Market, code: string, from: LocalDate, to: LocalDate): Promise<IndustryCloses> {
    const dates = market.resolveRange(DATASET, from, to);
    const chosen = await chooseSeries(market, DATASET, [code], dates);
    const asked = { first: from, last: to };
    if (chosen === null) {
      const data = { first: market.firstDate(DATASET), last: market.resolveDate(DATASET, null) };
      const notes =
        dates.length === 0
          ? rangeNotes(market.calendar, asked, data)
          : [`no rows: no series of ${DATASET} has a close of ${code} in the range`];
      return { dates: [], closes: [], notes };
    }
    const { series, panel } = chosen;
    const held = dates.filter((date) => panel.close(code, date) !== null);
    return {
      dates: held,
      closes: Array.from(panel.closesOf([code], held)),
      notes: [provenanceNote(series), ...rangeNotes(market.calendar, asked, chosen)],
    };
  }

  /** Who belongs to the industry on a date, heaviest first, then by code. Without a date: who belongs to it now. */
  members(market: Market, industry: Industry, date: LocalDate | null): MembershipRow[] {
    return market
      .membershipsOf(industry.code)
      .filter(({ inDate, outDate }) =>
        date === null ? outDate === null : inDate <= date && (outDate === null || date < outDate),
      )
      .sort((a, b) => (b.weight ?? -1) - (a.weight ?? -1) || (a.stockCode < b.stockCode ? -1 : 1));
  }
}

/** One series for all figures of an industry on a date: its close, and as many of the windows' first closes as there are. */
function seriesAsOf(market: Market, code: string, date: LocalDate): Promise<ChosenSeries | null> {
  const bases = WINDOWS.map((window) => baseOf(market, window, date)).filter((base) => base !== null);
  return chooseSeries(market, DATASET, [code], [...new Set([...bases, date])].sort(), date);
}

/** The day that a window starts from; null where that would be before there was any trading. */
function baseOf(market: Market, window: Window, date: LocalDate): LocalDate | null {
  try {
    return market.calendar.baseOf(window, date);
  } catch (error) {
    if (error instanceof LundongError && error.code === 'DATE_BEFORE_DATA') return null;
    throw error;
  }
}
