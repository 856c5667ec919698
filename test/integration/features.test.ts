import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dayFeatures } from '#lundong/domain/day-features.js';
import { FEATURES, WINDOW_DAYS } from '#lundong/domain/intraday-features.js';
import type { LocalDate } from '#lundong/domain/local-date.js';
import { STOCK_DAY_FIGURES } from '#lundong/domain/stock-day-figures.js';
import type { DateRange } from '#lundong/engines/factor-engine.js';
import { featureStaleDates } from '#lundong/engines/gru/feature-stale-dates.js';
import { StockDaySource } from '#lundong/engines/gru/stock-day-source.js';
import type { Market } from '#lundong/lake/market.js';
import { barsOf, DAYS, loadAdjusted, loadBars, sections, windowsOf } from '../support/bars-workspace.js';
import { openTestWorkspace, type TestWorkspace } from '../support/database.js';
import { atOnce, featureChain } from '../support/feature-chain.js';
import type { Bar, ReferenceMarket } from '../support/intraday-features-reference.js';
import { expectNear } from '../support/near.js';
import { longerBars, MINUTES, QUARTERS, randomBars } from '../support/random-bars.js';

describe('features of the same trading in bars of 1, 5 and 15 minutes', () => {
  const dates = DAYS.slice(0, 16);
  const minutes = randomBars({ seed: 7, dates, stocks: 24, minutes: MINUTES, gaps: true });
  let opened: TestWorkspace;
  let market: Market;

  beforeAll(async () => {
    opened = await openTestWorkspace();
    await loadBars(opened, minutes.bars, 'one');
    await loadBars(opened, longerBars(minutes.bars, 5), 'five');
    await loadBars(opened, longerBars(minutes.bars, 15), 'fifteen');
    market = await loadAdjusted(opened, minutes.adjusted);
  });
  afterAll(() => opened?.close());

  it('agree, figure by figure, with each other and with the plain reference', async () => {
    expect(market.minuteBars.map((series) => series.barMinutes)).toEqual([1, 5, 15]);
    const chain = featureChain(minutes);
    for (const series of market.minuteBars) {
      const days = await new StockDaySource(opened.workspace.store, opened.workspace.duckdb).get(market, series, dates);
      for (const [index, day] of days.entries()) {
        const expected = chain.get(day.date);
        const adjusted = { close: (code: string, date: LocalDate) => minutes.adjusted.get(`${code} ${date}`) ?? null };
        const { features } = atOnce(dayFeatures(day, days.slice(0, index).reverse(), [adjusted]));
        expectNear(features, expected?.features as Float64Array);
        expect(day.codes).toEqual(expected?.codes);
        STOCK_DAY_FIGURES.forEach((name, at) => {
          const lane = (values: Float64Array) => values.subarray(at * day.codes.length, (at + 1) * day.codes.length);
          expectNear(lane(day.figures), lane(expected?.figures as Float64Array), name === 'amount' ? 1e-3 : 1e-9);
        });
      }
      const found = await sections(opened).get(market, series, dates);
      for (const { date, codes, features, closes } of found) {
        const expected = chain.get(date);
        const wanted = codes.flatMap((_, stock) =>
          FEATURES.map((_, at) => expected?.standardised[at * codes.length + stock] as number),
        );
        expectNear(features, wanted, 1e-6); // float32
        expect(closes.length).toBe(codes.length);
      }
    }
  });
});

