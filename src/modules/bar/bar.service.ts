import { LundongError } from '../../domain/errors.js';
import type { LocalDate } from '../../domain/local-date.js';
import { type Adjustment, describeSeries, provenanceNote } from '../../domain/price-series.js';
import type { LongRows } from '../../lake/daily-rows.js';
import { TABLE_DATASETS } from '../../lake/datasets.js';
import type { Market } from '../../lake/market.js';
import type { MarketSeries } from '../../lake/market-series.js';
import { rangeNotes } from '../../lake/range-notes.js';
import type { BarDataset } from './bar.args.js';

const MOST_CODES = 10_000;
/** Codes named in one note. */
const NAMED_CODES = 10;

/** Which bars are asked for. */
export interface BarQuestion {
  readonly dataset: BarDataset;
  /** As callers write them; null = all. */
  readonly codes: readonly string[] | null;
  readonly from: LocalDate;
  readonly to: LocalDate;
  /** Null = the first of hfq, qfq and none that is loaded. */
  readonly adjustment: Adjustment | null;
  /** Null = the vendor that was imported first. */
  readonly source: string | null;
}

/** Bars of one series, not read yet. */
export interface Bars {
  readonly rows: LongRows;
  readonly lastDate: LocalDate | null;
  readonly notes: readonly string[];
}

/** Daily bars of many codes, as they were imported. */
export class BarService {
  /**
   * @throws LundongError INVALID_ARGUMENT for what is no code, or too many of them; INVALID_RANGE, DATE_BEFORE_DATA;
   * NO_DATA where there is no such series
   */
  async bars(market: Market, { dataset, codes, from, to, adjustment, source }: BarQuestion): Promise<Bars> {
    const wanted = codes === null ? null : normalised(dataset, codes);
    const dates = market.resolveRange(dataset, from, to);
    const series = seriesOf(market, dataset, adjustment, source);
    const rows = await series.longRows(dates, wanted);
    const held = new Set(rows.codes);
    const without = (wanted ?? []).filter((code) => !held.has(code));
    const span = { first: series.firstDate, last: series.lastDate };
    return {
      rows,
      lastDate: dates.findLast((date) => series.has(date)) ?? null,
      notes: [
        provenanceNote(series),
        ...rangeNotes(market.calendar, { first: from, last: to }, span),
        ...(without.length === 0 ? [] : [`no rows: ${listed(without)}`]),
      ],
    };
  }
}

function normalised(dataset: BarDataset, codes: readonly string[]): string[] {
  if (codes.length > MOST_CODES)
    throw new LundongError(
      'INVALID_ARGUMENT',
      `${codes.length} codes are too many; ${MOST_CODES} is the most. Leave codes out for all of them.`,
    );
  const { normaliseCode, codeForm } = TABLE_DATASETS[dataset];
  return [
    ...new Set(
      codes.map((code) => {
        const known = normaliseCode(code);
        if (known === null)
          throw new LundongError('INVALID_ARGUMENT', `"${code.slice(0, 40)}" is no code of ${dataset}: ${codeForm}.`);
        return known;
      }),
    ),
  ];
}

function seriesOf(
  market: Market,
  dataset: BarDataset,
  adjustment: Adjustment | null,
  source: string | null,
): MarketSeries {
  const loaded = market.series(dataset);
  const found = loaded.find(
    (series) =>
      (adjustment === null || series.adjustment === adjustment) && (source === null || series.source === source),
  );
  if (found === undefined)
    throw new LundongError(
      'NO_DATA',
      `There are no such prices; loaded are: ${loaded.map(describeSeries).join('; ') || 'none'}.`,
    );
  return found;
}

function listed(codes: readonly string[]): string {
  const rest = codes.length - NAMED_CODES;
  return codes.slice(0, NAMED_CODES).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
