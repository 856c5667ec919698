import { describe, expect, it } from 'vitest';
import { MemberMeanReason, memberMean } from '#lundong/domain/member-mean.js';
import { type Membership, OPEN_END } from '#lundong/domain/membership.js';

const DAY = 20_000;
const member = (stock: string, weight: number | null, weightDate = DAY - 10): Membership => ({
  industry: 'I',
  stock,
  inDate: 0,
  outDate: OPEN_END,
  weight,
  weightDate,
});
const SCORES: Readonly<Record<string, number>> = { A: 1, B: 4, C: -2 };
const scoreOf = (stock: string): number => SCORES[stock] ?? Number.NaN;
const driftsOf =
  (drifts: Readonly<Record<string, number>>) =>
  ({ stock }: Membership): number | null =>
    drifts[stock] ?? null;

describe('the mean of an industry’s members', () => {
  it('weighs by drifted weights, and counts coverage by those known on the weight date', () => {
    const members = [member('A', 100), member('B', 300), member('unscored', 100)];
    const found = memberMean(members, DAY, scoreOf, driftsOf({ A: 2, B: 0.5, unscored: 9 }));
    expect(found.value).toBeCloseTo((200 * 1 + 150 * 4) / 350, 14);
    expect(found).toMatchObject({ coverage: 0.8, reason: MemberMeanReason.OK, scored: 2, undrifted: 0 });
  });

  it('tells how many, and which share, of the scored stand undrifted', () => {
    const members = [member('A', 100), member('B', 300), member('C', null), member('unscored', 100)];
    const found = memberMean(members, DAY, scoreOf, driftsOf({ B: 0.5 }));
    expect(found.value).toBeCloseTo((100 * 1 + 150 * 4) / 250, 14);
    expect(found).toMatchObject({ coverage: 0.8, scored: 2, undrifted: 1, undriftedShare: 0.25 });
  });

  it('counts all alike without weights', () => {
    const members = [member('A', 100), member('C', null), member('unscored', 1)];
    const found = memberMean(members, DAY, scoreOf, null);
    expect(found).toMatchObject({ value: -0.5, coverage: 2 / 3, undrifted: 0, undriftedShare: 0 });
  });

  it('says why there is none', () => {
    const reasonOf = (...members: Membership[]) => memberMean(members, DAY, scoreOf, () => 1).reason;
    expect(reasonOf()).toBe(MemberMeanReason.NO_MEMBERS);
    expect(reasonOf(member('A', null))).toBe(MemberMeanReason.NO_WEIGHTS);
    expect(reasonOf(member('unscored', 1), member('A', null))).toBe(MemberMeanReason.NO_SCORES);
  });

  it('is hindsight where it rests on a weight known only later', () => {
    const later = member('A', 1, DAY + 1);
    expect(memberMean([later], DAY, scoreOf, () => 1).hindsight).toBe(true);
    expect(memberMean([later, member('B', 1)], DAY + 1, scoreOf, () => 1).hindsight).toBe(false);
  });
});
