import type { LocalDate } from './local-date.js';

/** Distances between round levels, widest first. */
const STEPS = [1000, 500, 100] as const;

export type LevelStep = (typeof STEPS)[number];

/** A level counts as round for an index while it is at least this fraction of the index away from the next. */
const NARROWEST_STEP = 0.02;

/** One index up to a day, one element per trading day in order. */
export interface IndexBars {
  readonly dates: readonly LocalDate[];
  /** Index points; NaN where there is none. */
  readonly closes: Float64Array;
  /** Index points; where there is none (NaN) the close stands in, and a level may be touched unseen. */
  readonly highs: Float64Array;
}

export interface LevelCrossing {
  readonly level: number;
  /** The widest step of which the level is a multiple: 4000 is a level of 1000, 3500 of 500, 3900 of 100. */
  readonly step: LevelStep;
  /** The day's high reached the level; true of every crossing. */
  readonly touched: boolean;
  /** The day's close (during the day: the last price) is not below the level. */
  readonly closedAbove: boolean;
  /** Last earlier day whose close was not below the level; null where the bars hold none. */
  readonly previousAbove: LocalDate | null;
}

export interface NextLevel {
  readonly level: number;
  /** level − close, index points. */
  readonly points: number;
  /** level / close − 1, a fraction. */
  readonly gap: number;
}

/**
 * The narrowest step whose levels mean something for an index of this size (our choice): levels of 100 up to 5,000
 * points, of 500 up to 25,000, of 1000 beyond. A step is at least 2 % of the index, so that an ordinary day crosses none.
 */
export function narrowestStep(points: number): LevelStep {
  return STEPS.findLast((step) => step >= NARROWEST_STEP * points) ?? STEPS[0];
}

/**
 * Round levels that the last day of the bars rose through:
 *
 *     close(t−1) < level ≤ high(t)
 *
 * Levels are the multiples of 100, 500 and 1000 that suit the size of the previous close ({@link narrowestStep}), each
 * once, from the lowest up. Without a close on the last two days there are none.
 *
 * @throws RangeError where the columns differ in length
 */
export function levelCrossings({ dates, closes, highs }: IndexBars): LevelCrossing[] {
  if (closes.length !== dates.length || highs.length !== dates.length)
    throw new RangeError(`${dates.length} dates, but ${closes.length} closes and ${highs.length} highs`);
  const last = dates.length - 1;
  const [before, close] = [closes[last - 1], closes[last]];
  if (!(before > 0 && close > 0)) return [];
  const high = Number.isNaN(highs[last]) ? close : Math.max(highs[last], close);

  const crossings: LevelCrossing[] = [];
  const narrowest = narrowestStep(before);
  for (let level = levelAbove(before, narrowest); level <= high; level += narrowest) {
    const earlier = closes.subarray(0, last).findLastIndex((value) => value >= level);
    crossings.push({
      level,
      step: STEPS.find((step) => level % step === 0)!,
      touched: true,
      closedAbove: close >= level,
      previousAbove: dates[earlier] ?? null,
    });
  }
  return crossings;
}

/** The nearest round level above a close, for an index of its size; a close on a level looks to the one after it. */
export function nextLevel(close: number): NextLevel {
  const level = levelAbove(close, narrowestStep(close));
  return { level, points: level - close, gap: level / close - 1 };
}

/**
 * Round levels between two closes, ascending: those risen through (before < level ≤ after) or fallen through
 * (after < level ≤ before), of the size that suits the first.
 */
export function levelsBetween(before: number, after: number): number[] {
  const step = narrowestStep(before);
  const levels: number[] = [];
  const top = Math.max(before, after);
  for (let level = levelAbove(Math.min(before, after), step); level <= top; level += step) levels.push(level);
  return levels;
}

function levelAbove(points: number, step: LevelStep): number {
  return (Math.floor(points / step) + 1) * step;
}
