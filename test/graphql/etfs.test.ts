import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type DemoServer, openDemoServer } from '../support/demo-workspace.js';

vi.mock('graphql', async () => (await import('../support/one-graphql.js')).default);

let server: DemoServer;
beforeAll(async () => {
  server = await openDemoServer();
});
afterAll(() => server?.close());

const LIST = `query ($filter: EtfFilter, $orderBy: EtfOrder! = CHANGE_DESC, $first: Int! = 50, $after: String, $asOf: LocalDate) {
  etfs(filter: $filter, orderBy: $orderBy, first: $first, after: $after, asOf: $asOf) { pageInfo { endCursor } edges { node { code } } }
}`;

async function refusalOf(query: string, variables: object = {}): Promise<{ code: string; message: string }> {
  const { body } = await server.graphql(query, variables);
  expect(body.errors).toHaveLength(1);
  return { code: body.errors[0].extensions.code, message: body.errors[0].message };
}

describe('filters', () => {
  test('by category, theme, name and industry', async () => {
    const names = async (filter: object) => {
      const { body } = await server.graphql(
        'query ($f: EtfFilter) { etfs(filter: $f, first: 300) { edges { node { name category themes { key } } } } }',
        { f: filter },
      );
      return body.data.etfs.edges.map(({ node }: { node: unknown }) => node) as {
        name: string;
        category: string;
        themes: { key: string }[];
      }[];
    };
    const soft = await names({ nameContains: '软件etf' });
    expect(soft.map(({ name }) => name).sort()).toEqual(['软件ETF丁', '软件ETF丙', '软件ETF乙', '软件ETF甲']);
    expect(new Set((await names({ category: '军工' })).map(({ category }) => category))).toEqual(new Set(['军工']));
    const robots = await names({ theme: 'robots' });
    expect(robots.length).toBe(6);
    expect(robots.every(({ themes }) => themes.some(({ key }) => key === 'robots'))).toBe(true);
    // In the demo, funds of 煤炭 follow the coal industry; the many new ones have too few days to follow any.
    const coal = await names({ industry: 'CI005002.CI' });
    expect(coal.map(({ name }) => name).sort()).toEqual(['煤炭ETF丁', '煤炭ETF丙', '煤炭ETF乙', '煤炭ETF甲']);
    expect(await names({ nameContains: 'no such fund' })).toEqual([]);
    // A broad index goes with many industries, and follows none.
    const { body } = await server.graphql('{ industries { etfs(first: 200) { edges { node { name } } } } }');
    expect(JSON.stringify(body.data)).not.toMatch(/沪深300/);
  });
});

test('an industry says why no fund follows it, and a fund is null before its listing', async () => {
  const ask = async (asOf: string, code: string) => {
    const query = `{ industry(code: "${code}", asOf: "${asOf}") { etfs(first: 1) { totalCount } etfNotes } }`;
    const { body } = await server.graphql(query);
    return body.data.industry;
  };
  expect((await ask('2025-11-21', 'CI005002')).etfNotes).toEqual([]);
  const { body } = await server.graphql('{ industries { code etfs(first: 1) { totalCount } etfNotes } }');
  const industries: { etfs: { totalCount: number }; etfNotes: string[] }[] = body.data.industries;
  expect(new Set(industries.map(({ etfs }) => etfs.totalCount === 0))).toEqual(new Set([true, false]));
  for (const { etfs, etfNotes } of industries)
    expect(etfNotes).toEqual(
      etfs.totalCount > 0 ? [] : ['no fund is closest to this industry with a correlation of at least 0.8'],
    );
  const listed = await server.graphql('{ etfs(first: 2000) { edges { node { code listDate } } } }');
  const nodes: { code: string; listDate: string }[] = listed.body.data.etfs.edges.map(
    (edge: { node: unknown }) => edge.node,
  );
  const youngest = nodes.reduce((a, b) => (b.listDate > a.listDate ? b : a));
  const at = async (asOf: string) => {
    const { body } = await server.graphql(`{ etf(code: "${youngest.code}", asOf: "${asOf}") { code } }`);
    return body.data.etf;
  };
  expect(await at(youngest.listDate)).toEqual({ code: youngest.code });
  const dayBefore = new Date(Date.parse(youngest.listDate) - 86_400_000).toISOString().slice(0, 10);
  expect(await at(dayBefore)).toBeNull();
});

