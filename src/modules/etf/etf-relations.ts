import type { EventLoopTurns } from '../../domain/event-loop-turns.js';
import type { Industry, IndustryScheme } from '../../domain/industry.js';
import { fromDayNumber, type LocalDate } from '../../domain/local-date.js';
import { RELATION_DAYS, type ReturnMatrix, returnRelations } from '../../domain/return-relation.js';
import { chooseSeries } from '../../lake/choose-series.js';
import type { DailyPanel } from '../../lake/daily-panel.js';
import type { Market } from '../../lake/market.js';
import { believedReturn, type EtfPrices } from './etf-quotes.js';

/** How a fund's daily returns went with those of an industry's index. */
export interface EtfIndustry {
  readonly industry: Industry;
  /** Pearson, −1 to 1; null with too few common days. */
  readonly correlation: number | null;
  /** cov(fund, industry) / var(industry); null as above. */
  readonly beta: number | null;
  /** Days with a return of both. */
  readonly observations: number;
}

/** Funds related between two turns of the event loop: some 2 ms. */
const FUNDS_AT_ONCE = 25;

/** Correlations and betas of funds to the industries of a scheme over the last 250 trading days. */
export class EtfRelations {
  private constructor(
    private readonly industries: readonly Industry[],
    private readonly correlations: Float64Array,
    private readonly betas: Float64Array,
    private readonly observations: Uint16Array,
  ) {}

  /** @param date the last of the days */
  static async of(
    market: Market,
    prices: readonly EtfPrices[],
    codes: readonly string[],
    scheme: IndustryScheme,
    date: LocalDate,
    turns: EventLoopTurns,
  ): Promise<EtfRelations> {
    const industries = market.industriesOf(scheme);
    const dates = lastDays(market, date);
    const indices = await industryReturns(market, industries, dates);
    const pairs = codes.length * industries.length;
    const [correlations, betas] = [new Float64Array(pairs), new Float64Array(pairs)];
    const observations = new Uint16Array(pairs);
    for (let start = 0; start < codes.length; start += FUNDS_AT_ONCE) {
      await turns.next();
      const some = codes.slice(start, start + FUNDS_AT_ONCE);
      const related = returnRelations(fundReturns(market, prices, some, dates), indices);
      correlations.set(related.correlations, start * industries.length);
      betas.set(related.betas, start * industries.length);
      observations.set(related.observations, start * industries.length);
    }
    return new EtfRelations(industries, correlations, betas, observations);
  }

  /** Every industry, the closest first; those without a correlation last, by code. */
  of(fund: number): EtfIndustry[] {
    return this.industries
      .map((_, column) => this.pair(fund, column))
      .sort(
        (a, b) =>
          (b.correlation ?? Number.NEGATIVE_INFINITY) - (a.correlation ?? Number.NEGATIVE_INFINITY) ||
          (a.industry.code < b.industry.code ? -1 : 1),
      );
  }

  /** The industry with the highest correlation; null where the fund has none. */
  closest(fund: number): EtfIndustry | null {
    const width = this.industries.length;
    let [best, highest] = [-1, Number.NEGATIVE_INFINITY];
    for (let column = 0; column < width; column++) {
      const correlation = this.correlations[fund * width + column] as number;
      if (correlation > highest) [best, highest] = [column, correlation];
    }
    return best < 0 ? null : this.pair(fund, best);
  }

  /** The fund's relation to one industry; null for an industry of another scheme. */
  with(fund: number, industry: string): EtfIndustry | null {
    const column = this.industries.findIndex(({ code }) => code === industry);
    return column < 0 ? null : this.pair(fund, column);
  }

  private pair(fund: number, column: number): EtfIndustry {
    const at = fund * this.industries.length + column;
    return {
      industry: this.industries[column] as Industry,
      correlation: orNull(this.correlations[at] as number),
      beta: orNull(this.betas[at] as number),
      observations: this.observations[at] as number,
    };
  }
}

/** The trading days whose closes make the returns of the window, ascending. */
export function lastDays(market: Market, date: LocalDate): LocalDate[] {
  const first = Math.max(0, market.calendar.indexOf(date) - RELATION_DAYS);
  return market.calendar.between(market.calendar.shift(date, first - market.calendar.indexOf(date)), date);
}

/** Daily returns of industries, all of one series; NaN where there is none. */
export async function industryReturns(
  market: Market,
  industries: readonly Industry[],
  dates: readonly LocalDate[],
): Promise<ReturnMatrix> {
  const codes = industries.map(({ code }) => code);
  const chosen = await chooseSeries(market, 'industry_daily', codes, dates);
  const days = dates.length - 1;
  const returns = new Float64Array(codes.length * days).fill(Number.NaN);
  if (chosen !== null)
    codes.forEach((code, one) => {
      const closes = chosen.panel.closesOf([code], dates);
      for (let day = 0; day < days; day++)
        returns[one * days + day] = (closes[day + 1] as number) / (closes[day] as number) - 1;
    });
  return { series: codes.length, days, returns };
}

/** Daily returns of funds, each fund's of the one series that has the most of them; NaN where there is none. */
export function fundReturns(
  market: Market,
  prices: readonly EtfPrices[],
  codes: readonly string[],
  dates: readonly LocalDate[],
): ReturnMatrix {
  const days = dates.length - 1;
  const returns = new Float64Array(codes.length * days).fill(Number.NaN);
  const sources = prices.map((one) => ({ ...one, firstRow: rowOf(market, one.panel, dates[0] as LocalDate) }));
  codes.forEach((code, fund) => {
    let most = 0;
    for (const { series, panel, firstRow } of sources) {
      if (panel.column(code) === null) continue;
      const closes = panel.stretch('close', code, firstRow, dates.length);
      const own = new Float64Array(days);
      let count = 0;
      for (let day = 0; day < days; day++) {
        const change = believedReturn(series.adjustment, closes[day] as number, closes[day + 1] as number);
        own[day] = change ?? Number.NaN;
        if (!Number.isNaN(own[day] as number)) count++;
      }
      if (count <= most) continue;
      most = count;
      returns.set(own, fund * days);
    }
  });
  return { series: codes.length, days, returns };
}

/** Where a trading day lies in a panel or would lie, were the panel longer: below 0 for a day before it. */
export function rowOf(market: Market, panel: DailyPanel, date: LocalDate): number {
  return market.calendar.indexOf(date) - market.calendar.indexOf(fromDayNumber(panel.days[0] as number));
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
