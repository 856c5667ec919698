import { LundongError } from '../domain/errors.js';
import type { Etf } from '../domain/etf.js';
import type { EtfRules } from '../domain/etf-rules.js';
import { groupBy } from '../domain/group-by.js';
import type { Industry, IndustryScheme } from '../domain/industry.js';
import type { LocalDate } from '../domain/local-date.js';
import type { MembershipRow } from '../domain/membership-history.js';
import type { ModelVersion } from '../domain/model-version.js';
import { SYNTHETIC_SOURCE } from '../domain/price-series.js';
import type { Stock } from '../domain/stock.js';
import type { TradingCalendar } from '../domain/trading-calendar.js';
import type { DatasetStatus } from './dataset-status.js';
import type { DailyDatasetName, TableDatasetName } from './datasets.js';
import { MarketSeries, MinuteBarSeries } from './market-series.js';

/**
 * All market data as of one `dataVersion`. Immutable: a request that began on one version ends on it, however many
 * imports land meanwhile.
 */
export class Market {
  private readonly spans = new Map<TableDatasetName, { first: LocalDate; last: LocalDate }>();
  constructor(
    readonly dataVersion: number,
    readonly calendar: TradingCalendar,
    readonly industries: ReadonlyMap<string, Industry>,
    readonly memberships: ReadonlyMap<IndustryScheme, readonly MembershipRow[]>,
    /** The categories and themes that there are. */
    readonly etfRules: EtfRules,
    /** The funds of the list `etfs` by code, ascending, with categories and themes. */
    readonly etfs: ReadonlyMap<string, Etf>,
    /** The stocks of the list `stocks` by code, ascending. */
    readonly stocks: ReadonlyMap<string, Stock>,
    /** In the order in which they are asked. */
    readonly allSeries: readonly (MarketSeries | MinuteBarSeries)[],
    readonly status: () => Promise<readonly DatasetStatus[]>,
    /** Every registered model, by name. */
    readonly models: readonly ModelVersion[] = [],
  ) {}

  private membershipsByIndustry: ReadonlyMap<string, readonly MembershipRow[]> | null = null;

  /** The series of a data set, in the order in which they are asked. */
  series(dataset: DailyDatasetName): readonly MarketSeries[] {
    return this.dailySeries.filter((series) => series.dataset === dataset);
  }

  get dailySeries(): readonly MarketSeries[] {
    return this.allSeries.filter((series) => series instanceof MarketSeries);
  }

  /**
   * The series of minute bars, in the order in which they are asked: by first import. Neither the shorter bars nor the
   * wider coverage wins: joined to slots, bars of any length say the same, and the answer for a date must not change
   * because a second vendor was added.
   */
  get minuteBars(): readonly MinuteBarSeries[] {
    return this.allSeries.filter((series) => series instanceof MinuteBarSeries);
  }

  get synthetic(): boolean {
    return this.allSeries.some((series) => series.source === SYNTHETIC_SOURCE);
  }

  industriesOf(scheme: IndustryScheme): Industry[] {
    return [...this.industries.values()].filter((industry) => industry.scheme === scheme);
  }

  /** Every stay in an industry, at any time. */
  membershipsOf(industryCode: string): readonly MembershipRow[] {
    this.membershipsByIndustry ??= groupBy([...this.memberships.values()].flat(), (row) => row.industryCode);
    return this.membershipsByIndustry.get(industryCode) ?? [];
  }

  /**
   * The trading day meant by `asOf`: the last one on or before it that any series of the data set reaches; without
   * `asOf` the newest.
   *
   * @throws LundongError DATE_BEFORE_DATA, NO_DATA
   */
  resolveDate(dataset: TableDatasetName, asOf: LocalDate | null): LocalDate {
    const { first, last } = this.span(dataset);
    if (asOf === null || asOf >= last) return last;
    if (asOf < first)
      throw new LundongError('DATE_BEFORE_DATA', `${asOf} lies before the data: ${dataset} begins on ${first}.`, {
        date: asOf,
        first,
        last,
      });
    return this.calendar.lastOnOrBefore(asOf);
  }

  /**
   * The trading days of a range that any series of the data set reaches.
   *
   * @throws LundongError INVALID_RANGE when `from` is after `to`, DATE_BEFORE_DATA when the range ends before the data
   */
  resolveRange(dataset: TableDatasetName, from: LocalDate, to: LocalDate): LocalDate[] {
    if (from > to) throw new LundongError('INVALID_RANGE', `from ${from} is after to ${to}; swap them.`, { from, to });
    const last = this.resolveDate(dataset, to);
    const { first } = this.span(dataset);
    return this.calendar.between(from > first ? from : first, last);
  }

  /** @throws LundongError NO_DATA */
  firstDate(dataset: TableDatasetName): LocalDate {
    return this.span(dataset).first;
  }

  /** The first and the last trading day with data. A day with data may have turned out to be no trading day since. */
  private span(dataset: TableDatasetName): { first: LocalDate; last: LocalDate } {
    const known = this.spans.get(dataset);
    if (known !== undefined) return known;
    const dates = this.allSeries
      .filter((one) => one.dataset === dataset)
      .flatMap((one) => [one.firstDate, one.lastDate])
      .sort();
    const days = dates.length === 0 ? [] : this.calendar.between(dates[0] as LocalDate, dates.at(-1) as LocalDate);
    if (days.length === 0)
      throw new LundongError(
        'NO_DATA',
        `No ${dataset} data are loaded; import some with: lundong import ${dataset} <files>.`,
      );
    const span = { first: days[0] as LocalDate, last: days.at(-1) as LocalDate };
    this.spans.set(dataset, span);
    return span;
  }
}
