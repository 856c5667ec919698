import { describe, expect, it } from 'vitest';
import { STOCK_DAY_FIGURES, type StockDayFigure, withoutSuspended } from '#lundong/domain/stock-day-figures.js';
import { stockDayFigures } from '../../support/feature-chain.js';

const NONE = Number.NaN;

/** The figures of one stock; a number for all 16 slots alike, or one a slot. */
function figuresOf(day: { open?: number[]; close: number[]; volume?: number[]; amount?: number[] }) {
  const slots = (values: number[]): Float64Array => {
    expect(values).toHaveLength(16);
    return Float64Array.from(values);
  };
  const { close, open = close, volume = close.map(() => 100), amount = close.map((c, k) => c * volume[k]) } = day;
  const found = stockDayFigures(
    { open: slots(open), close: slots(close), volume: slots(volume), amount: slots(amount) },
    1,
  );
  return Object.fromEntries(STOCK_DAY_FIGURES.map((name, at) => [name, found[at]])) as Record<StockDayFigure, number>;
}

const rising = Array.from({ length: 16 }, (_, k) => 10 + k / 10);
const every = (value: number): number[] => new Array(16).fill(value);
const except = (values: number[], slots: readonly number[]): number[] =>
  values.map((value, k) => (slots.includes(k) ? NONE : value));

describe('the figures of a stock’s day', () => {
  it('are what their formulas say', () => {
    const open = [9.9, ...rising.slice(1)];
    const volume = [500, 300, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 200, 400];
    const figures = figuresOf({ open, close: rising, volume });
    expect(figures.open).toBe(9.9);
    expect(figures.close).toBe(11.5);
    const amount = rising.reduce((sum, price, k) => sum + price * (volume[k] as number), 0);
    expect(figures.amount).toBeCloseTo(amount, 9);
    expect(figures.intradayReturn).toBeCloseTo(11.5 / 9.9 - 1, 14);
    expect(figures.firstHalfHourReturn).toBeCloseTo(10.1 / 9.9 - 1, 14);
    expect(figures.lastHalfHourReturn).toBeCloseTo(11.5 / 11.3 - 1, 14);
    const returns = rising.map((price, k) => Math.log(price / (k === 0 ? 9.9 : (rising[k - 1] as number))));
    const squares = returns.reduce((sum, r) => sum + r * r, 0);
    expect(figures.realizedVolatility).toBeCloseTo(Math.sqrt(squares), 14);
    const cubes = returns.reduce((sum, r) => sum + r ** 3, 0);
    expect(figures.realizedSkewness).toBeCloseTo((4 * cubes) / squares ** 1.5, 12);
    expect(figures.upVolumeShare).toBe(1);
    expect(figures.closeToVwap).toBeCloseTo(11.5 / (amount / 2600) - 1, 14);
    expect(figures.firstHalfHourVolumeShare).toBeCloseTo(800 / 2600, 14);
    expect(figures.lastHalfHourVolumeShare).toBeCloseTo(600 / 2600, 14);
  });

  it('correlate returns with volumes: 1 where one is a multiple of the other', () => {
    const close = [10];
    const steps = [0.01, -0.02, 0.03, 0, 0.01, -0.01, 0.02, 0.01, 0, -0.03, 0.01, 0.02, -0.01, 0.02, 0.01];
    for (const step of steps) close.push((close.at(-1) as number) * Math.exp(step));
    const volume = [0, ...steps].map((step) => 5000 + 1e5 * step);
    expect(figuresOf({ close, volume }).returnVolumeCorrelation).toBeCloseTo(1, 12);
    expect(figuresOf({ close, volume: volume.map((v) => 1e4 - v) }).returnVolumeCorrelation).toBeCloseTo(-1, 12);
    expect(figuresOf({ close, volume: every(300) }).returnVolumeCorrelation).toBeNaN();
  });

  it('of a day on which no price moved', () => {
    const figures = figuresOf({ close: every(7.77), volume: rising });
    expect(figures).toMatchObject({ intradayReturn: 0, realizedVolatility: 0, upVolumeShare: 0 });
    expect(figures.realizedSkewness).toBeNaN();
    expect(figures.returnVolumeCorrelation).toBeNaN();
    expect(figures.closeToVwap).toBeCloseTo(0, 12);
  });

  it('of a stock that began to trade at 10:15: from its own open, without a first half-hour', () => {
    const gap = [0, 1, 2];
    const figures = figuresOf({
      close: except(rising, gap),
      open: except(every(10), gap),
      volume: except(every(100), gap),
      amount: except(every(1050), gap),
    });
    expect(figures.open).toBe(10);
    expect(figures.intradayReturn).toBeCloseTo(0.15, 14);
    expect(figures.firstHalfHourReturn).toBeNaN();
    expect(figures.firstHalfHourVolumeShare).toBeNaN();
    expect(figures.lastHalfHourVolumeShare).toBeCloseTo(2 / 13, 14);
  });

  it('take a return over slots without bars as one', () => {
    const figures = figuresOf({ close: except(rising, [4, 5, 13]), open: every(10) });
    const kept = rising.filter((_, k) => ![4, 5, 13].includes(k));
    const returns = kept.map((price, at) => Math.log(price / (at === 0 ? 10 : (kept[at - 1] as number))));
    expect(figures.realizedVolatility).toBeCloseTo(Math.hypot(...returns), 14);
    expect(figures.lastHalfHourReturn).toBeNaN();
  });

  it('need eight returns for what describes the course of a day', () => {
    const late = (bars: number): number[] => rising.map((price, k) => (k < 16 - bars ? NONE : price));
    expect(figuresOf({ close: late(8) }).realizedVolatility).toBeGreaterThan(0);
    const seven = figuresOf({ close: late(7) });
    for (const name of ['realizedVolatility', 'realizedSkewness', 'upVolumeShare', 'returnVolumeCorrelation'] as const)
      expect(seven[name]).toBeNaN();
    expect(seven.closeToVwap).not.toBeNaN();
  });

  it('without an open or without trades lack just what rests on them', () => {
    const noOpen = figuresOf({ close: rising, open: [0, ...rising.slice(1)] });
    expect([noOpen.open, noOpen.intradayReturn, noOpen.firstHalfHourReturn]).toEqual([NONE, NONE, NONE]);
    expect(noOpen.close).toBe(11.5);
    const noTrades = figuresOf({ close: rising, volume: every(0) });
    for (const name of ['amount', 'upVolumeShare', 'closeToVwap', 'lastHalfHourVolumeShare'] as const)
      expect(noTrades[name]).toBeNaN();
    expect(noTrades.intradayReturn).toBeCloseTo(0.15, 14);
  });

  it('of several stocks stand apart', () => {
    const one = { open: every(10), close: rising, volume: every(100), amount: every(1000) };
    const both = (values: number[]): Float64Array => Float64Array.from([...values, ...values.map((v) => 2 * v)]);
    const figures = stockDayFigures(
      { open: both(one.open), close: both(one.close), volume: both(one.volume), amount: both(one.amount) },
      2,
    );
    const alone = figuresOf(one);
    STOCK_DAY_FIGURES.forEach((name, at) => {
      expect(figures[2 * at]).toBe(alone[name]);
    });
    expect(figures[1]).toBe(20);
  });
});

