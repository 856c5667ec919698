import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LocalDate, toDayNumber } from '#lundong/domain/local-date.js';
import { limitPrices } from '#lundong/domain/price-limit.js';
import { TradingCalendar } from '#lundong/domain/trading-calendar.js';
import { DailyPanel } from '#lundong/lake/daily-panel.js';
import { StockSessions, type StockTerms } from '#lundong/modules/market/stock-sessions.js';

const DAYS = TradingCalendar.of([]).between('2025-01-02' as LocalDate, '2025-06-30' as LocalDate);
const STOCK: StockTerms = { board: 'MAIN', riskWarnings: [], listDate: null, sessionsSince: () => 1000 };

interface Day {
  /** Yuan as traded; null = suspended: the source carries the close on, with no volume. */
  readonly close: number | null;
  /** Adjusted over traded price; 1 unless told. */
  readonly factor?: number;
}

/** One stock's days; adjusted prices are in cents, as vendors have them, or left out. */
function sessionsOf(days: readonly Day[], adjusted: 'in cents' | 'none' = 'in cents'): StockSessions {
  const numbers = Int32Array.from(DAYS.slice(0, days.length), toDayNumber);
  let last = Number.NaN;
  const closes = days.map(({ close }) => {
    last = close ?? last;
    return last;
  });
  const panel = (figures: Record<string, number[]>) =>
    new DailyPanel(
      numbers,
      ['600001.SH'],
      new Map(Object.entries(figures).map(([name, values]) => [name, Float64Array.from(values)])),
    );
  const inCents = (price: number): number => Math.round(100 * price) / 100;
  return new StockSessions(
    panel({ close: closes, volume: days.map(({ close }) => (close === null ? 0 : 1000)) }),
    adjusted === 'none'
      ? null
      : panel({ close: closes.map((close, day) => inCents(close * (days[day]?.factor ?? 1))) }),
  );
}

/** The flag of each day. */
const flagsOf = (sessions: StockSessions, days: number): number[] =>
  Array.from({ length: days }, (_, row) => (Number.isNaN(sessions.close(row, 0)) ? 0 : sessions.flag(STOCK, row, 0)));

describe('days at the limit', () => {
  it('count up and down by themselves, and pass over days without trading', () => {
    const closes = [10, 11, null, null, 12.1, 12.2, 10.98, 9.88, 10.87];
    const sessions = sessionsOf(closes.map((close) => ({ close })));
    expect(flagsOf(sessions, closes.length)).toEqual([0, 1, 0, 0, 1, 0, -1, -1, 1]);
    expect([sessions.streak(STOCK, 1, 1, 0), sessions.streak(STOCK, 1, 4, 0)]).toEqual([1, 2]);
    expect([sessions.streak(STOCK, -1, 7, 0), sessions.streak(STOCK, 1, 8, 0)]).toEqual([2, 1]);
  });

  it('go on across an ex-right day, whose reference is less the right', () => {
    // Ten for ten: 11.00 becomes 5.50, and its limit 6.05.
    const sessions = sessionsOf([{ close: 10 }, { close: 11 }, { close: 6.05, factor: 2 }]);
    expect(sessions.base(STOCK, 2, 0)).toEqual({ reference: 5.5, percent: 10 });
    expect(sessions.streak(STOCK, 1, 2, 0)).toBe(2);
  });

  it('end with a session that has no limit', () => {
    const listed = { ...STOCK, listDate: DAYS[0] as LocalDate };
    const bySession = (date: LocalDate): number => DAYS.indexOf(date) + 1;
    const fresh = { ...listed, sessionsSince: (_: LocalDate, date: LocalDate) => bySession(date) };
    const closes = [10, 11, 12.1, 13.31, 14.64, 16.1, 17.71];
    const sessions = sessionsOf(closes.map((close) => ({ close })));
    // Five free sessions under registration: the sixth and seventh are limit-ups.
    expect(sessions.streak(fresh, 1, 6, 0)).toBe(2);
    expect(sessions.flag(fresh, 4, 0)).toBe(0);
  });

  it('count the sessions since the last other one, literally; suspensions change nothing', () => {
    const kind = fc.constantFrom('up', 'down', 'other', 'closed');
    fc.assert(
      fc.property(fc.array(kind, { maxLength: 25 }), fc.integer({ min: 300, max: 9000 }), (kinds, cents) => {
        let price = cents;
        const days = kinds.map((each): Day => {
          if (each === 'closed') return { close: null };
          const { up, down } = limitPrices('MAIN', price, 10);
          price = { up, down, other: price }[each];
          return { close: price / 100 };
        });
        const sessions = sessionsOf([{ close: cents / 100 }, ...days], 'none');
        kinds.forEach((each, at) => {
          const flag = each === 'up' ? 1 : each === 'down' ? -1 : 0;
          expect(flagsOf(sessions, kinds.length + 1)[at + 1]).toBe(flag);
          if (flag === 0) return;
          const known = kinds.slice(0, at + 1).filter((one) => one !== 'closed');
          const length = known.length - 1 - known.findLastIndex((one) => one !== each);
          expect(sessions.streak(STOCK, flag, at + 1, 0)).toBe(length);
        });
      }),
      { numRuns: 50 },
    );
  });
});

describe('rights told by adjusted prices in cents', () => {
  it('are not made of the cents of small forward-adjusted prices', () => {
    // A tenth of the traded price: 10.03 and 11.03 for 10.030 and 11.033.
    const sessions = sessionsOf([
      { close: 100.3, factor: 0.1 },
      { close: 110.33, factor: 0.1 },
    ]);
    expect(sessions.base(STOCK, 1, 0).reference).toBe(100.3);
    expect(sessions.flag(STOCK, 1, 0)).toBe(1);
  });

  it('are found where backward-adjusted prices are exact enough, however small the traded ones', () => {
    // 0.016 yuan paid on 2.50 leave 2.48, whose limit is 2.73.
    const sessions = sessionsOf([
      { close: 2.5, factor: 10 },
      { close: 2.73, factor: 10 / 0.9936 },
    ]);
    expect(sessions.base(STOCK, 1, 0).reference).toBe(2.48);
    expect(sessions.flag(STOCK, 1, 0)).toBe(1);
  });
});
