import type { IndustryScheme } from '../domain/industry.js';
import type { LocalDate } from '../domain/local-date.js';
import type { MembershipRow } from '../domain/membership-history.js';
import type { TradingCalendar } from '../domain/trading-calendar.js';
import type { TableDatasetName } from '../lake/datasets.js';
import type { Market } from '../lake/market.js';
import type { MarketChange } from '../lake/market-change.js';
import type { FactorValues } from '../store/factor-value.repository.js';

/** A factor's values on one date, one per industry; `reasons` holds the engine's numbers for missing values, 0 elsewhere. */
export type FactorRow = FactorValues;

/** Dates from … to, both inclusive; null = without end. */
export interface DateRange {
  readonly from: LocalDate;
  readonly to: LocalDate | null;
}

/** What engines may ask to tell which of their values a change reaches. */
export interface ChangeContext {
  readonly calendar: TradingCalendar;
  readonly memberships: (scheme: IndustryScheme) => Promise<readonly MembershipRow[]>;
}

/**
 * Computes one factor. Adding a factor to lundong is adding a folder with one of these and a line in `engines.ts`.
 *
 * @typeParam P its parameters in canonical form: plain data, complete, in fixed order
 */
export interface FactorEngine<P = unknown> {
  readonly key: string;
  /** The data it rests on: its first and last day bound the dates that can be asked for. */
  readonly dataset: TableDatasetName;
  readonly name: string;
  readonly description: string;
  /** Raised when the same parameters come to mean other values; stored values of older versions are not used. */
  readonly version: number;
  /**
   * Dates that take so long to compute that others should get their turn behind them; absent where a whole history is
   * computed as fast as a date.
   */
  readonly datesAtOnce?: number;
  /** @throws LundongError INVALID_ARGUMENT, also where they name what the market does not have */
  canonical(market: Market, params: unknown): P;
  /**
   * @param dates trading days, ascending
   * @param signal raised when nobody waits for the values any more: it ends with the signal's reason as soon as it can
   */
  compute(
    market: Market,
    scheme: IndustryScheme,
    params: P,
    dates: readonly LocalDate[],
    signal?: AbortSignal,
  ): Promise<FactorRow[]>;
  /** In words, why an industry has no value. */
  describeReason(reason: number, params: P): string;
  /** The dates whose values a change of the data can reach; every other value is as good as before. */
  staleDates(params: P, scheme: IndustryScheme, change: MarketChange, context: ChangeContext): Promise<DateRange[]>;
  /** Ends its threads. */
  close(): Promise<void>;
}
