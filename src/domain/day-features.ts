import {
  EX_RIGHT_DAYS,
  FEATURES,
  FEWEST_AMOUNT_DAYS,
  type Feature,
  LOOK_BACK_DAYS,
  PREVIOUS_CLOSE_DAYS,
} from './intraday-features.js';
import type { LocalDate } from './local-date.js';
import { dailyLimit, exRightFactor, returnFromClose } from './overnight-return.js';
import { positionsIn } from './sorted-codes.js';
import { type DayFigures, FIGURE, type StockDayFigure } from './stock-day-figures.js';

/** Adjusted closes of one series, in yuan of its own adjustment. */
export interface AdjustedCloses {
  /** @returns null where there is none */
  close(code: string, date: LocalDate): number | null;
}

/** All stocks of one date, in the order of `codes`; NaN where a feature is missing. */
export interface DayFeatures {
  /** Unadjusted closes, yuan. */
  readonly closes: Float64Array;
  /** Features × stocks, feature by feature, in the order of FEATURES, not yet compared across stocks. */
  readonly features: Float64Array;
  /**
   * The holder's return since the close of the stock's last day with bars, a fraction: what a price chain is made of.
   * Dividends count as far as adjusted closes tell of them; where the overnight part cannot be had it counts as 0.
   */
  readonly dayReturns: Float64Array;
}

/** Each of these pieces takes a few milliseconds with 5,000 stocks. */
const STOCKS_AT_ONCE = 1000;
const DAYS_AT_ONCE = 5;

/** Features that are the day's figure of the same name. */
const OWN_FIGURES = FEATURES.filter((name): name is Feature & StockDayFigure => name in FIGURE);

/**
 * The features of a date, a piece with each step that the caller takes: the look back over some days, then the features
 * of some stocks. Beside the figures of that day:
 *
 *     overnightReturn   open / close(last day with bars) · exRightFactor − 1 (a fraction), see overnight-return.ts;
 *                       the last day with bars at most 10 trading days back; the factor counts where those from each
 *                       of the last 5 days with bars tell of a corporate action as well: the close of one vendor's
 *                       bars and another's adjusted close differ on single days, and only a corporate action lasts
 *     relativeAmount    ln(amount / mean amount of the 20 trading days before the date that have one), at least 10 of them
 *
 * @param day the figures of the date
 * @param before of the trading days before it the 20 newest, newest first; null for days without bars
 * @param adjusted series of adjusted closes in the order in which they are asked; the first with both closes serves
 */
export function* dayFeatures(
  day: DayFigures,
  before: readonly (DayFigures | null)[],
  adjusted: readonly AdjustedCloses[],
): Generator<void, DayFeatures> {
  const stocks = day.codes.length;
  const features = new Float64Array(FEATURES.length * stocks).fill(Number.NaN);
  for (const name of OWN_FIGURES) features.set(figure(day, name), FEATURES.indexOf(name) * stocks);
  const { positions, closes, closeDays, amounts, amountDays } = yield* lookBack(
    day.codes,
    before.slice(0, LOOK_BACK_DAYS),
  );
  const overnightReturns = features.subarray(FEATURES.indexOf('overnightReturn') * stocks).subarray(0, stocks);
  const relativeAmounts = features.subarray(FEATURES.indexOf('relativeAmount') * stocks).subarray(0, stocks);
  const [opens, dayAmounts] = [figure(day, 'open'), figure(day, 'amount')];
  const dayCloses = figure(day, 'close').slice(); // kept beside the features, long after the other figures are gone
  const dayReturns = new Float64Array(stocks);
  for (let stock = 0; stock < stocks; stock++) {
    if (stock % STOCKS_AT_ONCE === 0) yield;
    const [open, close, closeBefore] = [opens[stock], dayCloses[stock], closes[stock]];
    const code = day.codes[stock];
    let gap = Number.NaN;
    if (!Number.isNaN(closeBefore)) {
      const earlier = (): DatedClose[] => earlierCloses(before, positions, stock);
      const dateBefore = (before[closeDays[stock]] as DayFigures).date;
      const factor = exRightFactorOf(
        adjusted,
        code,
        { date: day.date, close },
        { date: dateBefore, close: closeBefore },
        earlier,
      );
      // Without an open the day is one move from close to close.
      gap = returnFromClose(Number.isNaN(open) ? close : open, closeBefore, factor, dailyLimit(code));
    }
    const intraday = Number.isNaN(open) ? 0 : close / open - 1;
    overnightReturns[stock] = Number.isNaN(open) ? Number.NaN : gap;
    dayReturns[stock] = (1 + (Number.isNaN(gap) ? 0 : gap)) * (1 + intraday) - 1;
    if (amountDays[stock] >= FEWEST_AMOUNT_DAYS)
      relativeAmounts[stock] = Math.log(dayAmounts[stock] / (amounts[stock] / amountDays[stock]));
  }
  return { closes: dayCloses, features, dayReturns };
}

