/** Why a figure over an industry's members is, or is not, available, as far as that holds of every such figure. */
export const MemberReason = {
  OK: 0,
  /** The industry has no member on the date. */
  NO_MEMBERS: 1,
  /** Cap-weighted, and of no member is a weight known. */
  NO_WEIGHTS: 2,
} as const;
