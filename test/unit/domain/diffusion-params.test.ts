import { describe, expect, test } from 'vitest';
import { canonicalDiffusionParams, diffusionReach } from '#lundong/domain/diffusion-params.js';

describe('canonicalDiffusionParams', () => {
  test('fills the defaults that reproduce the published values', () => {
    expect(canonicalDiffusionParams()).toEqual({ lookback: 220, rule: 'ROC', weighting: 'CAP', smoothing: [] });
  });

  test('drops smoothing over one day, which changes nothing', () => {
    expect(canonicalDiffusionParams({ smoothing: [1, 20] }).smoothing).toEqual([20]);
  });

  test.each([
    [{ lookback: 0 }, 'Diffusion lookback 0 is not possible; give a whole number of trading days, 1 to 1000.'],
    [{ lookback: 1001 }, 'lookback 1001'],
    [{ lookback: 2.5 }, 'lookback 2.5'],
    [{ lookback: Number.NaN }, 'lookback NaN'],
    [{ rule: 'EMA' as never }, 'Diffusion rule EMA is not possible; give ROC or MA.'],
    [{ weighting: 'SQRT' as never }, 'Diffusion weighting SQRT is not possible; give EQUAL or CAP.'],
    [{ smoothing: [5, 251] }, 'Diffusion smoothing [5, 251] is not possible; give at most two whole numbers'],
    [{ smoothing: [0] }, 'smoothing [0]'],
    [{ smoothing: [2, 3, 4] }, 'smoothing [2, 3, 4]'],
  ])('refuses %j', (partial, message) => {
    expect(() => canonicalDiffusionParams(partial)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(message) }),
    );
  });
});

describe('diffusionReach', () => {
  const reach = (rule: 'ROC' | 'MA', lookback: number, smoothing: number[] = []) =>
    diffusionReach(canonicalDiffusionParams({ rule, lookback, smoothing }));

  test('ROC: the day itself and the day that looks back to it, each spread by smoothing', () => {
    expect(reach('ROC', 220)).toEqual([
      [0, 0],
      [220, 220],
    ]);
    expect(reach('ROC', 220, [5, 20])).toEqual([
      [0, 23],
      [220, 243],
    ]);
  });

  test('ROC: intervals that meet are one', () => {
    expect(reach('ROC', 24, [5, 20])).toEqual([[0, 47]]);
    expect(reach('ROC', 25, [5, 20])).toEqual([
      [0, 23],
      [25, 48],
    ]);
    expect(reach('ROC', 1)).toEqual([[0, 1]]);
  });

  test('MA: every day whose window holds it', () => {
    expect(reach('MA', 20)).toEqual([[0, 19]]);
    expect(reach('MA', 20, [5])).toEqual([[0, 23]]);
  });
});
