import { describe, expect, it } from 'vitest';
import { dailyLimit, exRightFactor, returnFromClose } from '#lundong/domain/overnight-return.js';

describe('the ex-right factor', () => {
  it('makes up for a dividend', () => {
    // 20.00 cum, 19.40 ex a dividend of 0.50, hence down 0.5 %: the adjusted close goes from 41.00 to 40.794872
    expect(exRightFactor(41 * (19.4 / 19.5), 41, 19.4, 20)).toBeCloseTo(20 / 19.5, 12);
  });

  it('makes up for a split', () => {
    expect(exRightFactor(100, 100, 5, 10)).toBe(2);
  });

  it('leaves alone what the rounding of closes to the cent explains', () => {
    // Of 2 yuan a cent is half a percent: 0.01 / 2.01 + 0.01 / 2 = 0.998 %.
    expect(exRightFactor(2.01, 2, 100.9, 101)).toBe(1); // 0.60 % apart
    expect(exRightFactor(2.02, 2, 100.9, 101)).toBeCloseTo(1.01 / (100.9 / 101), 12); // 1.1 %
  });

  it('leaves alone less than 0.2 %, however exact the closes', () => {
    expect(exRightFactor(1001.9, 1000, 10, 10)).toBe(1);
    expect(exRightFactor(1002.1, 1000, 10, 10)).toBeCloseTo(1.0021, 12);
  });

  it('leaves alone what would raise a price: corporate actions lower it', () => {
    expect(exRightFactor(99, 100, 10, 10)).toBe(1);
    expect(exRightFactor(101, 100, 10, 10)).toBeCloseTo(1.01, 12);
  });

  it('is 1 where a close is missing or, adjusted, below zero', () => {
    expect(exRightFactor(Number.NaN, 10, 5, 10)).toBe(1);
    expect(exRightFactor(10, 10, 5, Number.NaN)).toBe(1);
    expect(exRightFactor(-0.3, -0.6, 5, 5)).toBe(1);
  });
});

describe('the return from the last close', () => {
  it('counts the ex-right factor in', () => {
    expect(returnFromClose(9.6, 10, 1.05, 0.1)).toBeCloseTo(0.008, 12);
  });

  it('is missing beyond the daily limit and half a percent', () => {
    expect(returnFromClose(1.105, 1, 1, 0.1)).toBeCloseTo(0.105, 12);
    expect(returnFromClose(1.1051, 1, 1, 0.1)).toBeNaN();
    expect(returnFromClose(0.8949, 1, 1, 0.1)).toBeNaN();
    expect(returnFromClose(1, Number.NaN, 1, 0.1)).toBeNaN();
  });

  it('is limited by the board of the code', () => {
    const codes = [
      '600519.SH',
      '000001.SZ',
      '002594.SZ',
      '300750.SZ',
      '301269.SZ',
      '688981.SH',
      '689009.SH',
      '920819.BJ',
    ];
    expect(codes.map(dailyLimit)).toEqual([0.1, 0.1, 0.1, 0.2, 0.2, 0.2, 0.2, 0.3]);
  });
});
