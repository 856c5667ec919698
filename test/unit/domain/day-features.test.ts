import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayFeatures } from '#lundong/domain/day-features.js';
import { FEATURES } from '#lundong/domain/intraday-features.js';
import { STOCK_DAY_FIGURES } from '#lundong/domain/stock-day-figures.js';
import { type ChainDay, featureChain } from '../../support/feature-chain.js';
import {
  type Figures,
  type ReferenceDay,
  type ReferenceMarket,
  referenceFeatures,
} from '../../support/intraday-features-reference.js';
import { expectNear } from '../../support/near.js';
import { MINUTES, QUARTERS, randomBars, someDates } from '../../support/random-bars.js';

function expectAgreement(market: ReferenceMarket): void {
  const chain = featureChain(market);
  const reference = referenceFeatures(market);
  market.dates.forEach((date, t) => {
    const expected = reference[t] as ReferenceDay;
    const day = chain.get(date);
    if (day === undefined) {
      expect(expected.raw.size).toBe(0);
      return;
    }
    expect(day.codes).toEqual([...expected.raw.keys()]);
    STOCK_DAY_FIGURES.forEach((name, at) => {
      const wanted = day.codes.map((code) => (expected.raw.get(code) as Figures)[name] as number);
      expectNear(lane(day.figures, at, day), wanted, name === 'amount' ? 1e-3 : 1e-9); // amounts run into millions
    });
    FEATURES.forEach((_, at) => {
      const wanted = (by: ReferenceDay['features']): number[] =>
        day.codes.map((code) => (by.get(code) as readonly number[])[at] as number);
      expectNear(lane(day.features, at, day), wanted(expected.features));
      expectNear(lane(day.standardised, at, day), wanted(expected.standardised));
    });
    expectNear(
      day.prices,
      day.codes.map((code) => expected.prices.get(code) as number),
    );
  });
}

function lane(values: Float64Array, at: number, { codes }: ChainDay): Float64Array {
  return values.subarray(at * codes.length, (at + 1) * codes.length);
}

describe('features of intraday-v1', () => {
  it('are those of the plain reference on 15-minute bars with gaps, dividends and missing opens', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1 }), fc.integer({ min: 18, max: 40 }), fc.boolean(), (seed, stocks, gaps) => {
        expectAgreement(randomBars({ seed, dates: someDates(30), stocks, minutes: QUARTERS, gaps }));
      }),
      { numRuns: 15 },
    );
  });

  it('are those of the plain reference on 1-minute bars with the auction', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1 }), (seed) => {
        expectAgreement(randomBars({ seed, dates: someDates(13), stocks: 22, minutes: MINUTES, gaps: true }));
      }),
      { numRuns: 4 },
    );
  });

  it('at or before a close are not changed by any bar or adjusted close after it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1 }),
        fc.integer({ min: 0, max: 39 }),
        fc.constantFrom('none', 'others', 'scaled'),
        (seed, cut, after) => {
          const options = { dates: someDates(40), stocks: 24, minutes: QUARTERS, gaps: true };
          const market = randomBars({ ...options, seed });
          const other = randomBars({ ...options, seed: seed ^ 0x5555 });
          const last = market.dates[cut] as string;
          const future = after === 'others' ? other.bars : after === 'scaled' ? market.bars : [];
          const changed: ReferenceMarket = {
            dates: market.dates,
            bars: [
              ...market.bars.filter((bar) => bar.date <= last),
              ...future.filter((bar) => bar.date > last).map((bar) => ({ ...bar, close: bar.close * 1.37, volume: 7 })),
            ],
            adjusted: new Map([
              ...[...market.adjusted].filter(([key]) => (key.split(' ')[1] as string) <= last),
              ...[...other.adjusted].filter(([key]) => (key.split(' ')[1] as string) > last),
            ]),
          };
          const [before, now] = [featureChain(market), featureChain(changed)];
          for (const date of market.dates.slice(0, cut + 1)) expect(now.get(date)).toEqual(before.get(date));
          if (after === 'scaled' && cut < 39) {
            const next = market.dates[cut + 1] as string;
            expect(now.get(next)).not.toEqual(before.get(next)); // it is the bars that are compared
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it('believe in a corporate action that lasts, not in a close on which two vendors differ', () => {
    const dates = someDates(9);
    const market = (adjusted: (day: number) => number): number[] => {
      const bars = dates.flatMap((date) =>
        QUARTERS.map((minute) => ({ code: '600000.SH', date, minute, open: 10, close: 10, volume: 100, amount: 1000 })),
      );
      const closes = new Map(dates.map((date, day) => [`600000.SH ${date}`, adjusted(day)]));
      return [...featureChain({ dates, bars, adjusted: closes }).values()].map(({ features }) => features[0] as number);
    };
    const gap = (factor: number) => expect.closeTo(factor - 1, 12);
    // The price stays 10 while the adjusted one rises for good: a dividend that a rise has made up for.
    expect(market((day) => (day < 6 ? 1000 : 1030)).slice(1)).toEqual([0, 0, 0, 0, 0, gap(1.03), 0, 0]);
    expect(market((day) => (day === 4 ? 990 : day < 6 ? 1000 : 1030)).slice(1)).toEqual([
      0,
      0,
      0,
      0,
      0,
      gap(1.03),
      0,
      0,
    ]);
    // One adjusted close below the others: neither the way down nor the way back up is a corporate action.
    expect(market((day) => (day === 4 ? 990 : 1000)).slice(1)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('are made in steps of at most 1,000 stocks and 5 days, so that others get their turn', () => {
    const codes = Array.from({ length: 2500 }, (_, index) => `${600000 + index}.SH`);
    const ones = new Float64Array(STOCK_DAY_FIGURES.length * codes.length).fill(1);
    const daysRead = new Set<string>();
    const days = someDates(21).map((date) => ({
      date,
      codes,
      get figures() {
        daysRead.add(date);
        return ones;
      },
    }));
    const asked = new Set<string>();
    const close = (code: string): null => {
      asked.add(code);
      return null;
    };
    const [day, ...before] = days.toReversed() as [(typeof days)[number], ...typeof days];
    const steps = dayFeatures(day, before, [{ close }]);
    const [stocksAtOnce, daysAtOnce]: [number[], number[]] = [[], []];
    for (let done = false; !done; ) {
      asked.clear();
      daysRead.clear();
      done = steps.next().done === true;
      stocksAtOnce.push(asked.size);
      daysAtOnce.push(daysRead.size);
    }
    expect(stocksAtOnce.filter((count) => count > 0)).toEqual([1000, 1000, 500]);
    expect(Math.max(...daysAtOnce)).toBeLessThanOrEqual(6); // the day's own among them
  });
});