describe('windows', () => {
  const dates = DAYS.slice(0, 130);
  const full = randomBars({ seed: 24, dates, stocks: 30, minutes: QUARTERS, gaps: true });
  const late = full.bars.find((bar) => bar.date > (dates[60] as LocalDate))?.code as string;
  /** One stock that is not there before day 60, and one that goes on day 100. */
  const gone = full.bars.find((bar) => bar.code !== late)?.code as string;
  const isThere = (bar: Bar): boolean =>
    (bar.code !== late || bar.date >= (dates[60] as LocalDate)) &&
    (bar.code !== gone || bar.date < (dates[100] as LocalDate));
  const base: ReferenceMarket = { ...full, bars: full.bars.filter(isThere) };
  let opened: TestWorkspace;
  let market: Market;

  beforeAll(async () => {
    opened = await openTestWorkspace();
    await loadBars(opened, base.bars);
    market = await loadAdjusted(opened, base.adjusted);
  });
  afterAll(() => opened?.close());

  it('hold 40 days of features for who has bars on 32 of them, and say why others are not scored', async () => {
    const chain = featureChain(base);
    const asked = [31, 45, 70, 91, 92, 105, 129].map((day) => dates[day] as LocalDate);
    const windows = await windowsOf(opened, market, asked);
    expect(windows.map((window) => window.date)).toEqual(asked);
    for (const { date, codes, x, unscored } of windows) {
      const t = dates.indexOf(date);
      const days = dates.slice(Math.max(0, t - WINDOW_DAYS + 1), t + 1).map((day) => chain.get(day));
      const present = (code: string): number => days.filter((day) => day?.codes.includes(code)).length;
      const today = chain.get(date)?.codes ?? [];
      const scored = today.filter((code) => present(code) >= 32);
      expect(codes).toEqual(scored);
      const others = [...new Set(days.flatMap((day) => day?.codes ?? []))].filter((code) => !scored.includes(code));
      expect(new Map([...unscored].sort())).toEqual(
        new Map(others.sort().map((code) => [code, today.includes(code) ? 'SHORT_HISTORY' : 'NO_BARS'])),
      );
      const expected = scored.flatMap((code) => [
        ...new Array((WINDOW_DAYS - days.length) * FEATURES.length).fill(0),
        ...days.flatMap((day) => {
          const at = day?.codes.indexOf(code) ?? -1;
          return FEATURES.map((_, feature) =>
            day === undefined || at < 0 ? 0 : (day.standardised[feature * day.codes.length + at] as number) || 0,
          );
        }),
      ]);
      expectNear(x, expected, 1e-6);
    }
    const lateOn = (index: number) => windows[index]?.unscored.get(late);
    expect([lateOn(1), lateOn(2), lateOn(6)]).toEqual([undefined, 'SHORT_HISTORY', undefined]);
    expect(windows[5]?.unscored.get(gone)).toBe('NO_BARS');
    expect(windows[5]?.bars).toEqual({ dataset: 'minute_bar', source: 'test', adjustment: 'none', barMinutes: 15 });
    expect(windows[5]?.note).toBe('ex-right factors: stock_daily of source "test", adjustment hfq');
  });

  it('are empty where there are no bars', async () => {
    const before = market.calendar.before(dates[0] as LocalDate);
    expect(await windowsOf(opened, market, [before])).toEqual([
      { date: before, bars: null, codes: [], x: new Float32Array(0), unscored: new Map(), note: '' },
    ]);
  });

  it('change only on the dates that a change is said to reach', async () => {
    const day = dates[50] as LocalDate;
    const scaled = base.bars
      .filter((bar) => bar.date === day)
      .map((bar, index) => ({ ...bar, amount: bar.amount * (1 + (index % 7)) }));
    const rises = [...base.adjusted]
      .filter(([key]) => key.endsWith(day))
      .map(([key, close]) => [key, close * 1.06] as const);
    const changes = [() => loadBars(opened, scaled), () => loadAdjusted(opened, new Map(rises))];
    const series = { source: 'test', dataset: 'stock_daily', adjustment: 'hfq', barMinutes: null } as const;
    const told = [
      { kind: 'bars', series: barsOf(market), seriesId: barsOf(market).id, dates: [day] },
      { kind: 'closes', series, dates: [day], touchedReferences: async () => [] },
    ] as const;
    for (const [index, change] of changes.entries()) {
      const before = await windowsOf(opened, market, dates);
      market = await change();
      const after = await windowsOf(opened, market, dates);
      const reached = featureStaleDates(told[index] as (typeof told)[number], market.calendar);
      const inReach = (date: LocalDate): boolean =>
        reached.some(({ from, to }: DateRange) => date >= from && (to === null || date <= to));
      const differing = dates.filter((_, at) => {
        const [one, other] = [before[at]?.x as Float32Array, after[at]?.x as Float32Array];
        return one.length !== other.length || one.some((value, i) => value !== other[i]);
      });
      expect(differing.filter((date) => !inReach(date))).toEqual([]);
      expect(differing[0]).toBe(day); // and it does reach something
      expect(differing.length).toBeGreaterThan(40);
    }
  });
});

describe('nothing after the close', () => {
  it('changes features or windows of the days before, on the way from files to the model', async () => {
    const dates = DAYS.slice(0, 60);
    const cut = dates[44] as LocalDate;
    const { bars, adjusted } = randomBars({ seed: 31, dates, stocks: 24, minutes: QUARTERS, gaps: true });
    const other = randomBars({ seed: 32, dates, stocks: 26, minutes: QUARTERS, gaps: true });
    const dateOf = (key: string): string => key.split(' ')[1] as string;
    const known = {
      bars: bars.filter((bar) => bar.date <= cut),
      adjusted: [...adjusted].filter(([key]) => dateOf(key) <= cut),
    };
    const opened = await openTestWorkspace();
    try {
      await loadBars(opened, known.bars);
      const before = await loadAdjusted(opened, new Map(known.adjusted));
      const until = dates.slice(0, 45);
      const told = {
        sections: await sections(opened).get(before, barsOf(before), until),
        windows: await windowsOf(opened, before, until.slice(30)),
      };
      await loadBars(
        opened,
        other.bars.filter((bar) => bar.date > cut),
      );
      const after = await loadAdjusted(opened, new Map([...other.adjusted].filter(([key]) => dateOf(key) > cut)));
      expect(after.dataVersion).toBe(before.dataVersion + 2);
      await opened.workspace.store.manager.query('DELETE FROM stock_day'); // computed anew, beside the later days
      const all = await sections(opened).get(after, barsOf(after), dates);
      expect(all.slice(0, 45)).toEqual(told.sections);
      expect(all.length).toBe(60);
      expect(await windowsOf(opened, after, until.slice(30))).toEqual(told.windows);
    } finally {
      await opened.close();
    }
  });
});
