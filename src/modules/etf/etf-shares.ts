import { type EtfFlow, etfNetFlow } from '../../domain/etf-flow.js';
import type { EventLoopTurns } from '../../domain/event-loop-turns.js';
import type { LocalDate } from '../../domain/local-date.js';
import type { DailyPanel } from '../../lake/daily-panel.js';
import type { Market } from '../../lake/market.js';
import { rowOf } from './etf-relations.js';

const DATASET = 'etf_share';
const FIGURES = ['shares', 'nav', 'previous_shares', 'size'];

/** Funds whose flows are worked out between two turns of the event loop: a year of each takes some 40 µs. */
const FUNDS_AT_ONCE = 50;

/** What is known of a fund's shares at the close of a day; null where it is not. */
export interface EtfHolding {
  /** Shares outstanding. */
  readonly shares: number | null;
  /** Yuan per share. */
  readonly nav: number | null;
  /** Yuan: shares · NAV, or what the source says where it lacks one of them. */
  readonly size: number | null;
}

/** Of a fund of which nothing is known. */
export const NOTHING: EtfHolding = { shares: null, nav: null, size: null };

/** Shares and net asset values of funds; each figure of a fund is from one series alone. */
export class EtfShares {
  private constructor(
    private readonly market: Market,
    private readonly panels: readonly DailyPanel[],
  ) {}

  static async of(market: Market): Promise<EtfShares> {
    return new EtfShares(market, await Promise.all(market.series(DATASET).map((series) => series.panel(FIGURES))));
  }

  /** From the first series that has the fund on the day, one with shares and NAV before one that lacks either. */
  holding(code: string, date: LocalDate): EtfHolding {
    let partly: EtfHolding = NOTHING;
    for (const panel of this.panels) {
      const shares = positive(panel.value('shares', code, date));
      const nav = positive(panel.value('nav', code, date));
      if (shares !== null && nav !== null) return { shares, nav, size: shares * nav };
      const size = positive(panel.value('size', code, date));
      if (partly === NOTHING && (shares !== null || nav !== null || size !== null)) partly = { shares, nav, size };
    }
    return partly;
  }

  /**
   * The net flow of each fund over the trading days after `base`, up to `date`, from the series that knows the most of
   * its days; null where no series has the fund on any of them.
   */
  async flows(
    codes: readonly string[],
    base: LocalDate,
    date: LocalDate,
    turns: EventLoopTurns,
  ): Promise<(EtfFlow | null)[]> {
    const dates = this.market.calendar.between(base, date);
    const flows: (EtfFlow | null)[] = [];
    for (let start = 0; start < codes.length; start += FUNDS_AT_ONCE) {
      await turns.next();
      for (const code of codes.slice(start, start + FUNDS_AT_ONCE)) flows.push(this.flow(code, dates));
    }
    return flows;
  }

  private flow(code: string, dates: readonly LocalDate[]): EtfFlow | null {
    let best: { panel: DailyPanel; row: number; shares: Float64Array; days: number } | null = null;
    for (const panel of this.panels) {
      if (panel.column(code) === null) continue;
      const row = rowOf(this.market, panel, dates[0] as LocalDate);
      const shares = panel.stretch('shares', code, row, dates.length);
      const days = shares.reduce((count, value) => count + (value > 0 ? 1 : 0), 0);
      if (days > (best?.days ?? 0)) best = { panel, row, shares, days };
    }
    if (best === null || dates.length < 2) return null;
    return etfNetFlow({
      shares: best.shares,
      navs: best.panel.stretch('nav', code, best.row, dates.length),
      comparablePrevious: best.panel.stretch('previous_shares', code, best.row, dates.length),
    });
  }
}

/** Vendors write 0 for what they do not know. */
function positive(value: number | null): number | null {
  return value !== null && value > 0 ? value : null;
}
