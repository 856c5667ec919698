import type { LocalDate } from '../../domain/local-date.js';
import type { Membership } from '../../domain/membership.js';
import { findReferenceClose } from '../../domain/reference-close.js';
import type { ClosePanel } from '../../lake/daily-panel.js';

/** How many trading days back the close may lie that a weight is drifted to: over a suspension it is the last one. */
export const DRIFT_CLOSE_DAYS = 10;

/** By what the weights of stocks have grown with their prices since their weight dates, on one series of closes. */
export class WeightDrift {
  private readonly columns: ReadonlyMap<string, number>;
  /** Closes on the weight dates; NaN where a stock has none. */
  private readonly references = new Map<Membership, number>();

  constructor(private readonly panel: ClosePanel) {
    this.columns = new Map(panel.codes.map((code, column) => [code, column]));
  }

  /**
   * The stock's last close on or before the date, at most 10 trading days before it, over the close of the weight date;
   * null where the stock lacks either.
   */
  of(member: Membership, date: LocalDate): number | null {
    const close = this.lastClose(member.stock, date);
    const reference = this.reference(member);
    return Number.isNaN(close) || Number.isNaN(reference) ? null : close / reference;
  }

  private lastClose(stock: string, date: LocalDate): number {
    const { codes, closes } = this.panel;
    const [row, column] = [this.panel.row(date), this.columns.get(stock)];
    if (row === null || column === undefined) return Number.NaN;
    for (let back = row; back >= Math.max(0, row - DRIFT_CLOSE_DAYS); back--) {
      const close = closes[back * codes.length + column] as number;
      if (!Number.isNaN(close)) return close;
    }
    return Number.NaN;
  }

  private reference(member: Membership): number {
    const known = this.references.get(member);
    if (known !== undefined) return known;
    const reference = findReferenceClose(this.panel, this.columns.get(member.stock), member.weightDate);
    this.references.set(member, reference);
    return reference;
  }
}
