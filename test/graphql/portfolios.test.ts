import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type DemoServer, openDemoServer } from '../support/demo-workspace.js';
import { readOperation } from '../support/operations.js';

vi.mock('graphql', async () => (await import('../support/one-graphql.js')).default);

const FIRST = '2022-01-04';
const LAST = '2025-12-31';
/** Last trading day of the operation run-sweep. */
const LAST_SWEPT = '2025-11-21';

let server: DemoServer;
const stopWorker = new AbortController();
let worker: Promise<void>;
beforeAll(async () => {
  server = await openDemoServer();
});
afterAll(async () => {
  stopWorker.abort();
  await worker;
  await server?.close();
});

interface Answer {
  status: number;
  code: string | null;
  message: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers of many queries
  data: any;
}

async function ask(query: string, variables?: object): Promise<Answer> {
  const { status, body } = await server.graphql(query, variables);
  const [error] = body.errors ?? [];
  return { status, code: error?.extensions.code ?? null, message: error?.message ?? '', data: body.data };
}

async function data(query: string, variables?: object): Promise<Answer['data']> {
  const answer = await ask(query, variables);
  expect(answer).toMatchObject({ status: 200, code: null });
  return answer.data;
}

const CREATE =
  'mutation ($p: PortfolioInput!) { createPortfolio(input: $p) { id key name rule size rebalance costBps } }';
const BACKTEST = 'mutation ($i: BacktestInput!) { runBacktest(input: $i) { id status from to } }';
const SWEEP = 'mutation ($i: SweepInput!) { runSweep(input: $i) { id status combinations } }';
const PERIODS =
  'weekEnding weekReturn benchmarkWeekReturn weekExcess monthReturn monthExcess yearReturn yearExcess notes';
const METRICS = `convention { compounding periodsPerYear riskFreeRate calendar } totalReturn annualizedReturn annualizedVolatility
  sharpe sortino maxDrawdown maxDrawdownFrom maxDrawdownTo recoveredOn calmar trackingError informationRatio beta
  winRateWeekly winRateMonthly annualTurnover`;
const REBALANCES = 'date signal notes entered { code } left { code } unpriced { code } turnover cost';
const TABLE = 'columns { name type unit } data rowCount truncated asOf notes';

const NOTES = [
  'closes: industry_daily of source "synthetic", adjustment none',
  'closes: stock_daily of source "synthetic", adjustment hfq',
];

const topSix = (key: string, other: object = {}): object => ({ key, factor: 'diffusion', ...other });
const scheduled = (key: string, schedule: unknown, other: object = {}): object => ({
  key,
  rule: 'SCHEDULE',
  schedule,
  ...other,
});
const on = (date: string, ...industries: string[]): object => ({ date, industries });

/** The columns of a table by name. */
// biome-ignore lint/suspicious/noExplicitAny: a table of the API
const columnsOf = (table: any): Record<string, any[]> =>
  Object.fromEntries(table.columns.map(({ name }: { name: string }, index: number) => [name, table.data[index]]));

function expectClose(
  actual: readonly (number | null)[],
  expected: readonly (number | null)[],
  tolerance = 1e-12,
): void {
  expect(actual).toHaveLength(expected.length);
  const off = actual.flatMap((value, index) => {
    const other = expected[index] as number | null;
    if (value === null || other === null) return value === other ? [] : [{ index, value, other }];
    return Math.abs(value - other) <= tolerance * Math.max(1, Math.abs(other)) ? [] : [{ index, value, other }];
  });
  expect(off).toEqual([]);
}

describe('portfolios that are kept', () => {
  test('the built-in one is there from the start', async () => {
    expect(
      await data('{ portfolio(key: "diffusion-monthly") { key name factor { key } rule size rebalance costBps } }'),
    ).toEqual({
      portfolio: {
        key: 'diffusion-monthly',
        name: 'Diffusion index, monthly top six',
        factor: { key: 'diffusion' },
        rule: 'TOP_N',
        size: 6,
        rebalance: 'MONTHLY',
        costBps: 0,
      },
    });
  });

  test('one is created once; the same again is no error, another under its key is KEY_TAKEN', async () => {
    const { query, variables } = readOperation('create-portfolio');
    const first = await data(query, variables);
    expect(first.createPortfolio).toMatchObject({ key: 'diffusion-weekly-swap', rule: 'SWAP', size: 6, costBps: 5 });
    const before = await server.countStored();
    const together = await Promise.all([data(query, variables), data(query, variables), data(query, variables)]);
    for (const again of together) expect(again).toEqual(first);
    const input = (variables as { input: object }).input;
    // Said otherwise, it is the same: vendors' suffixes, another order, defaults written out.
    const same = { ...input, excluded: ['CI005030.CI', 'CI005029.WI'], executionLagDays: 0, scheme: 'CITIC_L1' };
    expect((await data(CREATE, { p: same })).createPortfolio).toEqual(first.createPortfolio);
    const other = await ask(CREATE, { p: { ...input, size: 5 } });
    expect(other).toMatchObject({ status: 200, code: 'KEY_TAKEN', data: null });
    expect(other.message).toMatch(/"diffusion-weekly-swap" .* choose a different key/);
    expect(await server.countStored()).toEqual(before);
  });

  test('two different ones that want a key at the same time: one gets it', async () => {
    const sizes = [3, 4, 5, 7, 8];
    const answers = await Promise.all(sizes.map((size) => ask(CREATE, { p: topSix('race', { size }) })));
    const winners = answers.filter(({ code }) => code === null);
    expect(winners).toHaveLength(1);
    expect(answers.filter(({ code }) => code === 'KEY_TAKEN')).toHaveLength(sizes.length - 1);
    const { portfolio } = await data('{ portfolio(key: "race") { size } }');
    expect(portfolio.size).toBe(winners[0]?.data.createPortfolio.size);
  });

  test('a built-in key is taken', async () => {
    expect((await ask(CREATE, { p: topSix('diffusion-monthly', { size: 5 }) })).code).toBe('KEY_TAKEN');
  });

  test('pages of the list go through all of them once, by key', async () => {
    for (const key of ['page-a', 'page-b', 'page-c']) await data(CREATE, { p: topSix(key) });
    const all = await data('{ portfolios { totalCount edges { node { key } } } }');
    const keys = all.portfolios.edges.map(({ node }: { node: { key: string } }) => node.key);
    expect(keys).toEqual([...keys].sort());
    expect(keys).toEqual(expect.arrayContaining(['diffusion-monthly', 'page-a', 'page-b', 'page-c']));
    expect(all.portfolios.totalCount).toBe(keys.length);
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { portfolios } = await data(
        'query ($after: String) { portfolios(first: 2, after: $after) { edges { node { key } cursor } pageInfo { hasNextPage hasPreviousPage endCursor } } }',
        { after },
      );
      expect(portfolios.pageInfo.hasPreviousPage).toBe(after !== null);
      seen.push(...portfolios.edges.map(({ node }: { node: { key: string } }) => node.key));
      after = portfolios.pageInfo.hasNextPage ? portfolios.pageInfo.endCursor : null;
    } while (after !== null);
    expect(seen).toEqual(keys);
  });

  test('a schedule on days without trading is kept on the last trading day before them', async () => {
    // 2025-11-15 and 11-16 are a weekend; 11-14 is the Friday before.
    await data(CREATE, {
      p: scheduled('saturday', [on('2025-11-15', 'CI005001'), on('2025-12-03', 'CI005002', 'CI005003')]),
    });
    const { portfolio } = await data(
      `{ portfolio(key: "saturday") { size factor { key } holdings(asOf: "2025-11-14") { since items { weight industry { code } } }
         changes(from: "2025-11-01", to: "2025-12-31") { ${REBALANCES} } } }`,
    );
    expect(portfolio.size).toBe(2);
    expect(portfolio.factor).toBeNull();
    expect(portfolio.holdings).toEqual({ since: '2025-11-14', items: [{ weight: 1, industry: { code: 'CI005001' } }] });
    expect(portfolio.changes.map((one: { date: string }) => one.date)).toEqual([
      '2025-11-14',
      '2025-11-28',
      '2025-12-03',
      '2025-12-31',
    ]);
    expect(
      (
        await data(CREATE, {
          p: scheduled('saturday', [on('2025-12-03', 'CI005003', 'CI005002'), on('2025-11-14', 'CI005001.CI')]),
        })
      ).createPortfolio.key,
    ).toBe('saturday');
  });
});

