import { describe, expect, test } from 'vitest';
import { computeDiffusion, DiffusionReason } from '#lundong/domain/diffusion.js';
import { type DiffusionLayoutInput, prepareDiffusionLayout } from '#lundong/domain/diffusion-layout.js';
import { canonicalDiffusionParams, type DiffusionParams } from '#lundong/domain/diffusion-params.js';
import { type Membership, OPEN_END } from '#lundong/domain/membership.js';

const { OK, NO_MEMBERS, NO_WEIGHTS, NO_PRICES, SHORT_HISTORY } = DiffusionReason;
const NONE = Number.NaN;
/** Friday, Monday, Tuesday, Wednesday. */
const DATES = [20_412, 20_415, 20_416, 20_417];

function member(stock: string, weight: number | null, rest: Partial<Membership> = {}): Membership {
  return { industry: 'I', stock, inDate: DATES[0], outDate: OPEN_END, weight, weightDate: DATES[0], ...rest };
}

const PANEL: DiffusionLayoutInput = {
  dates: Int32Array.from(DATES),
  codes: ['A', 'B', 'C'],
  // biome-ignore format: a row per day
  closes: Float64Array.from([
    10, 20, 30,
    11, 20, NONE,
    12, 19, 33,
    12, 22, 30,
  ]),
  industries: ['I'],
  memberships: [member('A', 100), member('B', 200), member('C', 300)],
};

function compute(params: Partial<DiffusionParams>, changes: Partial<DiffusionLayoutInput> = {}) {
  const layout = prepareDiffusionLayout({ ...PANEL, ...changes });
  const result = computeDiffusion(layout, canonicalDiffusionParams({ lookback: 1, ...params }), 0, DATES.length);
  return {
    values: [...result.values],
    coverage: [...result.coverage],
    reasons: [...result.reasons],
    hindsight: [...result.hindsight],
  };
}

