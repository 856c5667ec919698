import { graphql } from 'graphql';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { LocalDate } from '#lundong/domain/local-date.js';
import { TradingCalendar } from '#lundong/domain/trading-calendar.js';
import { requestContext } from '#lundong/graphql/context.js';
import { buildApiSchema } from '#lundong/graphql/schema.js';
import type { Market } from '#lundong/lake/market.js';
import { createResolvers, RESOLVERS } from '#lundong/modules/resolvers.js';
import { createServices } from '#lundong/modules/services.js';
import { openTestWorkspace, type TestWorkspace } from '../support/database.js';
import { runImport, writeTable } from '../support/import-helpers.js';

vi.mock('graphql', async () => (await import('../support/one-graphql.js')).default);

const ORDERS = ['CHANGE_DESC', 'CHANGE_ASC', 'AMOUNT_DESC', 'FLOW_DESC', 'FLOW_ASC', 'SIZE_DESC', 'CODE_ASC'] as const;
const FUNDS = 1500;

let opened: TestWorkspace;
let market: Market;
let schema: ReturnType<typeof buildApiSchema>;
let statements = 0;
beforeAll(async () => {
  opened = await openTestWorkspace();
  await importFunds();
  const { store, engines } = opened.workspace;
  market = (await opened.workspace.markets()).current();
  schema = buildApiSchema(RESOLVERS, createResolvers(createServices(store, engines, opened.workspace.modelRegistry())));
  const ignore = (): void => undefined;
  store.dataSource.logger = {
    logQuery: () => {
      statements++;
    },
    logQueryError: ignore,
    logQuerySlow: ignore,
    logSchemaBuild: ignore,
    logMigration: ignore,
    log: ignore,
  };
});
afterAll(() => opened?.close());

/** Funds with plain figures: many the same, and some missing, so that every order has ties and nulls. */
async function importFunds(): Promise<void> {
  const days = TradingCalendar.of([]).between('2025-12-22' as LocalDate, '2025-12-31' as LocalDate);
  const codes = Array.from({ length: FUNDS }, (_, fund) => `${516000 + fund}.SH`);
  const price = (fund: number, day: number) => (1 + (fund % 50) / 100 + ((fund + day) % 7) / 1000).toFixed(3);
  const bars = codes.flatMap((code, fund) =>
    days
      .filter((_, day) => fund % 13 !== 0 || day < days.length - 1)
      .map((date, day) => `${code},${date},${price(fund, day)},${fund % 11 === 0 ? '' : 1e6 * (fund % 90)}`),
  );
  const shares = codes.flatMap((code, fund) =>
    fund % 17 === 0
      ? []
      : days.map((date, day) => `${code},${date},${1e8 + 1e5 * ((fund * day) % 5)},${price(fund, day)}`),
  );
  const load = (dataset: 'calendar' | 'etfs' | 'etf_daily' | 'etf_share', lines: string[]) =>
    runImport(opened.workspace, dataset, writeTable(opened.directory, `${dataset}.csv`, lines), {
      adjustment: dataset === 'etf_daily' ? 'none' : null,
    });
  await load('calendar', ['date', ...days]);
  await load('etfs', ['code,name', ...codes.map((code, fund) => `${code},机械ETF${fund}`)]);
  await load('etf_daily', ['code,date,close,amount', ...bars]);
  await load('etf_share', ['code,date,shares,nav', ...shares]);
}

interface Fund {
  code: string;
  change: number | null;
  amount: number | null;
  size: number | null;
  netFlow: number | null;
}

interface Page {
  totalCount: number;
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
  edges: { cursor: string; node: Fund }[];
}

const LIST = `query ($filter: EtfFilter, $orderBy: EtfOrder! = CHANGE_DESC, $first: Int! = 50, $after: String, $asOf: LocalDate) {
  etfs(filter: $filter, orderBy: $orderBy, first: $first, after: $after, asOf: $asOf) {
    totalCount pageInfo { hasNextPage endCursor } edges { cursor node { code change amount size netFlow(window: DAY) } }
  }
}`;

