import { LANES } from './diffusion-kernel.js';
import { LundongError } from './errors.js';
import { groupBy } from './group-by.js';
import type { DayNumber } from './local-date.js';
import type { Membership } from './membership.js';

/** A membership in terms of the panel: rows instead of days, a slot of the industry instead of a stock. */
export interface MembershipRows {
  readonly membership: Membership;
  readonly slot: number;
  readonly fromRow: number;
  /** Exclusive, above fromRow. */
  readonly toRow: number;
  /** Close at which `weight` was known; NaN where the stock has no close at all. */
  readonly referenceClose: number;
}

/** Rows between which neither members nor weights of an industry change. All `…At` are addresses of one double per slot. */
export interface WeightEpoch {
  readonly fromRow: number;
  /** Exclusive. */
  readonly toRow: number;
  /** Members, those without prices included. */
  readonly memberCount: number;
  /** Σ weight over the same; 0 where no weight is known. */
  readonly totalWeight: number;
  /** The last weight date among the members: rows before it use knowledge that they could not have. */
  readonly latestWeightDate: DayNumber;
  /** 1 = member, 0 = not. */
  readonly membersAt: number;
  /** Weight as known on the weight date; 0 = not known or not a member. */
  readonly weightsAt: number;
  /** Weight / reference close: times the close of a day it is the weight drifted to that day. */
  readonly weightsPerPriceAt: number;
}

export const DOUBLES_PER_SLOT = 3;

/** First rows of the epochs, ascending, beginning with 0. */
export function epochStarts(memberships: readonly MembershipRows[], rows: number): readonly number[] {
  const starts = new Set([0, ...memberships.flatMap(({ fromRow, toRow }) => [fromRow, toRow])]);
  return [...starts].filter((row) => row < rows).sort((a, b) => a - b);
}

/**
 * Writes the vectors of each epoch, one epoch after the other.
 *
 * @param target `starts × slots × DOUBLES_PER_SLOT` doubles
 * @throws LundongError INVALID_ARGUMENT where stretches of one stock overlap
 */
export function writeWeightEpochs(
  memberships: readonly MembershipRows[],
  starts: readonly number[],
  rows: number,
  slots: number,
  target: Float64Array,
): readonly WeightEpoch[] {
  const starting = groupBy(memberships, ({ fromRow }) => fromRow);
  const ending = groupBy(memberships, ({ toRow }) => toRow);
  const current = new Map<number, MembershipRows>();

  return starts.map((fromRow, index) => {
    for (const { slot } of ending.get(fromRow) ?? []) current.delete(slot);
    for (const each of starting.get(fromRow) ?? []) {
      if (current.has(each.slot)) throw overlap(each.membership);
      current.set(each.slot, each);
    }
    const vector = (part: number) =>
      target.subarray((index * DOUBLES_PER_SLOT + part) * slots, (index * DOUBLES_PER_SLOT + part + 1) * slots);
    const [members, weights, weightsPerPrice] = [vector(0), vector(1), vector(2)];
    let latestWeightDate = Number.NEGATIVE_INFINITY;
    for (const { slot, membership, referenceClose } of current.values()) {
      members[slot] = 1;
      weights[slot] = membership.weight ?? 0;
      weightsPerPrice[slot] = Number.isNaN(referenceClose) ? 0 : weights[slot] / referenceClose;
      latestWeightDate = Math.max(latestWeightDate, membership.weightDate);
    }
    return {
      fromRow,
      toRow: starts[index + 1] ?? rows,
      memberCount: current.size,
      totalWeight: sumInKernelOrder(weights),
      latestWeightDate,
      membersAt: members.byteOffset,
      weightsAt: weights.byteOffset,
      weightsPerPriceAt: weightsPerPrice.byteOffset,
    };
  });
}

/** Lane by lane as the kernel adds, so that the weight of the valid members is the total, bit for bit, when all are. */
function sumInKernelOrder(values: Float64Array): number {
  const lanes = new Float64Array(LANES);
  for (let index = 0; index < values.length; index++) lanes[index % LANES] += values[index];
  return lanes.reduce((sum, lane) => sum + lane);
}

function overlap({ industry, stock }: Membership): LundongError {
  return new LundongError(
    'INVALID_ARGUMENT',
    `Stock ${stock} has two memberships in industry ${industry} on the same day; end the first where the next begins.`,
  );
}
