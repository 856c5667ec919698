import { type LocalDate } from '../../domain/local-date.js';
import type { Membership } from '../../domain/membership.js';
import { firstSeriesWith } from '../../domain/price-series.js';
import { findReferenceClose } from '../../domain/reference-close.js';
import type { ClosePanel } from '../../lake/close-panel.js';
import type { Market, MarketSeries } from '../../lake/market.js';

/** By what the weights of stocks have grown with their prices since their weight dates, on one series of closes. */
export class WeightDrift {
  private readonly columns: ReadonlyMap<string, number>;
  /** Closes on the weight dates; NaN where a stock has none. */
  private readonly references = new Map<Membership, number>();

  private constructor(
    readonly series: MarketSeries,
    private readonly panel: ClosePanel,
  ) {
    this.columns = new Map(panel.codes.map((code, column) => [code, column]));
  }

  /** On the series that serves a date alone; null where none has closes on it. */
  static async on(market: Market, date: LocalDate): Promise<WeightDrift | null> {
    const series = firstSeriesWith(market.series('stock_daily'), [date]);
    return series === null ? null : new WeightDrift(series, await series.closes());
  }

  /** Close on the date over the close of the weight date; 1 where the stock lacks either. */
  of(member: Membership, date: LocalDate): number {
    const close = this.panel.close(member.stock, date);
    if (close === null) return 1;
    const reference = this.reference(member);
    return Number.isNaN(reference) ? 1 : close / reference;
  }

  private reference(member: Membership): number {
    const known = this.references.get(member);
    if (known !== undefined) return known;
    const reference = findReferenceClose(this.panel, this.columns.get(member.stock), member.weightDate);
    this.references.set(member, reference);
    return reference;
  }
}
