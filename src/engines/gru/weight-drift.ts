import type { LocalDate } from '../../domain/local-date.js';
import type { Membership } from '../../domain/membership.js';
import { findReferenceClose } from '../../domain/reference-close.js';
import type { ClosePanel } from '../../lake/daily-panel.js';

/** By what the weights of stocks have grown with their prices since their weight dates, on one series of closes. */
export class WeightDrift {
  private readonly columns: ReadonlyMap<string, number>;
  /** Closes on the weight dates; NaN where a stock has none. */
  private readonly references = new Map<Membership, number>();

  constructor(private readonly panel: ClosePanel) {
    this.columns = new Map(panel.codes.map((code, column) => [code, column]));
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
