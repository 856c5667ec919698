import type { Membership } from './membership.js';

/** Why an industry has, or has not, a mean. */
export enum MemberMeanReason {
  OK = 0,
  /** The industry has no member on the date. */
  NO_MEMBERS = 1,
  /** Cap-weighted, and of no member is a weight known. */
  NO_WEIGHTS = 2,
  /** No member (under CAP: none with a weight) has a score. */
  NO_SCORES = 3,
}

export interface MemberMean {
  /** Σ weight × score / Σ weight over the members that have a score, in the score's unit; NaN = not available. */
  readonly value: number;
  /** Share of the members' weight that has a score, 0 to 1. */
  readonly coverage: number;
  readonly reason: MemberMeanReason;
  /** The value rests on a membership or weight that became known only after the date. */
  readonly hindsight: boolean;
}

/**
 * The mean of an industry's members, each counted by its weight.
 *
 * @param members of one industry on the date
 * @param scoreOf NaN where a stock has none
 * @param driftOf by what a weight has grown with its stock's price since its weight date: 1 = not at all. Left out,
 *   every member counts alike
 */
export function memberMean(
  members: readonly Membership[],
  date: number,
  scoreOf: (stock: string) => number,
  driftOf: ((member: Membership) => number) | null,
): MemberMean {
  let [weightedSum, scored, total] = [0, 0, 0];
  let hindsight = false;
  for (const member of members) {
    const weight = driftOf === null ? 1 : (member.weight ?? 0) * driftOf(member);
    if (weight === 0) continue;
    total += weight;
    const score = scoreOf(member.stock);
    if (Number.isNaN(score)) continue;
    weightedSum += weight * score;
    scored += weight;
    hindsight ||= member.weightDate > date;
  }
  if (scored > 0)
    return { value: weightedSum / scored, coverage: scored / total, reason: MemberMeanReason.OK, hindsight };
  const reason =
    members.length === 0
      ? MemberMeanReason.NO_MEMBERS
      : total === 0
        ? MemberMeanReason.NO_WEIGHTS
        : MemberMeanReason.NO_SCORES;
  return { value: Number.NaN, coverage: 0, reason, hindsight: false };
}
