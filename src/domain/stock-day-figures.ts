import { SLOTS_PER_DAY } from './intraday-slots.js';
import type { LocalDate } from './local-date.js';

/**
 * The raw figures of one stock on one day, in the order in which they lie in memory and in the database. They rest on
 * that day's bars alone, so that a stored one stays right for as long as these do.
 */
export const STOCK_DAY_FIGURES = [
  'open',
  'close',
  'amount',
  'intradayReturn',
  'firstHalfHourReturn',
  'lastHalfHourReturn',
  'realizedVolatility',
  'realizedSkewness',
  'upVolumeShare',
  'closeToVwap',
  'firstHalfHourVolumeShare',
  'lastHalfHourVolumeShare',
  'returnVolumeCorrelation',
] as const;

export type StockDayFigure = (typeof STOCK_DAY_FIGURES)[number];

/** Where each figure begins, in stocks: figure f of stock i of n is at `FIGURE[f] * n + i`. */
export const FIGURE = Object.fromEntries(STOCK_DAY_FIGURES.map((name, index) => [name, index])) as Readonly<
  Record<StockDayFigure, number>
>;

/** The figures of all stocks that have bars on a date. */
export interface DayFigures {
  readonly date: LocalDate;
  /** Ascending. */
  readonly codes: readonly string[];
  /** Figures × stocks, figure by figure in the order of STOCK_DAY_FIGURES; NaN where there is none. */
  readonly figures: Float64Array;
}

/** Half a day: figures of fewer returns than these are not comparable with those of a whole day. */
const FEWEST_RETURNS = 8;

/** Values whose spread is a smaller share of their size than this differ by rounding only. */
const ROUNDING = 1e-9;

/** Prices in yuan, volume in shares, amount in yuan: stocks × 16, stock by stock; NaN in slots without bars. */
export interface SlotPrices {
  readonly open: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
  readonly amount: Float64Array;
}

/** The prices of a day's stocks, in the order of `codes`. */
export interface StockSlots extends SlotPrices {
  readonly codes: readonly string[];
}

/**
 * The day without the stocks that were suspended on it. Some vendors fill the day of a suspension with bars that carry
 * the last close: all volumes that are given are 0, all closes the same, and no amount is above zero. Where volumes are
 * missing altogether bars count as traded: a source may just not tell them.
 */
export function withoutSuspended<T extends StockSlots>(day: T): T {
  const traded = day.codes.flatMap((_, stock) => (isSuspended(day, stock) ? [] : [stock]));
  if (traded.length === day.codes.length) return day;
  const keep = (values: Float64Array): Float64Array => {
    const kept = new Float64Array(traded.length * SLOTS_PER_DAY);
    traded.forEach((stock, row) => {
      kept.set(values.subarray(stock * SLOTS_PER_DAY, (stock + 1) * SLOTS_PER_DAY), row * SLOTS_PER_DAY);
    });
    return kept;
  };
  return {
    ...day,
    codes: traded.map((stock) => day.codes[stock]),
    open: keep(day.open),
    close: keep(day.close),
    volume: keep(day.volume),
    amount: keep(day.amount),
  };
}

function isSuspended({ close, volume, amount }: SlotPrices, stock: number): boolean {
  let hasVolume = false;
  let price = Number.NaN;
  for (let at = stock * SLOTS_PER_DAY; at < (stock + 1) * SLOTS_PER_DAY; at++) {
    if (volume[at] > 0 || amount[at] > 0) return false;
    if (volume[at] === 0) hasVolume = true;
    if (Number.isNaN(close[at])) continue;
    if (Number.isNaN(price)) price = close[at];
    else if (close[at] !== price) return false;
  }
  return hasVolume;
}

/**
 * Works out the figures of stocks on one day, some of the `stocks` stocks that there are.
 *
 * With c(k), v(k), a(k) the close, volume and amount of slot k, sums over the slots that have them, and the return
 * r(k) = ln(c(k) / c(j)), j the last slot before k with a close; that of the day's first slot with a close is
 * ln(c / open):
 *
 *     open                      open of the first slot with a close (yuan)
 *     close                     close of the last slot with one (yuan)
 *     amount                    Σ a (yuan)
 *     intradayReturn            close / open − 1
 *     firstHalfHourReturn       c(1) / open − 1
 *     lastHalfHourReturn        c(15) / c(13) − 1
 *     realizedVolatility        √Σ r²
 *     realizedSkewness          √n · Σ r³ / (Σ r²)^1.5, n = number of returns
 *     upVolumeShare             Σ v over slots with r > 0, divided by Σ v
 *     closeToVwap               close / (Σ a / Σ v) − 1
 *     firstHalfHourVolumeShare  (v(0) + v(1)) / Σ v
 *     lastHalfHourVolumeShare   (v(14) + v(15)) / Σ v
 *     returnVolumeCorrelation   Pearson correlation of r(k) and v(k) over the slots that have both
 *
 * Returns, shares and correlations are fractions. A price, volume sum or amount sum that is not above zero is missing.
 * A figure is NaN where any value that its formula names is missing; realizedVolatility, realizedSkewness,
 * upVolumeShare and returnVolumeCorrelation also with fewer than 8 returns, realizedSkewness where no price moved,
 * returnVolumeCorrelation where returns or volumes are all the same.
 *
 * @param figures filled in, figures × stocks, figure by figure in the order of STOCK_DAY_FIGURES
 * @param from first stock of those to fill in, up to before `to`: a caller may let others in between
 */