describe('what a portfolio did', () => {
  test('holdings are those of the last rebalance, on weekends and in holidays too', async () => {
    const { portfolio } = await data(
      `{ portfolio(key: "diffusion-monthly") {
        friday: holdings(asOf: "2025-11-14") { ...H } sunday: holdings(asOf: "2025-11-16") { ...H }
        eve: holdings(asOf: "2025-09-30") { ...H } golden: holdings(asOf: "2025-10-05") { ...H }
        last: holdings { ...H } future: holdings(asOf: "2031-01-01") { ...H } } }
       fragment H on Holdings { asOf since items { weight targetWeight industry { code asOf } } }`,
    );
    expect(portfolio.sunday).toEqual(portfolio.friday);
    expect(portfolio.friday).toMatchObject({ asOf: '2025-11-14', since: '2025-10-31' });
    expect(portfolio.golden).toEqual(portfolio.eve);
    expect(portfolio.eve).toMatchObject({ asOf: '2025-09-30', since: '2025-09-30' });
    expect(portfolio.future).toEqual(portfolio.last);
    expect(portfolio.last).toMatchObject({ asOf: LAST, since: LAST });
    for (const { items, asOf } of Object.values(portfolio) as {
      items: { weight: number; targetWeight: number; industry: { code: string; asOf: string } }[];
      asOf: string;
    }[]) {
      expect(items).toHaveLength(6);
      const codes = items.map(({ industry }) => industry.code);
      expect(codes).toEqual([...codes].sort());
      expect(items.every(({ industry }) => industry.asOf === asOf)).toBe(true);
      expectClose([items.reduce((sum, { weight }) => sum + weight, 0)], [1]);
      for (const { targetWeight } of items) expect(targetWeight).toBe(1 / 6);
    }
    for (const { weight } of portfolio.eve.items) expectClose([weight], [1 / 6]);
  });

  test('the monthly portfolio buys the six best of the ranking in force at month end', async () => {
    const { portfolio, factor } = await data(
      `{ portfolio(key: "diffusion-monthly") { holdings(asOf: "2025-11-03") { items { industry { code } } } }
         factor(key: "diffusion") { ranking(asOf: "2025-10-31", top: 6) { items { industry { code } } } } }`,
    );
    const codes = (items: { industry: { code: string } }[]): string[] =>
      items.map(({ industry }) => industry.code).sort();
    expect(codes(portfolio.holdings.items)).toEqual(codes(factor.ranking.items));
  });

  test.each([
    ['holdings', `holdings(asOf: "${FIRST}") { since }`],
    ['table', `table(weekEnding: "${FIRST}") { weekReturn }`],
    ['changes', `changes(from: "2021-01-01", to: "${FIRST}") { date }`],
    ['performance', `performance(from: "2021-01-01", to: "${FIRST}") { from }`],
  ])('%s before the first purchase are told as such', async (_, field) => {
    const answer = await ask(`{ portfolio(key: "diffusion-monthly") { ${field} } }`);
    expect(answer).toMatchObject({ status: 200, code: 'DATE_BEFORE_DATA' });
    expect(answer.message).toMatch(/2022-01-04 .* first purchase on 2022-1\d-\d\d/);
  });

  test('changes lead from one holding to the next, and are the same however the range is cut', async () => {
    const { portfolio } = await data(
      `{ portfolio(key: "diffusion-monthly") { all: changes(from: "2022-01-01", to: "${LAST}") { ${REBALANCES} }
         a: changes(from: "2022-01-01", to: "2024-06-28") { ${REBALANCES} } b: changes(from: "2024-06-29", to: "2030-01-01") { ${REBALANCES} }
         none: changes(from: "2025-11-03", to: "2025-11-07") { date } after: changes(from: "2026-01-01", to: "2026-02-01") { date } } }`,
    );
    expect([...portfolio.a, ...portfolio.b]).toEqual(portfolio.all);
    expect(portfolio.none).toEqual([]);
    expect(portfolio.after).toEqual([]);
    const held = new Set<string>();
    for (const [index, change] of portfolio.all.entries()) {
      for (const { code } of change.left) expect(held.delete(code)).toBe(true);
      for (const { code } of change.entered) {
        expect(held.has(code)).toBe(false);
        held.add(code);
      }
      expect(held.size).toBe(6);
      expect(change.cost).toBe(0);
      if (index === 0) expectClose([change.turnover], [0.5]);
      else expect(change.turnover).toBeGreaterThanOrEqual(change.entered.length / 6 - 0.2);
    }
    const { portfolio: last } = await data(
      '{ portfolio(key: "diffusion-monthly") { holdings { items { industry { code } } } } }',
    );
    expect(last.holdings.items.map(({ industry }: { industry: { code: string } }) => industry.code)).toEqual(
      [...held].sort(),
    );
  });

  test('the table follows from the net values', async () => {
    const { portfolio } = await data(
      `{ portfolio(key: "diffusion-monthly") { table(weekEnding: "2025-11-21") { ${PERIODS} } weekend: table(weekEnding: "2025-11-23") { ${PERIODS} }
         holiday: table(weekEnding: "2025-10-10") { weekReturn } performance(from: "2024-12-31", to: "2025-11-21") { nav { ${TABLE} } } } }`,
    );
    const { date, portfolio: own, benchmark } = columnsOf(portfolio.performance.nav) as Record<string, never[]>;
    const growth = (values: number[], from: string, to = '2025-11-21'): number =>
      (values[date.indexOf(to as never)] as number) / (values[date.indexOf(from as never)] as number) - 1;
    const { table } = portfolio;
    expect(table.weekEnding).toBe('2025-11-21');
    expectClose(
      [table.weekReturn, table.benchmarkWeekReturn, table.monthReturn, table.yearReturn],
      [
        growth(own, '2025-11-14'),
        growth(benchmark, '2025-11-14'),
        growth(own, '2025-10-31'),
        growth(own, '2024-12-31'),
      ],
    );
    expectClose(
      [table.weekExcess, table.monthExcess, table.yearExcess],
      ['2025-11-14', '2025-10-31', '2024-12-31'].map((from) => growth(own, from) - growth(benchmark, from)),
    );
    expect(portfolio.weekend).toEqual(table);
    // The week of the national holiday is one period with the days before it.
    expectClose([portfolio.holiday.weekReturn], [growth(own, '2025-09-26', '2025-10-10')]);
  });

  test('performance begins at 1, and years and months compound to the whole', async () => {
    const from = '2023-05-13'; // a Saturday
    const { portfolio } = await data(
      `{ portfolio(key: "diffusion-monthly") { performance(from: "${from}", to: "2025-09-14") { from to metrics { ${METRICS} }
         nav { ${TABLE} } yearly { ${TABLE} } monthly { ${TABLE} } } } }`,
    );
    const { performance } = portfolio;
    expect(performance).toMatchObject({ from: '2023-05-12', to: '2025-09-12' });
    const nav = columnsOf(performance.nav) as { date: string[] } & Record<string, number[]>;
    expect(Object.keys(nav)).toEqual(['date', 'portfolio', 'benchmark', 'excess', 'drawdown']);
    expect([nav.date[0], nav.date.at(-1)]).toEqual(['2023-05-12', '2025-09-12']);
    expect([nav.portfolio[0], nav.benchmark[0], nav.excess[0], nav.drawdown[0]]).toEqual([1, 1, 0, 0]);
    expect(performance.nav.notes).toEqual(NOTES);
    let peak = 0;
    nav.portfolio.forEach((value, row) => {
      peak = Math.max(peak, value);
      expect(nav.drawdown[row]).toBe(value / peak - 1);
      expect(nav.excess[row]).toBe(value - (nav.benchmark[row] as number));
    });
    const { metrics } = performance;
    expect(metrics.convention).toEqual({
      compounding: 'GEOMETRIC',
      periodsPerYear: 242,
      riskFreeRate: 0,
      calendar: 'Shanghai and Shenzhen trading days',
    });
    expectClose([metrics.totalReturn], [(nav.portfolio.at(-1) as number) - 1]);
    expect(metrics.maxDrawdown).toBe(Math.min(...nav.drawdown));
    expect(nav.drawdown[nav.date.indexOf(metrics.maxDrawdownTo)]).toBe(metrics.maxDrawdown);
    const days = nav.date.length - 1;
    expectClose([metrics.annualizedReturn], [(nav.portfolio.at(-1) as number) ** (242 / days) - 1]);
    for (const [table, name, labels] of [
      [performance.yearly, 'year', ['2023', '2024', '2025']],
      [performance.monthly, 'month', null],
    ] as const) {
      const periods = columnsOf(table) as Record<string, number[]>;
      expect(Object.keys(periods)).toEqual([name, 'portfolio', 'benchmark', 'excess']);
      if (labels !== null) expect(periods[name]).toEqual(labels);
      else
        expect([periods.month?.length, periods.month?.[0], periods.month?.at(-1)]).toEqual([29, '2023-05', '2025-09']);
      for (const column of ['portfolio', 'benchmark'] as const)
        expectClose(
          [(periods[column] as number[]).reduce((product, value) => product * (1 + value), 1)],
          [nav[column]?.at(-1) as number],
        );
      expectClose(
        periods.excess as number[],
        (periods.portfolio as number[]).map((value, row) => value - (periods.benchmark?.[row] as number)),
      );
    }
  });

  test('costs make a portfolio poorer by what its rebalances tell, and leave its benchmark alone', async () => {
    await data(CREATE, { p: topSix('dear', { costBps: 30 }) });
    const fields = `changes(from: "2022-01-01", to: "${LAST}") { date turnover cost } performance(from: "2022-01-01", to: "${LAST}") { metrics { totalReturn } nav { ${TABLE} } }`;
    const { dear, free } = await data(
      `{ dear: portfolio(key: "dear") { ${fields} } free: portfolio(key: "diffusion-monthly") { ${fields} } }`,
    );
    const [own, other] = [columnsOf(dear.performance.nav), columnsOf(free.performance.nav)];
    expect(own.benchmark).toEqual(other.benchmark);
    // The first net value is after the cost of the first purchase, and 1.
    const kept = dear.changes.slice(1).reduce((product: number, { cost }: { cost: number }) => product * (1 - cost), 1);
    expectClose([own.portfolio?.at(-1)], [(other.portfolio?.at(-1) as number) * kept], 1e-11);
    expectClose([dear.changes[0].cost], [1 - 1 / 1.003]);
  });
});

