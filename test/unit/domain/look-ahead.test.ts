import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keepAccount } from '#lundong/domain/accounting.js';
import { benchmarkFills } from '#lundong/domain/benchmark.js';
import { scheduleSelection } from '#lundong/domain/schedule-selection.js';
import { chooseHoldings, equalWeightFills, type SelectionRule } from '#lundong/domain/selection.js';
import { swapSelection } from '#lundong/domain/swap-selection.js';
import { topSelection } from '#lundong/domain/top-selection.js';
import { type Market, marketOf, truncated } from '../../support/market-arbitrary.js';

const DAYS = 250;
const INDUSTRIES = 10;
const LAG = 1;

/** One market of 250 days, made by fast-check from a fixed seed: every run looks at the same one. */
const [market] = fc.sample(
  fc
    .record({
      steps: fc.array(fc.double({ min: -0.05, max: 0.05, noNaN: true }), {
        minLength: DAYS * INDUSTRIES,
        maxLength: DAYS * INDUSTRIES,
        size: 'max',
      }),
      gaps: fc.infiniteStream(fc.nat({ max: 19 })),
    })
    .map(({ steps, gaps }): Market => {
      const levels = new Float64Array(INDUSTRIES).fill(100);
      const rows = Array.from({ length: DAYS }, (_, row) =>
        Array.from(levels, (_, column) => {
          levels[column] *= 1 + steps[row * INDUSTRIES + column];
          return gaps.next().value === 0 && row > 0 ? Number.NaN : levels[column];
        }),
      );
      const momentum = rows.map((row, at) =>
        row.map((close, column) => close / (rows[at - 5]?.[column] ?? Number.NaN)),
      );
      const codes = Array.from({ length: INDUSTRIES }, (_, column) => `I${column}`);
      return marketOf(codes, rows, momentum);
    }),
  { numRuns: 1, seed: 20251121 },
);
const lastRows = fc.sample(fc.integer({ min: 20, max: DAYS - 2 }), { numRuns: 50, seed: 20251121 });

const rules: Record<string, (given: Market) => SelectionRule> = {
  TOP_N: ({ factor }) => topSelection({ factor, size: 3, excluded: ['I4'] }),
  SWAP: ({ factor }) => swapSelection({ factor, size: 3, swapsPerRebalance: 1, excluded: ['I4'] }),
  SCHEDULE: ({ codes, dates }) =>
    scheduleSelection({
      codes,
      dates,
      schedule: Array.from({ length: DAYS / 10 }, (_, i) => ({
        date: market.dates[10 * i],
        industries: [codes[i % 10], codes[(3 * i + 1) % 10], codes[(7 * i + 2) % 10]].filter(
          (code, at, all) => all.indexOf(code) === at,
        ),
      })),
    }),
};

function backtest(given: Market, rule: SelectionRule) {
  const rebalances = given.closes
    .map((_, row) => ({ signal: row, fill: row + LAG }))
    .filter(({ signal, fill }) => signal % 5 === 4 && fill < given.closes.length);
  const fills = equalWeightFills(chooseHoldings(rule, given.prices, rebalances));
  const resets = benchmarkFills(
    given.prices,
    fills.map(({ row }) => row),
  );
  const account = keepAccount(given.prices, fills, 10);
  return { ...account, benchmark: keepAccount(given.prices, resets, 0).netValues };
}

describe('look-ahead', () => {
  it.each(Object.keys(rules))('%s: no value of a day changes when later data do, for 50 days', (name) => {
    const whole = backtest(market, rules[name](market));
    for (const lastRow of lastRows) {
      const known = truncated(market, lastRow);
      const part = backtest(known, rules[name](known));
      const days = lastRow + 1 - whole.firstRow;
      expect(part.firstRow).toBe(whole.firstRow);
      expect(part.netValues).toEqual(whole.netValues.subarray(0, days));
      expect(part.benchmark).toEqual(whole.benchmark.subarray(0, days));
      expect(part.turnovers).toEqual(whole.turnovers.subarray(0, part.turnovers.length));
      expect(part.costs).toEqual(whole.costs.subarray(0, part.costs.length));
    }
  });
});
