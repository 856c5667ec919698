import { describe, expect, it } from 'vitest';
import type { LocalDate } from '#lundong/domain/local-date.js';
import { type NetValueSeries, periodEndRows, periodReturns, rowOnOrBefore } from '#lundong/domain/net-value-series.js';
import { periodTable } from '#lundong/domain/period-table.js';
import { TradingCalendar } from '#lundong/domain/trading-calendar.js';
import { errorCodeOf } from '../../support/error-code.js';

const date = (text: string) => text as LocalDate;
const calendar = TradingCalendar.of([]);

/** A value for every trading day of the range, of a day's number in it. */
function seriesOf(from: string, to: string, portfolio: (day: number) => number, benchmark: (day: number) => number) {
  const dates = calendar.between(date(from), date(to));
  const values = (of: (day: number) => number) => Float64Array.from(dates, (_, day) => of(day));
  return { dates, portfolio: values(portfolio), benchmark: values(benchmark) } satisfies NetValueSeries;
}

describe('periodTable', () => {
  const series = seriesOf(
    '2024-12-31',
    '2025-11-28',
    (day) => 1 + day / 100,
    (day) => 1 + day / 200,
  );
  const valueOn = (values: Float64Array, on: string) => values[series.dates.indexOf(date(on))];

  it('measures the week, the month and the year from the last trading day before each', () => {
    const table = periodTable(series, calendar, date('2025-11-21'));
    const growth = (base: string) =>
      [series.portfolio, series.benchmark].map((values) => valueOn(values, '2025-11-21') / valueOn(values, base));
    const [week, month, year] = ['2025-11-14', '2025-10-31', '2024-12-31'].map(growth);
    expect(table).toEqual({
      weekEnding: '2025-11-21',
      weekReturn: week[0] - 1,
      benchmarkWeekReturn: week[1] - 1,
      weekExcess: week[0] - week[1],
      monthReturn: month[0] - 1,
      monthExcess: month[0] - month[1],
      yearReturn: year[0] - 1,
      yearExcess: year[0] - year[1],
    });
  });

  it('takes the National Day weeks for one', () => {
    const { weekReturn } = periodTable(series, calendar, date('2025-10-10'));
    expect(weekReturn).toBe(valueOn(series.portfolio, '2025-10-10') / valueOn(series.portfolio, '2025-09-26') - 1);
  });

  it('measures from the first net value where the portfolio began after the base', () => {
    const late = seriesOf(
      '2025-11-19',
      '2025-11-21',
      (day) => 2 + day,
      () => 1,
    );
    const { weekReturn, monthReturn, yearReturn } = periodTable(late, calendar, date('2025-11-21'));
    expect([weekReturn, monthReturn, yearReturn]).toEqual([1, 1, 1]);
    const first = periodTable(late, calendar, date('2025-11-19'));
    expect([first.weekReturn, first.monthExcess, first.yearReturn]).toEqual([0, 0, 0]);
  });

  it('refuses days that the series does not have', () => {
    expect(errorCodeOf(() => periodTable(series, calendar, date('2024-12-30')))).toBe('DATE_BEFORE_DATA');
    expect(errorCodeOf(() => periodTable(series, calendar, date('2025-11-22')))).toBe('INVALID_DATE');
    expect(errorCodeOf(() => periodTable(series, calendar, date('2025-12-05')))).toBe('INVALID_DATE');
  });
});

describe('periodReturns', () => {
  const returnsBy = (series: NetValueSeries, period: 'WEEK' | 'MONTH' | 'YEAR') =>
    periodReturns(series, periodEndRows(calendar, series.dates, period));

  it('run from period end to period end; the first from the first net value, the last to the last', () => {
    const series = seriesOf(
      '2024-11-15',
      '2025-02-14',
      (day) => 2 ** day,
      () => 1,
    );
    const months = returnsBy(series, 'MONTH');
    expect(months.map(({ from, to }) => `${from} ${to}`)).toEqual([
      '2024-11-15 2024-11-29',
      '2024-11-29 2024-12-31',
      '2024-12-31 2025-01-27',
      '2025-01-27 2025-02-14',
    ]);
    expect(months[0]).toMatchObject({ portfolioReturn: 2 ** 10 - 1, benchmarkReturn: 0, excess: 2 ** 10 - 1 });
    expect(returnsBy(series, 'YEAR').map(({ to }) => to)).toEqual(['2024-12-31', '2025-02-14']);
  });

  it('have no entry for a period that only the first net value lies in', () => {
    const series = seriesOf(
      '2024-12-31',
      '2025-01-03',
      (day) => 1 + day,
      () => 1,
    );
    for (const period of ['WEEK', 'MONTH', 'YEAR'] as const) {
      const returns = returnsBy(series, period);
      expect(returns.map(({ from, to }) => [from, to])).toEqual([['2024-12-31', '2025-01-03']]);
    }
    expect(
      returnsBy(
        seriesOf(
          '2025-01-03',
          '2025-01-03',
          () => 1,
          () => 1,
        ),
        'WEEK',
      ),
    ).toEqual([]);
  });

  it('by week end on the week endings of the calendar, holiday weeks joined', () => {
    const series = seriesOf(
      '2025-09-19',
      '2025-10-16',
      (day) => 1 + day,
      () => 1,
    );
    expect(returnsBy(series, 'WEEK').map(({ to }) => to)).toEqual(['2025-09-26', '2025-10-10', '2025-10-16']);
  });
});

describe('rowOnOrBefore', () => {
  it('finds the last row that is not later', () => {
    const dates = ['2025-01-02', '2025-01-03', '2025-01-06'].map(date);
    const found = ['2025-01-01', '2025-01-02', '2025-01-05', '2025-01-06', '2026-01-01'].map((day) =>
      rowOnOrBefore(dates, date(day)),
    );
    expect(found).toEqual([-1, 0, 1, 2, 2]);
  });
});