function figure(day: DayFigures, name: StockDayFigure): Float64Array {
  const stocks = day.codes.length;
  return day.figures.subarray(FIGURE[name] * stocks, (FIGURE[name] + 1) * stocks);
}

/** Per stock: its newest close and on which of the days, the sum of its amounts and on how many days it has one. */
function* lookBack(codes: readonly string[], before: readonly (DayFigures | null)[]) {
  const closes = new Float64Array(codes.length).fill(Number.NaN);
  const closeDays = new Int32Array(codes.length);
  const amounts = new Float64Array(codes.length);
  const amountDays = new Int32Array(codes.length);
  const positions: (Int32Array | null)[] = [];
  for (const [daysBack, day] of before.entries()) {
    if (daysBack % DAYS_AT_ONCE === DAYS_AT_ONCE - 1) yield;
    if (day === null) {
      positions.push(null);
      continue;
    }
    const own = positionsIn(day.codes, codes);
    const [dayCloses, dayAmounts] = [figure(day, 'close'), figure(day, 'amount')];
    for (let stock = 0; stock < codes.length; stock++) {
      const position = own[stock];
      if (position < 0) continue;
      if (daysBack < PREVIOUS_CLOSE_DAYS && Number.isNaN(closes[stock])) {
        closes[stock] = dayCloses[position];
        closeDays[stock] = daysBack;
      }
      if (Number.isNaN(dayAmounts[position])) continue;
      amounts[stock] += dayAmounts[position];
      amountDays[stock]++;
    }
    positions.push(own);
  }
  return { positions, closes, closeDays, amounts, amountDays };
}

interface DatedClose {
  readonly date: LocalDate;
  /** Unadjusted, yuan. */
  readonly close: number;
}

/** The stock's closes of its newest days with bars, at most 5, at most 10 trading days back. */
function earlierCloses(
  before: readonly (DayFigures | null)[],
  positions: readonly (Int32Array | null)[],
  stock: number,
): DatedClose[] {
  return before
    .slice(0, PREVIOUS_CLOSE_DAYS)
    .flatMap((day, daysBack) => {
      const position = positions[daysBack]?.[stock] ?? -1;
      return day === null || position < 0 ? [] : [{ date: day.date, close: figure(day, 'close')[position] }];
    })
    .slice(0, EX_RIGHT_DAYS);
}

/** @param earlier asked only where the newest of them tells of a corporate action, which is seldom */
function exRightFactorOf(
  adjusted: readonly AdjustedCloses[],
  code: string,
  now: DatedClose,
  last: DatedClose,
  earlier: () => readonly DatedClose[],
): number {
  for (const series of adjusted) {
    const adjustedNow = series.close(code, now.date);
    const adjustedLast = series.close(code, last.date);
    if (adjustedNow === null || adjustedLast === null) continue;
    const factor = exRightFactor(adjustedNow, adjustedLast, now.close, last.close);
    if (factor === 1) return 1;
    const isLasting = earlier().every(({ date, close }) => {
      const then = series.close(code, date);
      return then === null || exRightFactor(adjustedNow, then, now.close, close) > 1;
    });
    return isLasting ? factor : 1;
  }
  return 1;
}
