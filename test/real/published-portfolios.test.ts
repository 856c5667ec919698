import 'reflect-metadata';
import { type ExecutionResult, graphql } from 'graphql';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type LocalDate, parseLocalDate } from '#lundong/domain/local-date.js';
import { requestContext } from '#lundong/graphql/context.js';
import { buildApiSchema } from '#lundong/graphql/schema.js';
import type { Market } from '#lundong/lake/market.js';
import { backtestHandler } from '#lundong/modules/backtest/backtest.job.js';
import { BacktestResolver } from '#lundong/modules/backtest/backtest.resolver.js';
import { BacktestType } from '#lundong/modules/backtest/backtest.type.js';
import { createResolvers, RESOLVERS } from '#lundong/modules/resolvers.js';
import { createServices, type Services } from '#lundong/modules/services.js';
import { type PublishedModel, publishedHoldings } from '../support/published-holdings.js';
import { openRealWorkspace, type RealWorkspace } from '../support/real-workspace.js';
import { sharedDataAvailable } from '../support/shared-data.js';

vi.mock('graphql', async () => (await import('../support/one-graphql.js')).default);

const percent = (fraction: number): string => (100 * fraction).toFixed(2);

/** Week, excess and month excess in percent as printed. The GRU figures 0.99 and 2.68 are printed 1.00 and 2.69. */
const PUBLISHED: readonly (readonly [PublishedModel, string, string, string, string | null])[] = [
  ['diffusion', '2025-11-14', '-1.26', '-1.99', '-0.74'],
  ['diffusion', '2025-11-21', '-5.50', '-0.42', '-1.13'],
  ['diffusion', '2025-11-28', '3.53', '1.10', null],
  ['gru', '2025-11-14', '1.72', '0.99', '2.68'],
  ['gru', '2025-11-21', '-4.71', '0.35', '2.92'],
];
/** Year to date of the benchmark that is reset monthly. */
const BENCHMARK_YEAR: readonly (readonly [string, string])[] = [
  ['2025-11-14', '23.61'],
  ['2025-11-21', '17.34'],
  ['2025-11-28', '20.20'],
];
const FREQUENCY = { diffusion: 'MONTHLY', gru: 'WEEKLY' } as const;
const PERIODS = 'weekEnding weekReturn weekExcess monthReturn monthExcess yearReturn yearExcess';

