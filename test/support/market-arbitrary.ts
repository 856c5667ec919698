import fc from 'fast-check';
import { fromDayNumber, type LocalDate } from '#lundong/domain/local-date.js';
import { createPricePanel, type PricePanel } from '#lundong/domain/price-panel.js';
import type { FactorPanel } from '#lundong/domain/selection.js';

/** A small random market, as rows for the references and as panels for the product. */
export interface Market {
  readonly dates: readonly LocalDate[];
  readonly codes: readonly string[];
  readonly closes: readonly number[][];
  readonly values: readonly number[][];
  readonly prices: PricePanel;
  readonly factor: FactorPanel;
}

export function marketOf(codes: readonly string[], closes: readonly number[][], values: readonly number[][]): Market {
  return {
    dates: closes.map((_, row) => fromDayNumber(20_000 + row)),
    codes,
    closes,
    values,
    prices: createPricePanel(Float64Array.from(closes.flat()), codes.length),
    factor: { codes, values: Float64Array.from(values.flat()) },
  };
}

/** The market as it was known at the close of a row: no later price, no later factor value. */
export function truncated({ codes, closes, values }: Market, lastRow: number): Market {
  return marketOf(codes, closes.slice(0, lastRow + 1), values.slice(0, lastRow + 1));
}

const anyClose = fc.oneof(
  { weight: 8, arbitrary: fc.double({ min: 5, max: 20, noNaN: true }) },
  { weight: 1, arbitrary: fc.constant(Number.NaN) },
);

/** Few distinct values, so that ties are frequent. */
const anyValue = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -3, max: 3 }) },
  { weight: 2, arbitrary: fc.double({ min: -3, max: 3, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Infinity) },
);

const anyPanel = (cell: fc.Arbitrary<number>, rows: number, industries: number) =>
  fc.array(fc.array(cell, { minLength: industries, maxLength: industries }), { minLength: rows, maxLength: rows });

/** Codes stand in any order. Every industry has a close on the first row unless `gapsFirst` allows otherwise. */
export function anyMarket({ gapsFirst = true } = {}): fc.Arbitrary<Market> {
  return fc
    .record({ rows: fc.integer({ min: 4, max: 30 }), industries: fc.integer({ min: 2, max: 8 }) })
    .chain((shape) =>
      fc
        .record({
          codes: fc.shuffledSubarray(
            Array.from({ length: shape.industries }, (_, i) => `I${i}`),
            { minLength: shape.industries },
          ),
          closes: anyPanel(anyClose, shape.rows, shape.industries),
          values: anyPanel(anyValue, shape.rows, shape.industries),
        })
        .map(({ codes, closes, values }) => {
          if (!gapsFirst) closes[0] = closes[0].map((close) => (close > 0 ? close : 10));
          return marketOf(codes, closes, values);
        }),
    );
}
