import { once } from 'node:events';
import { connect } from 'node:net';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type DemoServer, openDemoServer } from '../support/demo-workspace.js';

vi.mock('graphql', async () => (await import('../support/one-graphql.js')).default);

let server: DemoServer;
beforeAll(async () => {
  server = await openDemoServer();
});
afterAll(() => server?.close());

/** Every test ends with this: whatever was sent, the server is there and answers as before. */
async function stillAnswers(): Promise<void> {
  const { body } = await server.graphql('{ factors { key } }');
  expect(body.data).toEqual({ factors: [{ key: 'diffusion' }, { key: 'gru' }] });
}

interface Expected {
  status: number;
  code: string;
  /** In the message: the value and the remedy. */
  says: RegExp;
}

function expectRefusal({ status, body }: { status: number; body: unknown }, expected: Expected): void {
  const { errors } = body as { errors: { message: string; extensions: { code: string } }[] };
  expect(errors).toBeInstanceOf(Array);
  expect({ status, code: errors[0]?.extensions.code }).toEqual({ status: expected.status, code: expected.code });
  for (const { message } of errors) {
    expect(message).toMatch(expected.says);
    expect(message.length).toBeLessThan(800);
    expect(message).not.toMatch(/Something went wrong|node_modules|at .*:\d+:\d+/);
  }
}

const argument = (says: RegExp): Expected => ({ status: 200, code: 'INVALID_ARGUMENT', says });
const variable = (says: RegExp): Expected => ({ status: 400, code: 'BAD_USER_INPUT', says });
const repeat = (count: number, text: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => text(i)).join(' ');

