import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addHighs, isRecordHigh, noEarlierHighs } from '#lundong/domain/record-high.js';

const f64 = (...values: number[]) => Float64Array.from(values);
const gap = Number.NaN;

/** Each day's verdict on the days before it, and the highest of these, beside a second series that must not matter. */
function recordHighs(highs: Float64Array): { flags: number[]; earlier: number[] } {
  const matrix = Float64Array.from([...highs].flatMap((high, day) => [high, 1e6 * (day + 1)]));
  const [flags, earlier]: [number[], number[]] = [[], []];
  const known = noEarlierHighs(2);
  highs.forEach((high, day) => {
    earlier.push(known.highest[0]);
    flags.push(isRecordHigh(high, known.highest[0]) ? 1 : 0);
    addHighs(known, matrix, day, day + 1);
  });
  return { flags, earlier };
}

/** Backward-adjusted prices. */
const adjustedPrices = (prices: Float64Array, factors: Float64Array): Float64Array =>
  prices.map((price, day) => price * factors[day]);

describe('records', () => {
  it('marks highs above all earlier ones; the first day has nothing to exceed', () => {
    const { flags, earlier } = recordHighs(f64(10, 11, 10.5, 11.01, 9));
    expect([...flags]).toEqual([0, 1, 0, 1, 0]);
    expect([...earlier]).toEqual([gap, 10, 11, 11, 11.01]);
  });

  it('are counted from the first day with a high, whatever rows come at once', () => {
    const known = noEarlierHighs(2);
    addHighs(known, f64(gap, 3, 10, gap, 9, 5), 0, 3);
    expect([[...known.highest], [...known.firstRow]]).toEqual([
      [10, 5],
      [1, 0],
    ]);
    expect(noEarlierHighs(1)).toEqual({ highest: f64(gap), firstRow: Int32Array.of(-1) });
  });

  it('takes a tie for no record', () => {
    expect([...recordHighs(f64(10, 11, 11, 11.01)).flags]).toEqual([0, 1, 0, 1]);
  });

  it('passes over days without trading', () => {
    const { flags, earlier } = recordHighs(f64(gap, 10, gap, 11));
    expect([...flags]).toEqual([0, 0, 0, 1]);
    expect([...earlier]).toEqual([gap, gap, 10, 10]);
  });

  it('looks through an ex-dividend day: the price falls, the adjusted price sets the record', () => {
    // 1.00 yuan paid on 20.00: factor 20/19
    const highs = adjustedPrices(f64(19.5, 20, 19.2), f64(1, 1, 20 / 19));
    expect([...recordHighs(highs).flags]).toEqual([0, 1, 1]);
    // the same adjusted price on the other side of the day is a tie, whatever its rounding
    expect([...recordHighs(adjustedPrices(f64(20, 19), f64(1, 20 / 19))).flags]).toEqual([0, 0]);
  });

  it('is not deceived by a merge of shares', () => {
    expect([...recordHighs(adjustedPrices(f64(2, 19), f64(1, 0.1))).flags]).toEqual([0, 0]);
  });

  it('equals the literal definition on prices of whole cents', () => {
    const cents = fc.option(fc.integer({ min: 1, max: 60 }), { nil: gap });
    fc.assert(
      fc.property(
        fc.array(cents, { maxLength: 40 }),
        fc.double({ min: 1, max: 300, noNaN: true }),
        (prices, factor) => {
          const { flags } = recordHighs(Float64Array.from(prices, (price) => (price / 100) * factor));
          prices.forEach((price, day) => {
            const before = prices.slice(0, day).filter((one) => !Number.isNaN(one));
            expect(flags[day]).toBe(before.length > 0 && price > Math.max(...before) ? 1 : 0);
          });
        },
      ),
    );
  });

  it('knows a day from the days before it alone', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }), fc.nat(), (prices, at) => {
        const cut = (at % prices.length) + 1;
        const all = recordHighs(Float64Array.from(prices));
        const part = recordHighs(Float64Array.from(prices.slice(0, cut)));
        expect(part.flags).toEqual(all.flags.slice(0, cut));
      }),
    );
  });
});
