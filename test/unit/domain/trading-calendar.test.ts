import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LundongError } from '#lundong/domain/errors.js';
import { addDays, type LocalDate, startOfWeek } from '#lundong/domain/local-date.js';
import { TradingCalendar } from '#lundong/domain/trading-calendar.js';

const date = (text: string) => text as LocalDate;
const calendar = TradingCalendar.of([]);

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof LundongError) return error.code;
    throw error;
  }
  return 'none';
}

describe('the calendar of the holiday list', () => {
  it('opens on weekdays that are no public holiday', () => {
    expect(calendar.isTradingDay(date('2025-09-30'))).toBe(true);
    expect(calendar.isTradingDay(date('2025-10-01'))).toBe(false);
    expect(calendar.isTradingDay(date('2025-10-08'))).toBe(false);
    expect(calendar.isTradingDay(date('2025-10-09'))).toBe(true);
    expect(calendar.isTradingDay(date('2025-10-18'))).toBe(false);
  });

  it('stays shut on weekends that were made workdays', () => {
    for (const day of ['2025-09-28', '2025-10-11', '2025-02-08', '2024-02-04'])
      expect(calendar.isTradingDay(date(day))).toBe(false);
  });

  it('knows that the exchanges were shut on the eve of Spring Festival 2024', () => {
    expect(calendar.before(date('2024-02-19'))).toBe('2024-02-08');
  });

  it('counts every weekday in years the list does not know', () => {
    expect(calendar.isTradingDay(date('1999-10-01'))).toBe(true);
    expect(calendar.isTradingDay(date('2035-10-01'))).toBe(true);
    expect(calendar.between(date('2035-12-24'), date('2035-12-31')).length).toBe(6);
  });

  it.each(['America/Los_Angeles', 'UTC', 'Asia/Shanghai', 'Pacific/Auckland'])('is the same in %s', (zone) => {
    const script = `
      import { TradingCalendar } from '#lundong/domain/trading-calendar.js';
      console.log(JSON.stringify(TradingCalendar.of([]).between('2023-12-25', '2026-12-31')));`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, TZ: zone },
      encoding: 'utf8',
    });
    expect(JSON.parse(output)).toEqual(calendar.between(date('2023-12-25'), date('2026-12-31')));
  });
});

describe('loaded days', () => {
  const loaded = ['2025-03-03', '2025-03-05', '2025-03-08', '2025-03-10'].map(date);

  it('are the truth between the first and the last of them, and nowhere else', () => {
    const mixed = TradingCalendar.of(loaded);
    expect(mixed.between(date('2025-02-27'), date('2025-03-12'))).toEqual([
      ...['2025-02-27', '2025-02-28', '2025-03-03', '2025-03-05', '2025-03-08', '2025-03-10', '2025-03-11'],
      '2025-03-12',
    ]);
  });

  it('say nothing of a stretch longer than any closure: the holiday list fills it', () => {
    const year = (text: string): LocalDate[] => calendar.between(date(`${text}-01-01`), date(`${text}-12-31`));
    const without = (days: LocalDate[], day: string): LocalDate[] => days.filter((one) => one !== day);
    const apart = TradingCalendar.of([...without(year('2024'), '2024-06-12'), ...without(year('2026'), '2026-06-10')]);
    expect(apart.between(date('2025-01-01'), date('2025-12-31'))).toEqual(year('2025'));
    expect(apart.isTradingDay(date('2024-06-12'))).toBe(false);
    expect(apart.isTradingDay(date('2026-06-10'))).toBe(false);
    // The longest closures, of the 1990s, stay closed.
    const spring = TradingCalendar.of([date('1999-02-09'), date('1999-03-01')]);
    expect(spring.between(date('1999-02-09'), date('1999-03-01'))).toEqual(['1999-02-09', '1999-03-01']);
    const [thirty, more] = ['2025-03-05', '2025-03-06'].map((end) =>
      TradingCalendar.of([date('2025-02-03'), date(end)]).between(date('2025-02-04'), addDays(date(end), -1)),
    );
    expect(thirty).toEqual([]);
    expect(more).toEqual(calendar.between(date('2025-02-04'), date('2025-03-05')));
  });

  it('may come in any order, and twice', () => {
    const shuffled = TradingCalendar.of([...loaded, ...loaded].reverse());
    const [from, to] = [date('2025-01-01'), date('2025-12-31')];
    expect(shuffled.between(from, to)).toEqual(TradingCalendar.of(loaded).between(from, to));
  });
});

describe('positions', () => {
  it('count from the day the exchange opened', () => {
    expect(calendar.indexOf(date('1990-12-19'))).toBe(0);
    expect(calendar.indexOf(date('1990-12-24'))).toBe(3);
    expect(codeOf(() => calendar.indexOf(date('2025-10-01')))).toBe('INVALID_DATE');
  });

  it('shift in trading days', () => {
    expect(calendar.shift(date('2025-09-30'), 1)).toBe('2025-10-09');
    expect(calendar.shift(date('2025-10-09'), -2)).toBe('2025-09-29');
    expect(calendar.shift(date('2025-10-09'), 0)).toBe('2025-10-09');
  });

  it('end where the calendar ends', () => {
    expect(codeOf(() => calendar.shift(date('1990-12-20'), -2))).toBe('DATE_BEFORE_DATA');
    expect(codeOf(() => calendar.shift(date('2035-12-31'), 1))).toBe('INVALID_RANGE');
    expect(codeOf(() => calendar.shift(date('2025-10-01'), 1))).toBe('INVALID_DATE');
  });

  it('shift there and back', () => {
    const days = calendar.between(date('2000-01-01'), date('2030-12-31'));
    fc.assert(
      fc.property(fc.nat({ max: days.length - 1 }), fc.integer({ min: -1000, max: 1000 }), (index, n) => {
        const shifted = calendar.shift(days[index], n);
        expect(calendar.indexOf(shifted) - calendar.indexOf(days[index])).toBe(n);
        expect(calendar.shift(shifted, -n)).toBe(days[index]);
      }),
    );
  });
});

