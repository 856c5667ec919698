import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recogniseSplit } from '#lundong/domain/share-split.js';

describe('recogniseSplit', () => {
  it.each([
    // shares ratio, NAV ratio, factor
    ['an ordinary day', 1.01, 0.99, 1],
    ['about tripled by subscriptions, NAV unmoved', 3.02, 0.998, 1],
    ['halved by redemptions in a rally', 0.52, 1.08, 1],
    ['a hundredfold by subscriptions', 99.9, 1.001, 1],
    ['split in two', 2, 0.5, 2],
    ['split in two, money leaving in a rally', 1.94, 0.53, 2],
    ['split in two, money coming in', 2.46, 0.49, 2],
    ['split in three', 3.08, 0.336, 3],
    ['split in five, money coming in', 5.27, 0.204, 5],
    ['split in ten', 10.1, 0.099, 10],
    ['two merged into one', 0.5, 2.02, 0.5],
    ['four merged into one', 0.26, 3.95, 0.25],
  ])('%s', (_, shares, nav, factor) => expect(recogniseSplit(shares, nav)).toBe(factor));

  it.each([
    ['shares doubled to the share with the NAV unmoved: it may follow a day later', 2, 0.998],
    ['shares quartered to the share with the NAV unmoved', 0.25, 1.01],
    ['a NAV halved with the shares unmoved', 1, 0.5],
    ['a NAV doubled with the shares unmoved', 1, 2],
    ['a move of a third', 1, 1.33],
    ['between four and five', 4.5, 0.22],
    ['a small fractional split', 1.2, 1 / 1.2],
    ['shares and NAV both doubled', 2, 2],
    ['a split whose subscriptions pass one half', 3.2, 0.5],
    ['shares counted in another unit, ten thousand times as many', 10_000, 1.001],
    ['shares counted in another unit, a ten thousandth', 0.0001, 0.999],
  ])('cannot tell %s', (_, shares, nav) => expect(recogniseSplit(shares, nav)).toBeNull());

  it('without a NAV tells only changes of shares too small for a split', () => {
    expect(recogniseSplit(1.05, Number.NaN)).toBe(1);
    expect(recogniseSplit(0.95, Number.NaN)).toBe(1);
    expect(recogniseSplit(2, Number.NaN)).toBeNull();
  });

  it('finds the factor of any split and merge on a quiet day', () => {
    const small = fc.double({ min: -0.03, max: 0.03, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 8 }), fc.boolean(), small, small, (number, merge, money, move) => {
        const factor = merge ? 1 / number : number;
        expect(recogniseSplit(factor * (1 + money), (1 + move) / factor)).toBe(factor);
      }),
    );
  });

  it('never takes a market move for a split', () => {
    const ratio = fc.double({ min: 0.01, max: 100, noNaN: true });
    const move = fc.double({ min: -0.2, max: 0.2, noNaN: true });
    fc.assert(
      fc.property(ratio, move, (shares, change) => {
        expect([1, null]).toContain(recogniseSplit(shares, 1 + change));
      }),
    );
  });
});