/** What is refused: HTTP status, code, and a message that names value and remedy. */
interface Refusal {
  status?: number;
  code: string;
  says: RegExp;
}
const no = (says: RegExp, code = 'INVALID_ARGUMENT', status = 200): Refusal => ({ status, code, says });
const notOfType = (says: RegExp): Refusal => no(says, 'BAD_USER_INPUT', 400);

async function expectRefused(
  query: string,
  variables: object | undefined,
  { status = 200, code, says }: Refusal,
): Promise<void> {
  const before = await server.countStored();
  const answer = await ask(query, variables);
  expect({ status: answer.status, code: answer.code }).toEqual({ status, code });
  expect(answer.message).toMatch(says);
  expect(answer.message.length).toBeLessThan(800);
  expect(await server.countStored()).toEqual(before);
}

const long = 'x'.repeat(100_000);
const PORTFOLIOS: readonly (readonly [string, object, Refusal])[] = [
  ['an empty key', { key: '' }, no(/key: "" .* 1 to 64 lower-case/)],
  ['a key of capitals', { key: 'Mine' }, no(/key: "Mine" .* lower-case/)],
  ['a key with a space', { key: 'my own' }, no(/key: "my own" .* lower-case/)],
  ['a key that begins with a hyphen', { key: '-a' }, no(/key: "-a" .* no hyphen first/)],
  ['a key with a line end', { key: 'a\n' }, no(/key: "a\\n" .* lower-case/)],
  ['a key of 65 characters', { key: 'k'.repeat(65) }, no(/key: "k+" .* 1 to 64/)],
  ['a key of 100,000 characters', { key: long }, no(/key: "x{80}" .* 1 to 64/)],
  ['a Chinese key', { key: '扩散' }, no(/key: "扩散" .* lower-case/)],
  ['a name with a zero character', { name: 'a\u0000b' }, no(/name: "a\\u0000b" .* control character/)],
  ['a name with half a character', { name: 'a\ud800' }, no(/name: .* control character/)],
  ['a name of 100,000 characters', { name: long }, no(/name: "x{80}" .* 1 to 200 characters/)],
  ['size 0', { size: 0 }, no(/size .* 1 to 30.* not 0/)],
  ['size −1', { size: -1 }, no(/size .* 1 to 30.* not -1/)],
  ['size 31', { size: 31 }, no(/size .* 1 to 30.* not 31/)],
  ['size over those left', { size: 30, excluded: ['CI005030'] }, no(/size .* 1 to 29.* not 30/)],
  ['size 1.5', { size: 1.5 }, notOfType(/non-integer value: 1\.5/)],
  ['cost −1', { costBps: -1 }, no(/costBps: -1 .* 0 to below 10000/)],
  ['cost 10,000', { costBps: 10_000 }, no(/costBps: 10000 .* 0 to below 10000/)],
  ['cost null', { costBps: null }, notOfType(/costBps.* must not be null|Expected non-nullable/)],
  ['cost as text', { costBps: 'NaN' }, notOfType(/Float cannot represent non numeric value: "NaN"/)],
  ['lag −1', { executionLagDays: -1 }, no(/executionLagDays: -1 .* 0 to 250/)],
  ['lag 251', { executionLagDays: 251 }, no(/executionLagDays: 251 .* 0 to 250/)],
  ['no swap', { rule: 'SWAP', swapsPerRebalance: 0 }, no(/swapsPerRebalance: 0 .* from 1 on/)],
  ['negative swaps of a rule that has none', { swapsPerRebalance: -3 }, no(/swapsPerRebalance: -3 .* from 1 on/)],
  ['an unknown factor', { factor: 'astrology' }, no(/"astrology".*diffusion/, 'UNKNOWN_FACTOR')],
  ['no factor', { factor: null }, no(/factor: nothing .* TOP_N needs one/)],
  ['an impossible look-back', { params: { diffusion: { lookback: 0 } } }, no(/lookback 0 .* 1 to 1000/)],
  ['an unknown rule', { rule: 'BEST' }, notOfType(/"BEST"/)],
  [
    'an unknown industry left out',
    { excluded: ['CI009999'] },
    no(/"CI009999" .* 30 industries .* query industries/, 'UNKNOWN_INDUSTRY'),
  ],
  [
    'another scheme’s industry left out',
    { excluded: ['801010'] },
    no(/"801010" .* CITIC_L1.* query industries/, 'UNKNOWN_INDUSTRY'),
  ],
  ['an endless industry', { excluded: [long] }, no(/"x{80}" .* query industries/, 'UNKNOWN_INDUSTRY')],
  ['an industry left out twice', { excluded: ['CI005001', 'CI005001.CI'] }, no(/"CI005001" is named twice/)],
  [
    'all industries left out',
    { excluded: Array.from({ length: 30 }, (_, i) => `CI0050${String(i + 1).padStart(2, '0')}`) },
    no(/size .* 1 to 0.* not 6/),
  ],
  [
    'a schedule beside another rule',
    { schedule: [on('2025-11-03', 'CI005001')] },
    no(/schedule: given .* TOP_N .* SCHEDULE, or leave it out/),
  ],
  [
    'the rule SCHEDULE without a schedule',
    { rule: 'SCHEDULE', factor: null },
    no(/schedule: nothing .* holdings by date/),
  ],
  [
    'the rule SCHEDULE with a factor',
    { rule: 'SCHEDULE', schedule: [on('2025-11-03', 'CI005001')] },
    no(/factor: diffusion .* leave it out/),
  ],
  [
    'the rule SCHEDULE with parameters',
    { rule: 'SCHEDULE', factor: null, params: {}, schedule: [on('2025-11-03', 'CI005001')] },
    no(/params: given .* leave them out/),
  ],
  [
    'the rule SCHEDULE with industries left out',
    { rule: 'SCHEDULE', factor: null, excluded: ['CI005002'], schedule: [on('2025-11-03', 'CI005001')] },
    no(/excluded: given .* leave them out/),
  ],
  ...(
    [
      ['an empty schedule', [], no(/schedule is empty; give holdings/)],
      ['a date without industries', [on('2025-11-03')], no(/no industry for 2025-11-03; name at least one/)],
      [
        'a date twice',
        [on('2025-11-03', 'CI005001'), on('2025-11-03', 'CI005002')],
        no(/2025-11-03 twice; give each date once/),
      ],
      [
        'a Friday and the Saturday after it',
        [on('2025-11-14', 'CI005001'), on('2025-11-15', 'CI005002')],
        no(/2025-11-14 twice; give each date once/),
      ],
      [
        'an industry twice',
        [on('2025-11-03', 'CI005001', 'CI005001.WI')],
        no(/"CI005001" is named twice; name each once/),
      ],
      ['an unknown industry', [on('2025-11-03', 'steel')], no(/"steel" .* query industries/, 'UNKNOWN_INDUSTRY')],
      [
        'a date before the data',
        [on('2021-12-31', 'CI005001')],
        no(/2021-12-31 .* begins on 2022-01-04/, 'DATE_BEFORE_DATA'),
      ],
      [
        'a date after the data',
        [on('2026-01-02', 'CI005001')],
        no(/2026-01-02.* end on 2025-12-31; leave it out/, 'INVALID_RANGE'),
      ],
      ['a date that is none', [on('2025-02-30', 'CI005001')], notOfType(/2025-02-30/)],
    ] as const
  ).map(
    ([name, schedule, refusal]) =>
      [`${name} in a schedule`, { rule: 'SCHEDULE', factor: null, schedule }, refusal] as const,
  ),
];

