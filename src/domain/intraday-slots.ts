/**
 * The trading day in 16 slots of 15 minutes, eight in the morning and eight in the afternoon: the common measure of
 * 1-, 5- and 15-minute bars. Times are minutes of the day and name the end of a bar.
 */
export const SLOT_MINUTES = 15;
export const SLOTS_PER_DAY = 16;
export const TRADING_MINUTES_PER_DAY = SLOT_MINUTES * SLOTS_PER_DAY;

/** 09:30, the label of the bar that some vendors make of the opening auction. */
export const OPENING_AUCTION = minuteOfDay(9, 30);
/** Continuous trading, from … to. */
export const SESSIONS: readonly { readonly from: number; readonly to: number }[] = [
  { from: OPENING_AUCTION, to: minuteOfDay(11, 30) },
  { from: minuteOfDay(13, 0), to: minuteOfDay(15, 0) },
];

export function minuteOfDay(hour: number, minute: number): number {
  return 60 * hour + minute;
}

/** `09:45` for 585. */
export function formatMinute(minute: number): string {
  const twoDigits = (value: number): string => String(value).padStart(2, '0');
  return `${twoDigits(Math.floor(minute / 60))}:${twoDigits(minute % 60)}`;
}

/**
 * The slot that a bar belongs to: a slot takes what ends after its begin and not after its end; the first of a session
 * takes its first minute as well.
 *
 * @param minute at which the bar ends
 * @returns 0 … 15, or null outside trading
 */
export function slotOf(minute: number): number | null {
  const session = SESSIONS.findIndex(({ from, to }) => minute >= from && minute <= to);
  if (session < 0) return null;
  const ended = minute - (SESSIONS[session] as { from: number }).from;
  return (session * SLOTS_PER_DAY) / SESSIONS.length + Math.max(0, Math.ceil(ended / SLOT_MINUTES) - 1);
}
