import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, type LocalDate } from '#lundong/domain/local-date.js';
import { levelCrossings, levelsBetween, narrowestStep, nextLevel } from '#lundong/domain/round-level.js';

const dates = (count: number) => Array.from({ length: count }, (_, i) => addDays('2025-10-20' as LocalDate, i));
const bars = (closes: number[], high: number) => ({
  dates: dates(closes.length),
  closes: Float64Array.from(closes),
  highs: Float64Array.from(closes, (close, day) => (day === closes.length - 1 ? high : close)),
});

describe('levelCrossings', () => {
  it('tells a level closed above from one only touched', () => {
    expect(levelCrossings(bars([3988.22, 4010.5], 4025))).toEqual([
      { level: 4000, step: 1000, touched: true, closedAbove: true, previousAbove: null },
    ]);
    expect(levelCrossings(bars([3988.22, 3990], 4000))).toEqual([
      { level: 4000, step: 1000, touched: true, closedAbove: false, previousAbove: null },
    ]);
  });

  it('gives the last earlier day that closed on or above the level', () => {
    const [crossing] = levelCrossings(bars([3990, 4000, 3950, 3960, 4001], 4002));
    expect(crossing.previousAbove).toBe('2025-10-21');
  });

  it('does not count the day itself as the earlier one, nor a level stood on before', () => {
    expect(levelCrossings(bars([4000, 4010], 4020))).toEqual([]);
    expect(levelCrossings(bars([3999, 4010], 4020))[0].previousAbove).toBeNull();
  });

  it('gives each level once, with the widest step it is a multiple of', () => {
    const found = levelCrossings(bars([3380, 4020], 4080)).map(({ level, step }) => [level, step]);
    expect(found).toEqual([
      [3400, 100],
      [3500, 500],
      [3600, 100],
      [3700, 100],
      [3800, 100],
      [3900, 100],
      [4000, 1000],
    ]);
  });

  it('asks of a large index wider levels', () => {
    expect(levelCrossings(bars([12_950, 13_150], 13_180)).map(({ level }) => level)).toEqual([13_000]);
    expect(levelCrossings(bars([13_010, 13_250], 13_280))).toEqual([]);
    expect(levelCrossings(bars([26_480, 26_700], 26_800))).toEqual([]);
    expect(levelCrossings(bars([26_900, 27_010], 27_100)).map(({ level }) => level)).toEqual([27_000]);
  });

  it('takes the close where the high is missing, and finds nothing without a close', () => {
    expect(levelCrossings(bars([3990, 4010], Number.NaN)).map(({ level }) => level)).toEqual([4000]);
    expect(levelCrossings(bars([3990, Number.NaN], 4010))).toEqual([]);
    expect(levelCrossings(bars([Number.NaN, 4010], 4010))).toEqual([]);
    expect(levelCrossings(bars([4010], 4010))).toEqual([]);
    expect(levelCrossings(bars([], 0))).toEqual([]);
  });

  it('refuses columns of different length', () => {
    expect(() => levelCrossings({ ...bars([1, 2], 2), highs: new Float64Array(1) })).toThrow(RangeError);
  });

  it('finds exactly the suitable multiples between the close before and the high', () => {
    const points = fc.integer({ min: 20_000, max: 3_000_000 }).map((hundredths) => hundredths / 100);
    fc.assert(
      fc.property(points, points, points, (before, close, above) => {
        const high = Math.max(close, above);
        const step = narrowestStep(before);
        const expected = [];
        for (let level = step; level <= high; level += step) if (level > before) expected.push(level);
        const found = levelCrossings(bars([before, close], high));
        expect(found.map(({ level }) => level)).toEqual(expected);
        for (const { level, step: widest, closedAbove } of found) {
          expect(level % widest).toBe(0);
          expect([1000, 500, 100].find((each) => level % each === 0)).toBe(widest);
          expect(closedAbove).toBe(close >= level);
        }
      }),
    );
  });
});

describe('narrowestStep', () => {
  it.each([
    [980, 100],
    [5000, 100],
    [5001, 500],
    [25_000, 500],
    [25_001, 1000],
    [90_000, 1000],
  ])('%d points: %i', (points, step) => expect(narrowestStep(points)).toBe(step));
});

describe('nextLevel', () => {
  it('gives the gap in points and as a fraction', () => {
    const { level, points, gap } = nextLevel(3950);
    expect([level, points]).toEqual([4000, 50]);
    expect(gap).toBeCloseTo(50 / 3950, 15);
  });

  it('looks past a level that is stood on', () => expect(nextLevel(4000).level).toBe(4100));
});

describe('levelsBetween', () => {
  it('gives levels risen through: the lower close excluded, the higher included', () => {
    expect(levelsBetween(3890, 4100)).toEqual([3900, 4000, 4100]);
    expect(levelsBetween(3900, 3999)).toEqual([]);
  });

  it('gives levels fallen through, of the size that suits the close before', () => {
    expect(levelsBetween(4000, 3890)).toEqual([3900, 4000]);
    expect(levelsBetween(5100, 4950)).toEqual([5000]);
    expect(levelsBetween(4000, 4000)).toEqual([]);
  });

  it('agrees with levelCrossings on a day that closes at its high', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 50, max: 40_000, noNaN: true }),
        fc.double({ min: 1, max: 1.2, noNaN: true }),
        (close, growth) => {
          const crossings = levelCrossings(bars([close, close * growth], close * growth));
          expect(levelsBetween(close, close * growth)).toEqual(crossings.map(({ level }) => level));
        },
      ),
    );
  });
});
