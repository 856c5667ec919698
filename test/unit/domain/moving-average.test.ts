import { expect, test } from 'vitest';
import { movingAverage } from '#lundong/domain/moving-average.js';

const averageOf = (series: number[], window: number) => [...movingAverage(Float64Array.from(series), window)];

test('averages the last values, once there are enough', () => {
  expect(averageOf([1, 2, 3, 7], 3)).toEqual([Number.NaN, Number.NaN, 2, 4]);
});

test('over one row is the series itself', () => {
  expect(averageOf([0.1, Number.NaN, 0.3], 1)).toEqual([0.1, Number.NaN, 0.3]);
});

test('is not available while a missing value is in the window, and does not see past it', () => {
  expect(averageOf([100, 1, Number.NaN, 2, 4, 6], 2)).toEqual([Number.NaN, 50.5, Number.NaN, Number.NaN, 3, 5]);
});

test('does not depend on what has left the window', () => {
  expect(averageOf([1e9, 0.1, 0.2, 0.3], 3).at(-1)).toBe(averageOf([0.1, 0.2, 0.3], 3).at(-1));
});
