import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type LocalDate, parseLocalDate } from '#lundong/domain/local-date.js';
import { TradingCalendar } from '#lundong/domain/trading-calendar.js';
import { sharedDataAvailable, sharedPath } from '../support/shared-data.js';

function readRows(...parts: string[]): string[][] {
  const [, ...rows] = readFileSync(sharedPath(...parts), 'utf8')
    .trim()
    .split(/\r?\n/);
  return rows.map((row) => row.split(','));
}

describe.skipIf(!sharedDataAvailable('data', 'trading_calendar_2010_2026.csv'))(
  'the real calendar, 2010 to 2026',
  () => {
    it('is what the holiday list alone gives, day for day', () => {
      const real = readRows('data', 'trading_calendar_2010_2026.csv').map(([day]) => parseLocalDate(day));
      const [first, last] = ['2010-01-01', '2026-12-31'] as LocalDate[];
      expect(real.length).toBe(4128);
      expect(TradingCalendar.of([]).between(first, last)).toEqual(real);
      expect(TradingCalendar.of(real).between(first, last)).toEqual(real);
    });
  },
);

describe.skipIf(!sharedDataAvailable('reference', 'published_industry_weeks.csv'))('the published weeks', () => {
  it('start from the base that baseOf gives', () => {
    const calendar = TradingCalendar.of([]);
    const weeks = readRows('reference', 'published_industry_weeks.csv');
    expect(weeks.length).toBe(26);
    for (const [base, end] of weeks) {
      expect(calendar.baseOf('WEEK', parseLocalDate(end))).toBe(base);
      expect(calendar.weekEndings(parseLocalDate(base), parseLocalDate(end))).toEqual([base, end]);
    }
  });
});