describe('computeDiffusion', () => {
  test('ROC, equal weights: the share of members above their earlier close; a tie is not above', () => {
    const { values, coverage, reasons } = compute({ weighting: 'EQUAL' });
    expect(values).toEqual([NONE, 1 / 2, 1 / 2, 1 / 3]);
    expect(coverage).toEqual([0, 2 / 3, 2 / 3, 1]);
    expect(reasons).toEqual([SHORT_HISTORY, OK, OK, OK]);
  });

  test('ROC, cap weights: they drift with the close from the weight date; coverage does not', () => {
    const { values, coverage } = compute({ weighting: 'CAP' });
    expect(values).toEqual([NONE, 110 / 310, expect.closeTo(120 / 310, 14), 220 / 640]);
    expect(coverage).toEqual([0, 300 / 600, 300 / 600, 1]);
  });

  test('MA: above the mean of the last closes, the day itself included', () => {
    const { values, coverage } = compute({ rule: 'MA', lookback: 2, weighting: 'EQUAL' });
    expect(values).toEqual([NONE, 1 / 2, 1 / 2, 1 / 3]);
    expect(coverage).toEqual([0, 2 / 3, 2 / 3, 1]);
  });

  test('MA over one day: nothing is above itself', () => {
    expect(compute({ rule: 'MA', lookback: 1, weighting: 'EQUAL' }).values).toEqual([0, 0, 0, 0]);
  });

  test('smoothing averages the values that exist, one window after the other', () => {
    const once = compute({ weighting: 'EQUAL', smoothing: [2] });
    expect(once.values).toEqual([NONE, NONE, 1 / 2, expect.closeTo(5 / 12, 15)]);
    expect(once.reasons).toEqual([SHORT_HISTORY, SHORT_HISTORY, OK, OK]);
    expect(once.coverage, 'that of the date itself').toEqual([0, 2 / 3, 2 / 3, 1]);
    expect(compute({ weighting: 'EQUAL', smoothing: [2, 2] }).values).toEqual([
      NONE,
      NONE,
      NONE,
      expect.closeTo(11 / 24, 15),
    ]);
  });

  test('a row is the same, smoothed too, when it alone is asked for', () => {
    const params = canonicalDiffusionParams({ lookback: 1, weighting: 'EQUAL', smoothing: [2, 2] });
    expect([...computeDiffusion(prepareDiffusionLayout(PANEL), params, 3, 4).values]).toEqual([
      expect.closeTo(11 / 24, 15),
    ]);
  });

  test('a member that left before the date has no vote, nor one that has yet to join', () => {
    const memberships = [member('A', 1), member('B', 1, { outDate: DATES[2] }), member('C', 1, { inDate: DATES[3] })];
    expect(compute({ weighting: 'EQUAL' }, { memberships }).values).toEqual([NONE, 1 / 2, 1, 0]);
  });

  test('a new weight rules from its own day, drifting from its own weight date', () => {
    const memberships = [
      member('A', 100, { outDate: DATES[3] }),
      member('A', 600, { inDate: DATES[3], weightDate: DATES[3] }),
      member('B', 200),
    ];
    expect(compute({ weighting: 'CAP' }, { memberships }).values.at(-1)).toBe(220 / (600 + 220));
  });

  test('a member that the panel lacks counts in the coverage', () => {
    const memberships = [...PANEL.memberships, member('D', 400)];
    expect(compute({ weighting: 'EQUAL' }, { memberships }).coverage).toEqual([0, 2 / 4, 2 / 4, 3 / 4]);
    const capped = compute({ weighting: 'CAP' }, { memberships });
    expect(capped.coverage).toEqual([0, 300 / 1000, 300 / 1000, 600 / 1000]);
    expect(capped.values.at(-1)).toBe(220 / 640);
  });

  test('says why there is no value, and never calls it 0', () => {
    const nobody = compute({}, { memberships: [] });
    expect(nobody.values).toEqual([NONE, NONE, NONE, NONE]);
    expect(nobody.reasons).toEqual([NO_MEMBERS, NO_MEMBERS, NO_MEMBERS, NO_MEMBERS]);

    const memberships = [member('A', null)];
    expect(compute({ weighting: 'CAP' }, { memberships }).reasons).toEqual(Array(4).fill(NO_WEIGHTS));
    expect(compute({ weighting: 'EQUAL' }, { memberships }).values).toEqual([NONE, 1, 1, 0]);

    const gap = compute({ weighting: 'EQUAL' }, { memberships: [member('C', 1)] });
    expect(gap.values).toEqual([NONE, NONE, NONE, 0]);
    expect(gap.reasons).toEqual([SHORT_HISTORY, NO_PRICES, SHORT_HISTORY, OK]);
    expect(gap.coverage).toEqual([0, 0, 0, 1]);

    const absent = compute({ weighting: 'EQUAL' }, { memberships: [member('D', 1)] });
    expect(absent.reasons).toEqual([NO_PRICES, NO_PRICES, NO_PRICES, NO_PRICES]);
  });

  test('gives reasons that do not depend on where the panel begins', () => {
    const params = { lookback: 3, smoothing: [2] };
    expect(compute(params).reasons).toEqual([SHORT_HISTORY, SHORT_HISTORY, SHORT_HISTORY, SHORT_HISTORY]);
    const earlier = prepareDiffusionLayout({
      ...PANEL,
      dates: Int32Array.from([20_000, 20_001, ...DATES]),
      closes: Float64Array.from([10, NONE, NONE, NONE, NONE, NONE, ...PANEL.closes]),
    });
    const { reasons } = computeDiffusion(earlier, canonicalDiffusionParams(params), 2, 2 + DATES.length);
    expect([...reasons]).toEqual(compute(params).reasons);
    const suspended = compute({ lookback: 3 }, { closes: PANEL.closes.map((close, at) => (at < 3 ? NONE : close)) });
    expect(suspended.reasons).toEqual([NO_PRICES, SHORT_HISTORY, SHORT_HISTORY, SHORT_HISTORY]);
  });

  test('computes nothing on rows before the first that can have a value', () => {
    const layout = prepareDiffusionLayout(PANEL);
    const tallies = layout.tallies.fill(7);
    const params = canonicalDiffusionParams({ lookback: 3 });
    expect([...computeDiffusion(layout, params, 0, 2).reasons]).toEqual([SHORT_HISTORY, SHORT_HISTORY]);
    computeDiffusion(layout, { ...params, lookback: 1000 }, 0, DATES.length);
    expect([...tallies].filter((tally) => tally !== 7)).toEqual([]);
  });

  test('keeps the industries apart, in the order given', () => {
    const memberships = [member('A', 1), member('B', 1, { industry: 'J' }), member('C', 1, { industry: 'unlisted' })];
    const { values } = compute({ weighting: 'EQUAL' }, { industries: ['J', 'I'], memberships });
    expect(values).toEqual([NONE, NONE, 0, 1, 0, 1, 1, 0]);
  });

  test('marks hindsight on the days before a membership was known', () => {
    const memberships = [member('A', 1, { weightDate: DATES[2] }), member('B', 1)];
    expect(compute({}, { memberships }).hindsight).toEqual([1, 1, 0, 0]);
  });

  test('marks hindsight on a smoothed value that averages days with weights known only later', () => {
    const memberships = [
      member('A', 1, { outDate: DATES[2], weightDate: DATES[3] }),
      member('A', 1, { inDate: DATES[2], weightDate: DATES[2] }),
    ];
    expect(compute({}, { memberships }).hindsight).toEqual([1, 1, 0, 0]);
    expect(compute({ smoothing: [2] }, { memberships }).hindsight).toEqual([1, 1, 1, 0]);
  });
});

