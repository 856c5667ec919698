import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '#lundong/config.js';
import type { LocalDate } from '#lundong/domain/local-date.js';
import { StockDaySource } from '#lundong/engines/gru/stock-day-source.js';
import type { Market } from '#lundong/lake/market.js';
import { Workspace } from '#lundong/workspace.js';
import { barsOf, DAYS, loadBars } from '../support/bars-workspace.js';
import { openTestWorkspace, type TestWorkspace } from '../support/database.js';
import type { Bar } from '../support/intraday-features-reference.js';
import { QUARTERS, randomBars } from '../support/random-bars.js';

async function storedDates({ workspace }: TestWorkspace): Promise<string[]> {
  const rows: { date: string }[] = await workspace.store.manager.query('SELECT date FROM stock_day ORDER BY date');
  return rows.map((row) => row.date);
}

describe('the cache of stock-day figures', () => {
  const dates = DAYS.slice(0, 30);
  const { bars } = randomBars({ seed: 11, dates: DAYS.slice(0, 31), stocks: 22, minutes: QUARTERS, gaps: false });
  const upTo = (last: LocalDate): Bar[] => bars.filter((bar) => bar.date <= last);
  let opened: TestWorkspace;
  let market: Market;

  beforeAll(async () => {
    opened = await openTestWorkspace();
    market = await loadBars(opened, upTo(dates[29] as LocalDate));
  });
  afterAll(() => opened?.close());

  const source = (workspace = opened.workspace) => new StockDaySource(workspace.store, workspace.duckdb);

  it('computes each date once for all who ask at the same time, in this process and in another', async () => {
    const other = await Workspace.open(readConfig(opened.environment));
    try {
      const [here, there] = [source(), source(other)];
      const answers = await Promise.all([
        here.get(market, barsOf(market), dates.slice(0, 20)),
        here.get(market, barsOf(market), dates.slice(10, 30)),
        here.get(market, barsOf(market), dates),
        there.get(market, barsOf(market), dates),
      ]);
      expect([...here.computed, ...there.computed].sort()).toEqual(dates);
      expect(answers[2]).toEqual(answers[3]);
      expect(answers[0]).toEqual(answers[2]?.slice(0, 20));
      expect(await storedDates(opened)).toEqual(dates);
    } finally {
      await other.close();
    }
  });

  it('costs one day for a new day, and for a touched one', async () => {
    const newDay = DAYS[30] as LocalDate;
    market = await loadBars(opened, bars);
    const appended = source();
    await appended.get(market, barsOf(market), [...dates, newDay]);
    expect(appended.computed).toEqual([newDay]);

    const touched = dates[12] as LocalDate;
    const before = await source().get(market, barsOf(market), dates);
    const corrected = bars.filter((bar) => bar.date === touched).slice(0, 5);
    market = await loadBars(
      opened,
      corrected.map((bar) => ({ ...bar, volume: bar.volume + 100 })),
    );
    expect(await storedDates(opened)).toEqual([...dates, newDay].filter((date) => date !== touched));
    const again = source();
    const after = await again.get(market, barsOf(market), dates);
    expect(again.computed).toEqual([touched]);
    after.forEach((day, index) => {
      if (day.date === touched) expect(day).not.toEqual(before[index]);
      else expect(day).toEqual(before[index]);
    });
  });

  it('keeps nothing that was computed on data that have moved on, and reads nothing newer', async () => {
    const date = dates[3] as LocalDate;
    const old = market;
    const expected = await source().get(old, barsOf(old), [date]);
    const corrected = bars.filter((bar) => bar.date === date).map((bar) => ({ ...bar, amount: bar.amount * 2 }));
    market = await loadBars(opened, corrected);
    await source().get(market, barsOf(market), [date]);
    const late = source();
    expect(await late.get(old, barsOf(old), [date])).toEqual(expected);
    expect(late.computed).toEqual([date]);
    const now = await source().get(market, barsOf(market), [date]);
    expect(now).not.toEqual(expected);
  });

  it('tells a failure to all who wait, and tries again for the next', async () => {
    await opened.workspace.store.manager.query('ALTER TABLE stock_day RENAME TO hidden');
    const failing = source();
    const asked = [dates.slice(0, 3), dates].map((some) => failing.get(market, barsOf(market), some));
    expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await opened.workspace.store.manager.query('ALTER TABLE hidden RENAME TO stock_day');
    expect(await failing.get(market, barsOf(market), dates)).toHaveLength(30);
  });
});
