import type { IndustryScheme } from '../domain/industry.js';
import { addDays, type LocalDate, toDayNumber } from '../domain/local-date.js';
import { type Membership, OPEN_END } from '../domain/membership.js';
import type { Market } from '../lake/market.js';
import type { MarketSeries } from '../lake/market-series.js';
import type { DateRange } from './factor-engine.js';

export const HINDSIGHT_NOTE =
  'members or weights became known only after this date and were declared valid for it: hindsight, not point in time';

/** A scheme's memberships in the numbers that the domain computes with. */
export function membershipsOf(market: Market, scheme: IndustryScheme): Membership[] {
  return (market.memberships.get(scheme) ?? []).map((row) => ({
    industry: row.industryCode,
    stock: row.stockCode,
    inDate: toDayNumber(row.inDate),
    outDate: row.outDate === null ? OPEN_END : toDayNumber(row.outDate),
    weight: row.weight,
    weightDate: toDayNumber(row.knownOn),
  }));
}

/** What must be said beside the values of a range of dates. */
export interface RangeNote extends DateRange {
  readonly note: string;
}

/** Weights that drift over more calendar days than these are not the weights of their date any more. */
const NEAR_DAYS = 30;

/**
 * The dates whose values rest on weights that drift from closes far from the date on which they were known.
 *
 * @param series whose closes they drift with
 * @param lastUse the last date whose value rests on a stretch that ends before the given one; null = without end
 */
export function distantWeights(
  market: Market,
  scheme: IndustryScheme,
  series: MarketSeries,
  lastUse: (end: LocalDate | null) => LocalDate | null,
): RangeNote[] {
  const weighted = (market.memberships.get(scheme) ?? []).filter((row) => row.weight !== null);
  const stretches = new Map(weighted.map((row) => [`${row.inDate} ${row.outDate} ${row.knownOn}`, row]));
  return [...stretches.values()].flatMap(({ inDate, outDate, knownOn }) => {
    const reference = series.referenceDate(knownOn);
    if (Math.abs(toDayNumber(reference) - toDayNumber(knownOn)) <= NEAR_DAYS) return [];
    const side = reference < knownOn ? 'the last before it' : 'the first after it';
    const note = `weights of ${knownOn} drift from closes of ${reference}, ${side} in the series`;
    return [{ from: inDate, to: lastUse(outDate), note }];
  });
}

/** The distinct notes that hold for a date. */
export function notesOn(notes: readonly RangeNote[], date: LocalDate): string[] {
  return [
    ...new Set(notes.filter(({ from, to }) => from <= date && (to === null || date <= to)).map(({ note }) => note)),
  ];
}

/** The last day before the given one; null, which is the end of time, has none. */
export function dayBefore(end: LocalDate | null): LocalDate | null {
  return end === null ? null : addDays(end, -1);
}
