import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Fill, keepAccount, positionsAt } from '#lundong/domain/accounting.js';
import { benchmarkFills } from '#lundong/domain/benchmark.js';
import { equalWeightFill } from '#lundong/domain/equal-weight.js';
import { createPricePanel, type PricePanel } from '#lundong/domain/price-panel.js';
import { chooseHoldings, equalWeightFills } from '#lundong/domain/selection.js';
import { topSelection } from '#lundong/domain/top-selection.js';
import { valueAfterCost } from '#lundong/domain/transaction-cost.js';
import { accountReference, carriedClose, tradedAmount } from '../../support/backtest-reference.js';
import { errorCodeOf } from '../../support/error-code.js';
import { anyMarket } from '../../support/market-arbitrary.js';

const gap = Number.NaN;

function panel(...rows: number[][]): PricePanel {
  return createPricePanel(Float64Array.from(rows.flat()), rows[0].length);
}

function expectClose(actual: ArrayLike<number>, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(Math.abs(actual[i] - value), `${i}: ${actual[i]} for ${value}`).toBeLessThanOrEqual(
      1e-12 * Math.max(1, value),
    );
  });
}

/** A market without gaps on its first row, and fills of random weights from that row on. */
const anyBook = anyMarket({ gapsFirst: false }).chain((market) =>
  fc
    .record({
      market: fc.constant(market),
      rows: fc.subarray(
        market.closes.map((_, row) => row),
        { minLength: 1 },
      ),
      draws: fc.infiniteStream(fc.nat({ max: 5 })),
      costBps: fc.constantFrom(0, 10, 250, 9000),
    })
    .map(({ market, rows, draws, costBps }) => {
      const fills = rows.map((row): Fill => {
        const parts = market.codes.map(() => draws.next().value);
        const cash = draws.next().value;
        const total = parts.reduce((sum, part) => sum + part, cash) || 1;
        const columns = market.codes.map((_, column) => column).filter((column) => parts[column] > 0);
        return { row, columns, weights: columns.map((column) => parts[column] / total) };
      });
      return { market, fills, costBps };
    }),
);

describe('createPricePanel', () => {
  it('carries the last close over gaps, and has none before the first', () => {
    const prices = panel([gap, 1], [2, 0], [gap, gap], [3, -1]);
    expect(prices.rows).toBe(4);
    expect([...prices.carried]).toEqual([gap, 1, 2, 1, 2, 1, 3, 1]);
    expect(() => createPricePanel(new Float64Array(5), 2)).toThrow(RangeError);
  });
});

