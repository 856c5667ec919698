import type { LocalDate } from '../domain/local-date.js';
import type { MembershipRow } from '../domain/membership-history.js';
import type { MarketChange } from '../lake/market-change.js';

/**
 * The stretches of days whose weights drift from a close that changed. Closes are told apart by weight date and not by
 * stock: a corrected one names every stretch with weights of that date, its stock a member there or not.
 */
export async function driftedStretches(
  change: Extract<MarketChange, { kind: 'closes' }>,
  memberships: readonly MembershipRow[],
): Promise<{ inDate: LocalDate; outDate: LocalDate | null }[]> {
  const touched = new Set(await change.touchedReferences([...new Set(memberships.map((row) => row.knownOn))]));
  const drifting = memberships.filter((row) => touched.has(row.knownOn));
  return [...new Map(drifting.map(({ inDate, outDate }) => [`${inDate} ${outDate}`, { inDate, outDate }])).values()];
}
