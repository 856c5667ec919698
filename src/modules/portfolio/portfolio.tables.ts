import type { LocalDate } from '../../domain/local-date.js';
import { type NetValueSeries, type PeriodReturn, periodEndRows, periodReturns } from '../../domain/net-value-series.js';
import type { TradingCalendar } from '../../domain/trading-calendar.js';
import { makeTable, type TableType } from '../../graphql/types/table.type.js';

/** Net values and periods as tables: columns for charts and BI. */

interface Origin {
  readonly dataVersion: number;
  readonly notes?: readonly string[];
}

/** Columns `date`, `portfolio`, `benchmark`, `excess`, `drawdown`; net values as given. */
export function navTable({ dates, portfolio, benchmark }: NetValueSeries, origin: Origin): TableType {
  const values = Array.from(portfolio);
  let peak = Number.NEGATIVE_INFINITY;
  const drawdown = values.map((value) => {
    peak = Math.max(peak, value);
    return value / peak - 1;
  });
  const excess = values.map((value, row) => value - (benchmark[row] as number));
  return makeTable(
    [
      { name: 'date', type: 'LocalDate', unit: null, description: 'Trading day.', values: dates },
      { name: 'portfolio', type: 'Float', unit: 'net value', description: 'Net value of the portfolio.', values },
      {
        name: 'benchmark',
        type: 'Float',
        unit: 'net value',
        description: 'Net value of the benchmark.',
        values: Array.from(benchmark),
      },
      { name: 'excess', type: 'Float', unit: 'net value', description: 'portfolio − benchmark.', values: excess },
      {
        name: 'drawdown',
        type: 'Float',
        unit: 'fraction',
        description: 'Below the highest net value so far.',
        values: drawdown,
      },
    ],
    { ...origin, asOf: dates.at(-1) ?? null },
  );
}

/** Columns `year` or `month`, `portfolio`, `benchmark`, `excess`. */
export function periodsTable(
  series: NetValueSeries,
  calendar: TradingCalendar,
  period: 'YEAR' | 'MONTH',
  origin: Origin,
): TableType {
  const periods = periodReturns(series, periodEndRows(calendar, series.dates, period));
  return tableOfPeriods(periods, period, { ...origin, asOf: series.dates.at(-1) ?? null });
}

/** The same of periods that are known already. */
export function tableOfPeriods(
  periods: readonly PeriodReturn[],
  period: 'YEAR' | 'MONTH',
  origin: Origin & { readonly asOf: LocalDate | null },
): TableType {
  const name = period === 'YEAR' ? 'year' : 'month';
  const label = ({ to }: PeriodReturn): string => (to as LocalDate).slice(0, period === 'YEAR' ? 4 : 7);
  const column = (key: 'portfolioReturn' | 'benchmarkReturn' | 'excess', title: string, description: string) => ({
    name: title,
    type: 'Float',
    unit: 'fraction',
    description,
    values: periods.map((one) => one[key]),
  });
  return makeTable(
    [
      {
        name,
        type: 'String',
        unit: null,
        description: `The ${name}; the first and last may be incomplete.`,
        values: periods.map(label),
      },
      column('portfolioReturn', 'portfolio', 'Return of the portfolio.'),
      column('benchmarkReturn', 'benchmark', 'Return of the benchmark.'),
      column('excess', 'excess', 'portfolio − benchmark.'),
    ],
    origin,
  );
}