describe('factor parameters', () => {
  const ranking = (diffusion: unknown): supertest.Test =>
    server.graphql(
      'query ($p: DiffusionParams) { factor(key: "diffusion") { ranking(top: 1, params: { diffusion: $p }) { items { value } } } }',
      { p: diffusion },
    );

  test.each<[string, unknown, Expected]>([
    ['0', 0, argument(/lookback 0 .* 1 to 1000/)],
    ['−5', -5, argument(/lookback -5 .* 1 to 1000/)],
    ['100,000', 100_000, argument(/lookback 100000 .* 1 to 1000/)],
    ['2³¹', 2 ** 31, variable(/lookback.*2147483648/)],
    ['1.5', 1.5, variable(/Int cannot represent non-integer value: 1\.5/)],
    ['text', 'x', variable(/Int cannot represent non-integer value: "x"/)],
    ['true', true, variable(/non-integer value: true/)],
    ['a list', [1], variable(/non-integer value: \[1\]/)],
  ])('look-back %s', async (_, lookback, expected) => expectRefusal(await ranking({ lookback }), expected));

  test.each<[string, unknown, Expected]>([
    ['of 0 days', [0], argument(/smoothing \[0\] .* at most two .* 1 to 250/)],
    ['of 251 days', [251], argument(/smoothing \[251\] .* 1 to 250/)],
    ['thrice', [1, 2, 3], argument(/smoothing \[1, 2, 3\] .* at most two/)],
    ['10,000 times', Array(10_000).fill(5), argument(/smoothing \[5, 5, 5/)],
    ['of 10,000 nulls', Array(10_000).fill(null), variable(/null at "p\.smoothing|error limit reached/)],
    ['of half a day', [5.5], variable(/5\.5/)],
  ])('smoothing %s', async (_, smoothing, expected) => expectRefusal(await ranking({ smoothing }), expected));

  test('left out, empty and null all mean the defaults', async () => {
    const answers = await Promise.all(
      [undefined, null, {}, { lookback: null, rule: null, weighting: null, smoothing: null }, { lookback: 220 }].map(
        async (params) => (await ranking(params)).body,
      ),
    );
    expect(answers[0].errors).toBeUndefined();
    expect(answers[0].data.factor.ranking.items).toHaveLength(1);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  test('of the wrong name', async () =>
    expectRefusal(await ranking({ lookbak: 5 }), variable(/"lookbak".*Did you mean "lookback"/)));
});

describe('parameters of the GRU factor', () => {
  const ASKS = {
    ranking: 'query ($p: GruParams) { factor(key: "gru") { ranking(top: 1, params: { gru: $p }) { asOf } } }',
    history:
      'query ($p: GruParams) { factor(key: "gru") { history(from: "2025-12-01", to: "2025-12-05", params: { gru: $p }) { rowCount } } }',
    portfolio:
      'mutation ($p: GruParams) { createPortfolio(input: { key: "of-no-model", factor: "gru", params: { gru: $p } }) { key } }',
    backtest:
      'mutation ($p: GruParams) { runBacktest(input: { portfolio: { key: "of-no-model", factor: "gru", params: { gru: $p } }, from: "2025-12-01", to: "2025-12-31" }) { id } }',
  };

  test.each<[string, unknown, RegExp]>([
    ['empty', '', /GRU model "" is no name of a model; name one of the query models/],
    ['NUL', '\u0000', /GRU model "\\u0000" is no name/],
    ['a lone surrogate', '\ud800', /GRU model "\\ud800" is no name/],
    ['no ASCII', 'ｇｒｕ', /GRU model "ｇｒｕ" is no name/],
    ['100,000 characters', 'x'.repeat(100_000), /GRU model "xxx.* is no name/],
    ['another case', 'GRU-2025-12', /GRU model "GRU-2025-12" is no name/],
    ['of nobody', 'gru-1999-12', /No model "gru-1999-12" is registered; name one of the query models/],
    ['of a prototype', 'constructor', /No model "constructor" is registered/],
  ])('a model whose name is %s is refused wherever it is asked for, and nothing is kept', async (_, model, says) => {
    const before = await server.countStored();
    for (const query of Object.values(ASKS))
      expectRefusal(await server.graphql(query, { p: { model } }), argument(says));
    expect(await server.countStored()).toEqual(before);
  });

  test('a model that is no text, a weighting that there is not, and a field that there is not', async () => {
    for (const [p, says] of [
      [{ model: 5 }, /String cannot represent a non string value: 5/],
      [{ weighting: 'SQRT' }, /"SQRT" does not exist in "Weighting" enum/],
      [{ modle: 'gru-2025-12' }, /"modle".*Did you mean "model"/],
    ] as const)
      expectRefusal(await server.graphql(ASKS.ranking, { p }), variable(says));
  });

  test('left out, empty and null all mean the defaults', async () => {
    const answers = await Promise.all(
      [undefined, null, {}, { model: null, weighting: null }, { weighting: 'CAP' }].map(
        async (p) => (await server.graphql(ASKS.ranking, { p })).body,
      ),
    );
    expect(answers[0].errors).toBeUndefined();
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });
});

describe('dates and ranges', () => {
  const history = (from: unknown, to: unknown): supertest.Test =>
    server.graphql(
      'query ($from: LocalDate!, $to: LocalDate!) { factor(key: "diffusion") { history(from: $from, to: $to) { rowCount asOf columns { name } } } industry(code: "CI005001") { closes(from: $from, to: $to) { rowCount asOf columns { name } } } }',
      { from, to },
    );

  test.each([
    ['2025-02-30'],
    ['20250101'],
    [''],
    ['2025-1-1'],
    ['2025-12-31T00:00:00Z'],
    ['0001-01-01'],
    [20_250_101],
    ['2025-01-01\u0000'],
    ['２０２５-01-01'],
    [{}],
  ])('%j is no date', async (from) =>
    expectRefusal(
      await history(from, '2025-06-30'),
      variable(/is not a date; write it as YYYY-MM-DD, e\.g\. "2025-11-21"/),
    ),
  );

  test('null is no date', async () =>
    expectRefusal(
      await history(null, '2025-06-30'),
      variable(/"\$from" of non-null type "LocalDate!" must not be null/),
    ));

  test('from after to', async () =>
    expectRefusal(await history('2025-06-02', '2025-06-01'), {
      status: 200,
      code: 'INVALID_RANGE',
      says: /from 2025-06-02 is after to 2025-06-01; swap them/,
    }));

  test('before the data', async () =>
    expectRefusal(await history('2000-01-01', '2000-02-01'), {
      status: 200,
      code: 'DATE_BEFORE_DATA',
      says: /2000-02-01 lies before the data: \w+ begins on 2022-01-04/,
    }));

  test.each([
    ['after the data', '2030-01-01', '2030-02-01'],
    ['after the calendar', '9999-01-01', '9999-12-31'],
    ['on a holiday', '2025-10-01', '2025-10-08'],
  ])('a range %s is empty, its columns as ever', async (_, from, to) => {
    const { body } = await history(from, to);
    expect(body.errors).toBeUndefined();
    expect(body.data.factor.history).toMatchObject({ rowCount: 0, asOf: null });
    expect(body.data.factor.history.columns).toHaveLength(31);
    expect(body.data.industry.closes).toEqual({
      rowCount: 0,
      asOf: null,
      columns: [{ name: 'date' }, { name: 'close' }],
    });
  });

  test('a range wider than the data gives the data', async () => {
    const { body } = await history('1000-01-01', '9999-12-31');
    expect(body.data.factor.history).toMatchObject({ rowCount: 969, asOf: '2025-12-31' });
    expect(body.data.industry.closes).toMatchObject({ rowCount: 969, asOf: '2025-12-31' });
  });

  test.each([
    ['a Saturday', '2025-11-22', '2025-11-21', '2025-11-14'],
    ['a Sunday', '2025-11-23', '2025-11-21', '2025-11-14'],
    ['a holiday', '2025-10-03', '2025-09-30', '2025-09-26'],
    ['the day itself', '2025-11-20', '2025-11-20', '2025-11-14'],
    ['a day after the data', '9999-12-31', '2025-12-31', '2025-12-26'],
    ['none', null, '2025-12-31', '2025-12-26'],
  ])('asOf on %s', async (_, asOf, expected, previous) => {
    const { body } = await server.graphql(
      'query ($d: LocalDate) { factor(key: "diffusion") { ranking(asOf: $d, top: 1) { asOf previous items { industry { asOf } } } } industry(code: "CI005001", asOf: $d) { asOf } industries(asOf: $d) { asOf } }',
      { d: asOf },
    );
    expect(body.data.factor.ranking).toEqual({ asOf: expected, previous, items: [{ industry: { asOf: expected } }] });
    expect(body.data.industry.asOf).toBe(expected);
    expect(new Set(body.data.industries.map((one: { asOf: string }) => one.asOf))).toEqual(new Set([expected]));
  });

  test('asOf on the first day of the data: no values, and why', async () => {
    const { body } = await server.graphql(
      '{ factor(key: "diffusion") { ranking(asOf: "2022-01-04") { previous items { rank } unavailable { reason } } } industry(code: "CI005001", asOf: "2022-01-04") { return(window: YEAR) factorValue(factor: "diffusion") } }',
    );
    expect(body.data.factor.ranking).toMatchObject({ previous: null, items: [] });
    expect(body.data.factor.ranking.unavailable).toHaveLength(30);
    expect(body.data.factor.ranking.unavailable[0].reason).toMatch(/look-back of 220 trading days/);
    expect(body.data.industry).toEqual({ return: null, factorValue: null });
  });

  test('asOf before the data', async () =>
    expectRefusal(await server.graphql('{ industries(asOf: "2000-01-01") { code } }'), {
      status: 200,
      code: 'DATE_BEFORE_DATA',
      says: /2000-01-01 lies before the data/,
    }));

  const evaluation = (from: string, to: string, horizonDays: unknown): supertest.Test =>
    server.graphql(
      'query ($f: LocalDate!, $t: LocalDate!, $h: Int) { factor(key: "diffusion") { evaluation(from: $f, to: $t, horizonDays: $h) { observations icMean } } }',
      { f: from, t: to, h: horizonDays },
    );

  test.each([0, -1, 251, 2_000_000_000])('a horizon of %d days', async (days) =>
    expectRefusal(
      await evaluation('2025-01-01', '2025-02-28', days),
      argument(new RegExp(`horizonDays: ${days} .* 1 to 250`)),
    ),
  );

  test('a horizon of null', async () =>
    expectRefusal(await evaluation('2025-01-01', '2025-02-28', null), {
      status: 200,
      code: 'BAD_USER_INPUT',
      says: /"horizonDays" of non-null type "Int!" must not be null/,
    }));

  test.each([
    ['2025-10-01', '2025-10-05'],
    ['2030-01-01', '2030-02-01'],
  ])('an evaluation of no day, %s to %s', async (from, to) =>
    expectRefusal(await evaluation(from, to, 5), {
      status: 200,
      code: 'INVALID_RANGE',
      says: new RegExp(`No trading day of the data lies between ${from} and ${to}; widen`),
    }),
  );

  test('an evaluation whose forward returns all lie beyond the data has no observations', async () => {
    const { body } = await evaluation('2025-12-01', '2025-12-31', 250);
    expect(body.data.factor.evaluation).toEqual({ observations: 0, icMean: null });
  });
});

describe('counts, cursors, codes and ids', () => {
  test.each([0, -1, -(2 ** 31)])('top and bottom of %d', async (count) => {
    for (const name of ['top', 'bottom'])
      expectRefusal(
        await server.graphql(`query ($n: Int) { factor(key: "diffusion") { ranking(${name}: $n) { asOf } } }`, {
          n: count,
        }),
        argument(new RegExp(`${name}: ${count} .* 1 or more`)),
      );
  });

  test('more than there are gives all, each once', async () => {
    const { body } = await server.graphql(
      '{ factor(key: "diffusion") { ranking(top: 1000000000, bottom: 1000000000) { items { rank } } } }',
    );
    const ranks = body.data.factor.ranking.items.map((item: { rank: number }) => item.rank);
    expect(ranks).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
  });

  const members = (first: unknown, after?: unknown): supertest.Test =>
    server.graphql(
      'query ($first: Int! = 50, $after: String) { industry(code: "CI005001") { members(first: $first, after: $after) { edges { node { stock } } } } }',
      { first, after },
    );

  test.each([0, -1, 501, 1e9])('a page of %d', async (first) =>
    expectRefusal(await members(first), argument(new RegExp(`first: ${first} .* 1 to 500 items`))),
  );

  const cursor = (key: unknown): string => Buffer.from(JSON.stringify(key)).toString('base64url');

  test.each([
    ['text', 'x'],
    ['empty', ''],
    ['of nothing', cursor(null)],
    ['of an empty key', cursor([])],
    ['of another list', cursor(['CI005001'])],
    ['with its parts swapped', cursor(['600519.SH', -0.1])],
    ['100 kB', 'x'.repeat(100_000)],
    ['with NUL', '\u0000'],
  ])('a cursor that is %s', async (_, after) =>
    expectRefusal(await members(5, after), {
      status: 200,
      code: 'INVALID_CURSOR',
      says: /is no cursor; take one from pageInfo\.endCursor/,
    }),
  );

  test('a cursor whose item is gone goes on behind its place', async () => {
    const all = (await members(500)).body.data.industry.members.edges;
    const { body } = await members(500, cursor([0, '999999.ZZ']));
    expect(body.data.industry.members.edges).toEqual([]);
    expect((await members(500, cursor([-1, '']))).body.data.industry.members.edges).toEqual(all);
  });

  test.each(['', 'XX', 'CI005999', '801', "'; DROP TABLE industry", '\u0000', 'x'.repeat(100_000)])(
    'no industry has the code %.20j',
    async (code) =>
      expectRefusal(await server.graphql('query ($c: String!) { industry(code: $c) { code } }', { c: code }), {
        status: 200,
        code: 'UNKNOWN_INDUSTRY',
        says: /is no industry; CITIC codes are .* The query industries lists them/,
      }),
  );

  test.each(['', 'gru2', '__proto__', 'x'.repeat(100_000)])('no factor has the key %.20j', async (key) => {
    for (const query of [
      'query ($k: String!) { factor(key: $k) { key } }',
      'query ($k: String!) { industry(code: "CI005001") { factorValue(factor: $k) } }',
    ])
      expectRefusal(await server.graphql(query, { k: key }), {
        status: 200,
        code: 'UNKNOWN_FACTOR',
        says: /is no factor; there are: diffusion/,
      });
  });

  test.each(['', 'x', 'CI005001', 'X19wcm90b19fOng', '\u0000', 5])('%j is no id', async (id) =>
    expectRefusal(
      await server.graphql('query ($id: ID!) { node(id: $id) { id } }', { id }),
      argument(/is no id; ids come from the id fields of answers/),
    ),
  );

  test.each(['Industry:XX', 'Stock:600519.SH', 'Query:x'])('nothing has the id of %s', async (told) => {
    const id = Buffer.from(told).toString('base64url');
    const { body } = await server.graphql('query ($id: ID!) { node(id: $id) { id } }', { id });
    expect(body).toEqual({ data: { node: null }, extensions: expect.anything() });
  });
});

describe('documents', () => {
  const tooMuch: Expected = { status: 400, code: 'COST_LIMIT', says: /2000 tokens and, .* 300 fields; send several/ };
  const tooDear: Expected = {
    status: 400,
    code: 'COST_LIMIT',
    says: /would cost about \d+, and 20000 is the most; ask for fewer/,
  };
  const invalid = (says: RegExp): Expected => ({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED', says });
  const ranking = (i: number): string => `a${i}: ranking(params: { diffusion: { lookback: ${i + 1} } }) { asOf }`;

  test.each<[string, string, Expected]>([
    ['of an unknown field', '{ dataStatu { synthetic } }', invalid(/"dataStatu".*Did you mean "dataStatus"/)],
    ['of an unknown argument', '{ factor(key: "diffusion", x: 1) { key } }', invalid(/Unknown argument "x"/)],
    ['of a bad date literal', '{ industries(asOf: "2025-02-30") { code } }', invalid(/2025-02-30.*YYYY-MM-DD/)],
    [
      'of a lone surrogate',
      '{ factor(key: "\\ud800") { key } }',
      { status: 400, code: 'GRAPHQL_PARSE_FAILED', says: /Unicode/ },
    ],
    ['of 1 MB in one name', `{ ${'a'.repeat(1_000_000)} }`, invalid(/^Cannot query field "aaaa/)],
    ['of 1 MB in many names', `{ ${'aaaa '.repeat(200_000)} }`, tooMuch],
    ['of 1 MB of braces', '{'.repeat(1_000_000), { status: 400, code: 'GRAPHQL_PARSE_FAILED', says: /Expected Name/ }],
    ['of lists in lists', `{ industry(code: ${'['.repeat(100_000)}) { code } }`, tooMuch],
    [
      'of fragments in a circle',
      `{ factors { ...F0 } } ${repeat(100, (i) => `fragment F${i} on Factor { ...F${(i + 1) % 100} }`)}`,
      invalid(/Cannot spread fragment "F0" within itself/),
    ],
    [
      'of fragments that double',
      `{ factors { ...F0 } } ${repeat(30, (i) => `fragment F${i} on Factor { ...F${i + 1} ...F${i + 1} }`)} fragment F30 on Factor { key }`,
      tooMuch,
    ],
    ['of one field 900 times', `{ factors { ${'key '.repeat(900)} } }`, tooMuch],
    ['of 1,000 rankings', `{ factor(key: "diffusion") { ${repeat(1000, ranking)} } }`, tooMuch],
    [
      'of 120 rankings',
      `{ factor(key: "diffusion") { ${repeat(120, (i) => `a${i}: ranking(top: 5) { asOf }`)} } }`,
      tooDear,
    ],
    ['of 200 factors', `{ ${repeat(200, (i) => `a${i}: factors { key }`)} }`, tooMuch],
    ['of lists in long lists', '{ industries { members(first: 500) { edges { node { stock } } } } }', tooDear],
    [
      'of introspection in itself',
      '{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }',
      invalid(/introspection depth/),
    ],
  ])('%s', async (_, query, expected) => {
    expectRefusal(await server.graphql(query), expected);
    await stillAnswers();
  });

  test.each([
    ['an unknown name', 'query A { factors { key } }', 'B', /Unknown operation named "B"/],
    ['a name of 5,000 characters', 'query A { factors { key } }', 'B'.repeat(5000), /Unknown operation named "BBB/],
    ['no name', 'query A { factors { key } } query B { factors { key } }', undefined, /Must provide operation name/],
  ])('%s for an operation', async (_, query, name, says) =>
    expectRefusal(await server.graphql(query, {}, name), { status: 400, code: 'OPERATION_RESOLUTION_FAILURE', says }),
  );

  test('an operation with a name of 5,000 characters is one', async () => {
    const { body } = await server.graphql(`query ${'A'.repeat(5000)} { factors { key } }`);
    expect(body.errors).toBeUndefined();
  });

  test('the whole schema can be asked for', async () => {
    const { getIntrospectionQuery } = await import('graphql');
    const { body } = await server.graphql(getIntrospectionQuery({ oneOf: true, inputValueDeprecation: true }));
    expect(body.errors).toBeUndefined();
  });

  test('the dearest that is allowed is answered', async () => {
    const dear = [
      `{ factor(key: "diffusion") { ${repeat(9, (i) => `a${i}: history(from: "2022-01-04", to: "2025-12-31", params: { diffusion: { lookback: ${i + 20} } }) { data }`)} } }`,
      `{ factor(key: "diffusion") { ${repeat(9, (i) => `a${i}: evaluation(from: "2022-01-04", to: "2025-12-31", params: { diffusion: { lookback: ${i + 20} } }) { icMean }`)} } }`,
      `{ factor(key: "diffusion") { ${repeat(90, ranking)} } }`,
      `{ industries { ${repeat(5, (i) => `a${i}: closes(from: "2022-01-04", to: "2025-12-31") { data }`)} } }`,
    ];
    for (const query of dear) expect((await server.graphql(query)).body.errors).toBeUndefined();
  });

  test('many who each ask for much are answered, or told to come again', async () => {
    const ask = (client: number): supertest.Test =>
      server.graphql(
        `{ factor(key: "diffusion") { ${repeat(40, (i) => `a${i}: ranking(top: 1, params: { diffusion: { lookback: ${client * 40 + i + 1}, rule: MA } }) { asOf }`)} } }`,
      );
    const answers = await Promise.all(Array.from({ length: 20 }, (_, client) => ask(client)));
    for (const { status, body } of answers) {
      expect(status).toBe(200);
      for (const error of body.errors ?? []) expect(error.extensions.code).toBe('OVERLOADED');
    }
    await stillAnswers();
  });
});

describe('requests', () => {
  const bad = (status: number, says: RegExp): Expected => ({ status, code: 'BAD_REQUEST', says });
  const post = (
    body: string,
    headers: Record<string, string> = { 'content-type': 'application/json' },
  ): supertest.Test => supertest(server.url).post('/graphql').set(headers).send(body);
  const nested = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;

  test.each<[string, string, Expected]>([
    ['empty', '', bad(400, /body is empty; send \{"query"/)],
    ['no JSON', '{', bad(400, /not valid JSON/)],
    ['a batch', '[{"query":"{factors{key}}"}]', bad(400, /batching disabled/)],
    ['null', 'null', bad(400, /body missing/)],
    ['a number', '5', bad(400, /body missing/)],
    ['an empty object', '{}', bad(400, /body missing|no keys/)],
    ['without a query', '{"query":""}', bad(400, /non-empty `query`/)],
    ['with a query that is a number', '{"query":5}', bad(400, /must be strings/)],
    ['with variables that are text', '{"query":"{factors{key}}","variables":"x"}', bad(400, /`variables`.*object/)],
    [
      'with a name that is a number',
      '{"query":"{factors{key}}","operationName":5}',
      bad(400, /`operationName`.*string/),
    ],
    ['with a prototype', '{"query":"{factors{key}}","__proto__":{}}', bad(400, /not valid JSON/)],
    [
      'with a wrong hash',
      '{"query":"{factors{key}}","extensions":{"persistedQuery":{"version":1,"sha256Hash":"a"}}}',
      bad(400, /sha does not match/),
    ],
    ['with a strange hash', '{"extensions":{"persistedQuery":7}}', bad(400, /persisted query version/)],
    [
      '2 MB',
      JSON.stringify({ query: 'x'.repeat(2_000_000) }),
      { status: 413, code: 'PAYLOAD_TOO_LARGE', says: /1048576 bytes; send less/ },
    ],
    [
      'nested 200,000 deep',
      `{"query":"query($p:[Int!]){factor(key:\\"diffusion\\"){ranking(params:{diffusion:{smoothing:$p}}){asOf}}}","variables":{"p":${nested}}}`,
      { status: 400, code: 'BAD_USER_INPUT', says: /Int cannot represent/ },
    ],
  ])('a body that is %s', async (_, body, expected) => {
    expectRefusal(await post(body), expected);
    await stillAnswers();
  });

  test.each([
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/graphql',
    'nonsense',
  ])('content type %s', async (type) =>
    expectRefusal(await post('{"query":"{factors{key}}"}', { 'content-type': type }), {
      status: 415,
      code: 'UNSUPPORTED_MEDIA_TYPE',
      says: /Content-Type: application\/json/,
    }),
  );

  test('what a page of another site could send unasked', async () => {
    expectRefusal(
      await post('{"query":"{factors{key}}"}', { 'content-type': 'text/plain' }),
      bad(400, /Cross-Site Request Forgery.*content-type/),
    );
    expectRefusal(
      await supertest(server.url).get('/graphql').query({ query: '{factors{key}}' }),
      bad(400, /apollo-require-preflight/),
    );
  });

  test('GET with the preflight header', async () => {
    const get = (query: object): supertest.Test =>
      supertest(server.url).get('/graphql').set('apollo-require-preflight', '1').query(query);
    expect((await get({ query: '{factors{key}}' })).body.data).toEqual({
      factors: [{ key: 'diffusion' }, { key: 'gru' }],
    });
    expectRefusal(await get({ query: '{factors{key}}', variables: '{' }), bad(400, /variables .* invalid JSON/));
    expectRefusal(await get({}), bad(400, /non-empty `query`/));
  });

  test('a wish for HTML', async () =>
    expectRefusal(
      await post('{"query":"{factors{key}}"}', { 'content-type': 'application/json', accept: 'text/html' }),
      bad(406, /'accept' header/),
    ));

  test.each(['put', 'delete', 'patch'] as const)('%s', async (method) =>
    expectRefusal(await supertest(server.url)[method]('/graphql').send({}), {
      status: 404,
      code: 'NOT_FOUND',
      says: /Nothing is at (PUT|DELETE|PATCH) \/graphql; the API is POST \/graphql/,
    }),
  );

  test.each(['/nope', '/graphql/', '/%00', `/${'x'.repeat(5000)}`])('nothing is at %.20s', async (path) =>
    expectRefusal(await supertest(server.url).get(path), {
      status: 404,
      code: 'NOT_FOUND',
      says: /Nothing is at GET .*the page GET \//,
    }),
  );

  test.each<[string, string, number, RegExp]>([
    [
      'a path that is no path',
      'GET /%E0%A4%A HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      400,
      /not a valid url/,
    ],
    ['a path with NUL', 'GET /a\0b HTTP/1.1\r\nHost: x\r\n\r\n', 400, /no valid HTTP/],
    ['no HTTP', 'nonsense\r\n\r\n', 400, /no valid HTTP/],
    ['headers of 40 kB', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(40_000)}\r\n\r\n`, 431, /headers are too large/],
    ['a Host that is none', 'GET /graphql HTTP/1.1\r\nHost: a b[\r\nConnection: close\r\n\r\n', 400, /Host header/],
    ['no Host', 'GET /graphql HTTP/1.0\r\n\r\n', 400, /Host header/],
  ])('%s', async (_, request, status, says) => {
    expectRefusal(await sendRaw(request), bad(status, says));
    await stillAnswers();
  });

  test('strings with lone surrogates and NUL', async () => {
    for (const text of ['\\ud800', '\\u0000', '\\udfff\\ud800'])
      expectRefusal(await post(`{"query":"query($c:String!){industry(code:$c){code}}","variables":{"c":"${text}"}}`), {
        status: 200,
        code: 'UNKNOWN_INDUSTRY',
        says: /is no industry/,
      });
  });

  test('after all of it memory is sane', async () => {
    await stillAnswers();
    expect(process.memoryUsage().rss).toBeLessThan(1.2e9);
  });
});

/** Sends bytes as they are, which no HTTP client would. */
async function sendRaw(text: string): Promise<{ status: number; body: unknown }> {
  const socket = connect(server.port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.on('error', () => undefined); // the server may close while much is still on its way to it
  socket.write(text);
  await once(socket, 'close');
  return { status: Number(answer.split(' ')[1]), body: JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) };
}
