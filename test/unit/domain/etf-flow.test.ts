import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { etfNetFlow, netFlowFromSizes } from '#lundong/domain/etf-flow.js';

const gap = Number.NaN;
const flow = (shares: number[], navs: number[], comparable: number[] = shares.map(() => gap)) =>
  etfNetFlow({
    shares: Float64Array.from(shares),
    navs: Float64Array.from(navs),
    comparablePrevious: Float64Array.from(comparable),
  });

describe('etfNetFlow', () => {
  it('values each change of shares at its own day', () => {
    // 10 m × 1.10 − 5 m × 1.20
    expect(flow([100e6, 110e6, 105e6], [1, 1.1, 1.2])).toEqual({ netFlow: 5e6, notes: [] });
  });

  it('is zero where only the market moved', () => {
    expect(flow([7e6, 7e6, 7e6], [1, 1.1, 0.95]).netFlow).toBe(0);
  });

  it('restates the day of a split that it recognises', () => {
    const { netFlow, notes } = flow([100e6, 206e6], [3, 1.5]);
    expect(netFlow).toBeCloseTo(6e6 * 1.5, 6);
    expect(notes).toEqual([{ kind: 'RESTATED', day: 1, factor: 2 }]);
  });

  it('believes comparable previous shares before its own eyes', () => {
    const { netFlow, notes } = flow([100e6, 126e6], [3, 2.5], [gap, 120e6]);
    expect(netFlow).toBeCloseTo(6e6 * 2.5, 6);
    expect(notes).toEqual([{ kind: 'RESTATED', day: 1, factor: 1.2 }]);
    expect(flow([100e6, 101e6], [1, 1.1], [gap, 100e6])).toEqual({ netFlow: 1e6 * 1.1, notes: [] });
    expect(flow([gap, 101e6], [gap, 1.1], [gap, 100e6])).toEqual({ netFlow: 1e6 * 1.1, notes: [] });
  });

  it.each([
    ['shares of the base', [gap, 1e6, 1e6], [1, 1, 1], 'SHARES_MISSING', 0],
    ['shares of a day between', [1e6, gap, 1e6], [1, 1, 1], 'SHARES_MISSING', 1],
    ['shares of the last day', [1e6, 1e6, gap], [1, 1, 1], 'SHARES_MISSING', 2],
    ['shares reported as 0', [1e6, 0, 1e6], [1, 1, 1], 'SHARES_MISSING', 1],
    ['NAV of a day between', [1e6, 1e6, 1e6], [1, gap, 1], 'NAV_MISSING', 1],
    ['a change that may be a split', [1e6, 1e6, 1.2e6], [1, 1, 1 / 1.2], 'SPLIT_UNCLEAR', 2],
  ] as const)('is null, with a note, without %s', (_, shares, navs, kind, day) => {
    expect(flow([...shares], [...navs])).toEqual({ netFlow: null, notes: [{ kind, day, factor: null }] });
  });

  it('does without the NAV of the base', () => {
    expect(flow([1e6, 1.02e6], [gap, 1.5]).netFlow).toBeCloseTo(30_000, 6);
  });

  it('refuses columns of different length, and a base alone', () => {
    expect(() => flow([1, 2], [1])).toThrow(RangeError);
    expect(() => flow([1], [1])).toThrow(RangeError);
  });

  const creation = fc.record({
    creation: fc.double({ min: -0.05, max: 0.05, noNaN: true }),
    move: fc.double({ min: -0.1, max: 0.1, noNaN: true }),
  });
  const path = (days: readonly { creation: number; move: number }[]) => {
    const shares = [5e8];
    const navs = [1.25];
    for (const each of days) {
      shares.push(shares.at(-1)! * (1 + each.creation));
      navs.push(navs.at(-1)! * (1 + each.move));
    }
    return { shares, navs };
  };

  it('adds up over adjoining windows', () => {
    fc.assert(
      fc.property(fc.array(creation, { minLength: 2, maxLength: 15 }), fc.nat(), (days, at) => {
        const { shares, navs } = path(days);
        const cut = 1 + (at % (days.length - 1));
        const parts =
          flow(shares.slice(0, cut + 1), navs.slice(0, cut + 1)).netFlow! +
          flow(shares.slice(cut), navs.slice(cut)).netFlow!;
        expect(Math.abs(flow(shares, navs).netFlow! - parts)).toBeLessThan(1);
      }),
    );
  });

  it('does not change when a split falls into the window', () => {
    fc.assert(
      fc.property(
        fc.array(creation, { minLength: 1, maxLength: 10 }),
        fc.nat(),
        fc.constantFrom(2, 3, 0.5),
        (days, at, factor) => {
          const { shares, navs } = path(days);
          const day = 1 + (at % days.length);
          const split = flow(
            shares.map((value, i) => (i < day ? value : value * factor)),
            navs.map((value, i) => (i < day ? value : value / factor)),
          );
          expect(split.notes).toEqual([{ kind: 'RESTATED', day, factor }]);
          expect(Math.abs(split.netFlow! - flow(shares, navs).netFlow!)).toBeLessThan(1);
        },
      ),
    );
  });
});

describe('netFlowFromSizes', () => {
  it('takes the price effect out of the change of size', () => {
    expect(netFlowFromSizes(100e8, 121e8, 0.1)).toBeCloseTo(11e8, 3);
    expect(netFlowFromSizes(100e8, 110e8, 0.1)).toBeCloseTo(0, 3);
  });

  it('is null where a figure is missing', () => {
    expect(netFlowFromSizes(gap, 1, 0)).toBeNull();
    expect(netFlowFromSizes(1, gap, 0)).toBeNull();
    expect(netFlowFromSizes(1, 1, gap)).toBeNull();
  });
});
