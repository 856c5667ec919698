import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ExactRollingSum } from '#lundong/domain/exact-rolling-sum.js';
import { toExact } from '../../support/exact.js';

const anyPrice = fc.double({ min: 0.001, max: 1e9, noNaN: true });
const anyPrices = fc.array(anyPrice, { minLength: 1, maxLength: 200 });

test('is the exact sum, rounded once', () => {
  fc.assert(
    fc.property(anyPrices, (prices) => {
      const sum = new ExactRollingSum();
      for (const price of prices) sum.add(price);
      const error = (value: number) => {
        const difference = toExact(value) - prices.map(toExact).reduce((x, y) => x + y);
        return difference < 0n ? -difference : difference;
      };
      const step = 2 ** (Math.floor(Math.log2(sum.value)) - 52);
      expect(2n * error(sum.value)).toBeLessThanOrEqual(toExact(step));
    }),
    { numRuns: 300 },
  );
});

test('forgets without a trace what was taken away', () => {
  fc.assert(
    fc.property(anyPrices, anyPrices, (past, window) => {
      const rolled = new ExactRollingSum();
      for (const price of past) rolled.add(price);
      window.forEach((price, index) => {
        rolled.add(price);
        if (index < past.length) rolled.add(-past[index]);
      });
      for (const price of past.slice(window.length)) rolled.add(-price);
      const fresh = new ExactRollingSum();
      for (const price of window) fresh.add(price);
      expect(rolled.value).toBe(fresh.value);
      // What lies beyond the 53 bits of `value` is the same, too.
      rolled.add(-fresh.value);
      fresh.add(-fresh.value);
      expect(rolled.value).toBe(fresh.value);
    }),
    { numRuns: 300 },
  );
});

test('keeps what a plain sum of doubles loses', () => {
  const sum = new ExactRollingSum();
  sum.add(1e9);
  sum.add(1e-9);
  sum.add(-1e9);
  expect(sum.value).toBe(1e-9);
  expect(1e9 + 1e-9 - 1e9).toBe(0);
});

test('clear begins anew', () => {
  const sum = new ExactRollingSum();
  sum.add(1e9);
  sum.add(1e-9);
  sum.clear();
  sum.add(3);
  expect(sum.value).toBe(3);
});
