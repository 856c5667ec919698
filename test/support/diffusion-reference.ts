import type { DiffusionLayoutInput } from '#lundong/domain/diffusion-layout.js';
import type { DiffusionParams } from '#lundong/domain/diffusion-params.js';
import type { Membership } from '#lundong/domain/membership.js';
import { toExact } from './exact.js';

/**
 * The diffusion index straight from its definitions: no rolling, no epochs, every window summed anew, the MA rule
 * decided in whole numbers. Slow, and sharing nothing with the engine but the names of its input.
 */

export interface ReferenceCell {
  /** null = not available. */
  readonly value: number | null;
  readonly coverage: number;
  readonly reason: 'OK' | 'NO_MEMBERS' | 'NO_WEIGHTS' | 'NO_PRICES' | 'SHORT_HISTORY';
  readonly hindsight: boolean;
}

/** @returns one list of cells per industry, one cell per row of the panel */
export function referenceDiffusion(input: DiffusionLayoutInput, params: DiffusionParams): ReferenceCell[][] {
  return input.industries.map((industry) => {
    const base = Array.from(input.dates, (_, row) => baseCell(input, params, industry, row));
    let values = base.map((cell) => cell.value);
    for (const window of params.smoothing) values = values.map((_, row) => average(values, row, window));
    const rowsUsed = params.smoothing.reduce((sum, window) => sum + window - 1, 1);
    return base.map((cell, row): ReferenceCell => {
      const first = Math.max(0, row - rowsUsed + 1);
      const knownOn = range(first, row).flatMap((used) =>
        membersOn(input, industry, used).map((each) => each.weightDate),
      );
      return {
        value: values[row],
        coverage: cell.coverage,
        reason: cell.reason === 'OK' && values[row] === null ? 'SHORT_HISTORY' : cell.reason,
        hindsight: knownOn.some((day) => day > input.dates[row]),
      };
    });
  });
}

type BaseCell = Omit<ReferenceCell, 'hindsight'>;

function baseCell(input: DiffusionLayoutInput, params: DiffusionParams, industry: string, row: number): BaseCell {
  const nothing = (reason: ReferenceCell['reason']): BaseCell => ({ value: null, coverage: 0, reason });
  const members = membersOn(input, industry, row);
  if (members.length === 0) return nothing('NO_MEMBERS');
  if (params.weighting === 'CAP' && members.every((each) => each.weight === null)) return nothing('NO_WEIGHTS');

  let [up, valid, covered, all] = [0, 0, 0, 0];
  for (const member of members) {
    const share = params.weighting === 'CAP' ? (member.weight ?? 0) : 1;
    all += share;
    const isUp = vote(input, params, member.stock, row);
    if (isUp === null || share === 0) continue;
    covered += share;
    const close = closeOf(input, member.stock, row);
    const drifted = params.weighting === 'CAP' ? (share * close) / referenceClose(input, member) : 1;
    valid += drifted;
    if (isUp) up += drifted;
  }
  const counts = members.filter((each) => params.weighting === 'EQUAL' || (each.weight ?? 0) > 0);
  const priced = counts.some((each) => !Number.isNaN(closeOf(input, each.stock, row)));
  if (valid === 0) return nothing(priced ? 'SHORT_HISTORY' : 'NO_PRICES');
  return { value: up / valid, coverage: covered / all, reason: 'OK' };
}

/** @returns null where a close that the rule needs is missing */
function vote(
  input: DiffusionLayoutInput,
  { rule, lookback }: DiffusionParams,
  stock: string,
  row: number,
): boolean | null {
  const close = closeOf(input, stock, row);
  if (row < (rule === 'ROC' ? lookback : lookback - 1)) return null;
  if (rule === 'ROC') {
    const before = closeOf(input, stock, row - lookback);
    return Number.isNaN(close) || Number.isNaN(before) ? null : close > before;
  }
  const window = range(row - lookback + 1, row).map((each) => closeOf(input, stock, each));
  if (window.some(Number.isNaN)) return null;
  const sum = window.map(toExact).reduce((x, y) => x + y);
  return BigInt(lookback) * toExact(close) > sum;
}

function referenceClose(input: DiffusionLayoutInput, { stock, weightDate }: Membership): number {
  const rows = range(0, input.dates.length - 1).filter((row) => !Number.isNaN(closeOf(input, stock, row)));
  const row = rows.filter((each) => input.dates[each] <= weightDate).at(-1) ?? rows[0];
  return closeOf(input, stock, row);
}

function membersOn({ memberships, dates }: DiffusionLayoutInput, industry: string, row: number): Membership[] {
  const day = dates[row];
  return memberships.filter((each) => each.industry === industry && each.inDate <= day && day < each.outDate);
}

function closeOf({ codes, closes }: DiffusionLayoutInput, stock: string, row: number): number {
  return codes.includes(stock) ? closes[row * codes.length + codes.indexOf(stock)] : Number.NaN;
}

function average(values: readonly (number | null)[], row: number, window: number): number | null {
  if (row < window - 1) return null;
  const inside = values.slice(row - window + 1, row + 1);
  return inside.every((value) => value !== null) ? inside.reduce((x, y) => x + y, 0) / window : null;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
