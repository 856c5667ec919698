import { Random } from '#lundong/cli/demo-market/random.js';
import { fromDayNumber, type LocalDate } from '#lundong/domain/local-date.js';
import type { Bar, ReferenceMarket } from './intraday-features-reference.js';

/** Ends of 1-minute bars: 09:30, the auction, to 11:30 and 13:01 to 15:00. */
export const MINUTES: readonly number[] = [
  ...Array.from({ length: 121 }, (_, index) => 570 + index),
  ...Array.from({ length: 120 }, (_, index) => 781 + index),
];

/** Labels of 15-minute bars. */
export const QUARTERS: readonly number[] = MINUTES.filter((minute) => minute % 15 === 0 && minute > 570);

export interface BarsOptions {
  readonly seed: number;
  readonly dates: readonly string[];
  readonly stocks: number;
  /** Ends of the bars. */
  readonly minutes: readonly number[];
  /** Whether stocks are suspended, with carried closes or without bars, halted for hours and without bars for minutes. */
  readonly gaps: boolean;
}

/** Consecutive days that a test may take for trading days. */
export function someDates(count: number): LocalDate[] {
  return Array.from({ length: count }, (_, index) => fromDayNumber(20_000 + index));
}

const PREFIXES = ['600', '000', '300', '688', '920'];

/**
 * A market with what the features must bear: walks in cents, flat stretches, missing opens, dividends and splits, of
 * which adjusted closes tell for two stocks in three, and gaps.
 */
export function randomBars({ seed, dates, stocks, minutes, gaps }: BarsOptions): ReferenceMarket {
  const numbers = new Random(`bars ${seed}`);
  const random = (): number => numbers.uniform();
  const bars: Bar[] = [];
  const adjusted = new Map<string, number>();
  for (let stock = 0; stock < stocks; stock++) {
    const prefix = PREFIXES[stock % PREFIXES.length] as string;
    const exchange = prefix === '920' ? 'BJ' : prefix === '600' || prefix === '688' ? 'SH' : 'SZ';
    const code = `${prefix}${String(stock).padStart(3, '0')}.${exchange}`;
    const restless = 0.0005 + 0.004 * random();
    let price = 4 + 60 * random();
    let adjustment = 1 + 3 * random();
    for (const date of dates) {
      if (random() < 0.03) {
        const paid = 0.005 + (random() < 0.3 ? 0.5 : 0.05) * random();
        price *= 1 - paid;
        adjustment /= 1 - paid;
      }
      if (gaps && random() < 0.08) {
        // A suspension: some vendors have no bars of it, others bars that carry the last close.
        if (random() < 0.3) {
          const carried = { open: cents(price), close: cents(price), volume: 0, amount: 0 };
          bars.push(...minutes.map((minute) => ({ code, date, minute, ...carried })));
        }
        continue;
      }
      price *= 1 + 0.03 * (random() - 0.5);
      const isFlat = random() < 0.02;
      const from = gaps && random() < 0.1 ? Math.floor(random() * minutes.length) : 0;
      const to = gaps && random() < 0.1 ? Math.floor(random() * minutes.length) : minutes.length;
      let close = Number.NaN;
      minutes.forEach((minute, index) => {
        const open = cents(price);
        if (!isFlat && random() < 0.8) price *= 1 + restless * (random() + random() - 1);
        const isAbsent = index < from || index >= to || (gaps && random() < 0.05);
        if (isAbsent) return;
        close = minute === 570 ? open : cents(price);
        const volume = random() < 0.03 ? 0 : 100 * Math.ceil(2000 * random() ** 3);
        const hasOpen = random() > 0.02;
        bars.push({ code, date, minute, open: hasOpen ? open : 0, close, volume, amount: volume * close });
      });
      const vendors = random() < 0.1 ? 1 + 0.012 * (random() - 0.5) : 1; // another vendor's close, on single days
      if (!Number.isNaN(close) && stock % 3 > 0 && random() > 0.05)
        adjusted.set(`${code} ${date}`, Number((close * adjustment * vendors).toFixed(stock % 3 === 1 ? 2 : 6)));
    }
  }
  return { dates, bars, adjusted };
}

function cents(price: number): number {
  return Math.max(1, Math.round(price * 100)) / 100;
}

/**
 * The bars that a vendor makes of 1-minute bars: the open is that of the first, or where it lacks one the auction's
 * price or the close before it; the close that of the last, volume and amount are sums.
 *
 * @param length minutes that a bar spans; its label is its end
 */
export function longerBars(bars: readonly Bar[], length: number): Bar[] {
  const joined = new Map<string, Bar>();
  const lastClose = new Map<string, number>();
  for (const bar of bars) {
    const session = bar.minute <= 690 ? 570 : 780;
    const minute = session + Math.max(1, Math.ceil((bar.minute - session) / length)) * length;
    const key = `${bar.code} ${bar.date} ${minute}`;
    const day = `${bar.code} ${bar.date}`;
    const before = joined.get(key);
    const open = bar.open > 0 ? bar.open : bar.minute === 570 ? bar.close : (lastClose.get(day) ?? 0);
    lastClose.set(day, bar.close);
    joined.set(key, {
      ...bar,
      minute,
      open: before?.open ?? open,
      volume: (before?.volume ?? 0) + bar.volume,
      amount: (before?.amount ?? 0) + bar.amount,
    });
  }
  return [...joined.values()];
}

/** The bars as lines of a file, high and low as narrow as they may be. */
export function barLines(bars: readonly Bar[]): string[] {
  return [
    'code,datetime,open,high,low,close,volume,amount',
    ...bars.map(({ code, date, minute, open, close, volume, amount }) => {
      const time = `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
      const low = open > 0 ? Math.min(open, close) : close;
      return `${code},${date} ${time},${open},${Math.max(open, close)},${low},${close},${volume},${amount}`;
    }),
  ];
}