describe('portfolios that cannot be', () => {
  test.each(PORTFOLIOS)('%s', async (_, changed, refusal) => {
    const portfolio = { key: 'refused', factor: 'diffusion', ...changed };
    await expectRefused(CREATE, { p: portfolio }, refusal);
    await expectRefused(BACKTEST, { i: { portfolio, from: FIRST, to: LAST } }, refusal);
  });

  test('cost NaN is no GraphQL', () =>
    expectRefused(
      'mutation { createPortfolio(input: { key: "refused", factor: "diffusion", costBps: NaN }) { key } }',
      undefined,
      no(/Float cannot represent non numeric value: NaN/, 'GRAPHQL_VALIDATION_FAILED', 400),
    ));

  test.each<[string, string, Refusal]>([
    [
      'an unknown key',
      '{ portfolio(key: "nobody") { key } }',
      no(/"nobody" is no portfolio; .* portfolios lists/, 'UNKNOWN_PORTFOLIO'),
    ],
    [
      'a key with a zero character',
      '{ portfolio(key: "a\\u0000") { key } }',
      no(/is no portfolio/, 'UNKNOWN_PORTFOLIO'),
    ],
    ['an empty page', '{ portfolios(first: 0) { totalCount } }', no(/first: 0 .* 1 to 500/)],
    ['too large a page', '{ portfolios(first: 501) { totalCount } }', no(/first: 501 .* 1 to 500/)],
    ['a forged cursor', '{ portfolios(after: "abc") { totalCount } }', no(/"abc" is no cursor/, 'INVALID_CURSOR')],
    [
      'changes from after to',
      '{ portfolio(key: "diffusion-monthly") { changes(from: "2025-02-01", to: "2025-01-01") { date } } }',
      no(/2025-02-01 is after to 2025-01-01; swap/, 'INVALID_RANGE'),
    ],
    [
      'performance from after to',
      '{ portfolio(key: "diffusion-monthly") { performance(from: "2025-02-01", to: "2025-01-01") { from } } }',
      no(/swap them/, 'INVALID_RANGE'),
    ],
    [
      'performance after the data',
      '{ portfolio(key: "diffusion-monthly") { performance(from: "2026-02-01", to: "2026-03-01") { from } } }',
      no(/2026-02-01 .* 2025-12-31; begin earlier/, 'INVALID_RANGE'),
    ],
    [
      'performance of a day',
      '{ portfolio(key: "diffusion-monthly") { performance(from: "2025-12-30", to: "2025-12-31") { from } } }',
      no(/at least three net values, and there are 2; .* longer range/, 'INVALID_RANGE'),
    ],
    [
      'a portfolio’s table of no date',
      '{ portfolio(key: "diffusion-monthly") { table(weekEnding: "2025-13-01") { weekReturn } } }',
      no(/2025-13-01/, 'GRAPHQL_VALIDATION_FAILED', 400),
    ],
  ])('%s', (_, query, refusal) => expectRefused(query, undefined, refusal));
});

