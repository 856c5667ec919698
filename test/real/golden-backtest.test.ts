import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Fill, keepAccount } from '#lundong/domain/accounting.js';
import { benchmarkFills } from '#lundong/domain/benchmark.js';
import { periodEndRows } from '#lundong/domain/net-value-series.js';
import { measurePerformance } from '#lundong/domain/performance-metrics.js';
import { createPricePanel } from '#lundong/domain/price-panel.js';
import { chooseHoldings, equalWeightFills } from '#lundong/domain/selection.js';
import { topSelection } from '#lundong/domain/top-selection.js';
import { TradingCalendar } from '#lundong/domain/trading-calendar.js';
import { type CsvPanel, readCsvPanel } from '../support/csv-panel.js';
import { sharedDataAvailable, sharedPath } from '../support/shared-data.js';

interface Golden {
  params: { cost_bps: number; delay: number };
  dates: string[];
  nav: number[];
  returns: number[];
  benchmark_returns: number[];
  turnover: Record<string, number>;
  cost_total: number;
  metrics: Record<string, number>;
}

const FREQUENCIES = ['weekly', 'monthly'];
const VARIANTS = FREQUENCIES.flatMap((frequency) =>
  [0, 10].flatMap((cost) => [0, 1].map((delay) => ({ frequency, cost, delay }))),
);

const golden = (file: string) => sharedPath('reference', 'golden', file);
const sum = (values: Iterable<number>) => Array.from(values).reduce((total, value) => total + value, 0);

// Every figure of the files that the contract has a place for. Left aside: annual_return_arith, volatility_ddof0,
// sharpe_cagr_over_vol, sortino_std_of_negatives, the excess_ and information_ratio_ variants, the drawdowns of relative
// and excess values, and the daily win rates.
describe.skipIf(!sharedDataAvailable('reference', 'golden', 'closes.csv'))('the golden backtests', () => {
  let closes: CsvPanel;
  let factor: CsvPanel;

  beforeAll(() => {
    closes = readCsvPanel(golden('closes.csv'));
    factor = readCsvPanel(golden('factor.csv'));
  });

  /** The target weights as fills `delay` rows later; those that would fall behind the last row are none. */
  function readFills(frequency: string, delay: number): Fill[] {
    const { dates, codes, values } = readCsvPanel(golden(`weights_${frequency}.csv`));
    return dates
      .map((date, index): Fill => {
        const weights = values.subarray(index * codes.length, (index + 1) * codes.length);
        const columns = codes.map((_, column) => column).filter((column) => weights[column] > 0);
        return { row: closes.dates.indexOf(date) + delay, columns, weights: columns.map((column) => weights[column]) };
      })
      .filter(({ row }) => row < closes.dates.length);
  }

  it.each(VARIANTS)('$frequency, $cost basis points, $delay days late: agree to 1e-9', ({ frequency, cost, delay }) => {
    const expected: Golden = JSON.parse(
      readFileSync(golden(`backtest_${frequency}_cost${cost}_delay${delay}.json`), 'utf8'),
    );
    const prices = createPricePanel(closes.values, closes.codes.length);
    const fills = readFills(frequency, delay);
    const account = keepAccount(prices, fills, cost);
    const resets = benchmarkFills(
      prices,
      fills.map(({ row }) => row),
    );
    const benchmark = keepAccount(prices, resets, 0).netValues;
    const dates = closes.dates.slice(account.firstRow);
    const calendar = TradingCalendar.of(closes.dates);
    const series = { dates, portfolio: account.netValues, benchmark };
    const metrics = measurePerformance({
      series,
      turnovers: account.turnovers.subarray(1),
      weekEnds: periodEndRows(calendar, dates, 'WEEK'),
      monthEnds: periodEndRows(calendar, dates, 'MONTH'),
      convention: { compounding: 'GEOMETRIC', periodsPerYear: 252, riskFreeRate: 0.02, calendar: 'weekdays' },
    });
    const ofBenchmark = measurePerformance({
      series: { ...series, portfolio: benchmark },
      turnovers: [],
      weekEnds: [],
      monthEnds: [],
      convention: metrics.convention,
    });

    const theirs = expected.metrics;
    const figures: [string, number | null, number][] = [
      ['days', dates.length - 1, theirs.n],
      ['total return', metrics.totalReturn, theirs.total_return],
      ['annual return', metrics.annualizedReturn, theirs.annual_return],
      ['volatility', metrics.annualizedVolatility, theirs.volatility],
      ['Sharpe', metrics.sharpe, theirs.sharpe],
      ['Sortino', metrics.sortino, theirs.sortino],
      ['maximum drawdown', metrics.maxDrawdown, theirs.max_drawdown],
      ['Calmar', metrics.calmar, theirs.calmar],
      ['tracking error', metrics.trackingError, theirs.tracking_error],
      ['information ratio', metrics.informationRatio, theirs.information_ratio],
      ['annual turnover', metrics.annualTurnover, theirs.turnover_annual],
      ['benchmark annual return', ofBenchmark.annualizedReturn, theirs.benchmark_annual_return],
      ['mean turnover', sum(account.turnovers.subarray(1)) / (fills.length - 1), theirs.turnover_mean_per_rebalance],
      ['cost', sum(account.costs), expected.cost_total],
      ...expected.nav.map((value, i): [string, number, number] => [
        `net value ${dates[i]}`,
        account.netValues[i],
        value,
      ]),
      ...expected.returns
        .slice(1)
        .map((value, i): [string, number, number] => [
          `growth ${dates[i + 1]}`,
          account.netValues[i + 1] / account.netValues[i],
          1 + value,
        ]),
      ...expected.benchmark_returns
        .slice(1)
        .map((value, i): [string, number, number] => [
          `benchmark growth ${dates[i + 1]}`,
          benchmark[i + 1] / benchmark[i],
          1 + value,
        ]),
      ...fills.map(({ row }, i): [string, number, number] => [
        `turnover ${closes.dates[row]}`,
        account.turnovers[i],
        expected.turnover[closes.dates[row]],
      ]),
    ];
    expect(dates).toEqual(expected.dates);
    expect(Object.keys(expected.turnover).length).toBe(fills.length);
    const deviations = figures.map(([name, ours, reference]) => ({
      name,
      deviation: Math.abs((ours ?? Number.NaN) - reference) / (Math.abs(reference) || 1),
    }));
    expect(deviations.filter(({ deviation }) => !(deviation < 1e-9))).toEqual([]);
    const largest = deviations.reduce((a, b) => (b.deviation > a.deviation ? b : a));
    console.log(`${frequency} ${cost} bp, delay ${delay}: ${largest.deviation.toExponential(1)} (${largest.name})`);
  });

  it.each(FREQUENCIES)('hold the six that TOP_N chooses from the golden factor, %s', (frequency) => {
    const prices = createPricePanel(closes.values, closes.codes.length);
    const given = readFills(frequency, 0);
    const rule = topSelection({ factor, size: 6 });
    const rebalances = given.map(({ row }) => ({ signal: row, fill: row }));
    expect(equalWeightFills(chooseHoldings(rule, prices, rebalances))).toEqual(given);
  });
});