describe('the close that a weight drifts from', () => {
  const drifted = (weightDate: number, closes: Float64Array = PANEL.closes) => {
    const memberships = [member('B', 200), member('C', 300, { weightDate })];
    return compute({ weighting: 'CAP' }, { closes, memberships }).values.at(-1);
  };

  test('is the last on or before the weight date', () => {
    expect(drifted(DATES[0])).toBe(220 / (220 + 300));
    expect(drifted(DATES[1]), 'C was not priced on this day').toBe(220 / (220 + 300));
    expect(drifted(DATES[0] + 1), 'a Saturday').toBe(220 / (220 + 300));
    expect(drifted(DATES[2])).toBeCloseTo(220 / (220 + (300 * 30) / 33), 14);
  });

  test('is the first after it where there is none before', () => {
    expect(drifted(DATES[0] - 100)).toBe(220 / (220 + 300));
    const listedLate = PANEL.closes.with(2, NONE);
    expect(drifted(DATES[0], listedLate)).toBeCloseTo(220 / (220 + (300 * 30) / 33), 14);
  });

  test('moves, when it is corrected, every row of that weight', () => {
    const before = compute({ weighting: 'CAP', lookback: 1 });
    const after = compute({ weighting: 'CAP', lookback: 1 }, { closes: PANEL.closes.with(0, 5) });
    expect(before.values.at(-1)).toBe(220 / 640);
    expect(after.values.at(-1)).toBe(220 / (240 + 220 + 300));
  });
});

test('prepareDiffusionLayout refuses two memberships of one stock on one day', () => {
  const memberships = [member('A', 1), member('A', 2, { inDate: DATES[2] })];
  expect(() => prepareDiffusionLayout({ ...PANEL, memberships })).toThrow(
    'Stock A has two memberships in industry I on the same day; end the first where the next begins.',
  );
});

test('prepareDiffusionLayout reads a panel in shared memory', () => {
  const closes = new Float64Array(new SharedArrayBuffer(PANEL.closes.byteLength));
  closes.set(PANEL.closes);
  expect(compute({}, { closes })).toEqual(compute({}));
});
