import { LundongError } from './errors.js';

export type DiffusionRule = 'ROC' | 'MA';
export type DiffusionWeighting = 'EQUAL' | 'CAP';

export interface DiffusionParams {
  /** Trading days: ROC compares with the close so many days before, MA with the mean of so many closes. */
  readonly lookback: number;
  readonly rule: DiffusionRule;
  readonly weighting: DiffusionWeighting;
  /** Windows, in trading days, of the simple moving averages applied one after the other. */
  readonly smoothing: readonly number[];
}

/**
 * Fills the defaults (ROC over 220 days, cap-weighted, not smoothed: the setting that reproduces the published values)
 * and drops smoothing over one day, so that equal computations have equal parameters.
 *
 * @throws LundongError INVALID_ARGUMENT
 */
export function canonicalDiffusionParams(partial: Partial<DiffusionParams> = {}): DiffusionParams {
  const { lookback = 220, rule = 'ROC', weighting = 'CAP', smoothing = [] } = partial;
  if (!isWholeNumber(lookback, 1000)) throw invalid('lookback', lookback, 'a whole number of trading days, 1 to 1000');
  if (rule !== 'ROC' && rule !== 'MA') throw invalid('rule', rule, 'ROC or MA');
  if (weighting !== 'EQUAL' && weighting !== 'CAP') throw invalid('weighting', weighting, 'EQUAL or CAP');
  if (smoothing.length > 2 || !smoothing.every((window) => isWholeNumber(window, 250)))
    throw invalid('smoothing', `[${smoothing.join(', ')}]`, 'at most two whole numbers of trading days, each 1 to 250');
  return { lookback, rule, weighting, smoothing: smoothing.filter((window) => window > 1) };
}

/** Rows before the first of which a value can exist. */
export function rowsBeforeFirstValue(params: DiffusionParams): { readonly base: number; readonly smoothing: number } {
  return {
    base: params.rule === 'ROC' ? params.lookback : params.lookback - 1,
    smoothing: params.smoothing.reduce((sum, window) => sum + window - 1, 0),
  };
}

/**
 * Where a changed close shows: the value of row r depends, through prices compared, on the closes of the rows r − o with
 * o in one of the intervals. (Under CAP a close that a weight drifts from reaches, besides, every row of that weight.)
 *
 * @returns intervals [from, to] of row offsets, both ends included, ascending and apart
 */
export function diffusionReach(params: DiffusionParams): readonly (readonly [from: number, to: number])[] {
  const { base, smoothing } = rowsBeforeFirstValue(params);
  if (params.rule === 'MA' || smoothing + 1 >= base) return [[0, base + smoothing]];
  return [
    [0, smoothing],
    [base, base + smoothing],
  ];
}

function isWholeNumber(value: number, highest: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= highest;
}

function invalid(name: string, value: unknown, remedy: string): LundongError {
  return new LundongError('INVALID_ARGUMENT', `Diffusion ${name} ${value} is not possible; give ${remedy}.`);
}
