import { MemberReason } from './member-reason.js';
import type { Membership } from './membership.js';

/** Why an industry has, or has not, a mean. */
export const MemberMeanReason = {
  ...MemberReason,
  /** No member (under CAP: none with a weight) has a score. */
  NO_SCORES: 3,
} as const;
export type MemberMeanReason = (typeof MemberMeanReason)[keyof typeof MemberMeanReason];

export interface MemberMean {
  /** Σ drifted weight × score / Σ drifted weight over the members that have a score, in its unit; NaN = not available. */
  readonly value: number;
  /** Share of the members' weight, as known on the weight date and not drifted, that has a score, 0 to 1. */
  readonly coverage: number;
  readonly reason: MemberMeanReason;
  /** Members that the value rests on. */
  readonly scored: number;
  /** Those of them whose weight stands as on its weight date, for want of prices. */
  readonly undrifted: number;
  /** Share of these in the weight of the scored, as known on the weight date, 0 to 1. */
  readonly undriftedShare: number;
  /** The value rests on a membership or weight that became known only after the date. */
  readonly hindsight: boolean;
}

/**
 * The mean of an industry's members, each counted by its weight.
 *
 * @param members of one industry on the date
 * @param scoreOf NaN where a stock has none
 * @param driftOf by what a weight has grown with its stock's price since its weight date: 1 = not at all, null = not
 *   known, which leaves the weight as it was. Left out, every member counts alike
 */
export function memberMean(
  members: readonly Membership[],
  date: number,
  scoreOf: (stock: string) => number,
  driftOf: ((member: Membership) => number | null) | null,
): MemberMean {
  let [weightedSum, driftedWeight, scoredWeight, undriftedWeight, total] = [0, 0, 0, 0, 0];
  let [scored, undrifted] = [0, 0];
  let hindsight = false;
  for (const member of members) {
    const weight = driftOf === null ? 1 : (member.weight ?? 0);
    if (weight === 0) continue;
    total += weight;
    const score = scoreOf(member.stock);
    if (Number.isNaN(score)) continue;
    const drift = driftOf === null ? 1 : driftOf(member);
    const drifted = weight * (drift ?? 1);
    weightedSum += drifted * score;
    driftedWeight += drifted;
    scoredWeight += weight;
    scored++;
    if (drift === null) {
      undrifted++;
      undriftedWeight += weight;
    }
    hindsight ||= member.weightDate > date;
  }
  if (scored > 0)
    return {
      value: weightedSum / driftedWeight,
      coverage: scoredWeight / total,
      reason: MemberMeanReason.OK,
      scored,
      undrifted,
      undriftedShare: undriftedWeight / scoredWeight,
      hindsight,
    };
  const reason =
    members.length === 0
      ? MemberMeanReason.NO_MEMBERS
      : total === 0
        ? MemberMeanReason.NO_WEIGHTS
        : MemberMeanReason.NO_SCORES;
  return { value: Number.NaN, coverage: 0, reason, scored, undrifted, undriftedShare: 0, hindsight: false };
}
