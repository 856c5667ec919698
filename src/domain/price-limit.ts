import type { LocalDate } from './local-date.js';

/** Where a stock trades, which decides how far its price may move in a day. */
export type Board = 'MAIN' | 'CHINEXT' | 'STAR' | 'BEIJING';

/** What the daily limit of a stock depends on, as of one trading day. */
export interface LimitTerms {
  readonly board: Board;
  readonly date: LocalDate;
  /** Under a risk warning (ST, *ST) on the date. */
  readonly riskWarning: boolean;
  /** The listing, where it lies so near that it may matter; null = not known, taken as long ago. */
  readonly listing: Listing | null;
}

export interface Listing {
  readonly date: LocalDate;
  /** Trading sessions from the listing day to the date, both included: 1 on the listing day. */
  readonly session: number;
}

/** The highest and the lowest price of a day, in whole cents (fen, 0.01 yuan). */
export interface LimitPrices {
  readonly up: number;
  readonly down: number;
}

/** ChiNext went over to registration: wider limits for all, five free sessions for whoever lists from then on. */
const CHINEXT_REGISTRATION = '2020-08-24';
/** The first stocks listed on the main board under registration. */
const MAIN_REGISTRATION = '2023-04-10';
const MAIN_RISK_WARNING_AT_TEN = '2026-07-06';
const FREE_SESSIONS = 5;

/** Vendors that store 32-bit floats are off by up to 2e-4 yuan at 3,000 yuan; an adjusted price is off by more. */
const CENT_TOLERANCE = 0.02;

const BOARDS: readonly (readonly [pattern: RegExp, board: Board])[] = [
  [/^60\d{4}\.SH$/, 'MAIN'],
  [/^00[0-3]\d{3}\.SZ$/, 'MAIN'],
  [/^30[0-2]\d{3}\.SZ$/, 'CHINEXT'],
  [/^68[89]\d{3}\.SH$/, 'STAR'],
  [/^(?:[48]\d{5}|92\d{4})\.BJ$/, 'BEIJING'],
];

/**
 * @param code with its exchange, e.g. 600519.SH
 * @returns null for what is no A share of these boards: B shares (900xxx.SH, 200xxx.SZ), funds, indices
 */
export function boardOf(code: string): Board | null {
  return BOARDS.find(([pattern]) => pattern.test(code))?.[1] ?? null;
}

/**
 * The daily limit in whole percent of the previous close:
 *
 *     main board   10; under a risk warning 5, and 10 from 2026-07-06
 *     ChiNext      20 from 2020-08-24, 10 before
 *     STAR         20
 *     Beijing      30
 *
 * Null where there is none: in the first five sessions of a stock listed on STAR, on ChiNext from 2020-08-24 or on the
 * main board from 2023-04-10, and on the first in Beijing. Null also on the first session of an older listing, whose
 * bounds (since 2014 +44 % and −36 %) lie around the issue price and are not modelled.
 *
 * Not modelled either are the free days that no price or date gives away: the first day back after a suspended
 * listing, the first day of a delisting period, the move of a stock from another market, and the 5 % of shares (S) that
 * never went through the share reform.
 */
export function limitPercent({ board, date, riskWarning, listing }: LimitTerms): number | null {
  if (listing !== null && listing.session <= freeSessions(board, listing.date)) return null;
  switch (board) {
    case 'MAIN':
      return riskWarning && date < MAIN_RISK_WARNING_AT_TEN ? 5 : 10;
    case 'CHINEXT':
      return date < CHINEXT_REGISTRATION ? 10 : 20;
    case 'STAR':
      return 20;
    case 'BEIJING':
      return 30;
  }
}

function freeSessions(board: Board, listed: LocalDate): number {
  switch (board) {
    case 'MAIN':
      return listed < MAIN_REGISTRATION ? 1 : FREE_SESSIONS;
    case 'CHINEXT':
      return listed < CHINEXT_REGISTRATION ? 1 : FREE_SESSIONS;
    case 'STAR':
      return FREE_SESSIONS;
    case 'BEIJING':
      return 1;
  }
}

/**
 * A price in whole cents, the form in which limits are exact.
 *
 * @param price yuan, as traded (unadjusted)
 * @returns null for a price that is no positive number of whole cents, as adjusted prices are not
 */
export function toCents(price: number): number | null {
  const cents = Math.round(price * 100);
  return cents > 0 && Math.abs(price * 100 - cents) <= CENT_TOLERANCE ? cents : null;
}

/**
 * The limit prices of a day:
 *
 *     up = round(previous · (100 + percent) / 100),   down = round(previous · (100 − percent) / 100)
 *
 * in whole numbers, so that the half cent is met exactly: it goes away from zero (5.15 yuan at 10 %: 5.67 and 4.64). In
 * Beijing a part of a cent is cut off inside the limit instead, up rounded down and down rounded up (the market's closes
 * show it: test/real/price-limit.test.ts). A limit that would not leave the previous close is one cent away from it, and
 * the lowest price is one cent.
 *
 * @param previous cents: the close before, on an ex-right day less the right (see {@link exRightReference})
 */
export function limitPrices(board: Board, previous: number, percent: number): LimitPrices {
  const [up, down] = [previous * (100 + percent), previous * (100 - percent)];
  const exact =
    board === 'BEIJING'
      ? { up: Math.floor(up / 100), down: Math.ceil(down / 100) }
      : { up: Math.floor((up + 50) / 100), down: Math.floor((down + 50) / 100) };
  return { up: Math.max(exact.up, previous + 1), down: Math.max(1, Math.min(exact.down, previous - 1)) };
}

/**
 * The price that the limits of an ex-right day are taken from: the close before, less what was paid out or split off.
 *
 *     reference = round(close(t−1) · factor(t−1) / factor(t))
 *
 * @param close cents
 * @param factorBefore cumulative backward-adjustment (hfq) factor of the day before, hfq price / price
 * @param factor that of the day itself; the same on a day without a right
 * @returns cents. Factors are rounded by who sells them, so that a reference at half a cent may come out a cent off:
 *   the exchange's own previous close, where a source has it, is to be preferred
 */
export function exRightReference(close: number, factorBefore: number, factor: number): number {
  return factorBefore === factor ? close : Math.round((close * factorBefore) / factor);
}

/**
 * Whether a close is a limit price of its day.
 *
 * @param close yuan as traded
 * @param reference yuan: what the day's limit is taken from, the close of the last session, on an ex-right day less the right
 * @param percent 0 = no limit
 * @returns 1 = limit-up, −1 = limit-down, 0 = neither, or a price that is not in whole cents
 */
export function limitFlag(board: Board, close: number, reference: number, percent: number): -1 | 0 | 1 {
  const [closeCents, referenceCents] = [toCents(close), toCents(reference)];
  if (percent === 0 || closeCents === null || referenceCents === null) return 0;
  const { up, down } = limitPrices(board, referenceCents, percent);
  if (closeCents === up) return 1;
  return closeCents === down && down < referenceCents ? -1 : 0;
}
