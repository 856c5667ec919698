import type { IndustryScheme } from '../domain/industry.js';
import type { LocalDate } from '../domain/local-date.js';
import type { PriceSeriesKey } from '../domain/price-series.js';
import type { DatasetName } from './datasets.js';

/** What a landed import or a registered model changed, told in the terms in which computed values depend on data. */
export type MarketChange =
  | {
      readonly kind: 'closes';
      readonly series: PriceSeriesKey;
      /** Trading days with a new or changed close, ascending. */
      readonly dates: readonly LocalDate[];
      /** Of the given dates, those whose weights drift from a close that is new or changed. */
      readonly touchedReferences: (weightDates: readonly LocalDate[]) => Promise<LocalDate[]>;
    }
  | {
      readonly kind: 'bars';
      readonly series: PriceSeriesKey;
      readonly seriesId: number;
      /** Trading days with a new or changed minute bar, ascending. */
      readonly dates: readonly LocalDate[];
    }
  | {
      /** Data that no stored value rests on: lists of funds and stocks, shares of funds, margin financing. */
      readonly kind: 'other';
      readonly dataset: DatasetName;
    }
  | {
      readonly kind: 'members';
      readonly scheme: IndustryScheme;
      /** Memberships differ from this date … */
      readonly from: LocalDate;
      /** … until the day before this one; null = to the end. */
      readonly to: LocalDate | null;
    }
  | {
      readonly kind: 'calendar';
      /** Trading days differ from this date on. */
      readonly from: LocalDate;
    }
  | {
      /** Another model may score the dates from … to, both inclusive; null = without end. */
      readonly kind: 'models';
      readonly validFrom: LocalDate;
      readonly validTo: LocalDate | null;
    };