describe('backtests and sweeps that cannot be', () => {
  const ranges: readonly (readonly [string, string, string, Refusal])[] = [
    ['from after to', '2025-02-01', '2025-01-01', no(/2025-02-01 is after to 2025-01-01; swap/, 'INVALID_RANGE')],
    [
      'a range before the data',
      '2020-01-01',
      '2021-01-01',
      no(/2021-01-01 lies before the data: .* 2022-01-04/, 'DATE_BEFORE_DATA'),
    ],
    ['a range after the data', '2026-01-05', '2026-02-01', no(/2026-01-05.*2025-12-31/, 'INVALID_RANGE')],
    [
      'a range of a weekend',
      '2025-11-15',
      '2025-11-16',
      no(/No trading day .* 2025-11-15 and 2025-11-16; widen/, 'INVALID_RANGE'),
    ],
    ['a date that is none', '2025-02-30', '2025-03-01', notOfType(/2025-02-30/)],
  ];
  test.each(ranges)('%s', async (_, from, to, refusal) => {
    await expectRefused(BACKTEST, { i: { portfolio: topSix('refused'), from, to } }, refusal);
    await expectRefused(SWEEP, { i: { portfolio: topSix('refused'), from, to, sizes: [3, 6] } }, refusal);
  });

  test.each<[string, object, readonly string[], Refusal]>([
    ['with the rule TOP_N', {}, ['CI005001'], no(/initialHoldings are for the rule SWAP; TOP_N/)],
    [
      'with the rule SCHEDULE',
      { rule: 'SCHEDULE', factor: null, schedule: [on('2025-11-03', 'CI005001')] },
      ['CI005001'],
      no(/initialHoldings are for the rule SWAP; SCHEDULE/),
    ],
    [
      'more than the size',
      { rule: 'SWAP', size: 2 },
      ['CI005001', 'CI005002', 'CI005003'],
      no(/3 initial holdings .* at most 2/),
    ],
    ['unknown', { rule: 'SWAP' }, ['CI005031'], no(/"CI005031" .* query industries/, 'UNKNOWN_INDUSTRY')],
    ['twice the same', { rule: 'SWAP' }, ['CI005001', 'CI005001.CI'], no(/"CI005001" is named twice/)],
  ])('initial holdings %s', (_, changed, initialHoldings, refusal) =>
    expectRefused(
      BACKTEST,
      { i: { portfolio: topSix('refused', changed), from: FIRST, to: LAST, initialHoldings } },
      refusal,
    ),
  );

  test.each<[string, object, Refusal]>([
    ['look-back 0', { lookbacks: [20, 0] }, no(/lookback 0 .* 1 to 1000/)],
    ['no sizes', { sizes: [] }, no(/sizes: an empty list .* leave it out/)],
    ['no weightings', { weightings: [] }, no(/weightings: an empty list .* leave it out/)],
    ['look-back −1', { lookbacks: [-1] }, no(/lookback -1 .* 1 to 1000/)],
    ['look-back 10⁶', { lookbacks: [1_000_000] }, no(/lookback 1000000 .* 1 to 1000/)],
    ['size 0', { sizes: [6, 0] }, no(/size .* 1 to 30.* not 0/)],
    ['size −1', { sizes: [-1] }, no(/size .* 1 to 30.* not -1/)],
    ['size 10⁶', { sizes: [1_000_000] }, no(/size .* 1 to 30.* not 1000000/)],
    [
      '20,010 combinations',
      { lookbacks: Array.from({ length: 667 }, (_, i) => i + 1), sizes: Array.from({ length: 30 }, (_, i) => i + 1) },
      no(/20010 combinations, and 20000 are the most; shorten/),
    ],
    ['an unknown frequency', { rebalances: ['DAILY'] }, notOfType(/"DAILY"/)],
    ['an unknown weighting', { weightings: ['SQRT'] }, notOfType(/"SQRT"/)],
  ])('a sweep over %s', (_, lists, refusal) =>
    expectRefused(SWEEP, { i: { portfolio: topSix('refused'), from: FIRST, to: LAST, ...lists } }, refusal),
  );

  test('a sweep of given holdings', () =>
    expectRefused(
      SWEEP,
      { i: { portfolio: scheduled('refused', [on('2025-11-03', 'CI005001')]), from: FIRST, to: LAST, sizes: [1, 2] } },
      no(/sweep varies .* factor; the rule SCHEDULE uses none\. Name another rule/),
    ));

  test.each([[[20, 40]], [[]]])('a sweep of gru over the look-backs %j', (lookbacks) =>
    expectRefused(
      SWEEP,
      { i: { portfolio: topSix('refused', { factor: 'gru' }), from: FIRST, to: LAST, lookbacks } },
      no(/lookbacks are for the factor "diffusion"; "gru" has no look-back\. Leave them out/),
    ),
  );

  const id = (text: string): string => Buffer.from(text).toString('base64url');
  const NOBODY = '00000000-0000-4000-8000-000000000000';
  const lookups: readonly (readonly [string, string])[] = [
    ['backtest', 'query ($id: ID!) { backtest(id: $id) { status } }'],
    ['sweep', 'query ($id: ID!) { sweep(id: $id) { status } }'],
    ['cancelJob', 'mutation ($id: ID!) { cancelJob(id: $id) }'],
  ];
  test.each(lookups)('%s of a forged id', async (_, query) => {
    await expectRefused(query, { id: '' }, no(/"" is no id/));
    await expectRefused(query, { id: 'x' }, no(/"x" is no id/));
    await expectRefused(query, { id: long }, no(/is no id/));
    for (const forged of [
      `Backtest:${NOBODY}`,
      `Sweep:${NOBODY}`,
      'Backtest:1',
      "Backtest:' OR 1=1",
      'Backtest:\u0000',
      'Industry:CI005001',
      'Portfolio:diffusion-monthly',
    ])
      await expectRefused(query, { id: id(forged) }, no(/There is no (backtest|sweep|job) with the id/, 'UNKNOWN_JOB'));
  });

  test('node of a forged id is null', async () => {
    for (const forged of [
      `Backtest:${NOBODY}`,
      `Sweep:${NOBODY}`,
      'Backtest:1',
      'Sweep:\u0000',
      'Portfolio:nobody',
      'Portfolio:\u0000',
      'Industry:CI009999',
      'Market:1',
    ])
      expect(await data('query ($id: ID!) { node(id: $id) { id } }', { id: id(forged) })).toEqual({ node: null });
    await expectRefused('query ($id: ID!) { node(id: $id) { id } }', { id: 'x' }, no(/"x" is no id/));
  });

  test.each([
    'abc',
    id('["yesterday","1"]'),
    id('["2025-01-01","1"]'),
    id(`["\\u0000","${NOBODY}"]`),
    id('[1,2]'),
    id('["a"]'),
  ])('the page of backtests after %s', (after) =>
    expectRefused(
      'query ($after: String) { backtests(after: $after) { totalCount } }',
      { after },
      no(/is no cursor/, 'INVALID_CURSOR'),
    ),
  );

  test.each([
    ['longer than 200 characters', 'k'.repeat(201), /idempotencyKey .* 200 characters/],
    ['with a zero character', 'a\u0000', /idempotencyKey/],
    ['with nothing in it', '', /idempotencyKey/],
  ])('an idempotency key %s', (_, idempotencyKey, says) =>
    expectRefused(BACKTEST, { i: { portfolio: topSix('refused'), from: FIRST, to: LAST, idempotencyKey } }, no(says)),
  );
});

