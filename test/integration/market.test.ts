import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { LocalDate } from '#lundong/domain/local-date.js';
import { TradingCalendar } from '#lundong/domain/trading-calendar.js';
import type { DuckDb } from '#lundong/lake/duckdb.js';
import { MarketSource } from '#lundong/lake/market-source.js';
import type { Store } from '#lundong/store/store.js';
import { openTestWorkspace, type TestWorkspace } from '../support/database.js';
import { runImport, writeTable } from '../support/import-helpers.js';

const DAYS = TradingCalendar.of([]).between('2024-03-01' as LocalDate, '2024-03-29' as LocalDate);
const CODE = 'CI005001';

let opened: TestWorkspace;

beforeAll(async () => {
  opened = await openTestWorkspace();
  await load('calendar', ['date', ...DAYS]);
  await load('industry_daily', ['code,date,close', ...DAYS.map((date, day) => `${CODE},${date},${100 + day}`)]);
});
afterAll(() => opened?.close());

async function load(dataset: 'calendar' | 'industry_daily', lines: readonly string[]): Promise<void> {
  await runImport(opened.workspace, dataset, writeTable(opened.directory, `${dataset}-${lines.length}.csv`, lines));
}

/** Exchanges a trading day, past the importer, which keeps days that have prices. */
async function exchangeDay(gone: LocalDate, come: string | null): Promise<void> {
  const { manager } = opened.workspace.store;
  await manager.query('DELETE FROM trading_day WHERE date = $1', [gone]);
  if (come !== null) await manager.query('INSERT INTO trading_day VALUES ($1)', [come]);
  await manager.query('UPDATE market_state SET data_version = data_version + 1');
}

/** The object with one method replaced. */
function replaced<T extends object>(original: T, properties: Partial<T>): T {
  return Object.assign(Object.create(original) as T, properties);
}

describe('the calendar', () => {
  it('that exchanges one interior day for another makes new panels', async () => {
    const markets = await opened.workspace.markets();
    const [gone, come] = [DAYS[5] as LocalDate, '2024-03-09' as LocalDate];
    const before = await markets.current().series('industry_daily')[0]?.closes();
    await exchangeDay(gone, come);
    await markets.refresh();
    const after = await markets.current().series('industry_daily')[0]?.closes();
    expect([before?.row(gone), before?.row(come)]).toEqual([5, null]);
    expect([after?.row(gone), after?.row(come)]).toEqual([null, 5]);
    expect(after?.close(CODE, DAYS[6] as LocalDate)).toBe(106);
    await exchangeDay(come, gone);
    await markets.refresh();
    expect(markets.current().calendar.isTradingDay(gone)).toBe(true);
  });

  it('without the first and the last day of the data ends the data at the trading days between', async () => {
    const markets = await opened.workspace.markets();
    const [first, last] = [DAYS[0] as LocalDate, DAYS.at(-1) as LocalDate];
    // Days on both sides, so that the exchange is known to have been shut on the two.
    await exchangeDay(first, '2024-02-29');
    await exchangeDay(last, '2024-04-01');
    await markets.refresh();
    const market = markets.current();
    expect(market.firstDate('industry_daily')).toBe(DAYS[1]);
    expect(market.resolveDate('industry_daily', null)).toBe(DAYS.at(-2));
    expect(market.resolveDate('industry_daily', last)).toBe(DAYS.at(-2));
    expect(market.resolveRange('industry_daily', first, last)).toEqual(DAYS.slice(1, -1));
    expect(() => market.resolveDate('industry_daily', first)).toThrow('lies before the data');
    await exchangeDay('2024-02-29' as LocalDate, first);
    await exchangeDay('2024-04-01' as LocalDate, last);
  });
});

describe('a market source', () => {
  it('that fails to load an import tries again until it succeeds', async () => {
    const { store, duckdb, config } = opened.workspace;
    let failures = 0;
    const transaction = (...given: unknown[]): Promise<unknown> =>
      failures-- > 0
        ? Promise.reject(new Error('connection lost'))
        : (store.dataSource.transaction as (...given: unknown[]) => Promise<unknown>)(...given);
    const flaky = replaced<Store>(store, {
      dataSource: replaced(store.dataSource, { transaction: transaction as typeof store.dataSource.transaction }),
    });
    const markets = await MarketSource.open(flaky, duckdb, config.directories.lake, opened.workspace.etfRules);
    const errors: unknown[] = [];
    const states: boolean[] = [];
    const loaded: number[] = [];
    await markets.follow(
      (error) => {
        errors.push(error);
        states.push(markets.isCurrent);
      },
      ({ dataVersion }) => loaded.push(dataVersion),
    );
    try {
      const version = markets.current().dataVersion;
      expect([markets.isCurrent, markets.lastError]).toEqual([true, null]);
      failures = 2;
      await load('industry_daily', ['code,date,close', `${CODE},${DAYS[3]},333`]);
      await vi.waitFor(() => expect(markets.current().dataVersion).toBe(version + 1), { timeout: 20_000 });
      expect(errors.map(String)).toEqual(['Error: connection lost', 'Error: connection lost']);
      expect(states).toEqual([false, false]);
      await vi.waitFor(() => expect(loaded).toEqual([version + 1]));
      expect([markets.isCurrent, markets.lastError]).toEqual([true, null]);
    } finally {
      await markets.close();
    }
  });

  it('tries no more once it is closed', async () => {
    const { store, duckdb, config } = opened.workspace;
    const transaction = vi.fn();
    const failing = replaced<Store>(store, { dataSource: replaced(store.dataSource, {}) });
    const markets = await MarketSource.open(failing, duckdb, config.directories.lake, opened.workspace.etfRules);
    transaction.mockRejectedValue(new Error('connection lost'));
    Object.assign(failing.dataSource, { transaction });
    const failed = new Promise((resolve) => {
      void markets.follow(resolve);
    });
    await exchangeDay('1999-01-01' as LocalDate, null); // raises the version
    await store.manager.query("SELECT pg_notify('lundong_data_version', '0')");
    await failed;
    await markets.close();
    const attempts = transaction.mock.calls.length;
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(transaction.mock.calls.length).toBe(attempts);
  });

  it('forgets a state of the data that could not be read', async () => {
    const { store, duckdb, config } = opened.workspace;
    let fails = true;
    const flaky = replaced<DuckDb>(duckdb, {
      use: ((work: never) => (fails ? Promise.reject(new Error('no memory')) : duckdb.use(work))) as DuckDb['use'],
    });
    const markets = await MarketSource.open(store, flaky, config.directories.lake, opened.workspace.etfRules);
    await expect(markets.current().status()).rejects.toThrow('no memory');
    fails = false;
    const status = await markets.current().status();
    expect(status.find(({ name }) => name === 'industry_daily')?.codes).toBe(1);
    expect(markets.current().status()).toBe(markets.current().status());
  });
});
