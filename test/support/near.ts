import { expect } from 'vitest';

/** Every value within `tolerance` of the expected one, missing (NaN) where that is missing. */
export function expectNear(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-9): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const [value, wanted] = [actual[i] as number, expected[i] as number];
    if (Number.isNaN(wanted) ? !Number.isNaN(value) : !(Math.abs(value - wanted) <= tolerance))
      throw new Error(`value ${i} is ${value}, expected ${wanted} ± ${tolerance}`);
  }
}
