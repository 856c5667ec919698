import { describe, expect, it } from 'vitest';
import { toDayNumber } from '#lundong/domain/local-date.js';
import { DailyPanel } from '#lundong/lake/daily-panel.js';
import { wholeMarket } from '#lundong/lake/margin-market.js';

const DAYS = ['2024-01-02', '2024-01-03', '2024-01-04'].map((date) => toDayNumber(date as never));

/** Balances by code, a value per day; undefined = none. */
function balances(byCode: Record<string, (number | undefined)[]>, figure = 'financing_balance'): number[] {
  const codes = Object.keys(byCode).sort();
  const matrix = Float64Array.from(DAYS.flatMap((_, day) => codes.map((code) => byCode[code]?.[day] ?? Number.NaN)));
  return [...wholeMarket(new DailyPanel(Int32Array.from(DAYS), codes, new Map([[figure, matrix]])), figure)];
}

describe('the whole market', () => {
  it('is what the series says of all exchanges together, though it has them apart as well', () => {
    expect(balances({ ALL: [10, 11, 12], SSE: [1, 2, 3], SZSE: [1, 1, 1] })).toEqual([10, 11, 12]);
  });

  it('is the sum of Shanghai and Shenzhen, and of Beijing from its first figure on', () => {
    expect(balances({ SSE: [100, 200, 300], SZSE: [10, 20, 30] })).toEqual([110, 220, 330]);
    expect(balances({ BSE: [undefined, 1, 2], SSE: [100, 200, 300], SZSE: [10, 20, 30] })).toEqual([110, 221, 332]);
  });

  it('is not known where an exchange that should count has no figure', () => {
    expect(balances({ SSE: [100, 200, 300], SZSE: [10, undefined, 30] })).toEqual([110, Number.NaN, 330]);
    expect(balances({ BSE: [1, undefined, 2], SSE: [1, 2, 3], SZSE: [1, 1, 1] })).toEqual([3, Number.NaN, 6]);
    expect(balances({ SSE: [1, 2, 3] })).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });

  it('has no ratio but that of all together', () => {
    expect(balances({ SSE: [2, 2, 2], SZSE: [3, 3, 3] }, 'maintenance_ratio')).toEqual([
      Number.NaN,
      Number.NaN,
      Number.NaN,
    ]);
    expect(balances({ ALL: [2.5, 2.6, 2.7] }, 'maintenance_ratio')).toEqual([2.5, 2.6, 2.7]);
  });
});