describe('the last trading day', () => {
  it('on or before, and strictly before', () => {
    expect(calendar.lastOnOrBefore(date('2025-10-05'))).toBe('2025-09-30');
    expect(calendar.lastOnOrBefore(date('2025-09-30'))).toBe('2025-09-30');
    expect(calendar.before(date('2025-09-30'))).toBe('2025-09-29');
  });

  it('is not invented before the exchange opened', () => {
    expect(calendar.lastOnOrBefore(date('1990-12-19'))).toBe('1990-12-19');
    expect(codeOf(() => calendar.lastOnOrBefore(date('1990-12-18')))).toBe('DATE_BEFORE_DATA');
    expect(codeOf(() => calendar.before(date('1990-12-19')))).toBe('DATE_BEFORE_DATA');
  });

  it('beyond the horizon is the last one of the calendar', () => {
    expect(calendar.lastOnOrBefore(date('2099-01-01'))).toBe('2035-12-31');
    expect(calendar.isTradingDay(date('2036-01-02'))).toBe(false);
  });
});

describe('between', () => {
  it('includes both ends, and is empty the wrong way round', () => {
    expect(calendar.between(date('2025-09-29'), date('2025-10-09'))).toEqual([
      '2025-09-29',
      '2025-09-30',
      '2025-10-09',
    ]);
    expect(calendar.between(date('2025-10-01'), date('2025-10-08'))).toEqual([]);
    expect(calendar.between(date('2025-10-09'), date('2025-09-29'))).toEqual([]);
  });
});

describe('baseOf', () => {
  it.each([
    ['DAY', '2025-11-24', '2025-11-21'],
    ['WEEK', '2025-11-21', '2025-11-14'],
    ['WEEK', '2025-11-17', '2025-11-14'],
    ['WEEK', '2025-11-23', '2025-11-14'],
    ['MONTH', '2025-11-21', '2025-10-31'],
    ['MONTH', '2025-10-09', '2025-09-30'],
    ['YEAR', '2025-11-21', '2024-12-31'],
  ] as const)('%s of %s is %s', (window, day, base) => {
    expect(calendar.baseOf(window, date(day))).toBe(base);
  });

  it.each(['2025-09-29', '2025-09-30', '2025-10-03', '2025-10-09', '2025-10-10', '2025-10-12'])(
    'National Day 2025 is one week: %s counts from 2025-09-26',
    (day) => expect(calendar.baseOf('WEEK', date(day))).toBe('2025-09-26'),
  );

  it('keeps the weeks around a shorter closure apart, as published for May Day 2025', () => {
    expect(calendar.baseOf('WEEK', date('2025-05-09'))).toBe('2025-04-30');
    expect(calendar.baseOf('WEEK', date('2025-04-30'))).toBe('2025-04-25');
  });

  it('skips weeks without trading days', () => {
    expect(calendar.baseOf('WEEK', date('2016-02-15'))).toBe('2016-02-05');
    expect(calendar.baseOf('WEEK', date('2024-02-23'))).toBe('2024-02-08');
    expect(calendar.baseOf('WEEK', date('2026-02-24'))).toBe('2026-02-13');
  });

  it('is not invented before the exchange opened', () => {
    for (const window of ['DAY', 'WEEK', 'MONTH', 'YEAR'] as const)
      expect(codeOf(() => calendar.baseOf(window, date('1990-12-19')))).toBe('DATE_BEFORE_DATA');
    expect(calendar.baseOf('WEEK', date('1990-12-24'))).toBe('1990-12-21');
  });
});

describe('weekEndings', () => {
  it('end a holiday week once, after the holiday', () => {
    expect(calendar.weekEndings(date('2025-09-22'), date('2025-10-17'))).toEqual([
      '2025-09-26',
      '2025-10-10',
      '2025-10-17',
    ]);
    expect(calendar.weekEndings(date('2025-09-30'), date('2025-09-30'))).toEqual([]);
  });

  it('are the bases of the weeks that follow them', () => {
    const endings = calendar.weekEndings(date('2004-01-01'), date('2027-12-31'));
    for (let i = 1; i < endings.length; i++) expect(calendar.baseOf('WEEK', endings[i])).toBe(endings[i - 1]);
  });

  it('hold at most five trading days, and none is left out', () => {
    const endings = calendar.weekEndings(date('2004-01-01'), date('2027-12-31'));
    const lengths = endings.slice(1).map((end, i) => calendar.between(addDays(endings[i], 1), end).length);
    expect(Math.max(...lengths)).toBe(5);
    expect(Math.min(...lengths)).toBeGreaterThan(0);
    const joined = endings.slice(1).filter((end, i) => startOfWeek(calendar.shift(endings[i], 1)) !== startOfWeek(end));
    expect(joined.filter((end) => end >= '2015' && end < '2027')).toEqual([
      ...['2015-02-27', '2015-10-09', '2017-02-03', '2018-02-23', '2019-10-11', '2020-10-09', '2021-02-19'],
      ...['2021-10-08', '2024-10-11', '2025-02-07', '2025-10-10', '2026-10-09'],
    ]);
  });
});
