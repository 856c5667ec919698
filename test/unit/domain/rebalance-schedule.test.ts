import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromDayNumber, type LocalDate, toDayNumber } from '#lundong/domain/local-date.js';
import { monthEndings, type RebalanceScheduleInput, rebalanceSchedule } from '#lundong/domain/rebalance-schedule.js';
import { TradingCalendar } from '#lundong/domain/trading-calendar.js';
import { errorCodeOf } from '../../support/error-code.js';

const date = (text: string) => text as LocalDate;
const calendar = TradingCalendar.of([]);

function schedule(change: Partial<RebalanceScheduleInput>) {
  return rebalanceSchedule({
    calendar,
    frequency: 'WEEKLY',
    from: date('2025-09-20'),
    to: date('2025-10-31'),
    lagDays: 0,
    ...change,
  });
}

const signals = (change: Partial<RebalanceScheduleInput>) => schedule(change).map(({ signal }) => signal);

describe('rebalanceSchedule', () => {
  it('has one rebalance a week, the National Day weeks of 2025 being one', () => {
    expect(signals({})).toEqual(['2025-09-26', '2025-10-10', '2025-10-17', '2025-10-24', '2025-10-31']);
  });

  it('has one rebalance a month', () => {
    expect(signals({ frequency: 'MONTHLY' })).toEqual(['2025-09-30', '2025-10-31']);
    expect(signals({ frequency: 'MONTHLY', from: date('2025-01-01'), to: date('2025-02-28') })).toEqual([
      '2025-01-27', // Spring Festival from the 28th
      '2025-02-28',
    ]);
  });

  it('gives nothing for a period that is still open at the end', () => {
    expect(signals({ to: date('2025-10-30') }).at(-1)).toBe('2025-10-24');
    expect(signals({ frequency: 'MONTHLY', to: date('2025-10-30') })).toEqual(['2025-09-30']);
  });

  it('lets the lag move the fill and not the signal, and leaves out fills after the end', () => {
    expect(schedule({ lagDays: 1 })).toEqual([
      { signal: '2025-09-26', fill: '2025-09-29' },
      { signal: '2025-10-10', fill: '2025-10-13' },
      { signal: '2025-10-17', fill: '2025-10-20' },
      { signal: '2025-10-24', fill: '2025-10-27' },
    ]);
    expect(schedule({ frequency: 'MONTHLY', lagDays: 3 })).toEqual([{ signal: '2025-09-30', fill: '2025-10-13' }]);
  });

  it('takes in extra signals of the range, each date once', () => {
    const extraSignals = ['2025-10-31', '2025-10-15', '2025-08-15'].map(date);
    expect(signals({ frequency: 'MONTHLY', extraSignals })).toEqual(['2025-09-30', '2025-10-15', '2025-10-31']);
  });

  it('refuses what makes no sense', () => {
    expect(errorCodeOf(() => schedule({ to: date('2025-09-19') }))).toBe('INVALID_RANGE');
    expect(errorCodeOf(() => schedule({ lagDays: -1 }))).toBe('INVALID_ARGUMENT');
    expect(errorCodeOf(() => schedule({ lagDays: 0.5 }))).toBe('INVALID_ARGUMENT');
    expect(errorCodeOf(() => schedule({ extraSignals: [date('2025-10-01')] }))).toBe('INVALID_DATE');
  });

  it('ends a month where the next trading day lies in another, for any range', () => {
    const anyDay = fc.integer({ min: toDayNumber(date('2006-01-01')), max: toDayNumber(date('2026-12-31')) });
    fc.assert(
      fc.property(anyDay, fc.nat({ max: 400 }), (start, length) => {
        const [from, to] = [fromDayNumber(start), fromDayNumber(start + length)];
        const literal = calendar
          .between(from, to)
          .filter((day) => calendar.shift(day, 1).slice(0, 7) !== day.slice(0, 7));
        expect(monthEndings(calendar, from, to)).toEqual(literal);
      }),
      { numRuns: 50 },
    );
  });

  it('ends the last month of the calendar on its last day', () => {
    expect(monthEndings(calendar, date('2035-12-01'), date('2035-12-31')).length).toBe(1);
  });
});
