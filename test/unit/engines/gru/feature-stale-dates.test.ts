import { describe, expect, it } from 'vitest';
import type { LocalDate } from '#lundong/domain/local-date.js';
import { TradingCalendar } from '#lundong/domain/trading-calendar.js';
import { featureStaleDates } from '#lundong/engines/gru/feature-stale-dates.js';

const calendar = TradingCalendar.of([]);
const date = (text: string): LocalDate => text as LocalDate;
const bars = { dataset: 'minute_bar', source: 'test', adjustment: 'none', barMinutes: 15 } as const;
const closes = { dataset: 'stock_daily', source: 'test', adjustment: 'qfq', barMinutes: null } as const;
const touchedReferences = async () => [];

describe('the dates that a change reaches through windows and look-backs', () => {
  it('of bars: 60 trading days from each, joined where they meet', () => {
    const dates = [date('2024-01-02'), date('2024-01-03'), date('2024-09-02')];
    expect(featureStaleDates({ kind: 'bars', series: bars, seriesId: 1, dates }, calendar)).toEqual([
      { from: '2024-01-02', to: calendar.shift(date('2024-01-03'), 59) },
      { from: '2024-09-02', to: calendar.shift(date('2024-09-02'), 59) },
    ]);
  });

  it('of adjusted closes of stocks: 50 trading days', () => {
    const dates = [date('2024-01-02')];
    const change = { kind: 'closes', series: closes, dates, touchedReferences } as const;
    expect(featureStaleDates(change, calendar)).toEqual([
      { from: '2024-01-02', to: calendar.shift(date('2024-01-02'), 49) },
    ]);
    const others = [
      { ...closes, adjustment: 'none' },
      { ...closes, dataset: 'index_daily' },
    ] as const;
    for (const series of others) expect(featureStaleDates({ ...change, series }, calendar)).toEqual([]);
  });

  it('of the calendar: everything from its first difference; of members: nothing', () => {
    expect(featureStaleDates({ kind: 'calendar', from: date('2024-05-06') }, calendar)).toEqual([
      { from: '2024-05-06', to: null },
    ]);
    expect(
      featureStaleDates({ kind: 'members', scheme: 'SW_L1', from: date('2024-05-06'), to: null }, calendar),
    ).toEqual([]);
  });
});