describe('valueAfterCost', () => {
  it('pays the first purchase out of itself: V = 1/(1 + c)', () => {
    expectClose([valueAfterCost(1, 0.001, [0.5, 0.5], [0, 0], 2)], [1 / 1.001]);
  });

  it('pays both sides of a switch: V = (1 − c)/(1 + c)', () => {
    expectClose([valueAfterCost(1, 0.01, [0, 1], [1, 0], 2)], [0.99 / 1.01]);
  });

  it('changes nothing without a cost or without a trade', () => {
    expect(valueAfterCost(0.7, 0, [0.3, 0.7], [0.7, 0], 2)).toBe(0.7);
    expect(valueAfterCost(1, 0.5, [0.25, 0.75], [0.25, 0.75], 2)).toBe(1);
  });

  it('solves its equation, for any book and any cost', () => {
    const anyPart = fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 1, noNaN: true }));
    const anyPair = fc.tuple(anyPart, anyPart);
    fc.assert(
      fc.property(
        fc.array(anyPair, { minLength: 1, maxLength: 12 }),
        anyPart,
        anyPart,
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        (pairs, cashWanted, cashHeld, costRate) => {
          const wanted = pairs.reduce((sum, [weight]) => sum + weight, cashWanted) || 1;
          const weights = pairs.map(([weight]) => weight / wanted);
          const worths = pairs.map(([, worth]) => worth);
          const value = worths.reduce((sum, worth) => sum + worth, cashHeld + 0.001);
          const after = valueAfterCost(value, costRate, weights, worths, pairs.length);
          expectClose([after + costRate * tradedAmount(weights, worths, after)], [value]);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('keepAccount', () => {
  it('gives the figures worked out by hand', () => {
    const prices = panel([10, 10], [20, 10], [20, 10], [30, 10]);
    const fills = [equalWeightFill(0, [0, 1]), equalWeightFill(2, [0, 1])];
    const { firstRow, netValues, turnovers, costs } = keepAccount(prices, fills, 0);
    // 1/2 each; the first doubles; 1.5 is split anew; then the first gains half
    expect(firstRow).toBe(0);
    expectClose(netValues, [1, 1.5, 1.5, 1.5 * 1.25]);
    expectClose(turnovers, [0.5, (2 / 3 - 1 / 2 + (1 / 2 - 1 / 3)) / 2]);
    expectClose(costs, [0, 0]);
  });

  it('takes the cost out of the value on the day of the trade', () => {
    const prices = panel([10, 10], [20, 10], [20, 20]);
    const fills = [equalWeightFill(0, [0]), equalWeightFill(1, [1])];
    const { netValues, turnovers, costs } = keepAccount(prices, fills, 100);
    const bought = 1 / 1.01;
    const switched = (2 * bought * 0.99) / 1.01;
    expectClose(netValues, [bought, switched, 2 * switched]);
    expectClose(turnovers, [0.5, 1]);
    expectClose(costs, [1 - bought, 1 - 0.99 / 1.01]);
  });

  it('keeps the last close of a held industry, also where it trades it', () => {
    const prices = panel([10, 10], [gap, 20], [gap, 20], [5, 20]);
    const { netValues } = keepAccount(prices, [equalWeightFill(0, [0, 1]), equalWeightFill(2, [0, 1])], 0);
    expectClose(netValues, [1, 1.5, 1.5, 0.75 * 0.5 + 0.75]);
  });

  it('holds cash where the weights leave some, and where nothing is chosen', () => {
    const prices = panel([10], [20], [40]);
    const half: Fill = { row: 0, columns: [0], weights: [0.5] };
    expectClose(keepAccount(prices, [half, equalWeightFill(1, [])], 0).netValues, [1, 1.5, 1.5]);
  });

  it('begins on the first fill', () => {
    const { firstRow, netValues } = keepAccount(panel([10], [20], [40]), [equalWeightFill(1, [0])], 0);
    expect(firstRow).toBe(1);
    expectClose(netValues, [1, 2]);
  });

  it('refuses costs out of bounds and a portfolio that never buys', () => {
    const prices = panel([10], [20]);
    for (const cost of [-1, 10_000, gap]) {
      expect(errorCodeOf(() => keepAccount(prices, [equalWeightFill(0, [0])], cost))).toBe('INVALID_ARGUMENT');
    }
    expect(errorCodeOf(() => keepAccount(prices, [], 0))).toBe('INVALID_RANGE');
  });

  it('refuses fills that are no book', () => {
    const prices = panel([gap, 10], [20, 20]);
    const first = equalWeightFill(0, [1]);
    expect(() => keepAccount(prices, [equalWeightFill(1, [1]), first], 0)).toThrow('out of order');
    expect(() => keepAccount(prices, [first, first], 0)).toThrow('out of order');
    expect(() => keepAccount(prices, [equalWeightFill(2, [1])], 0)).toThrow('out of order');
    expect(() => keepAccount(prices, [equalWeightFill(0, [0])], 0)).toThrow('no close by row 0');
    expect(() => keepAccount(prices, [{ row: 0, columns: [1], weights: [1.1] }], 0)).toThrow('over 1 together');
  });

  it('agrees with the literal books', () => {
    fc.assert(
      fc.property(anyBook, ({ market, fills, costBps }) => {
        const account = keepAccount(market.prices, fills, costBps);
        const dense = fills.map(({ row, columns, weights }) => ({
          row,
          weights: market.codes.map((_, column) => weights[columns.indexOf(column)] ?? 0),
        }));
        const expected = accountReference(market.closes, dense, costBps);
        expectClose(account.netValues, expected.netValues);
        expectClose(account.turnovers, expected.turnovers);
        expectClose(account.costs, expected.costs);
      }),
      { numRuns: 200 },
    );
  });

  it('has shares × prices + cash = net value every day, and weights that say so', () => {
    fc.assert(
      fc.property(anyBook, ({ market, fills, costBps }) => {
        const account = keepAccount(market.prices, fills, costBps);
        account.netValues.forEach((netValue, day) => {
          const row = account.firstRow + day;
          const { columns, shares, weights, cash } = positionsAt(market.prices, fills, account, row);
          const worths = columns.map((column, i) => shares[i] * carriedClose(market.closes, row, column));
          expectClose([worths.reduce((sum, worth) => sum + worth, cash)], [netValue]);
          expectClose(
            weights,
            worths.map((worth) => worth / netValue),
          );
        });
      }),
    );
  });

  it('is the industry, where it holds one', () => {
    fc.assert(
      fc.property(anyMarket({ gapsFirst: false }), fc.nat(), ({ prices, codes, closes }, draw) => {
        const column = draw % codes.length;
        const fills = closes.map((_, row) => equalWeightFill(row, [column]));
        const industry = closes.map((_, row) => carriedClose(closes, row, column) / closes[0][column]);
        expectClose(keepAccount(prices, fills, 0).netValues, industry);
        expectClose(keepAccount(prices, fills.slice(0, 1), 0).netValues, industry);
      }),
    );
  });
});

describe('positionsAt', () => {
  it('is refused outside the account', () => {
    const prices = panel([10], [20]);
    const fills = [equalWeightFill(1, [0])];
    const account = keepAccount(prices, fills, 0);
    for (const row of [0, 2, gap]) expect(() => positionsAt(prices, fills, account, row)).toThrow(RangeError);
  });
});

describe('benchmarkFills', () => {
  it('leaves an industry out until the reset after its first close', () => {
    const prices = panel([10, gap], [20, gap], [20, 8], [20, 16], [20, gap], [20, 16]);
    const fills = benchmarkFills(prices, [0, 3, 4]);
    expect(fills.map(({ columns }) => columns)).toEqual([[0], [0, 1], [0, 1]]);
    expectClose(keepAccount(prices, fills, 0).netValues, [1, 2, 2, 2, 2, 2]);
  });

  it('is bit for bit the portfolio that holds every industry at no cost', () => {
    fc.assert(
      fc.property(anyMarket({ gapsFirst: false }), fc.integer({ min: 1, max: 4 }), (market, every) => {
        const { prices, codes, values } = market;
        const factor = {
          codes,
          values: Float64Array.from(values.flat(), (value) => (Number.isNaN(value) ? 0 : value)),
        };
        const rebalances = values
          .map((_, row) => ({ signal: row, fill: row }))
          .filter(({ fill }) => fill % every === 0);
        const fills = equalWeightFills(
          chooseHoldings(topSelection({ factor, size: codes.length }), prices, rebalances),
        );
        const resets = benchmarkFills(
          prices,
          rebalances.map(({ fill }) => fill),
        );
        expect(keepAccount(prices, fills, 0).netValues).toEqual(keepAccount(prices, resets, 0).netValues);
      }),
    );
  });
});
