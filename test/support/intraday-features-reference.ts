/**
 * The features of intraday-v1 written as slowly and plainly as docs/features.md says them: bars in lists, one stock at a
 * time, every mean and median by definition. Shares no code with the product.
 */

export interface Bar {
  readonly code: string;
  readonly date: string;
  /** When the bar ends, minutes of the day. */
  readonly minute: number;
  readonly open: number;
  readonly close: number;
  readonly volume: number;
  readonly amount: number;
}

export interface Slot {
  readonly open: number;
  readonly close: number;
  readonly volume: number;
  readonly amount: number;
}

export type Figures = Readonly<Record<string, number>>;

const NAMES = [
  'overnightReturn',
  'intradayReturn',
  'firstHalfHourReturn',
  'lastHalfHourReturn',
  'realizedVolatility',
  'realizedSkewness',
  'upVolumeShare',
  'closeToVwap',
  'relativeAmount',
  'firstHalfHourVolumeShare',
  'lastHalfHourVolumeShare',
  'returnVolumeCorrelation',
];

/** Which 15 minutes a bar ends in: (09:30, 09:45] is 0, with the auction's bar of 09:30; (13:00, 13:15] is 8, with 13:00. */
export function slotOfMinute(minute: number): number {
  for (let slot = 0; slot < 16; slot++) {
    const begin = (slot < 8 ? 9 * 60 + 30 : 11 * 60) + 15 * slot;
    if (minute > begin && minute <= begin + 15) return slot;
    if ((slot === 0 || slot === 8) && minute === begin) return slot;
  }
  throw new Error(`no trading at minute ${minute}`);
}

/** The 16 slots of one stock on one day; null where there is no bar. */
export function slotsOf(bars: readonly Bar[]): (Slot | null)[] {
  const inOrder = [...bars].sort((a, b) => a.minute - b.minute);
  return Array.from({ length: 16 }, (_, slot) => {
    const own = inOrder.filter((bar) => slotOfMinute(bar.minute) === slot);
    if (own.length === 0) return null;
    const first = own[0];
    const earlier = inOrder.filter((bar) => bar.minute < first.minute).at(-1);
    let open = first.open;
    if (!(open > 0)) open = first.minute === 570 ? first.close : (earlier?.close ?? Number.NaN);
    return {
      open,
      close: own[own.length - 1].close,
      volume: sum(own.map((bar) => bar.volume)),
      amount: sum(own.map((bar) => bar.amount)),
    };
  });
}

/** A day of carried closes: nothing was traded, and no price moved. */
export function isSuspended(slots: readonly (Slot | null)[]): boolean {
  const held = slots.filter((slot) => slot !== null);
  const prices = new Set(held.map((slot) => slot.close));
  return held.every((slot) => slot.volume === 0 && slot.amount === 0) && prices.size === 1;
}

export function figuresOf(slots: readonly (Slot | null)[]): Figures {
  const held = slots.flatMap((slot, index) => (slot === null ? [] : [{ ...slot, index }]));
  const open = held[0].open;
  const close = held[held.length - 1].close;
  const volume = sum(held.map((slot) => slot.volume));
  const amount = sum(held.map((slot) => slot.amount));
  const returns = held
    .map((slot, at) => ({ ...slot, r: Math.log(slot.close / (at === 0 ? open : held[at - 1].close)) }))
    .filter((slot) => !Number.isNaN(slot.r));
  const n = returns.length;
  const squares = sum(returns.map(({ r }) => r ** 2));
  const priceAt = (index: number): number => slots[index]?.close ?? Number.NaN;
  const volumeAt = (index: number): number => slots[index]?.volume ?? Number.NaN;
  const rising = returns.filter(({ r }) => r > 0);
  const share = (part: number): number => (volume > 0 ? part / volume : Number.NaN);
  return {
    open,
    close,
    amount: amount > 0 ? amount : Number.NaN,
    intradayReturn: close / open - 1,
    firstHalfHourReturn: priceAt(1) / open - 1,
    lastHalfHourReturn: priceAt(15) / priceAt(13) - 1,
    realizedVolatility: n < 8 ? Number.NaN : Math.sqrt(squares),
    realizedSkewness:
      n < 8 || squares === 0 ? Number.NaN : (Math.sqrt(n) * sum(returns.map(({ r }) => r ** 3))) / squares ** 1.5,
    upVolumeShare: n < 8 ? Number.NaN : share(sum(rising.map((slot) => slot.volume))),
    closeToVwap: amount > 0 && volume > 0 ? close / (amount / volume) - 1 : Number.NaN,
    firstHalfHourVolumeShare: share(volumeAt(0) + volumeAt(1)),
    lastHalfHourVolumeShare: share(volumeAt(14) + volumeAt(15)),
    returnVolumeCorrelation:
      n < 8
        ? Number.NaN
        : pearson(
            returns.map(({ r }) => r),
            returns.map((slot) => slot.volume),
          ),
  };
}

export interface ReferenceMarket {
  /** Trading days, ascending. */
  readonly dates: readonly string[];
  readonly bars: readonly Bar[];
  /** Adjusted closes by "code date". */
  readonly adjusted: ReadonlyMap<string, number>;
}