async function finished(id: string, type: 'backtest' | 'sweep'): Promise<void> {
  for (let patience = 600; patience > 0; patience--) {
    const job = (await data(`query ($id: ID!) { ${type}(id: $id) { status progress error } }`, { id }))[type];
    if (job.status === 'SUCCEEDED') {
      expect(job).toEqual({ status: 'SUCCEEDED', progress: 1, error: null });
      return;
    }
    expect(['QUEUED', 'RUNNING']).toContain(job.status);
    await sleep(50);
  }
  throw new Error(`${type} ${id} did not end`);
}

async function runBacktest(input: object): Promise<string> {
  const { id } = (await data(BACKTEST, { i: input })).runBacktest;
  await finished(id, 'backtest');
  return id;
}

describe.sequential('backtests and sweeps', () => {
  test('before a worker has taken them they wait, without results', async () => {
    const { query, variables } = readOperation('run-backtest');
    const { runBacktest: job } = await data(query, variables);
    expect(job).toMatchObject({ status: 'QUEUED', progress: 0, from: '2023-01-03', to: '2025-11-21' });
    const again = await data(query, variables);
    expect(again.runBacktest).toEqual(job);
    const { backtest } = await data(readOperation('backtest-result').query, { id: job.id });
    expect(backtest).toEqual({
      status: 'QUEUED',
      progress: 0,
      error: null,
      dataVersion: null,
      metrics: null,
      yearly: null,
      table: null,
      nav: null,
      rebalances: null,
      notes: [],
    });
    const input = (variables as { input: { portfolio: object } }).input;
    const taken = await ask(BACKTEST, { i: { ...input, portfolio: { ...input.portfolio, size: 5 } } });
    expect(taken).toMatchObject({ status: 200, code: 'KEY_TAKEN' });
    expect(taken.message).toMatch(/"top-six-2025-11-21" .* new key/);
    worker = server.work(stopWorker.signal);
    await finished(job.id, 'backtest');
    const done = await data(readOperation('backtest-result').query, { id: job.id });
    expect(done.backtest).toMatchObject({
      status: 'SUCCEEDED',
      progress: 1,
      dataVersion: server.markets.current().dataVersion,
    });
    expect(done.backtest.rebalances.length).toBeGreaterThan(100);
    expect((await data(query, variables)).runBacktest).toMatchObject({ id: job.id, status: 'SUCCEEDED' });
  });

  const kinds: readonly (readonly [string, object])[] = [
    ['TOP_N, monthly, free', topSix('bt-top')],
    [
      'TOP_N, weekly, with costs and a day’s lag',
      topSix('bt-lag', { rebalance: 'WEEKLY', costBps: 12, executionLagDays: 1, size: 4 }),
    ],
    [
      'SWAP, weekly',
      topSix('bt-swap', {
        rule: 'SWAP',
        rebalance: 'WEEKLY',
        swapsPerRebalance: 2,
        excluded: ['CI005029'],
        costBps: 3,
      }),
    ],
    [
      'SCHEDULE',
      scheduled(
        'bt-given',
        [on('2023-06-30', 'CI005001', 'CI005002'), on('2024-02-06', 'CI005010', 'CI005011', 'CI005012')],
        { costBps: 8 },
      ),
    ],
  ];
  test.each(kinds)('a backtest is what the portfolio did over all data: %s', async (_, portfolio) => {
    const { key } = portfolio as { key: string };
    await data(CREATE, { p: portfolio });
    const id = await runBacktest({ portfolio, from: FIRST, to: LAST });
    const periods = `yearly { ${TABLE} } monthly { ${TABLE} } nav { ${TABLE} } metrics { ${METRICS} }`;
    const { backtest } = await data(
      `query ($id: ID!) { backtest(id: $id) { notes ${periods} table { ${PERIODS} } earlier: table(weekEnding: "2024-08-18") { ${PERIODS} } rebalances { ${REBALANCES} } } }`,
      { id },
    );
    const { portfolio: kept } = await data(
      `query ($key: String!) { portfolio(key: $key) { performance(from: "${FIRST}", to: "${LAST}") { notes ${periods} }
        table { ${PERIODS} } earlier: table(weekEnding: "2024-08-18") { ${PERIODS} } changes(from: "${FIRST}", to: "${LAST}") { ${REBALANCES} } } }`,
      { key },
    );
    const { performance } = kept;
    expect(backtest.metrics).toEqual(performance.metrics);
    expect(backtest.rebalances).toEqual(kept.changes);
    expect(backtest.table).toEqual(kept.table);
    expect(backtest.earlier).toEqual(kept.earlier);
    for (const table of ['yearly', 'monthly'] as const) {
      const [own, other] = [columnsOf(backtest[table]), columnsOf(performance[table])];
      const label = table === 'yearly' ? 'year' : 'month';
      expect(own[label]).toEqual(other[label]);
      for (const column of ['portfolio', 'benchmark', 'excess'])
        expectClose(own[column] as number[], other[column] as number[]);
    }
    // Net values of 1 invested, the first after the cost of the purchase; the portfolio's begin at 1.
    const [own, other] = [columnsOf(backtest.nav), columnsOf(performance.nav)];
    expect(own.date).toEqual(other.date);
    const base = own.portfolio?.[0] as number;
    expectClose([base], [1 - backtest.rebalances[0].cost]);
    expectClose(
      (own.portfolio as number[]).map((value) => value / base),
      other.portfolio as number[],
    );
    expectClose(own.benchmark as number[], other.benchmark as number[]);
    expectClose(own.drawdown as number[], other.drawdown as number[]);
    expect(backtest.nav.notes).toEqual(performance.nav.notes);
    expect(backtest.notes).toEqual(performance.notes);
    expect(backtest.notes).toEqual(backtest.rebalances[0].notes.length > 0 ? NOTES : NOTES.slice(0, 1));

    const refused = await ask(
      'query ($id: ID!) { backtest(id: $id) { table(weekEnding: "2022-01-04") { weekReturn } } }',
      { id },
    );
    expect(refused).toMatchObject({ status: 200, code: 'DATE_BEFORE_DATA' });
    expect(refused.message).toMatch(/2022-01-04 lies before the first purchase/);
  });

  test('a SWAP backtest begins with the holdings it is given', async () => {
    const portfolio = topSix('bt-initial', { rule: 'SWAP', size: 3, rebalance: 'WEEKLY' });
    const initialHoldings = ['CI005028', 'CI005003.CI', 'CI005015'];
    const id = await runBacktest({ portfolio, from: '2024-03-04', to: '2024-06-28', initialHoldings });
    const { backtest } = await data(
      `query ($id: ID!) { backtest(id: $id) { rebalances { ${REBALANCES} } nav { data } } }`,
      { id },
    );
    const [first, ...rest] = backtest.rebalances;
    expect(first.date).toBe('2024-03-08');
    expect(first.entered.map(({ code }: { code: string }) => code)).toEqual(['CI005003', 'CI005015', 'CI005028']);
    for (const { entered, left } of rest) {
      expect(entered.length).toBeLessThanOrEqual(1);
      expect(left).toHaveLength(entered.length);
    }
    expect(backtest.nav.data[0][0]).toBe('2024-03-08');
  });

  test('a backtest that never buys fails, and says why', async () => {
    const { id } = (await data(BACKTEST, { i: { portfolio: topSix('early'), from: FIRST, to: '2022-03-31' } }))
      .runBacktest;
    let job = { status: 'QUEUED', error: '', metrics: null as object | null };
    for (let patience = 200; patience > 0 && !['FAILED', 'SUCCEEDED'].includes(job.status); patience--) {
      await sleep(50);
      job = (await data('query ($id: ID!) { backtest(id: $id) { status error metrics { sharpe } } }', { id })).backtest;
    }
    expect(job).toEqual({
      status: 'FAILED',
      error: expect.stringMatching(/^INVALID_RANGE: .*choose a longer one/),
      metrics: null,
    });
  });

  test('a sweep of gru has no look-back, and its rows are what single backtests give', async () => {
    const portfolio = topSix('gru-swept', { factor: 'gru' }) as Record<string, unknown>;
    const [from, to] = ['2025-10-15', '2025-11-21'];
    const lists = { sizes: [3, 6], rebalances: ['WEEKLY', 'MONTHLY'], weightings: ['EQUAL', 'CAP'] };
    const { runSweep } = await data(SWEEP, { i: { portfolio, from, to, ...lists } });
    expect(runSweep.combinations).toBe(8);
    await finished(runSweep.id, 'sweep');
    const { sweep } = await data(readOperation('sweep-heat-map').query, { id: runSweep.id });
    expect(sweep.results.columns.slice(0, 4).map(({ name }: { name: string }) => name)).toEqual([
      'size',
      'rebalance',
      'weighting',
      'totalReturn',
    ]);
    const columns = columnsOf(sweep.results);
    const swept = Object.keys(columns).slice(3);
    expect(new Set(columns.totalReturn).size).toBeGreaterThan(1);
    const seen = new Set<string>();
    for (let row = 0; row < 8; row++) {
      const at = (name: string) => columns[name]?.[row];
      seen.add([at('size'), at('rebalance'), at('weighting')].join());
      const one = {
        ...portfolio,
        size: at('size'),
        rebalance: at('rebalance'),
        params: { gru: { weighting: at('weighting') } },
      };
      const id = await runBacktest({ portfolio: one, from, to });
      const { backtest } = await data(`query ($id: ID!) { backtest(id: $id) { metrics { ${METRICS} } } }`, { id });
      expectClose(
        swept.map(at),
        swept.map((name) => backtest.metrics[name]),
      );
    }
    expect(seen.size).toBe(8);
  });

  test('the rows of a sweep are what single backtests give', async () => {
    const { query, variables } = readOperation('run-sweep');
    const { runSweep } = await data(query, variables);
    expect(runSweep.combinations).toBe(18);
    await finished(runSweep.id, 'sweep');
    const { sweep } = await data(readOperation('sweep-heat-map').query, { id: runSweep.id });
    const columns = columnsOf(sweep.results);
    expect(sweep.results).toMatchObject({ rowCount: 18, truncated: false, notes: NOTES });
    const { portfolio, from, to } = (variables as { input: { portfolio: object; from: string; to: string } }).input;
    for (const row of [0, 4, 8, 9, 13, 17]) {
      const at = (name: string) => columns[name]?.[row];
      const one = {
        ...portfolio,
        size: at('size'),
        rebalance: at('rebalance'),
        params: { diffusion: { lookback: at('lookback'), weighting: at('weighting') } },
      };
      const id = await runBacktest({ portfolio: one, from, to });
      const { backtest } = await data(`query ($id: ID!) { backtest(id: $id) { metrics { ${METRICS} } } }`, { id });
      const swept = Object.keys(columns).slice(4);
      expect(swept).toHaveLength(13);
      expectClose(
        swept.map(at),
        swept.map((name) => backtest.metrics[name]),
      );
    }
    const combinations = new Set(
      sweep.results.data[0].map((_: unknown, row: number) =>
        ['lookback', 'size', 'rebalance', 'weighting'].map((name) => columns[name]?.[row]).join(),
      ),
    );
    expect(combinations.size).toBe(18);
    const PAGE = `query ($id: ID!, $limit: Int!, $offset: Int!) { sweep(id: $id) { notes results(limit: $limit, offset: $offset) { ${TABLE} } } }`;
    for (const [limit, offset, rows] of [
      [7, 0, 7],
      [7, 7, 7],
      [7, 14, 4],
      [4, 14, 4],
      [2000, 17, 1],
      [1, 18, 0],
      [1, 2_000_000_000, 0],
    ] as const) {
      const { sweep: part } = await data(PAGE, { id: runSweep.id, limit, offset });
      expect(part.notes).toEqual(NOTES);
      expect(part.results).toEqual({
        ...sweep.results,
        asOf: LAST_SWEPT,
        data: sweep.results.data.map((values: unknown[]) => values.slice(offset, offset + rows)),
        rowCount: rows,
        truncated: offset + rows < 18,
      });
    }
    await expectRefused(PAGE, { id: runSweep.id, limit: 0, offset: 0 }, no(/limit: 0 .* 1 to 2000/));
    await expectRefused(PAGE, { id: runSweep.id, limit: 2001, offset: 0 }, no(/limit: 2001 .* 1 to 2000/));
    await expectRefused(PAGE, { id: runSweep.id, limit: 1, offset: -1 }, no(/offset: -1 .* 0 or more/));
  });

  test('they are nodes, and backtests are listed newest first', async () => {
    const { backtests } = await data(
      '{ backtests(first: 2) { totalCount edges { cursor node { id status } } pageInfo { hasNextPage hasPreviousPage endCursor } } }',
    );
    expect(backtests.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const rest = await data(
      'query ($after: String) { backtests(first: 500, after: $after) { edges { node { id } } pageInfo { hasNextPage hasPreviousPage } } }',
      { after: backtests.pageInfo.endCursor },
    );
    expect(rest.backtests.pageInfo).toEqual({ hasNextPage: false, hasPreviousPage: true });
    const ids = [...backtests.edges, ...rest.backtests.edges].map(({ node }: { node: { id: string } }) => node.id);
    expect(new Set(ids).size).toBe(backtests.totalCount);
    const NODE = `query ($id: ID!) { node(id: $id) { __typename id ... on Backtest { status nav { rowCount } } ... on Portfolio { key table { weekEnding } } ... on Sweep { combinations } } }`;
    const { node } = await data(NODE, { id: ids.at(-1) });
    expect(node).toMatchObject({
      __typename: 'Backtest',
      id: ids.at(-1),
      status: 'SUCCEEDED',
      nav: { rowCount: expect.any(Number) },
    });
    const { portfolio } = await data('{ portfolio(key: "bt-swap") { id } }');
    expect((await data(NODE, { id: portfolio.id })).node).toEqual({
      __typename: 'Portfolio',
      id: portfolio.id,
      key: 'bt-swap',
      table: { weekEnding: LAST },
    });
    const { runSweep } = await data(readOperation('run-sweep').query, readOperation('run-sweep').variables);
    expect((await data(NODE, { id: runSweep.id })).node).toEqual({
      __typename: 'Sweep',
      id: runSweep.id,
      combinations: 18,
    });
    // A sweep is no backtest, and the other way round.
    expect((await ask('query ($id: ID!) { backtest(id: $id) { status } }', { id: runSweep.id })).code).toBe(
      'UNKNOWN_JOB',
    );
    expect(await data('mutation ($id: ID!) { cancelJob(id: $id) }', { id: runSweep.id })).toEqual({ cancelJob: false });
  });
});