async function list(variables: object): Promise<Page> {
  const { data, errors } = await graphql({
    schema,
    source: LIST,
    variableValues: { ...variables },
    contextValue: requestContext(market),
  });
  expect(errors).toBeUndefined();
  return (data as { etfs: Page }).etfs;
}

const FIGURE: Readonly<Record<(typeof ORDERS)[number], (fund: Fund) => number | null>> = {
  CHANGE_DESC: ({ change }) => (change === null ? null : -change),
  CHANGE_ASC: ({ change }) => change,
  AMOUNT_DESC: ({ amount }) => (amount === null ? null : -amount),
  FLOW_DESC: ({ netFlow }) => (netFlow === null ? null : -netFlow),
  FLOW_ASC: ({ netFlow }) => netFlow,
  SIZE_DESC: ({ size }) => (size === null ? null : -size),
  CODE_ASC: () => 0,
};

describe('a list of 1,500 funds', () => {
  test('comes on one page without a statement of SQL, cold and warm', async () => {
    const before = statements;
    const cold = await list({ first: 1500 });
    const warm = await list({ first: 1500 });
    expect(cold.totalCount).toBe(FUNDS);
    expect(cold.edges).toHaveLength(FUNDS);
    expect(warm).toEqual(cold);
    expect(statements - before).toBe(0);
    await opened.workspace.store.manager.query('SELECT 1');
    expect(statements - before).toBe(1); // or nothing is counted at all
  });

  test.each(ORDERS)('in order %s: pages join to the whole, missing figures last, ties by code', async (orderBy) => {
    const { edges: whole } = await list({ orderBy, first: 2000 });
    const pages: Page['edges'] = [];
    for (let after: string | null = null; ; ) {
      const page: Page = await list({ orderBy, first: 333, after });
      pages.push(...page.edges);
      if (!page.pageInfo.hasNextPage) break;
      after = page.pageInfo.endCursor;
    }
    expect(pages).toEqual(whole);
    expect(new Set(whole.map(({ node }) => node.code)).size).toBe(FUNDS);
    const figures = whole.map(({ node }) => FIGURE[orderBy](node));
    const known = figures.filter((figure) => figure !== null);
    expect(figures.slice(known.length).every((figure) => figure === null)).toBe(true);
    if (orderBy !== 'CODE_ASC') expect(known.length).toBeLessThan(whole.length);
    for (let i = 1; i < whole.length; i++) {
      const [before, here] = [figures[i - 1], figures[i]];
      if (before === here)
        expect((whole[i - 1] as { node: Fund }).node.code < (whole[i] as { node: Fund }).node.code).toBe(true);
      else if (here !== null) expect(before as number).toBeLessThan(here as number);
    }
  });

  test('a cursor goes on rightly after its fund has left the list', async () => {
    const { edges } = await list({ orderBy: 'CHANGE_DESC', filter: { minChange: 0.0005 }, first: 10 });
    const { cursor, node } = edges[9] as Page['edges'][number];
    const narrower = { minChange: 0.0005, maxChange: (node.change as number) - 1e-9 };
    const { edges: rest } = await list({ orderBy: 'CHANGE_DESC', filter: narrower, first: 1, after: cursor });
    const { edges: all } = await list({ orderBy: 'CHANGE_DESC', filter: narrower, first: 1 });
    expect(rest).toEqual(all);
  });

  test('filters hold for every fund of the list, and leave out no other', async () => {
    const { edges: all } = await list({ first: 2000 });
    const filter = { minChange: -0.001, maxChange: 0.001, minAmount: 3e7 };
    const { edges, totalCount } = await list({ filter, first: 2000 });
    const expected = all.filter(
      ({ node: { change, amount } }) =>
        change !== null && change >= -0.001 && change <= 0.001 && amount !== null && amount >= 3e7,
    );
    expect(totalCount).toBeGreaterThan(10);
    expect(edges).toEqual(expected);
  });
});
