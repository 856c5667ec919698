import { describe, expect, it } from 'vitest';
import { formatMinute, minuteOfDay, slotOf } from '#lundong/domain/intraday-slots.js';

/** First and last label of every slot, written out. */
const SLOTS: readonly [from: string, to: string][] = [
  ['09:30', '09:45'],
  ['09:46', '10:00'],
  ['10:01', '10:15'],
  ['10:16', '10:30'],
  ['10:31', '10:45'],
  ['10:46', '11:00'],
  ['11:01', '11:15'],
  ['11:16', '11:30'],
  ['13:00', '13:15'],
  ['13:16', '13:30'],
  ['13:31', '13:45'],
  ['13:46', '14:00'],
  ['14:01', '14:15'],
  ['14:16', '14:30'],
  ['14:31', '14:45'],
  ['14:46', '15:00'],
];

const ALL_DAY = Array.from({ length: 24 * 60 }, (_, minute) => minute);

describe('slots of 15 minutes', () => {
  it('every minute of the day lies in the slot whose labels enclose it, or in none', () => {
    const expected = ALL_DAY.map((minute) => {
      const slot = SLOTS.findIndex(([from, to]) => formatMinute(minute) >= from && formatMinute(minute) <= to);
      return slot < 0 ? null : slot;
    });
    expect(ALL_DAY.map(slotOf)).toEqual(expected);
  });

  it('take fifteen labels each, the first of a session its begin as well', () => {
    const counts = SLOTS.map((_, slot) => ALL_DAY.filter((minute) => slotOf(minute) === slot).length);
    expect(counts).toEqual([16, 15, 15, 15, 15, 15, 15, 15, 16, 15, 15, 15, 15, 15, 15, 15]);
  });

  it('labels are minutes of the day', () => {
    expect([minuteOfDay(9, 30), minuteOfDay(15, 0)]).toEqual([570, 900]);
    expect([formatMinute(570), formatMinute(900), formatMinute(5)]).toEqual(['09:30', '15:00', '00:05']);
  });
});
