import type { DayNumber } from './local-date.js';

/** `outDate` of a membership that has not ended: later than every date, and still a 32-bit integer. */
export const OPEN_END: DayNumber = 2 ** 31 - 1;

/**
 * One stretch of days on which a stock belongs to an industry with one weight. A new weight is a new stretch; the
 * stretches of one stock in one industry never overlap.
 */
export interface Membership {
  readonly industry: string;
  readonly stock: string;
  /** First day of the stretch. */
  readonly inDate: DayNumber;
  /** First day after the stretch, or OPEN_END. */
  readonly outDate: DayNumber;
  /** Free-float market value in any unit that the industry's members share; null where it is not known. */
  readonly weight: number | null;
  /** Day on which membership and weight were known; after `inDate` where today's list is used for the past. */
  readonly weightDate: DayNumber;
}