describe('a day without the suspended', () => {
  /** Four slots' worth of a stock's day over and over. */
  const cells = (...values: number[]): number[] => Array.from({ length: 16 }, (_, k) => values[k % values.length]);

  it('leaves out who was not traded and did not move, and nobody of whom no volumes are told', () => {
    const stocks: Record<string, { close: number[]; volume: number[]; amount?: number[] }> = {
      carried: { close: cells(10), volume: cells(0) },
      'carried, with gaps': { close: cells(10, NONE), volume: cells(0, NONE) },
      'carried, of some volumes': { close: cells(10), volume: cells(NONE, 0) },
      flat: { close: cells(10), volume: cells(0, 0, 0, 100) },
      'traded in amounts': { close: cells(10), volume: cells(0), amount: cells(0, 0, 0, 1000) },
      moved: { close: cells(10, 10, 10, 10.01), volume: cells(0) },
      untold: { close: cells(10), volume: cells(NONE) },
    };
    const all = Object.values(stocks);
    const day = {
      date: '2025-01-02',
      codes: Object.keys(stocks),
      open: Float64Array.from(all.flatMap(({ close }) => close)),
      close: Float64Array.from(all.flatMap(({ close }) => close)),
      volume: Float64Array.from(all.flatMap(({ volume }) => volume)),
      amount: Float64Array.from(all.flatMap(({ volume, amount = volume }) => amount)),
    };
    const kept = withoutSuspended(day);
    const traded = ['flat', 'traded in amounts', 'moved', 'untold'];
    expect(kept.codes).toEqual(traded);
    expect(kept.date).toBe(day.date);
    for (const name of ['open', 'close', 'volume', 'amount'] as const)
      expect(kept[name]).toEqual(day[name].slice(3 * 16));
    const again = withoutSuspended(kept);
    expect(again).toBe(kept);
  });
});
