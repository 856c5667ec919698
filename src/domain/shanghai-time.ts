import { fromDayNumber, type LocalDate, toDayNumber } from './local-date.js';

/** A moment on the clocks of Shanghai, eight hours ahead of UTC; summer time, last kept in 1991, is not known here. */
export interface ShanghaiTime {
  readonly date: LocalDate;
  /** Of the day, 0 to 1439; seconds are cut off. */
  readonly minute: number;
}

const OFFSET_MINUTES = 8 * 60;
const DAY_MINUTES = 24 * 60;

export function toShanghai(moment: Date): ShanghaiTime {
  const minutes = Math.floor(moment.getTime() / 60_000) + OFFSET_MINUTES;
  const day = Math.floor(minutes / DAY_MINUTES);
  return { date: fromDayNumber(day), minute: minutes - day * DAY_MINUTES };
}

export function fromShanghai({ date, minute }: ShanghaiTime): Date {
  return new Date((toDayNumber(date) * DAY_MINUTES + minute - OFFSET_MINUTES) * 60_000);
}
