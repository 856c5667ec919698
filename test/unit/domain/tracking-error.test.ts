import { describe, expect, it } from 'vitest';
import { basketTracking, TRACKING_MIN_OBSERVATIONS } from '#lundong/domain/tracking-error.js';

const DAYS = 100;
const wave = (scale: number, period: number): Float64Array =>
  Float64Array.from({ length: DAYS }, (_, day) => scale * Math.sin((2 * Math.PI * day) / period));

describe('the tracking error of a basket', () => {
  it('is none where every stand-in moves as its target', () => {
    const legs = [0.4, 0.6].map((weight, leg) => ({
      weight,
      target: wave(0.01, 7 + leg),
      standIn: wave(0.01, 7 + leg),
    }));
    expect(basketTracking(legs, 242)).toEqual({ trackingError: 0, observations: DAYS });
  });

  it('is the yearly standard deviation (ddof 1) of the differences', () => {
    const target = wave(0.01, 9);
    // Differences of +1 % and −1 % in turn have a mean of 0 and squares of 1e-4.
    const standIn = target.map((value, day) => value + (day % 2 === 0 ? 0.01 : -0.01));
    const { trackingError } = basketTracking([{ weight: 1, target, standIn }], 242);
    expect(trackingError).toBeCloseTo(Math.sqrt(((DAYS * 1e-4) / (DAYS - 1)) * 242), 12);
  });

  it('counts what has no stand-in, its money spread over the others', () => {
    const [a, b] = [wave(0.01, 10), wave(0.02, 4)];
    const legs = [
      { weight: 0.25, target: a, standIn: a },
      { weight: 0.75, target: b, standIn: null },
    ];
    // All money in a, against a quarter of a and three quarters of b: 0.75 · (a − b).
    const differences = Array.from(a, (value, day) => 0.75 * (value - (b[day] as number)));
    const mean = differences.reduce((sum, value) => sum + value) / DAYS;
    const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (DAYS - 1);
    expect(basketTracking(legs, 242).trackingError).toBeCloseTo(Math.sqrt(variance * 242), 12);
  });

  it('leaves out days that lack a return, and is null on too few', () => {
    const standIn = wave(0.01, 5).map((value, day) => (day < DAYS - TRACKING_MIN_OBSERVATIONS ? Number.NaN : value));
    const leg = { weight: 1, target: wave(0.01, 6), standIn };
    expect(basketTracking([leg], 242).observations).toBe(TRACKING_MIN_OBSERVATIONS);
    expect(basketTracking([leg], 242).trackingError).toBeGreaterThan(0);
    standIn[DAYS - 1] = Number.NaN;
    expect(basketTracking([leg], 242)).toEqual({ trackingError: null, observations: TRACKING_MIN_OBSERVATIONS - 1 });
    expect(basketTracking([{ ...leg, standIn: null }], 242)).toEqual({ trackingError: null, observations: 0 });
  });
});
