import { describe, expect, it } from 'vitest';
import type { LocalDate } from '#lundong/domain/local-date.js';
import { bySeriesPreference, describeSeries, firstSeriesWith } from '#lundong/domain/price-series.js';

describe('price series', () => {
  it('are asked by adjustment, then by first import', () => {
    const series = [
      { id: 1, adjustment: 'none' },
      { id: 2, adjustment: 'qfq' },
      { id: 4, adjustment: 'hfq' },
      { id: 3, adjustment: 'hfq' },
      { id: 5, adjustment: 'none' },
    ] as const;
    expect([...series].sort(bySeriesPreference).map(({ id }) => id)).toEqual([3, 4, 2, 1, 5]);
  });

  it('the first that has every date serves alone', () => {
    const having = (name: string, ...dates: string[]) => ({ name, has: (date: LocalDate) => dates.includes(date) });
    const [a, b] = [having('a', '2024-01-02', '2024-01-03'), having('b', '2024-01-03', '2024-01-04')];
    const find = (...dates: string[]) => firstSeriesWith([a, b], dates as LocalDate[])?.name ?? null;
    expect(find('2024-01-03')).toBe('a');
    expect(find('2024-01-03', '2024-01-04')).toBe('b');
    expect(find('2024-01-02', '2024-01-04')).toBeNull();
    expect(find()).toBe('a');
  });

  it.each([
    [null, 'stock_daily of source "tushare", adjustment hfq'],
    [5, 'stock_daily (5 min) of source "tushare", adjustment hfq'],
  ] as const)('are called by data set, length of bars (%s), source and adjustment', (barMinutes, called) => {
    expect(describeSeries({ dataset: 'stock_daily', source: 'tushare', adjustment: 'hfq', barMinutes })).toBe(called);
  });
});
