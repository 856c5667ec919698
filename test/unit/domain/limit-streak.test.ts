import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limitFlag, limitStreaks } from '#lundong/domain/limit-streak.js';
import { limitPrices } from '#lundong/domain/price-limit.js';

const closed = Number.NaN;
const run = (days: readonly (readonly [close: number, reference: number, percent: number])[]) => {
  const { flags, streaks } = limitStreaks({
    board: 'MAIN',
    closes: Float64Array.from(days, ([close]) => close),
    references: Float64Array.from(days, ([, reference]) => reference),
    percents: Uint8Array.from(days, ([, , percent]) => percent),
  });
  return { flags: [...flags], streaks: [...streaks] };
};

describe('limitFlag', () => {
  it.each([
    [5.67, 5.15, 10, 1],
    [5.66, 5.15, 10, 0],
    [4.64, 5.15, 10, -1],
    [4.63, 5.15, 10, 0],
    [5.67, 5.15, 0, 0], // no limit
    [5.6653, 5.15, 10, 0], // adjusted
    [5.67, Number.NaN, 10, 0],
    [0.01, 0.01, 10, 0], // the lowest price there is
  ] as const)('close %d after %d at %i %%: %i', (close, reference, percent, flag) =>
    expect(limitFlag('MAIN', close, reference, percent)).toBe(flag),
  );
});

describe('limitStreaks', () => {
  it('counts up and down by themselves', () => {
    expect(
      run([
        [11, 10, 10],
        [12.1, 11, 10],
        [12.2, 12.1, 10],
        [10.98, 12.2, 10],
        [9.88, 10.98, 10],
        [10.87, 9.88, 10],
      ]),
    ).toEqual({ flags: [1, 1, 0, -1, -1, 1], streaks: [1, 2, 0, -1, -2, 1] });
  });

  it('neither breaks nor extends a streak on days without trading', () => {
    expect(
      run([
        [11, 10, 10],
        [closed, 11, 10],
        [closed, closed, 10],
        [12.1, 11, 10],
      ]),
    ).toEqual({ flags: [1, 0, 0, 1], streaks: [1, 1, 1, 2] });
  });

  it('goes on across an ex-right day, whose reference is less the right', () => {
    expect(
      run([
        [11, 10, 10],
        [6.05, 5.5, 10],
      ]),
    ).toEqual({ flags: [1, 1], streaks: [1, 2] });
  });

  it('ends with a session that has no limit', () => {
    expect(
      run([
        [11, 10, 10],
        [12.1, 11, 0],
      ]).streaks,
    ).toEqual([1, 0]);
  });

  it('refuses columns of different length', () => {
    const days = { board: 'MAIN', closes: new Float64Array(2), references: new Float64Array(2) } as const;
    expect(() => limitStreaks({ ...days, percents: new Uint8Array(1) })).toThrow(RangeError);
  });

  it('counts the sessions since the last other one, literally; suspensions taken out change nothing else', () => {
    const kind = fc.constantFrom('up', 'down', 'other', 'closed');
    fc.assert(
      fc.property(fc.array(kind, { maxLength: 30 }), fc.integer({ min: 100, max: 9000 }), (kinds, cents) => {
        const { up, down } = limitPrices('MAIN', cents, 10);
        const closes = { up: up / 100, down: down / 100, other: cents / 100, closed };
        const { flags, streaks } = run(kinds.map((each) => [closes[each], cents / 100, 10]));
        kinds.forEach((each, day) => {
          const sessions = kinds.slice(0, day + 1).filter((one) => one !== 'closed');
          const last = sessions.at(-1);
          const length = sessions.length - 1 - sessions.findLastIndex((one) => one !== last);
          const expected = last === 'up' ? length : last === 'down' ? -length : 0;
          expect(streaks[day]).toBe(expected);
          expect(flags[day]).toBe(each === 'up' ? 1 : each === 'down' ? -1 : 0);
        });
      }),
    );
  });
});
