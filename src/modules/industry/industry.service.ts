import { normaliseIndustryCode } from '../../domain/codes.js';
import { LundongError } from '../../domain/errors.js';
import type { Industry, IndustryScheme } from '../../domain/industry.js';
import type { LocalDate } from '../../domain/local-date.js';
import type { MembershipRow } from '../../domain/membership-history.js';
import { describeSeries } from '../../domain/price-series.js';
import type { Window } from '../../domain/trading-calendar.js';
import type { ClosePanel } from '../../lake/close-panel.js';
import type { Market, MarketSeries } from '../../lake/market.js';

const DATASET = 'industry_daily';

/** Closes of one industry from one series. */
export interface IndustryCloses {
  readonly dates: LocalDate[];
  readonly closes: number[];
  /** What the series is called; null where no series has a close in the range. */
  readonly series: string | null;
}

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

  list(market: Market, scheme: IndustryScheme): Industry[] {
    return market.industriesOf(scheme);
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
    const panel = await firstPanelWith(market, code, [date]);
    return panel === null ? null : panel.close(code, date);
  }

  /**
   * Close on the date over the close that the window starts from, less 1; both from one series.
   *
   * @returns a fraction, or null where no series has both closes
   */
  async return(market: Market, code: string, date: LocalDate, window: Window): Promise<number | null> {
    const base = market.calendar.baseOf(window, date);
    const panel = await firstPanelWith(market, code, [base, date]);
    if (panel === null) return null;
    return (panel.close(code, date) as number) / (panel.close(code, base) as number) - 1;
  }

  /**
   * Every close in a range, from the first series that has the newest of them.
   *
   * @throws LundongError INVALID_RANGE, DATE_BEFORE_DATA, NO_DATA
   */
  async closes(market: Market, code: string, from: LocalDate, to: LocalDate): Promise<IndustryCloses> {
    const dates = market.resolveRange(DATASET, from, to);
    let best: { series: MarketSeries; panel: ClosePanel; held: LocalDate[] } | null = null;
    for (const series of market.series(DATASET)) {
      const panel = await series.closes();
      const held = dates.filter((date) => panel.close(code, date) !== null);
      if (held.length > 0 && (best === null || (held.at(-1) as LocalDate) > (best.held.at(-1) as LocalDate)))
        best = { series, panel, held };
    }
    if (best === null) return { dates: [], closes: [], series: null };
    const { series, panel, held } = best;
    return {
      dates: held,
      closes: held.map((date) => panel.close(code, date) as number),
      series: describeSeries(series),
    };
  }

  /** Who belongs to the industry on a date, heaviest first, then by code. Without a date: who belongs to it now. */
  members(market: Market, industry: Industry, date: LocalDate | null): MembershipRow[] {
    const rows = market.memberships.get(industry.scheme) ?? [];
    return rows
      .filter(
        (row) =>
          row.industryCode === industry.code &&
          (date === null ? row.outDate === null : row.inDate <= date && (row.outDate === null || date < row.outDate)),
      )
      .sort((a, b) => (b.weight ?? -1) - (a.weight ?? -1) || (a.stockCode < b.stockCode ? -1 : 1));
  }
}

/** The panel of the first series that has the code's closes on all the dates. */
async function firstPanelWith(market: Market, code: string, dates: readonly LocalDate[]): Promise<ClosePanel | null> {
  for (const series of market.series(DATASET)) {
    if (!dates.every((date) => series.has(date))) continue;
    const panel = await series.closes();
    if (dates.every((date) => panel.close(code, date) !== null)) return panel;
  }
  return null;
}