export interface ReferenceDay {
  /** By code. */
  readonly raw: ReadonlyMap<string, Figures>;
  /** By code, in the order of the features. */
  readonly features: ReadonlyMap<string, readonly number[]>;
  readonly standardised: ReadonlyMap<string, readonly number[]>;
  /** Where the price chain stands. */
  readonly prices: ReadonlyMap<string, number>;
}

/** Every day's figures, features and prices. */
export function referenceFeatures({ dates, bars, adjusted }: ReferenceMarket): ReferenceDay[] {
  const raw = dates.map((date) => {
    const own = bars.filter((bar) => bar.date === date);
    const codes = [...new Set(own.map((bar) => bar.code))].sort();
    const held = codes.map((code) => ({ code, slots: slotsOf(own.filter((bar) => bar.code === code)) }));
    return new Map(held.filter(({ slots }) => !isSuspended(slots)).map(({ code, slots }) => [code, figuresOf(slots)]));
  });
  const chain = new Map<string, number>();
  return dates.map((date, t) => {
    const features = new Map<string, number[]>();
    const prices = new Map<string, number>();
    for (const [code, figures] of raw[t]) {
      const before = [...raw.keys()].filter((d) => d < t && d >= t - 10 && raw[d].has(code)).at(-1);
      let overnight = Number.NaN;
      let closeToClose = Number.NaN;
      if (before !== undefined) {
        const closeBefore = (raw[before].get(code) as Figures).close;
        const now = adjusted.get(`${code} ${date}`);
        const factorFrom = (day: number): number | undefined => {
          const then = adjusted.get(`${code} ${dates[day]}`);
          if (now === undefined || then === undefined) return undefined;
          const ratio = now / then / (figures.close / (raw[day].get(code) as Figures).close);
          return ratio - 1 > Math.max(0.01 / now + 0.01 / then, 0.002) ? ratio : 1;
        };
        const five = [...raw.keys()].filter((d) => d < t && d >= t - 10 && raw[d].has(code)).slice(-5);
        const lasts = five.every((day) => factorFrom(day) !== 1);
        const factor = lasts ? (factorFrom(before) ?? 1) : 1;
        const limit = code.endsWith('.BJ') ? 0.3 : /^(30|688|689)/.test(code) ? 0.2 : 0.1;
        const within = (value: number): number => (Math.abs(value) <= limit + 0.005 ? value : Number.NaN);
        overnight = within((figures.open / closeBefore) * factor - 1);
        closeToClose = within((figures.close / closeBefore) * factor - 1);
      }
      const amounts = dates
        .slice(Math.max(0, t - 20), t)
        .map((_, d) => raw[Math.max(0, t - 20) + d].get(code)?.amount ?? Number.NaN)
        .filter((amount) => !Number.isNaN(amount));
      const relativeAmount =
        amounts.length < 10 ? Number.NaN : Math.log(figures.amount / (sum(amounts) / amounts.length));
      features.set(
        code,
        NAMES.map((name) =>
          name === 'overnightReturn' ? overnight : name === 'relativeAmount' ? relativeAmount : figures[name],
        ),
      );
      const last = chain.get(code);
      const grown = Number.isNaN(figures.open)
        ? 1 + (Number.isNaN(closeToClose) ? 0 : closeToClose)
        : (1 + (Number.isNaN(overnight) ? 0 : overnight)) * (figures.close / figures.open);
      chain.set(code, last === undefined ? figures.close : last * grown);
      prices.set(code, chain.get(code) as number);
    }
    return { raw: raw[t], features, standardised: standardised(features), prices };
  });
}

function standardised(features: ReadonlyMap<string, readonly number[]>): Map<string, number[]> {
  const codes = [...features.keys()];
  if (codes.length < 20) return new Map(codes.map((code) => [code, NAMES.map(() => Number.NaN)]));
  const columns = NAMES.map((_, f) => zScores(codes.map((code) => (features.get(code) as readonly number[])[f])));
  return new Map(codes.map((code, row) => [code, columns.map((column) => column[row])]));
}

export function zScores(values: readonly number[]): number[] {
  const known = values.filter((value) => !Number.isNaN(value));
  if (known.length === 0) return [...values];
  const middle = median(known);
  const width = 3 * 1.4826 * median(known.map((value) => Math.abs(value - middle)));
  const cut = (value: number): number => Math.min(Math.max(value, middle - width), middle + width);
  const mean = sum(known.map(cut)) / known.length;
  const deviation = Math.sqrt(sum(known.map((value) => (cut(value) - mean) ** 2)) / (known.length - 1));
  return values.map((value) =>
    Number.isNaN(value) ? Number.NaN : deviation > 1e-12 ? (cut(value) - mean) / deviation : 0,
  );
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;
}

function pearson(x: readonly number[], y: readonly number[]): number {
  const [meanX, meanY] = [sum(x) / x.length, sum(y) / y.length];
  const [spreadX, spreadY] = [sum(x.map((v) => (v - meanX) ** 2)), sum(y.map((v) => (v - meanY) ** 2))];
  if (spreadX <= 1e-18 * sum(x.map((v) => v * v)) || spreadY <= 1e-18 * sum(y.map((v) => v * v))) return Number.NaN;
  return sum(x.map((v, i) => (v - meanX) * (y[i] - meanY))) / Math.sqrt(spreadX * spreadY);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
