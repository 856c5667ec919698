import type { DemoEtf } from './etfs.js';
import { type DailyBars, emptyBars } from './price-paths.js';
import { Random } from './random.js';

/** One value per trading day; NaN before the first bar. Bars are as traded: a split shows in them. */
export interface EtfPath {
  bars: DailyBars;
  /** Yuan, four decimals. */
  nav: Float64Array;
  shares: Float64Array;
  /** Product of the split factors so far: price times this is the backward-adjusted price. */
  adjustment: Float64Array;
}

/** Shares are created and redeemed in blocks. */
const BLOCK = 1_000_000;
const SMALLEST_BLOCKS = 20;
const SUBJECT_NOISE = 0.004;
const TRACKING_NOISE = 0.0004;
const LOOK_BACK_DAYS = 20;

/**
 * @param industryBars by position in DEMO_INDUSTRIES
 * @param subjectReturns daily returns that the funds of the subject share beyond their industries, of `subjectReturns`
 */
export function simulateEtf(
  etf: DemoEtf,
  industryBars: readonly DailyBars[],
  subjectReturns: Float64Array,
  firstDay: number,
): EtfPath {
  const dayCount = subjectReturns.length;
  const random = new Random(`etf ${etf.code}`);
  const empty = (): Float64Array => new Float64Array(dayCount).fill(Number.NaN);
  const path: EtfPath = { bars: emptyBars(dayCount), nav: empty(), shares: empty(), adjustment: empty() };
  const { bars } = path;
  let nav = 0.6 + 0.8 * random.uniform();
  let blocks = Math.round(200 * Math.exp(1.4 * random.normal())) + SMALLEST_BLOCKS;
  let adjustment = 1;
  let premium = 0;
  let previousClose = roundTick(nav);
  const usualTurnover = random.between(0.01, 0.08);
  const recent: number[] = [];
  for (let day = Math.max(firstDay, etf.listDay); day < dayCount; day++) {
    const factor = etf.split?.day === day ? etf.split.factor : 1;
    const dayReturn =
      industryReturn(industryBars, etf.industries, day) + subjectReturns[day]! + TRACKING_NOISE * random.normal();
    nav = (nav * (1 + dayReturn)) / factor;
    adjustment *= factor;
    previousClose /= factor;
    premium = 0.7 * premium + 0.0008 * random.normal();
    path.nav[day] = Math.round(nav * 10_000) / 10_000;
    path.adjustment[day] = adjustment;

    const open = roundTick(previousClose * (1 + 0.4 * dayReturn + 0.002 * random.normal()));
    const close = roundTick(nav * (1 + premium));
    const high = roundTick(Math.max(open, close) * (1 + 0.004 * Math.abs(random.normal())));
    const low = roundTick(Math.min(open, close) * (1 - 0.004 * Math.abs(random.normal())));
    bars.open[day] = open;
    bars.high[day] = Math.max(high, open, close);
    bars.low[day] = Math.min(low, open, close);
    bars.close[day] = close;
    previousClose = close;

    // Money follows what has risen, and comes and goes by itself.
    recent.push(dayReturn);
    if (recent.length > LOOK_BACK_DAYS) recent.shift();
    const trend = recent.reduce((sum, one) => sum + one, 0);
    const created = Math.round(blocks * (0.02 * trend + 0.006 * random.normal()));
    blocks = Math.max(SMALLEST_BLOCKS, blocks + created);
    path.shares[day] = blocks * BLOCK * adjustment;

    const turnover = usualTurnover * Math.exp(0.4 * random.normal() + 10 * Math.abs(dayReturn));
    const lots = Math.max(1, Math.round((path.shares[day]! * turnover) / 100));
    bars.volume[day] = lots;
    bars.amount[day] = Math.round(lots * 100 * ((open + bars.high[day]! + bars.low[day]! + close) / 4)) / 1000;
  }
  return path;
}

/** What the funds of a subject earn beyond their industries. */
export function subjectReturns(subject: string, dayCount: number): Float64Array {
  const random = new Random(`subject ${subject}`);
  return Float64Array.from({ length: dayCount }, () => SUBJECT_NOISE * random.normal());
}

function industryReturn(industryBars: readonly DailyBars[], industries: readonly number[], day: number): number {
  const sum = industries.reduce((total, industry) => {
    const { close } = industryBars[industry]!;
    return total + close[day]! / close[day - 1]! - 1;
  }, 0);
  return sum / industries.length;
}

/** Funds trade in steps of 0.001 yuan. */
function roundTick(price: number): number {
  return Math.round(price * 1000) / 1000;
}
