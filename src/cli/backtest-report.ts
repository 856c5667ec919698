import { periodEndRows, periodReturns } from '../domain/net-value-series.js';
import type { PerformanceMetrics } from '../domain/performance-metrics.js';
import type { Market } from '../lake/market.js';
import type { PortfolioDefinition } from '../modules/portfolio/portfolio-definition.js';
import type { PortfolioRun } from '../modules/portfolio/portfolio-run.js';

/** What a backtest found, for the terminal. */
export function formatBacktest(definition: PortfolioDefinition, run: PortfolioRun, market: Market): string {
  const { firstDate, lastDate } = run;
  const { series, metrics } = run.performance(firstDate, lastDate);
  const { since, items } = run.holdings(lastDate);
  const [ownNote, ...factorNotes] = run.notes();
  const { rule, size, rebalance, costBps, factor } = definition;
  return [
    `${definition.name}: ${factor === null ? '' : `${factor}, `}${rule}, ${size} industries, ${rebalance}, cost ${costBps} basis points`,
    `${firstDate} … ${lastDate}, ${series.dates.length - 1} trading days; ${ownNote}`,
    `${metrics.convention.compounding}, ${metrics.convention.periodsPerYear} days a year, risk-free ${percent(metrics.convention.riskFreeRate)}, ${metrics.convention.calendar}`,
    ...factorNotes.map((note) => `factor: ${note}`),
    '',
    ...aligned(metricRows(metrics)),
    '',
    ...aligned([
      ['year', 'portfolio', 'benchmark', 'excess'],
      ...periodReturns(series, periodEndRows(market.calendar, series.dates, 'YEAR')).map((year) => [
        year.to.slice(0, 4),
        ...[year.portfolioReturn, year.benchmarkReturn, year.excess].map(percent),
      ]),
    ]),
    '',
    `holdings on ${lastDate}, bought on ${since}`,
    ...items.map(({ code, weight }) => {
      const industry = market.industries.get(code);
      return `  ${code}  ${percent(weight).padStart(8)}  ${industry?.nameZh ?? ''} ${industry?.nameEn ?? ''}`.trimEnd();
    }),
  ].join('\n');
}

function metricRows(metrics: PerformanceMetrics): string[][] {
  const days = [metrics.maxDrawdownFrom, metrics.maxDrawdownTo].filter((day) => day !== null).join(' … ');
  return [
    ['total return', percent(metrics.totalReturn)],
    ['annualized return', percent(metrics.annualizedReturn)],
    ['annualized volatility', percent(metrics.annualizedVolatility)],
    ['Sharpe', ratio(metrics.sharpe)],
    ['Sortino', ratio(metrics.sortino)],
    ['maximum drawdown', percent(metrics.maxDrawdown), days],
    ['recovered on', metrics.recoveredOn ?? '–'],
    ['Calmar', ratio(metrics.calmar)],
    ['tracking error', percent(metrics.trackingError)],
    ['information ratio', ratio(metrics.informationRatio)],
    ['beta', ratio(metrics.beta)],
    ['weeks won', percent(metrics.winRateWeekly)],
    ['months won', percent(metrics.winRateMonthly)],
    ['annual turnover', percent(metrics.annualTurnover)],
  ];
}

/** The first column to the left, numbers to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const width = (column: number): number => Math.max(...rows.map((row) => (row[column] ?? '').length));
  const [first, second, third, fourth] = [width(0), width(1), width(2), width(3)];
  return rows.map(([name = '', a = '', b = '', c = '']) =>
    `  ${name.padEnd(first)}  ${a.padStart(second)}  ${b.padStart(third)}  ${c.padStart(fourth)}`.trimEnd(),
  );
}

function percent(fraction: number | null): string {
  return fraction === null ? '–' : `${(100 * fraction).toFixed(2)} %`;
}

function ratio(value: number | null): string {
  return value === null ? '–' : value.toFixed(2);
}
