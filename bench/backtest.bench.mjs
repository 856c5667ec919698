// Backtests on a warm factor panel, against the same rules written plainly; one machine, one run, side by side.
import { fileURLToPath } from 'node:url';
import { keepAccount } from '../dist/src/domain/accounting.js';
import { benchmarkFills } from '../dist/src/domain/benchmark.js';
import { measurePerformance } from '../dist/src/domain/performance-metrics.js';
import { createPricePanel } from '../dist/src/domain/price-panel.js';
import { chooseHoldings, equalWeightFills } from '../dist/src/domain/selection.js';
import { topSelection } from '../dist/src/domain/top-selection.js';
import { Benchmarks } from '../dist/src/modules/portfolio/benchmarks.js';
import { createRandom, medians, timed } from './measure.mjs';

const DAYS = 2430; // ten years
const INDUSTRIES = 30;
const SIZE = 6;
const COST_BPS = 10;
const LOOKBACKS = [20, 40, 60, 80, 100, 120, 160, 200, 220, 250];
const SIZES = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15];
const ROUNDS = 31;
const BATCH = 20;

function createMarket() {
  const random = createRandom(20251121);
  const codes = Array.from({ length: INDUSTRIES }, (_, index) => `CI0050${String(index + 1).padStart(2, '0')}`);
  const closes = new Float64Array(DAYS * INDUSTRIES);
  for (let i = 0; i < closes.length; i++) {
    closes[i] = (i < INDUSTRIES ? 1000 : closes[i - INDUSTRIES]) * (1 + 0.03 * (random() - 0.499));
  }
  const factors = LOOKBACKS.map((lookback) => ({
    codes,
    values: closes.map((close, i) => close / (closes[i - lookback * INDUSTRIES] ?? Number.NaN) - 1),
  }));
  const rows = Array.from({ length: Math.floor(DAYS / 5) }, (_, week) => 5 * week + 4);
  return { codes, closes, factors, rows, rebalances: rows.map((row) => ({ signal: row, fill: row })) };
}

/** The same portfolio by sorting whole rows and keeping dense books; the cost by repetition. */
function plainBacktest({ codes, closes, rows }, factor, size) {
  const rebalances = new Set(rows);
  const closeAt = (row, column) => closes[row * codes.length + column];
  const netValues = [];
  let holdings = null;
  for (let row = 0; row < DAYS; row++) {
    let value = holdings ? holdings.reduce((sum, shares, column) => sum + shares * closeAt(row, column), 0) : 1;
    const ranked = rebalances.has(row)
      ? codes
          .map((code, column) => ({ code, column, value: factor.values[row * codes.length + column] }))
          .filter((each) => !Number.isNaN(each.value))
          .sort((a, b) => b.value - a.value || (a.code < b.code ? -1 : 1))
      : [];
    if (ranked.length > 0) {
      const top = new Set(ranked.slice(0, size).map(({ column }) => column));
      const worths = codes.map((_, column) => (holdings ? holdings[column] * closeAt(row, column) : 0));
      const weights = codes.map((_, column) => (top.has(column) ? 1 / size : 0));
      const before = value;
      for (let step = 0; step < 6; step++) {
        const traded = weights.reduce((sum, weight, column) => sum + Math.abs(weight * value - worths[column]), 0);
        value = before - (COST_BPS / 10_000) * traded;
      }
      holdings = weights.map((weight, column) => (weight * value) / closeAt(row, column));
    }
    if (holdings) netValues.push(value);
  }
  return netValues;
}

/** @returns rows of { name, ms, fasterThanPlain } */
export async function run() {
  const market = createMarket();
  const { closes, factors, rebalances } = market;
  const prices = createPricePanel(closes, INDUSTRIES);
  const fillsOf = (factor, size) =>
    equalWeightFills(chooseHoldings(topSelection({ factor, size }), prices, rebalances));
  const backtest = (factor, size) => keepAccount(prices, fillsOf(factor, size), COST_BPS);
  const factor = factors[0];
  const fills = fillsOf(factor, SIZE);
  const account = keepAccount(prices, fills, COST_BPS);
  const fillRows = fills.map(({ row }) => row);
  const benchmark = () => keepAccount(prices, benchmarkFills(prices, fillRows), 0);
  const days = Array.from({ length: DAYS }, (_, row) => `day ${row}`);
  const measure = ({ netValues, turnovers, firstRow }, series) => {
    const weekEnds = market.rows.filter((row) => row >= firstRow).map((row) => row - firstRow);
    return measurePerformance({
      series: { dates: days.slice(firstRow), portfolio: netValues, benchmark: series },
      turnovers: turnovers.subarray(1),
      weekEnds,
      monthEnds: weekEnds.filter((_, week) => week % 4 === 3),
    });
  };
  const marketValues = benchmark().netValues;
  const sweep = (task) => {
    for (const each of factors) for (const size of SIZES) task(each, size);
  };

  /** As a worker does it: the benchmark once per first purchase, the metrics each time. */
  const wholeSweep = () => {
    const benchmarks = new Benchmarks(prices);
    sweep((each, size) => {
      const bought = fillsOf(each, size);
      const series = benchmarks.netValues(bought.map(({ row }) => row));
      measure(keepAccount(prices, bought, COST_BPS), series);
    });
  };

  const plain = plainBacktest(market, factor, SIZE);
  const worst = Math.max(...plain.map((value, i) => Math.abs(value / account.netValues[i] - 1)));
  if (plain.length !== account.netValues.length || !(worst < 1e-9)) throw new Error(`the two differ by ${worst}`);

  const combinations = LOOKBACKS.length * SIZES.length;
  const [single, plainSingle, ...others] = medians(
    [
      { name: 'backtest, selection included', repeat: BATCH, run: () => backtest(factor, SIZE) },
      { name: 'plain backtest', run: () => plainBacktest(market, factor, SIZE) },
      { name: 'of it: selection', repeat: BATCH, run: () => fillsOf(factor, SIZE) },
      { name: 'of it: accounting', repeat: BATCH, run: () => keepAccount(prices, fills, COST_BPS) },
      { name: 'benchmark, once per schedule', repeat: BATCH, run: benchmark },
      { name: 'metrics', repeat: BATCH, run: () => measure(account, marketValues) },
      { name: `sweep of ${combinations}, ranking included`, run: () => sweep(backtest) },
      { name: 'the same, benchmark and metrics included', run: wholeSweep },
    ],
    ROUNDS,
    3,
  );
  const plainSweep = {
    name: `plain sweep of ${combinations}`,
    ms: timed(() => sweep((each, size) => plainBacktest(market, each, size))),
  };

  const compared = new Map([
    [single, plainSingle],
    [others.at(-2), plainSweep],
  ]);
  const rows = [single, plainSingle, ...others, plainSweep].map((row) => ({
    name: row.name,
    ms: Number(row.ms.toFixed(3)),
    fasterThanPlain: compared.has(row) ? Number((compared.get(row).ms / row.ms).toFixed(1)) : null,
  }));
  console.log(`Backtests: ${DAYS} days, ${INDUSTRIES} industries, weekly, top ${SIZE}, ${COST_BPS} basis points`);
  console.table(rows);
  return rows;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await run();
