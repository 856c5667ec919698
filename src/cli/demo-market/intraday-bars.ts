import { formatMinute, SESSIONS, SLOT_MINUTES, SLOTS_PER_DAY } from '../../domain/intraday-slots.js';
import type { LocalDate } from '../../domain/local-date.js';
import { DEMO_INDUSTRIES } from './industries.js';
import { marketCap, type Snapshot } from './memberships.js';
import type { DailyBars } from './price-paths.js';
import { Random } from './random.js';
import type { DemoStock } from './stocks.js';

/** Early enough for a window of 40 days, with means of the 20 days before, to be full well before October 2025. */
export const FIRST_INTRADAY_DATE = '2025-06-03' as LocalDate;
const STOCKS_PER_INDUSTRY = 4;
const SHARES_PER_LOT = 100;

/** Trading is heavy and prices are restless after the open and before the close. */
const USUAL_VOLUME = [2.4, 1.5, 1.2, 1, 0.9, 0.85, 0.8, 0.8, 0.95, 0.85, 0.8, 0.8, 0.85, 0.95, 1.1, 1.6];
const USUAL_VARIANCE = [3, 1.6, 1.2, 1, 0.8, 0.7, 0.7, 0.6, 1, 0.8, 0.7, 0.7, 0.7, 0.8, 1, 1.2];
const CUMULATIVE_VARIANCE = USUAL_VARIANCE.map((_, slot) =>
  USUAL_VARIANCE.slice(0, slot + 1).reduce((sum, variance) => sum + variance, 0),
);
const VARIANCE_OF_DAY = CUMULATIVE_VARIANCE.at(-1)!;
/** Of a day's movement of its own, how much happens between open and close. */
const INTRADAY_SHARE = 0.8;

const BAR_ENDS = SESSIONS.flatMap(({ from, to }) =>
  Array.from({ length: (to - from) / SLOT_MINUTES }, (_, index) => formatMinute(from + (index + 1) * SLOT_MINUTES)),
);

/** The largest members of every industry that trade on the first day of minute bars; positions, ascending. */
export function stocksWithMinuteBars(
  { membersByIndustry }: Snapshot,
  stocks: readonly DemoStock[],
  bars: readonly DailyBars[],
  firstDay: number,
): number[] {
  const cap = (position: number): number => marketCap(stocks[position]!, bars[position]!, firstDay);
  return DEMO_INDUSTRIES.flatMap((_, industry) =>
    membersByIndustry[industry]!.filter((position) => bars[position]!.volume[firstDay]! > 0)
      .toSorted((left, right) => cap(right) - cap(left))
      .slice(0, STOCKS_PER_INDUSTRY),
  ).toSorted((left, right) => left - right);
}

/**
 * Lines of 15-minute bars of one stock in Tushare's form. The bars of a day have the day's open, high, low, close and
 * volume between them; a bar opens where the one before closed. A day without trading has none.
 *
 * @param bars of the days, as traded: in whole cents, as exchanges print minutes too
 */
export function minuteBarLines(
  stock: DemoStock,
  bars: DailyBars,
  tradingDays: readonly LocalDate[],
  firstDay: number,
): string {
  const random = new Random(`minute bars ${stock.code}`);
  let lines = '';
  for (let day = firstDay; day < tradingDays.length; day++) {
    if (bars.volume[day] === 0) continue;
    const closes = drawCloses(random, stock, bars, day);
    const volumes = drawVolumes(random, bars.volume[day]!);
    const opens = [bars.open[day]!, ...closes.slice(0, -1)];
    const tops = closes.map((close, slot) => Math.max(opens[slot]!, close));
    const bottoms = closes.map((close, slot) => Math.min(opens[slot]!, close));
    // The bars that come nearest to the day's extremes reach them.
    const [highest, lowest] = [tops.indexOf(Math.max(...tops)), bottoms.indexOf(Math.min(...bottoms))];
    for (let slot = 0; slot < SLOTS_PER_DAY; slot++) {
      const shadow = (): number => 0.08 * stock.ownVolatility * Math.abs(random.normal());
      const [above, below] = [tops[slot]! * (1 + shadow()), bottoms[slot]! * (1 - shadow())];
      const high = slot === highest ? bars.high[day]! : Math.min(bars.high[day]!, roundCents(above));
      const low = slot === lowest ? bars.low[day]! : Math.max(bars.low[day]!, roundCents(below));
      const shares = volumes[slot]! * SHARES_PER_LOT;
      const amount = Math.round((shares * (opens[slot]! + high + low + closes[slot]!)) / 4);
      const prices = `${opens[slot]},${high},${low},${closes[slot]}`;
      lines += `${stock.code},${tradingDays[day]} ${BAR_ENDS[slot]}:00,${prices},${shares},${amount}\n`;
    }
  }
  return lines;
}

/** A random walk in logarithms, bent so that it leads from the day's open to its close, inside the day's range. */
function drawCloses(random: Random, stock: DemoStock, bars: DailyBars, day: number): number[] {
  const [open, close] = [bars.open[day]!, bars.close[day]!];
  const volatility = INTRADAY_SHARE * stock.ownVolatility;
  let walked = 0;
  const walk = USUAL_VARIANCE.map((variance) => {
    walked += volatility * Math.sqrt(variance / VARIANCE_OF_DAY) * random.normal();
    return walked;
  });
  const bend = Math.log(close / open) - walked;
  return walk.map((position, slot) => {
    if (slot === SLOTS_PER_DAY - 1) return close;
    const price = open * Math.exp(position + (bend * CUMULATIVE_VARIANCE[slot]!) / VARIANCE_OF_DAY);
    return Math.min(bars.high[day]!, Math.max(bars.low[day]!, roundCents(price)));
  });
}

/** Lots of 100 shares of every bar; their sum is the day's. */
function drawVolumes(random: Random, lots: number): number[] {
  const shares = USUAL_VOLUME.map((usual) => usual * Math.exp(0.35 * random.normal()));
  const whole = shares.reduce((sum, share) => sum + share, 0);
  let [drawn, given] = [0, 0];
  return shares.map((share) => {
    drawn += share;
    const upToHere = Math.round((lots * drawn) / whole);
    const own = upToHere - given;
    given = upToHere;
    return own;
  });
}

function roundCents(price: number): number {
  return Math.round(100 * price) / 100;
}
