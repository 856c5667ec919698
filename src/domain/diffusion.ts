import { TALLY_SIZE } from './diffusion-kernel.js';
import type { DiffusionLayout, IndustryBlock } from './diffusion-layout.js';
import { type DiffusionParams, type DiffusionWeighting, rowsBeforeFirstValue } from './diffusion-params.js';
import { MemberReason } from './member-reason.js';
import { movingAverage } from './moving-average.js';
import type { WeightEpoch } from './weight-epochs.js';

/** Why a value is, or is not, available. */
export const DiffusionReason = {
  ...MemberReason,
  /** No member (under CAP: none with a weight) has a close on the day. */
  NO_PRICES: 3,
  /** Members have one, but none has all the others that the rule needs, or not all the values to be averaged are there. */
  SHORT_HISTORY: 4,
} as const;
export type DiffusionReason = (typeof DiffusionReason)[keyof typeof DiffusionReason];

/** Each array is rows × industries, row by row, beginning with the first row asked for. */
export interface DiffusionResult {
  /** Share of the weight that is up, 0 to 1; NaN = not available. */
  readonly values: Float64Array;
  /** Share of the weight, as known on the weight date, that has the closes the row itself needs, 0 to 1. */
  readonly coverage: Float64Array;
  /** A DiffusionReason each. */
  readonly reasons: Uint8Array;
  /** 1 = the value rests on a membership or weight that became known only after the row's date. */
  readonly hindsight: Uint8Array;
}

/**
 * The diffusion index of each industry: the share of its weight whose close stands above the close `lookback` rows
 * before (ROC) or above the mean of the last `lookback` closes, the row's own included (MA), among the members that
 * have these closes. Under CAP a weight drifts with the close from its weight date.
 *
 * @param fromRow first row of the layout to compute; a row's result is the same bits whatever range it is part of
 * @param toRow exclusive
 */
export function computeDiffusion(
  layout: DiffusionLayout,
  params: DiffusionParams,
  fromRow: number,
  toRow: number,
): DiffusionResult {
  const industries = layout.blocks.length;
  const result = allocate((toRow - fromRow) * industries);
  const seriesFrom = Math.max(0, fromRow - rowsBeforeFirstValue(params).smoothing);
  layout.blocks.forEach((block, industry) => {
    const series = computeIndustry(layout, block, params, seriesFrom, toRow);
    for (let row = fromRow; row < toRow; row++) {
      const from = row - seriesFrom;
      const to = (row - fromRow) * industries + industry;
      result.values[to] = series.values[from];
      result.coverage[to] = series.coverage[from];
      result.reasons[to] = series.reasons[from];
      result.hindsight[to] = series.hindsight[from];
    }
  });
  return result;
}

function allocate(size: number): DiffusionResult {
  return {
    values: new Float64Array(size).fill(Number.NaN),
    coverage: new Float64Array(size),
    reasons: new Uint8Array(size),
    hindsight: new Uint8Array(size),
  };
}

/** The result of one industry; where it is smoothed, of use from the row on from which smoothing can look back. */
function computeIndustry(
  layout: DiffusionLayout,
  block: IndustryBlock,
  params: DiffusionParams,
  fromRow: number,
  toRow: number,
): DiffusionResult {
  const series = allocate(toRow - fromRow);
  const { base, smoothing } = rowsBeforeFirstValue(params);
  tallyRows(layout, block, params, Math.max(fromRow, base), toRow);
  for (const epoch of overlapping(block.epochs, fromRow, toRow)) {
    fillFromTallies(layout, block, epoch, params, fromRow, series);
    // The value of a row up to `smoothing` rows after the epoch is an average over rows within it.
    const lastUse = Math.min(epoch.toRow + smoothing, toRow);
    for (let row = epoch.fromRow; row < lastUse && layout.dates[row] < epoch.latestWeightDate; row++)
      series.hindsight[row - fromRow] = 1;
  }
  return params.smoothing.length === 0 ? series : smooth(series, params.smoothing);
}

