import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LundongError } from '#lundong/domain/errors.js';
import {
  addDays,
  addWeekdays,
  fromDayNumber,
  type LocalDate,
  parseLocalDate,
  startOfMonth,
  startOfWeek,
  startOfYear,
  toDayNumber,
  tryParseLocalDate,
} from '#lundong/domain/local-date.js';

describe('addWeekdays', () => {
  it.each([
    ['2025-09-12', 10, '2025-09-26'],
    ['2025-09-12', 1, '2025-09-15'],
    ['2025-09-13', 1, '2025-09-15'],
    ['2025-09-14', 5, '2025-09-19'],
    ['2025-09-15', 4, '2025-09-19'],
    ['2025-12-31', 1, '2026-01-01'],
    ['9999-12-30', 250, '9999-12-31'],
  ])('%s and %i: %s', (date, weekdays, expected) => {
    expect(addWeekdays(date as LocalDate, weekdays)).toBe(expected);
  });

  it('is the date up to which so many days are no Saturdays or Sundays', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40_000 }), fc.integer({ min: 1, max: 300 }), (day, weekdays) => {
        const end = toDayNumber(addWeekdays(fromDayNumber(day), weekdays));
        const isWeekday = (one: number): boolean => ![0, 6].includes(new Date(one * 86_400_000).getUTCDay());
        expect(isWeekday(end)).toBe(true);
        expect(Array.from({ length: end - day }, (_, index) => day + 1 + index).filter(isWeekday)).toHaveLength(
          weekdays,
        );
      }),
    );
  });
});

describe('tryParseLocalDate', () => {
  it.each([
    ['2025-11-21', '2025-11-21'],
    ['20251121', '2025-11-21'],
    ['2024-02-29', '2024-02-29'],
    ['20000229', '2000-02-29'],
  ])('%s is %s', (text, date) => {
    expect(tryParseLocalDate(text)).toBe(date);
  });

  it.each([
    '',
    '2025-02-30',
    '2025-02-29',
    '1900-02-29',
    '2025-13-01',
    '2025-00-10',
    '2025-01-00',
    '2025-1-1',
    '25-01-01',
    '2025/01/01',
    '2025-01-01 ',
    ' 2025-01-01',
    '2025-01-01T00:00:00',
    '202511',
    '２０２５-01-01',
    '0000-00-00',
  ])('%j is none', (text) => {
    expect(tryParseLocalDate(text)).toBeNull();
  });

  it('parseLocalDate names the text and the remedy', () => {
    expect(() => parseLocalDate('2025-02-30')).toThrow(
      new LundongError('INVALID_DATE', '"2025-02-30" is not a date; write it as YYYY-MM-DD, e.g. 2025-11-21.'),
    );
  });
});

describe('day numbers', () => {
  it('count from 1970-01-01', () => {
    expect(toDayNumber('1970-01-01' as LocalDate)).toBe(0);
    expect(toDayNumber('2025-11-28' as LocalDate)).toBe(20420);
    expect(toDayNumber('1969-12-31' as LocalDate)).toBe(-1);
  });

  it('go there and back for every day, in order, in every notation', () => {
    const day = fc.integer({ min: -20_000, max: 40_000 });
    fc.assert(
      fc.property(day, day, (a, b) => {
        const [first, second] = [fromDayNumber(a), fromDayNumber(b)];
        expect(toDayNumber(first)).toBe(a);
        expect(tryParseLocalDate(first)).toBe(first);
        expect(tryParseLocalDate(first.replaceAll('-', ''))).toBe(first);
        expect(first < second).toBe(a < b);
        expect(addDays(first, b - a)).toBe(second);
      }),
    );
  });
});

it('the end of time, as vendors write it, has no day after it', () => {
  expect(addDays('9999-12-31' as LocalDate, 1)).toBe('9999-12-31');
  expect(addDays('9999-12-31' as LocalDate, -1)).toBe('9999-12-30');
  expect(fromDayNumber(2 ** 31 - 1)).toBe('9999-12-31');
});

describe('starts', () => {
  it('a week begins on Monday', () => {
    expect(startOfWeek('2025-11-28' as LocalDate)).toBe('2025-11-24');
    expect(startOfWeek('2025-11-24' as LocalDate)).toBe('2025-11-24');
    expect(startOfWeek('2025-11-30' as LocalDate)).toBe('2025-11-24');
    expect(startOfWeek('1969-12-31' as LocalDate)).toBe('1969-12-29');
    fc.assert(
      fc.property(fc.integer({ min: -20_000, max: 40_000 }), (day) => {
        const monday = startOfWeek(fromDayNumber(day));
        expect(new Date(monday).getUTCDay()).toBe(1);
        expect(day - toDayNumber(monday)).toBeGreaterThanOrEqual(0);
        expect(day - toDayNumber(monday)).toBeLessThan(7);
      }),
    );
  });

  it('months and years', () => {
    expect(startOfMonth('2025-11-28' as LocalDate)).toBe('2025-11-01');
    expect(startOfYear('2025-11-28' as LocalDate)).toBe('2025-01-01');
  });
});