export function fillStockDayFigures(
  figures: Float64Array,
  slots: SlotPrices,
  stocks: number,
  from: number,
  to: number,
): void {
  const returns = new Float64Array(SLOTS_PER_DAY);
  for (let stock = from; stock < to; stock++) figuresOfStock(slots, stock, stocks, returns, figures);
}

/** @param returns 16 places to work in */
function figuresOfStock(
  { open, close, volume, amount }: SlotPrices,
  stock: number,
  stocks: number,
  returns: Float64Array,
  figures: Float64Array,
): void {
  const start = stock * SLOTS_PER_DAY;
  let dayOpen = Number.NaN;
  let last = Number.NaN;
  let [volumeSum, amountSum, upVolume] = [0, 0, 0];
  let [returnCount, squares, cubes] = [0, 0, 0];
  for (let k = 0; k < SLOTS_PER_DAY; k++) {
    const slotClose = close[start + k];
    const slotVolume = volume[start + k];
    const slotAmount = amount[start + k];
    let r = Number.NaN;
    if (slotClose > 0) {
      if (Number.isNaN(last)) {
        dayOpen = positive(open[start + k]);
        r = Math.log(slotClose / dayOpen);
      } else r = Math.log(slotClose / last);
      last = slotClose;
    }
    returns[k] = r;
    if (!Number.isNaN(r)) {
      returnCount++;
      squares += r * r;
      cubes += r * r * r;
    }
    if (slotVolume > 0) {
      volumeSum += slotVolume;
      if (r > 0) upVolume += slotVolume;
    }
    if (slotAmount > 0) amountSum += slotAmount;
  }
  const [dayVolume, dayAmount] = [positive(volumeSum), positive(amountSum)];
  const isWhole = returnCount >= FEWEST_RETURNS;
  figures[FIGURE.open * stocks + stock] = dayOpen;
  figures[FIGURE.close * stocks + stock] = last;
  figures[FIGURE.amount * stocks + stock] = dayAmount;
  figures[FIGURE.intradayReturn * stocks + stock] = last / dayOpen - 1;
  figures[FIGURE.firstHalfHourReturn * stocks + stock] = positive(close[start + 1]) / dayOpen - 1;
  figures[FIGURE.lastHalfHourReturn * stocks + stock] = positive(close[start + 15]) / positive(close[start + 13]) - 1;
  figures[FIGURE.realizedVolatility * stocks + stock] = isWhole ? Math.sqrt(squares) : Number.NaN;
  figures[FIGURE.realizedSkewness * stocks + stock] =
    isWhole && squares > 0 ? (Math.sqrt(returnCount) * cubes) / squares ** 1.5 : Number.NaN;
  figures[FIGURE.upVolumeShare * stocks + stock] = isWhole ? upVolume / dayVolume : Number.NaN;
  figures[FIGURE.closeToVwap * stocks + stock] = last / (dayAmount / dayVolume) - 1;
  figures[FIGURE.firstHalfHourVolumeShare * stocks + stock] = (volume[start] + volume[start + 1]) / dayVolume;
  figures[FIGURE.lastHalfHourVolumeShare * stocks + stock] = (volume[start + 14] + volume[start + 15]) / dayVolume;
  figures[FIGURE.returnVolumeCorrelation * stocks + stock] = isWhole ? correlation(returns, volume, start) : Number.NaN;
}

function positive(value: number): number {
  return value > 0 ? value : Number.NaN;
}

/** Of the returns and the 16 volumes from `start` on; in two passes, so that large volumes cost no digits. */
function correlation(returns: Float64Array, volume: Float64Array, start: number): number {
  let [count, returnSum, volumeSum, returnSize, volumeSize] = [0, 0, 0, 0, 0];
  for (let k = 0; k < SLOTS_PER_DAY; k++) {
    const r = returns[k];
    const v = volume[start + k];
    if (Number.isNaN(r) || Number.isNaN(v)) continue;
    count++;
    returnSum += r;
    volumeSum += v;
    returnSize += r * r;
    volumeSize += v * v;
  }
  if (count < FEWEST_RETURNS) return Number.NaN;
  const [returnMean, volumeMean] = [returnSum / count, volumeSum / count];
  let [together, ofReturns, ofVolumes] = [0, 0, 0];
  for (let k = 0; k < SLOTS_PER_DAY; k++) {
    const r = returns[k];
    const v = volume[start + k];
    if (Number.isNaN(r) || Number.isNaN(v)) continue;
    together += (r - returnMean) * (v - volumeMean);
    ofReturns += (r - returnMean) ** 2;
    ofVolumes += (v - volumeMean) ** 2;
  }
  if (ofReturns <= ROUNDING ** 2 * returnSize || ofVolumes <= ROUNDING ** 2 * volumeSize) return Number.NaN;
  return together / Math.sqrt(ofReturns * ofVolumes);
}