describe('bad input', () => {
  test.each<[string, object, string, RegExp]>([
    ['a page of none', { first: 0 }, 'INVALID_ARGUMENT', /first: 0 .* 1 to 2000/],
    ['a page beyond the bound', { first: 2001 }, 'INVALID_ARGUMENT', /first: 2001 .* 1 to 2000/],
    ['a theme that is none', { filter: { theme: 'nonsense' } }, 'UNKNOWN_THEME', /"nonsense" is no theme; there are /],
    ['a category that is none', { filter: { category: 'x' } }, 'INVALID_ARGUMENT', /"x" is no category; .*TMT/],
    ['an industry that is none', { filter: { industry: 'CI999999' } }, 'UNKNOWN_INDUSTRY', /"CI999999" is no industry/],
    [
      'bounds that cross',
      { filter: { minChange: 0.1, maxChange: 0 } },
      'INVALID_ARGUMENT',
      /0\.1 is above maxChange 0/,
    ],
    ['a name of 101 characters', { filter: { nameContains: 'x'.repeat(101) } }, 'INVALID_ARGUMENT', /at most 100/],
    ['a day before the data', { asOf: '2000-01-04' }, 'DATE_BEFORE_DATA', /2000-01-04 lies before the data/],
    ['a cursor that is none', { after: 'x' }, 'INVALID_CURSOR', /"x" is no cursor/],
  ])('%s', async (_, variables, code, says) => {
    const refusal = await refusalOf(LIST, variables);
    expect(refusal.code).toBe(code);
    expect(refusal.message).toMatch(says);
  });

  test('a cursor of another order', async () => {
    const { body } = await server.graphql(LIST, { orderBy: 'SIZE_DESC', first: 5 });
    const after = body.data.etfs.pageInfo.endCursor;
    const { code, message } = await refusalOf(LIST, { orderBy: 'CHANGE_DESC', after });
    expect(code).toBe('INVALID_CURSOR');
    expect(message).toMatch(/another order/);
  });

  test('a cursor of another day, whose figures are others', async () => {
    const { body } = await server.graphql(LIST, { orderBy: 'CODE_ASC', first: 5, asOf: '2025-11-20' });
    const { endCursor: after } = body.data.etfs.pageInfo;
    const { code, message } = await refusalOf(LIST, { orderBy: 'CODE_ASC', asOf: '2025-11-21', after });
    expect(code).toBe('INVALID_CURSOR');
    expect(message).toMatch(/another day; .* page through one asOf \(here: 2025-11-21\)/);
    const { body: rest } = await server.graphql(LIST, { orderBy: 'CODE_ASC', first: 5, asOf: '2025-11-20', after });
    expect(rest.errors).toBeUndefined();
  });

  test('margin financing of a weekend says why there is none', async () => {
    const { body } = await server.graphql(
      '{ marginFinancing(from: "2025-11-22", to: "2025-11-23") { asOf latestBalance notes } }',
    );
    expect(body.data.marginFinancing).toEqual({
      asOf: null,
      latestBalance: null,
      notes: ['no rows: there is no trading day from 2025-11-22 to 2025-11-23'],
    });
  });

  test('a date that is no text is named as it was written', async () => {
    const { message } = await refusalOf('{ etfs(asOf: 20251121) { totalCount } }', {});
    expect(message).toBe('"20251121" is not a date; write it as YYYY-MM-DD, e.g. "2025-11-21".');
  });

  test.each<[string, string, RegExp]>([
    ['{ etf(code: "600519.SH") { name } }', 'UNKNOWN_ETF', /"600519.SH" is no fund of the list/],
    ['{ etf(code: "518999") { name } }', 'UNKNOWN_ETF', /"518999" is no fund of the list/],
    ['{ themes(asOf: "1999-01-04") { key } }', 'DATE_BEFORE_DATA', /before the data/],
    ['{ etfFlows(weekEnding: "2001-01-05") { previous } }', 'DATE_BEFORE_DATA', /etf_share begins on/],
    ['{ marginFinancing(from: "2025-02-01", to: "2025-01-01") { asOf } }', 'INVALID_RANGE', /swap them/],
    ['{ marginFinancing(from: "2001-01-01", to: "2001-02-01") { asOf } }', 'DATE_BEFORE_DATA', /margin_market begins/],
    ['{ marketFlash(at: "2001-01-05T07:00:00Z") { at } }', 'DATE_BEFORE_DATA', /daily bars begin on/],
    ['{ marketFlash { headline(language: "fr") } }', 'INVALID_ARGUMENT', /"fr" is not known; give "zh" or "en"/],
    ['{ marketFlash { events(first: 0) { code } } }', 'INVALID_ARGUMENT', /first: 0 .* 1 to 500/],
    ['{ marketFlash { etfsAbove(change: 0, theme: "x") { totalCount } } }', 'UNKNOWN_THEME', /"x" is no theme/],
    [
      '{ portfolio(key: "diffusion-monthly") { etfBasket(minCorrelation: 1.5) { asOf } } }',
      'INVALID_ARGUMENT',
      /minCorrelation: 1\.5 .* 0 to 1/,
    ],
    [
      '{ portfolio(key: "diffusion-monthly") { etfBasket(minAmount: -1) { asOf } } }',
      'INVALID_ARGUMENT',
      /minAmount: -1 .* 0 yuan or more/,
    ],
  ])('%s', async (query, code, says) => {
    const refusal = await refusalOf(query);
    expect(refusal.code).toBe(code);
    expect(refusal.message).toMatch(says);
  });

  test.each(['yesterday', '2025-13-01T00:00:00Z', '2025-11-12', '2025-11-12T10:00:00', '0001-01-01T00:00:00Z', '', 5])(
    '%j is no moment',
    async (at) => {
      const { status, body } = await server.graphql('query ($at: DateTime) { marketFlash(at: $at) { at } }', { at });
      expect(status).toBe(400);
      expect(body.errors[0].extensions.code).toBe('BAD_USER_INPUT');
      const says = `${JSON.stringify(at)} is not a moment; write it with seconds and zone, e.g. "2025-11-21T10:30:00+08:00".`;
      expect(body.errors[0].message).toContain(says);
      const written = await refusalOf(`{ marketFlash(at: ${JSON.stringify(at)}) { at } }`);
      expect(written.message).toContain('is not a moment; write it with seconds and zone');
    },
  );
});

test('a fund and a theme come again by their ids', async () => {
  const { body } = await server.graphql('{ etf(code: "515001") { id code } themes { id key } }');
  const { etf, themes } = body.data;
  const again = await server.graphql(
    'query ($a: ID!, $b: ID!) { a: node(id: $a) { id ... on Etf { code } } b: node(id: $b) { id ... on Theme { key } } }',
    { a: etf.id, b: themes[0].id },
  );
  expect(again.body.data).toEqual({ a: etf, b: themes[0] });
});