/** Runs the kernel: the tally of each row goes to its place in `layout.tallies`. */
function tallyRows(
  { kernel, tallies, windows }: DiffusionLayout,
  { pricesAt, rowBytes, epochs }: IndustryBlock,
  { rule, weighting, lookback }: DiffusionParams,
  fromRow: number,
  toRow: number,
): void {
  if (fromRow >= toRow) return; // the kernel always runs the first row it is given
  if (rowBytes === 0) {
    tallies.fill(0);
    return;
  }
  const addressOf = (row: number) => pricesAt + row * rowBytes;
  if (rule === 'MA') {
    windows.fill(0);
    if (lookback > 1)
      kernel.fillWindows(addressOf(fromRow - lookback + 1), addressOf(fromRow), rowBytes, windows.byteOffset);
  }
  for (const epoch of overlapping(epochs, fromRow, toRow)) {
    kernel.tally[rule][weighting](
      addressOf(epoch.fromRow),
      addressOf(epoch.toRow),
      rowBytes,
      rowBytes * (rule === 'ROC' ? lookback : lookback - 1),
      weighting === 'CAP' ? epoch.weightsPerPriceAt : epoch.membersAt,
      weighting === 'CAP' ? epoch.weightsAt : epoch.membersAt,
      windows.byteOffset,
      lookback,
      tallies.byteOffset + epoch.fromRow * TALLY_SIZE * Float64Array.BYTES_PER_ELEMENT,
    );
  }
}

/** The epochs that have rows in the range, cut to it. */
function overlapping(epochs: readonly WeightEpoch[], fromRow: number, toRow: number): readonly WeightEpoch[] {
  return epochs
    .filter((epoch) => epoch.fromRow < toRow && epoch.toRow > fromRow)
    .map((epoch) => ({ ...epoch, fromRow: Math.max(epoch.fromRow, fromRow), toRow: Math.min(epoch.toRow, toRow) }));
}

function fillFromTallies(
  { tallies }: DiffusionLayout,
  block: IndustryBlock,
  epoch: WeightEpoch,
  params: DiffusionParams,
  seriesFrom: number,
  series: DiffusionResult,
): void {
  const { weighting } = params;
  const { base } = rowsBeforeFirstValue(params);
  const total = weighting === 'CAP' ? epoch.totalWeight : epoch.memberCount;
  const { OK, NO_MEMBERS, NO_WEIGHTS, NO_PRICES, SHORT_HISTORY } = DiffusionReason;
  for (let row = epoch.fromRow; row < epoch.toRow; row++) {
    const at = row - seriesFrom;
    const valid = row < base ? 0 : tallies[row * TALLY_SIZE + 1]; // rows before were not tallied
    if (total === 0) series.reasons[at] = epoch.memberCount === 0 ? NO_MEMBERS : NO_WEIGHTS;
    else if (valid === 0)
      // By the closes of the row alone: where the panel begins, a stored reason must not depend on.
      series.reasons[at] = hasClose(tallies.buffer, block, epoch, weighting, row) ? SHORT_HISTORY : NO_PRICES;
    else {
      series.reasons[at] = OK;
      series.values[at] = tallies[row * TALLY_SIZE] / valid;
      series.coverage[at] = tallies[row * TALLY_SIZE + 2] / total;
    }
  }
}

/** Whether any member, under CAP any with a weight, has a close on the row. */
function hasClose(
  memory: ArrayBufferLike,
  { pricesAt, rowBytes }: IndustryBlock,
  { membersAt, weightsAt }: WeightEpoch,
  weighting: DiffusionWeighting,
  row: number,
): boolean {
  const slots = rowBytes / Float64Array.BYTES_PER_ELEMENT;
  const closes = new Float64Array(memory, pricesAt + row * rowBytes, slots);
  const weights = new Float64Array(memory, weighting === 'CAP' ? weightsAt : membersAt, slots);
  return closes.some((close, slot) => weights[slot] > 0 && !Number.isNaN(close));
}

function smooth(series: DiffusionResult, windows: readonly number[]): DiffusionResult {
  const values = windows.reduce(movingAverage, series.values);
  const reasons = series.reasons.map((reason, row) =>
    reason === DiffusionReason.OK && Number.isNaN(values[row]) ? DiffusionReason.SHORT_HISTORY : reason,
  );
  return { ...series, values, reasons };
}