describe.skipIf(!sharedDataAvailable('data'))('the published weekly table, through the API', () => {
  let real: RealWorkspace;
  let market: Market;
  let services: Services;
  // biome-ignore lint/suspicious/noExplicitAny: answers of many queries
  let ask: (query: string, variables?: Record<string, unknown>) => Promise<any>;

  /** The input of a portfolio that buys what was published; `before` lets it begin earlier. */
  function input(model: PublishedModel, before: readonly { date: string; industries: string[] }[] = []) {
    const codes = new Map(market.industriesOf('CITIC_L1').map(({ nameZh, code }): [string, string] => [nameZh, code]));
    const chain = publishedHoldings(model).map(({ date, names }) => ({
      date,
      industries: names.map((name) => codes.get(name) as string),
    }));
    const key = `published-${model}${before.length > 0 ? '-year' : ''}`;
    return { key, rule: 'SCHEDULE', rebalance: FREQUENCY[model], schedule: [...before, ...chain] } as const;
  }
  const yearInput = () => input('diffusion', [{ date: '2024-12-31', industries: ['CI005001.CI'] }]);

  beforeAll(async () => {
    real = await openRealWorkspace();
    market = (await real.workspace.markets()).current();
    services = createServices(real.workspace.store, real.workspace.engines, real.workspace.modelRegistry());
    const schema = buildApiSchema(RESOLVERS, createResolvers(services));
    ask = async (query, variables = {}) => {
      const answer: ExecutionResult = await graphql({
        schema,
        source: query,
        variableValues: variables,
        contextValue: requestContext(market),
      });
      expect(answer.errors).toBeUndefined();
      return answer.data;
    };
    for (const portfolio of [input('diffusion'), input('gru'), yearInput()])
      await ask('mutation ($p: PortfolioInput!) { createPortfolio(input: $p) { key size } }', { p: portfolio });
  });
  // The workspace is shared with other tests, and they are to find it as it was loaded.
  afterAll(async () => {
    await real?.workspace.store.manager.query(`DELETE FROM portfolio WHERE key LIKE 'published-%'`);
    await real?.workspace.close();
  });

  it.each(PUBLISHED)('%s, week to %s', async (model, weekEnding, week, excess, month) => {
    const { portfolio } = await ask(
      `query ($key: String!, $day: LocalDate) { portfolio(key: $key) { size table(weekEnding: $day) { ${PERIODS} } } }`,
      { key: input(model).key, day: weekEnding },
    );
    expect(portfolio.size).toBe(6);
    const { table } = portfolio;
    expect(table.weekEnding).toBe(weekEnding);
    expect([percent(table.weekReturn), percent(table.weekExcess)]).toEqual([week, excess]);
    if (month !== null) expect(percent(table.monthExcess)).toBe(month);
  });

  it.each(BENCHMARK_YEAR)('the benchmark’s year to %s is %s %%', async (weekEnding, year) => {
    const { portfolio } = await ask(
      `query ($day: LocalDate) { portfolio(key: "published-diffusion-year") { table(weekEnding: $day) { ${PERIODS} } } }`,
      { day: weekEnding },
    );
    expect(percent(portfolio.table.yearReturn - portfolio.table.yearExcess)).toBe(year);
  });

  it('holds on 2025-11-14 what was published, and changes as published until 11-28', async () => {
    for (const model of ['diffusion', 'gru'] as const) {
      const { portfolio } = await ask(
        `query ($key: String!) { portfolio(key: $key) {
          holdings(asOf: "2025-11-14") { asOf since items { targetWeight weight industry { nameZh } } }
          changes(from: "2025-10-31", to: "2025-11-28") { date entered { nameZh } left { nameZh } unpriced { code } turnover cost } } }`,
        { key: input(model).key },
      );
      const names = (industries: readonly { nameZh: string }[]): string[] =>
        industries.map(({ nameZh }) => nameZh).sort();
      const chain = publishedHoldings(model);
      const inForce = chain.filter(({ date }) => date <= '2025-11-14').at(-1);
      const { holdings, changes } = portfolio;
      expect(holdings).toMatchObject({ asOf: '2025-11-14', since: inForce?.date });
      expect(names(holdings.items.map(({ industry }: { industry: { nameZh: string } }) => industry))).toEqual(
        [...(inForce?.names ?? [])].sort(),
      );
      for (const { targetWeight } of holdings.items) expect(targetWeight).toBe(1 / 6);

      const expected = chain.flatMap(({ date, names: held }, index) => {
        const before = chain[index - 1]?.names ?? [];
        return date < '2025-10-31'
          ? []
          : [
              {
                date,
                entered: held.filter((name) => !before.includes(name)).sort(),
                left: before.filter((name) => !held.includes(name)).sort(),
              },
            ];
      });
      expect(
        changes.map((one: { date: string; entered: { nameZh: string }[]; left: { nameZh: string }[] }) => ({
          date: one.date,
          entered: names(one.entered),
          left: names(one.left),
        })),
      ).toEqual(expected);
      for (const { unpriced, cost } of changes) expect([unpriced, cost]).toEqual([[], 0]);
    }
  });

  it('the swaps of the weekly portfolio are one a week', async () => {
    const { portfolio } = await ask(
      '{ portfolio(key: "published-gru") { changes(from: "2025-11-01", to: "2025-11-28") { entered { nameZh } left { nameZh } } } }',
    );
    const swap = ({ entered, left }: { entered: { nameZh: string }[]; left: { nameZh: string }[] }): string =>
      `${entered.map(({ nameZh }) => nameZh).join()} for ${left.map(({ nameZh }) => nameZh).join()}`;
    expect(portfolio.changes.map(swap)).toEqual([
      '基础化工 for 纺织服装',
      '房地产 for 基础化工',
      '传媒 for 钢铁',
      '钢铁 for 房地产',
    ]);
  });

  it('a backtest has the same tables', async () => {
    const handler = backtestHandler(services.portfolios);
    const backtest = async (portfolio: ReturnType<typeof input>, from: string) => {
      const definition = services.portfolios.define(market, {
        ...portfolio,
        size: 6,
        swapsPerRebalance: 1,
        excluded: [],
        costBps: 0,
        executionLagDays: 0,
        scheme: 'CITIC_L1',
        schedule: portfolio.schedule.map(({ date, industries }) => ({ date: parseLocalDate(date), industries })),
      });
      const work = {
        portfolio: definition,
        from: parseLocalDate(from),
        to: parseLocalDate('2025-12-31'),
        initialHoldings: [],
      };
      const result = await handler(work, { market, signal: new AbortController().signal, progress: () => undefined });
      return tableOf(JSON.stringify(result), work);
    };
    const tables = {
      diffusion: await backtest(input('diffusion'), '2025-09-30'),
      gru: await backtest(input('gru'), '2025-10-31'),
    };
    for (const [model, weekEnding, week, excess, month] of PUBLISHED) {
      const table = await tables[model](parseLocalDate(weekEnding));
      expect([percent(table.weekReturn), percent(table.weekExcess)]).toEqual([week, excess]);
      if (month !== null) expect(percent(table.monthExcess)).toBe(month);
    }
    const year = await backtest(yearInput(), '2024-12-31');
    for (const [weekEnding, published] of BENCHMARK_YEAR) {
      const { yearReturn, yearExcess } = await year(parseLocalDate(weekEnding));
      expect(percent(yearReturn - yearExcess)).toBe(published);
    }
  });

  /** `Backtest.table` over a result as a worker writes it. */
  function tableOf(result: string, work: object) {
    const backtests = Object.create(services.backtests, { loadResults: { value: async () => [JSON.parse(result)] } });
    const resolver = new BacktestResolver(backtests, services.queue);
    const job = { id: 'one', kind: 'backtest', status: 'SUCCEEDED', input: work, dataVersion: market.dataVersion };
    return async (weekEnding: LocalDate) => {
      const table = await resolver.table(new BacktestType(job as never), weekEnding, requestContext(market));
      if (table === null) throw new Error('The backtest has no result.');
      return table;
    };
  }
});
