/** A day's move of an A-share fund's net asset value: 20 % either way, the widest limit of the boards such funds hold. */
const LARGEST_MOVE = Math.log(1.25);
/** Beyond this, share change and value change that cancel out are no accident. */
const SUSPICIOUS_MOVE = Math.log(1.12);
const CANCELLING = Math.log(1.02);
/** How close to a whole multiple the shares are where only a split is likely to have made them so. */
const WHOLE = Math.log(1.001);
/** How far creations and redemptions may change the shares on the day of a split. */
const LARGEST_CREATION = Math.log(1.5);
/** No subscriptions or redemptions of a day come to this; shares that are counted in another unit do. */
const LARGEST_FLOW = Math.log(100);
/** By how much the best whole factor must fit better than the next one. */
const CLEAR_MARGIN = Math.log(1.1);
const LARGEST_FACTOR = 100;

/**
 * Tells a split or merge of fund shares from subscriptions. A split by k multiplies the shares by k and divides the net
 * asset value (NAV) by k; the day's own market move and subscriptions come on top:
 *
 *     s = shares(t)/shares(t−1) = k · (1 + subscriptions),   v = NAV(t)/NAV(t−1) = (1 + market move) / k
 *
 * While v is a market move (within a factor of 1.25) there was no split, however many shares came in; but where s is a
 * whole number or its inverse to 0.1 % it cannot be told: subscriptions seldom meet one, while vendors do post the shares
 * of a split a day before its NAV, and the whole fund would pass for money that came in. Nor can a change beyond a
 * hundredfold, which is no money but another unit. Otherwise k is the
 * whole number from 2 to 100, or for a merge its inverse, with the least |ln(s/k)| + |ln(v·k)|, provided that the move
 * left over is within 1.25, the subscriptions within 1.5, and the next number fits clearly worse. All else cannot be told:
 * a NAV move too large for the market that no whole number explains, and small fractional splits, where s and v cancel
 * out to 2 % and both are over 12 %. A fractional split of less than 12 % passes for a market move; where the
 * comparable shares of the day before are published they are better than any guess.
 *
 * The bounds are ours, chosen so that a doubtful day is left out rather than summed.
 *
 * @param shareRatio s, positive
 * @param navRatio v, positive; NaN where a NAV is missing: then only a change of shares too small for a split can be told
 * @returns k, new shares per old one: 2 = split in two, 0.5 = two merged into one, 1 = neither; null where it cannot be
 *   told
 */
export function recogniseSplit(shareRatio: number, navRatio: number): number | null {
  const shares = Math.log(shareRatio);
  if (Number.isNaN(navRatio)) return Math.abs(shares) < SUSPICIOUS_MOVE ? 1 : null;
  const nav = Math.log(navRatio);
  if (Math.abs(nav) <= LARGEST_MOVE) {
    const cancelling = Math.abs(shares + nav) < CANCELLING && Math.abs(nav) > SUSPICIOUS_MOVE;
    return cancelling || isWholeMultiple(shares) || Math.abs(shares) > LARGEST_FLOW ? null : 1;
  }
  return wholeFactor(shares, nav);
}

/** @param shares ln s */
function isWholeMultiple(shares: number): boolean {
  const times = Math.round(Math.exp(Math.abs(shares)));
  return times >= 2 && times <= LARGEST_FACTOR && Math.abs(Math.abs(shares) - Math.log(times)) < WHOLE;
}

/** @param shares ln s @param nav ln v */
function wholeFactor(shares: number, nav: number): number | null {
  const merge = nav > 0;
  const [grown, shrunk] = merge ? [-shares, nav] : [shares, -nav]; // a merge is a split seen backwards
  const misfit = (factor: number): number => Math.abs(grown - Math.log(factor)) + Math.abs(shrunk - Math.log(factor));
  let best = 2;
  for (let factor = 3; factor <= LARGEST_FACTOR; factor++) if (misfit(factor) < misfit(best)) best = factor;
  const clear = [best - 1, best + 1].every((other) => misfit(other) - misfit(best) >= CLEAR_MARGIN);
  const plausible =
    Math.abs(shrunk - Math.log(best)) <= LARGEST_MOVE && Math.abs(grown - Math.log(best)) <= LARGEST_CREATION;
  if (!clear || !plausible) return null;
  return merge ? 1 / best : best;
}
