import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LocalDate } from '#lundong/domain/local-date.js';
import {
  type Board,
  boardOf,
  exRightReference,
  limitFlag,
  limitPercent,
  limitPrices,
  toCents,
} from '#lundong/domain/price-limit.js';

const day = (text: string) => text as LocalDate;
const terms = (board: Board, date: string, riskWarning = false, listed?: [date: string, session: number]) => ({
  board,
  date: day(date),
  riskWarning,
  listing: listed ? { date: day(listed[0]), session: listed[1] } : null,
});

describe('boardOf', () => {
  it.each([
    ['600519.SH', 'MAIN'],
    ['601318.SH', 'MAIN'],
    ['603986.SH', 'MAIN'],
    ['605499.SH', 'MAIN'],
    ['000001.SZ', 'MAIN'],
    ['001289.SZ', 'MAIN'],
    ['002594.SZ', 'MAIN'],
    ['003816.SZ', 'MAIN'],
    ['300750.SZ', 'CHINEXT'],
    ['301236.SZ', 'CHINEXT'],
    ['302132.SZ', 'CHINEXT'],
    ['688981.SH', 'STAR'],
    ['689009.SH', 'STAR'],
    ['430047.BJ', 'BEIJING'],
    ['835185.BJ', 'BEIJING'],
    ['920002.BJ', 'BEIJING'],
    ['900901.SH', null],
    ['200012.SZ', null],
    ['510300.SH', null],
    ['159915.SZ', null],
    ['000300.SH', null],
    ['399006.SZ', null],
    ['600519', null],
  ])('%s: %s', (code, board) => expect(boardOf(code)).toBe(board));
});

describe('limitPercent', () => {
  it.each([
    ['main board', terms('MAIN', '2025-11-21'), 10],
    ['main board under a risk warning, before the change', terms('MAIN', '2026-07-03', true), 5],
    ['main board under a risk warning, from the change on', terms('MAIN', '2026-07-06', true), 10],
    ['ChiNext before registration', terms('CHINEXT', '2020-08-21'), 10],
    ['ChiNext from registration on', terms('CHINEXT', '2020-08-24'), 20],
    ['ChiNext under a risk warning', terms('CHINEXT', '2024-05-06', true), 20],
    ['STAR', terms('STAR', '2019-07-29'), 20],
    ['STAR under a risk warning', terms('STAR', '2024-05-06', true), 20],
    ['Beijing', terms('BEIJING', '2024-05-06'), 30],
  ])('%s', (_, given, percent) => expect(limitPercent(given)).toBe(percent));

  it.each([
    ['main board, registered, fifth session', terms('MAIN', '2023-04-14', false, ['2023-04-10', 5]), null],
    ['main board, registered, sixth session', terms('MAIN', '2023-04-17', false, ['2023-04-10', 6]), 10],
    ['main board, before registration, first session', terms('MAIN', '2023-04-07', false, ['2023-04-07', 1]), null],
    ['listed just before registration, second session', terms('MAIN', '2023-04-10', false, ['2023-04-07', 2]), 10],
    ['ChiNext, registered, first session', terms('CHINEXT', '2020-08-24', false, ['2020-08-24', 1]), null],
    ['ChiNext, registered, fifth session', terms('CHINEXT', '2020-08-28', false, ['2020-08-24', 5]), null],
    ['ChiNext, registered, sixth session', terms('CHINEXT', '2020-08-31', false, ['2020-08-24', 6]), 20],
    ['ChiNext, listed before, third session', terms('CHINEXT', '2020-08-24', false, ['2020-08-20', 3]), 20],
    ['ChiNext, listed before, second session', terms('CHINEXT', '2020-08-21', false, ['2020-08-20', 2]), 10],
    ['STAR, fifth session', terms('STAR', '2019-07-26', false, ['2019-07-22', 5]), null],
    ['STAR, sixth session', terms('STAR', '2019-07-29', false, ['2019-07-22', 6]), 20],
    ['Beijing, first session', terms('BEIJING', '2024-01-09', false, ['2024-01-09', 1]), null],
    ['Beijing, second session', terms('BEIJING', '2024-01-10', false, ['2024-01-09', 2]), 30],
  ])('after the listing: %s', (_, given, percent) => expect(limitPercent(given)).toBe(percent));
});

describe('limitPrices', () => {
  it.each([
    // board, previous close, percent, up, down (cents)
    ['MAIN', 515, 10, 567, 464], // 566.5 and 463.5: the half cents that doubles get wrong
    ['MAIN', 1000, 10, 1100, 900],
    ['MAIN', 148800, 10, 163680, 133920],
    ['MAIN', 105, 10, 116, 95], // 115.5 and 94.5
    ['MAIN', 330, 5, 347, 314], // 346.5 and 313.5
    ['MAIN', 333, 5, 350, 316], // 349.65 and 316.35
    ['CHINEXT', 1234, 20, 1481, 987], // 1480.8 and 987.2
    ['STAR', 1233, 20, 1480, 986], // 1479.6 and 986.4
    ['BEIJING', 1234, 30, 1604, 864], // 1604.2 and 863.8
    ['BEIJING', 1005, 30, 1306, 704], // 1306.5 and 703.5: cut off inside
    ['BEIJING', 1000, 30, 1300, 700],
    ['MAIN', 4, 10, 5, 3], // rounding would leave the close
    ['MAIN', 9, 5, 10, 8],
    ['MAIN', 1, 10, 2, 1],
  ] as const)('%s from %i at %i %%: %i and %i', (board, previous, percent, up, down) => {
    expect(limitPrices(board, previous, percent)).toEqual({ up, down });
  });

  it('is the nearest whole cent, the half going up, told in exact fractions', () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 300_000 }), fc.constantFrom(5, 10, 20), (previous, percent) => {
        const { up, down } = limitPrices('MAIN', previous, percent);
        const half = (price: number, exact: number) => price * 100 - exact > -50 && price * 100 - exact <= 50;
        expect(half(up, previous * (100 + percent))).toBe(true);
        expect(half(down, previous * (100 - percent))).toBe(true);
      }),
    );
  });

  it('in Beijing never leaves the limit, and comes within a cent of it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 300_000 }), (previous) => {
        const { up, down } = limitPrices('BEIJING', previous, 30);
        expect(up * 100).toBeLessThanOrEqual(previous * 130);
        expect((up + 1) * 100).toBeGreaterThan(previous * 130);
        expect(down * 100).toBeGreaterThanOrEqual(previous * 70);
        expect((down - 1) * 100).toBeLessThan(previous * 70);
      }),
    );
  });
});

describe('toCents', () => {
  it('takes every price of whole cents, also as a 32-bit float', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300_000 }), (cents) => {
        expect(toCents(cents / 100)).toBe(cents);
        expect(toCents(Math.fround(cents / 100))).toBe(cents);
      }),
    );
  });

  it.each([5.6653, 0.001, 0, -5.15, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d', (price) =>
    expect(toCents(price)).toBeNull(),
  );
});

describe('exRightReference', () => {
  it('takes the right out of the close before', () => {
    expect(exRightReference(2000, 1, 2)).toBe(1000); // split in two
    expect(exRightReference(1000, 1, 10 / 9.5)).toBe(950); // 0.50 yuan paid on 10.00
    expect(exRightReference(1234, 1.2345, 1.2345)).toBe(1234);
  });
});

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
