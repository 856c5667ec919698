import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { parse } from 'csv-parse/sync';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { readOperations, TrustedDocuments } from '#lundong/graphql/trusted-documents.js';
import { ParquetExport } from '#lundong/http/export/parquet-export.js';
import { LongRows } from '#lundong/lake/daily-rows.js';
import { DuckDb } from '#lundong/lake/duckdb.js';
import { createKey, revokeKey } from '#lundong/store/access-key.repository.js';
import { type DemoServer, openDemoServer } from '../support/demo-workspace.js';
import { readOperation } from '../support/operations.js';

vi.mock('graphql', async () => (await import('../support/one-graphql.js')).default);

type Cell = string | number | null;
interface Table {
  readonly columns: { name: string; type: string; unit: string | null; description: string | null }[];
  readonly data: Cell[][];
  readonly rowCount: number;
  readonly truncated: boolean;
  readonly asOf: string;
  readonly dataVersion: number;
  readonly notes: string[];
}

const TABLE = '{ columns { name type unit description } data rowCount truncated asOf dataVersion notes }';
const PREFLIGHT = { 'apollo-require-preflight': '1' };
const BARS = '{ dailyBars(from: "2025-01-01", to: "2025-12-31") { data } }';
const FORMATS = ['csv', 'ndjson', 'parquet'] as const;
type Format = (typeof FORMATS)[number];

let server: DemoServer;
let duckdb: DuckDBInstance;
let directory: string;
beforeAll(async () => {
  [server, duckdb] = await Promise.all([openDemoServer(), DuckDBInstance.create(':memory:')]);
  directory = await mkdtemp(join(inject('runDirectory'), 'export-'));
});
afterAll(async () => {
  duckdb?.closeSync();
  await server?.close();
  await rm(directory, { recursive: true, force: true });
});

function send(format: string, fields: Record<string, unknown>, headers: Record<string, string> = PREFLIGHT) {
  const query = Object.entries(fields).map(([name, value]): [string, string] => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return fetch(`${server.url}/export/${format}?${new URLSearchParams(query)}`, { headers });
}

function post(format: string, body: unknown, headers: Record<string, string> = {}) {
  return fetch(`${server.url}/export/${format}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** The rows of an export, each value of its type again. */
async function rowsOf(format: Format, response: Response, { columns }: Pick<Table, 'columns'>): Promise<Cell[][]> {
  expect(response.status).toBe(200);
  const bytes = Buffer.from(await response.arrayBuffer());
  if (format === 'parquet') return readParquet(bytes, columns);
  const text = bytes.toString('utf8');
  if (format === 'ndjson')
    return text
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => JSON.parse(line));
  const [head, ...rows] = parse(text) as string[][];
  expect(head).toEqual(columns.map(({ name }) => name));
  return rows.map((row) =>
    row.map((cell, column) => {
      if (cell === '') return null;
      return ['Float', 'Int'].includes(columns[column]?.type as string) ? Number(cell) : cell;
    }),
  );
}

async function readParquet(bytes: Buffer, columns: Table['columns']): Promise<Cell[][]> {
  const path = join(directory, 'table.parquet');
  await writeFile(path, bytes);
  const connection = await duckdb.connect();
  const types = { LocalDate: 'DATE', Float: 'DOUBLE', Int: 'BIGINT', String: 'VARCHAR' } as Record<string, string>;
  const described = (await connection.runAndReadAll(`DESCRIBE FROM '${path}'`)).getRowsJson();
  expect(described.map(([name, type]) => [name, type])).toEqual(columns.map(({ name, type }) => [name, types[type]]));
  const found = (await connection.runAndReadAll(`FROM '${path}'`)).getRowsJson() as (string | number | null)[][];
  connection.closeSync();
  return found.map((row) =>
    row.map((cell, at) => (columns[at]?.type === 'Int' && cell !== null ? Number(cell) : cell)),
  );
}

async function metadataOf(bytes: Buffer): Promise<unknown> {
  const path = join(directory, 'metadata.parquet');
  await writeFile(path, bytes);
  const connection = await duckdb.connect();
  const [[text]] = (
    await connection.runAndReadAll(
      `SELECT decode(value) FROM parquet_kv_metadata('${path}') WHERE decode(key) = 'lundong'`,
    )
  ).getRowsJson() as [[string]];
  connection.closeSync();
  return JSON.parse(text);
}

/** The table of an answer, wherever it lies. */
function tableIn(data: unknown): Table {
  const value = data as Record<string, unknown>;
  if (Array.isArray(value.data)) return value as unknown as Table;
  return tableIn(Object.values(value).find((one) => typeof one === 'object' && one !== null));
}

const transposed = ({ data, rowCount }: Table): Cell[][] =>
  Array.from({ length: rowCount }, (_, row) => data.map((column) => column[row] as Cell));

async function errorOf(response: Response): Promise<{ status: number; code: string; message: string }> {
  const { errors, data } = (await response.json()) as {
    errors: { message: string; extensions: { code: string } }[];
    data?: unknown;
  };
  const [error] = errors as [(typeof errors)[number]];
  expect(data).toBeUndefined();
  expect(errors).toHaveLength(1);
  expect(response.headers.get('cache-control')).toBe('no-store');
  return { status: response.status, code: error.extensions.code, message: error.message };
}

describe.each(FORMATS)('as %s', (format) => {
  test.each([
    [
      'factor values, of which some are missing',
      `{ factor(key: "diffusion") { history(from: "2022-11-01", to: "2023-01-20") ${TABLE} } }`,
    ],
    [
      'texts and numbers',
      `{ portfolio(key: "diffusion-monthly") { performance(from: "2022-12-30", to: "2025-11-21") { monthly ${TABLE} } } }`,
    ],
    [
      'whole numbers',
      `{ factor(key: "diffusion") { evaluation(from: "2025-01-02", to: "2025-11-21") { ic ${TABLE} } } }`,
    ],
    ['yuan', `{ marginFinancing(from: "2025-10-01", to: "2025-11-21") { market ${TABLE} } }`],
    [
      'bars of some stocks',
      `{ dailyBars(codes: ["000002", "000001.SZ", "sz000004"], from: "2024-01-02", to: "2025-11-21", limit: 1000) ${TABLE} }`,
    ],
    ['bars of funds', `{ dailyBars(dataset: ETF_DAILY, from: "2025-11-03", to: "2025-11-21", limit: 1000) ${TABLE} }`],
  ])('%s are what GraphQL answers', async (_, query) => {
    const { body } = await server.graphql(query);
    expect(body.errors).toBeUndefined();
    const table = tableIn(body.data);
    expect(table.rowCount).toBeGreaterThan(10);
    const response = await send(format, { query });
    expect(await rowsOf(format, response.clone(), table)).toEqual(transposed(table));
    const { data, ...described } = table;
    expect(data).toHaveLength(table.columns.length);
    const { notes, ...short } = described;
    expect(JSON.parse(response.headers.get('lundong-table') as string)).toEqual({
      ...short,
      columns: short.columns.map(({ name, type, unit }) => ({ name, type, unit })),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    if (format === 'ndjson') expect(JSON.parse(bytes.toString().split('\n')[0] as string)).toEqual(described);
    if (format === 'parquet') expect(await metadataOf(bytes)).toEqual(described);
    expect(notes).toEqual(described.notes);
  });

  test('a documented operation goes by its name, with GET and with POST', async () => {
    const { query, variables } = readOperation('diffusion-history');
    const table = tableIn((await server.graphql(query, variables)).body.data);
    for (const response of [
      await send(format, { operation: 'diffusion-history', variables }),
      await post(format, { operation: 'diffusion-history', variables }),
      await post(format, { query, operationName: 'DiffusionHistory', variables }),
    ]) {
      expect(response.headers.get('content-disposition')).toMatch(
        new RegExp(`^attachment; filename="(diffusion-history|DiffusionHistory)\\.${format}"$`),
      );
      expect(await rowsOf(format, response, table)).toEqual(transposed(table));
    }
  });
});

describe('daily bars', () => {
  test('come in order, all of them, though read in many pieces', async () => {
    const reads = vi.spyOn(LongRows.prototype, 'read');
    const response = await send('ndjson', { query: BARS });
    const [head, ...rows] = (await response.text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(reads).toHaveBeenCalledTimes(1);
    reads.mockRestore();
    expect(rows).toHaveLength(head.rowCount);
    expect(head.truncated).toBe(false);
    expect(rows.length).toBeGreaterThan(100_000);
    const keys = rows.map(([code, date]) => `${code} ${date}`);
    expect(keys.every((key, at) => at === 0 || key > (keys[at - 1] as string))).toBe(true);
    const series = server.markets.current().series('stock_daily')[0];
    const panel = await series?.panel(['close', 'volume']);
    for (let at = 0; at < rows.length; at += 97) {
      const [code, date, , , , close, volume] = rows[at];
      expect([close, volume]).toEqual([panel?.value('close', code, date), panel?.value('volume', code, date)]);
    }
  });

  test('over GraphQL are cut at the limit, and say so', async () => {
    const ask = async (args: string) =>
      (await server.graphql(`{ dailyBars(from: "2025-01-01", to: "2025-12-31"${args}) ${TABLE} }`)).body;
    const all: Table = (await ask('')).data.dailyBars;
    expect(all).toMatchObject({ rowCount: 10_000, truncated: true, asOf: '2025-12-31' });
    expect(all.data.map((column) => column.length)).toEqual(Array(8).fill(10_000));
    const some: Table = (await ask(', limit: 7, codes: ["000001.SZ"]')).data.dailyBars;
    expect(some).toMatchObject({ rowCount: 7, truncated: true });
    const one: Table = (await ask(', codes: ["000001.SZ", "000001", "688999.SH"]')).data.dailyBars;
    expect(one.truncated).toBe(false);
    expect(new Set(one.data[0])).toEqual(new Set(['000001.SZ']));
    expect(one.notes).toContain('no rows: 688999.SH');
    for (const [args, code] of [
      [', limit: 0', 'INVALID_ARGUMENT'],
      [', limit: 10001', 'INVALID_ARGUMENT'],
      [', codes: ["x\\u0000"]', 'INVALID_ARGUMENT'],
      [', source: "nobody"', 'NO_DATA'],
      [', dataset: INDEX_DAILY, adjustment: HFQ', 'NO_DATA'],
    ])
      expect((await ask(args as string)).errors[0].extensions.code).toBe(code);
    expect((await ask(', codes: []')).data.dailyBars).toMatchObject({ rowCount: 0, truncated: false, asOf: null });
  });

  test.each(FORMATS)('of nobody are an empty table as %s', async (format) => {
    const query = '{ dailyBars(codes: [], from: "2025-01-01", to: "2025-12-31") { data } }';
    const response = await send(format, { query });
    const { columns } = JSON.parse(response.headers.get('lundong-table') as string);
    expect(await rowsOf(format, response, { columns })).toEqual([]);
  });
});

test('a CSV begins with a byte-order mark where it is asked to', async () => {
  const fields = { operation: 'diffusion-history', variables: { from: '2025-11-20', to: '2025-11-21' } };
  const start = async (response: Response) =>
    Buffer.from(await response.arrayBuffer())
      .subarray(0, 4)
      .toString('latin1');
  expect(await start(await send('csv', { ...fields, bom: true }))).toBe('\u00EF\u00BB\u00BFd');
  expect(await start(await post('csv', { ...fields, bom: true }))).toBe('\u00EF\u00BB\u00BFd');
  expect(await start(await send('csv', fields))).toBe('date');
});

describe('is refused with a code', () => {
  const HISTORY = '{ factor(key: "diffusion") { history(from: "2025-11-03", to: "2025-11-21") { data } } }';
  const refusals: [string, () => Promise<Response>, number, string, RegExp][] = [
    ['an unknown format', () => send('xlsx', { query: HISTORY }), 404, 'NOT_FOUND', /"xlsx".* csv, ndjson, parquet/],
    ['a format of a prototype', () => send('constructor', { query: HISTORY }), 404, 'NOT_FOUND', /"constructor"/],
    [
      'an unknown operation',
      () => send('csv', { operation: 'nix' }),
      404,
      'UNKNOWN_OPERATION',
      /"nix".*schema\/operations/,
    ],
    ['an operation of a path', () => send('csv', { operation: '../schema' }), 404, 'UNKNOWN_OPERATION', /schema/],
    ['an operation with NUL', () => send('csv', { operation: 'a\0b' }), 404, 'UNKNOWN_OPERATION', /"a\\u0000b"/],
    ['an operation of half a letter', () => post('csv', '{"operation":"\\ud800"}'), 404, 'UNKNOWN_OPERATION', /ud800/],
    ['nothing', () => send('csv', {}), 400, 'BAD_REQUEST', /Send a query/],
    ['both', () => send('csv', { query: HISTORY, operation: 'diffusion-history' }), 400, 'BAD_REQUEST', /not both/],
    [
      'an unknown field',
      () => send('csv', { query: HISTORY, format: 'csv' }),
      400,
      'BAD_REQUEST',
      /"format" is unknown/,
    ],
    [
      'variables that are a list',
      () => send('csv', { query: HISTORY, variables: [1] }),
      400,
      'BAD_REQUEST',
      /an object/,
    ],
    [
      'variables that are no JSON',
      () => send('csv', { query: HISTORY, variables: '{' }),
      400,
      'BAD_REQUEST',
      /as JSON/,
    ],
    [
      'a query given twice',
      () => fetch(`${server.url}/export/csv?query=a&query=b`, { headers: PREFLIGHT }),
      400,
      'BAD_REQUEST',
      /each given once/,
    ],
    ['a bom of two', () => send('csv', { query: HISTORY, bom: '2' }), 400, 'BAD_REQUEST', /bom must be/],
    ['a list of operations', () => post('csv', [{ query: HISTORY }]), 400, 'BAD_REQUEST', /must be an object/],
    ['a text', () => post('csv', '"x"'), 400, 'BAD_REQUEST', /must be an object/],
    ['no JSON', () => post('csv', '{'), 400, 'BAD_REQUEST', /not valid JSON/],
    [
      'a huge body',
      () => post('csv', { query: HISTORY, variables: { x: 'x'.repeat(2_000_000) } }),
      413,
      'PAYLOAD_TOO_LARGE',
      /1048576 bytes/,
    ],
    [
      'a form',
      () => post('csv', 'query=x', { 'content-type': 'application/x-www-form-urlencoded' }),
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      /JSON/,
    ],
    [
      'what a page of another site can send',
      () => send('csv', { query: HISTORY }, {}),
      400,
      'BAD_REQUEST',
      /apollo-require-preflight/,
    ],
    ['no GraphQL', () => send('csv', { query: '{' }), 400, 'GRAPHQL_PARSE_FAILED', /Syntax Error/],
    [
      'what the schema has not',
      () =>
        send('csv', {
          query: `{ nothing factor(key: "diffusion") { history(from: "2025-11-03", to: "2025-11-21") { data } } }`,
        }),
      400,
      'GRAPHQL_VALIDATION_FAILED',
      /nothing/,
    ],
    [
      'a variable of the wrong type',
      () => send('csv', { operation: 'diffusion-history', variables: { from: 1, to: '2025-11-21' } }),
      400,
      'BAD_USER_INPUT',
      /from/,
    ],
    ['no table', () => send('csv', { query: '{ factors { key } }' }), 400, 'NOT_ONE_TABLE', /asks for no table/],
    [
      'a table without its values',
      () => send('csv', { query: HISTORY.replace('data', 'rowCount') }),
      400,
      'NOT_ONE_TABLE',
      /data/,
    ],
    [
      'a table that is left out',
      () =>
        send('csv', {
          query: HISTORY.replace('{ data', '@skip(if: true) { data').replace('{ history', '{ key history'),
        }),
      400,
      'NOT_ONE_TABLE',
      /There is no table/,
    ],
    [
      'a mutation',
      () => post('csv', { query: 'mutation { cancelJob(id: "a") { id } }' }),
      400,
      'NOT_ONE_TABLE',
      /mutation/,
    ],
    [
      'what goes wrong on the way',
      () => send('csv', { query: HISTORY.replace('diffusion', 'nix') }),
      400,
      'UNKNOWN_FACTOR',
      /"nix"/,
    ],
    [
      'a range that is none',
      () => send('parquet', { query: HISTORY.replace('2025-11-03', '2025-12-03') }),
      400,
      'INVALID_RANGE',
      /swap/,
    ],
    [
      'too much',
      () =>
        send('csv', {
          query: `{ ${Array.from({ length: 30 }, (_, i) => `a${i}: industries { closes(from: "2022-01-04", to: "2025-11-21") { rowCount } }`).join(' ')} dailyBars(from: "2025-11-03", to: "2025-11-21") { data } }`,
        }),
      400,
      'NOT_ONE_TABLE',
      /31 tables|lies in the list/,
    ],
    [
      'what would cost too much',
      () =>
        send('csv', {
          query: `{ ${Array.from({ length: 19 }, (_, i) => `a${i}: themes { etfs(first: 500) { edges { node { name } } } }`).join(' ')} dailyBars(from: "2025-11-03", to: "2025-11-21") { data } }`,
        }),
      400,
      'COST_LIMIT',
      /would cost about/,
    ],
    [
      '1,000 aliases',
      () =>
        post('csv', {
          query: `{ ${Array.from({ length: 1000 }, (_, i) => `a${i}: factors { key }`).join(' ')} dailyBars(from: "2025-11-03", to: "2025-11-21") { data } }`,
        }),
      400,
      'COST_LIMIT',
      /./,
    ],
  ];
  test.each(refusals)('%s', async (_, ask, status, code, says) => {
    expect(await errorOf(await ask())).toEqual({ status, code, message: expect.stringMatching(says) });
  });

  test('another method', async () => {
    const response = await fetch(`${server.url}/export/csv`, { method: 'DELETE', headers: PREFLIGHT });
    expect(response.status).toBe(404);
  });
});

/** An export whose body nobody has begun to read. */
function begin(url: string, query: string, format: Format = 'ndjson', headers: Record<string, string> = PREFLIGHT) {
  return new Promise<IncomingMessage>((resolve, reject) => {
    httpGet(`${url}/export/${format}?${new URLSearchParams({ query })}`, { headers, agent: false }, resolve).on(
      'error',
      reject,
    );
  });
}

/** How many batches were read, and how many readings have come to an end. */
function watchReading(): { batches: number; ended: number } {
  const seen = { batches: 0, ended: 0 };
  const read = LongRows.prototype.read;
  vi.spyOn(LongRows.prototype, 'read').mockImplementation(async function* (this: LongRows, ...args) {
    try {
      for await (const batch of read.apply(this, args)) {
        seen.batches++;
        yield batch;
      }
    } finally {
      seen.ended++;
    }
  });
  return seen;
}

describe('while it is carried', () => {
  afterEach(() => vi.restoreAllMocks());
  const everything = '{ dailyBars(from: "2022-01-01", to: "2025-12-31") { data } }';

  test('no more is read than the reader has room for, and all of it in the end', async () => {
    const seen = watchReading();
    const response = await begin(server.url, everything);
    const total = JSON.parse(response.headers['lundong-table'] as string).rowCount;
    expect(total).toBeGreaterThan(500_000);
    // What lies between is the sockets' buffers: some megabytes of the forty that there are.
    await expect
      .poll(
        async () => {
          const before = seen.batches;
          await sleep(500);
          return seen.batches - before;
        },
        { timeout: 30_000 },
      )
      .toBe(0);
    expect(seen.batches).toBeGreaterThan(0);
    expect(seen.batches).toBeLessThan(10);
    expect(seen.ended).toBe(0);
    let lines = 0;
    for await (const chunk of response) for (const byte of chunk) if (byte === 10) lines++;
    expect(lines).toBe(total + 1);
    expect(seen).toEqual({ batches: expect.any(Number), ended: 1 });
    expect(seen.batches).toBeGreaterThan(15);
  });

  test.each(['csv', 'ndjson'] as const)('a reader of %s who leaves ends the reading', async (format) => {
    const seen = watchReading();
    const response = await begin(server.url, everything, format);
    response.destroy();
    await expect.poll(() => seen.ended, { timeout: 30_000 }).toBe(1);
    expect(seen.batches).toBeLessThan(10);
  });

  test('a reader who leaves before the Parquet file is made leaves no file behind', async () => {
    const seen = watchReading();
    const temporary = join(server.environment.DATA_DIR, 'tmp');
    const files = () => readdirSync(temporary).filter((name) => name.startsWith('export-'));
    const request = httpGet(`${server.url}/export/parquet?${new URLSearchParams({ query: everything })}`, {
      headers: PREFLIGHT,
      agent: false,
    }).on('error', () => undefined);
    await expect.poll(() => seen.batches).toBeGreaterThan(0);
    expect(files()).toHaveLength(1);
    request.destroy();
    await expect.poll(() => seen.ended, { timeout: 30_000 }).toBe(1);
    await expect.poll(files).toEqual([]);
    expect(seen.batches).toBeLessThan(20);
  });

  test('DuckDB serves others though readers stand still', async () => {
    const still = await Promise.all([1, 2, 3].map(() => begin(server.url, everything)));
    await sleep(1000);
    const { body } = await server.graphql('{ dailyBars(from: "2025-11-21", to: "2025-11-21", limit: 1) { rowCount } }');
    expect(body.data.dailyBars.rowCount).toBe(1);
    for (const response of still) response.destroy();
  });

  test('what fails after the first piece breaks the connection: no half of a table looks whole', async () => {
    const read = LongRows.prototype.read;
    vi.spyOn(LongRows.prototype, 'read').mockImplementation(async function* (this: LongRows, ...args) {
      let batches = 0;
      for await (const batch of read.apply(this, args)) {
        if (++batches === 3) throw new Error('the disk is gone');
        yield batch;
      }
    });
    const response = await send('csv', { query: everything });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toMatchObject({ message: 'terminated' });
    vi.restoreAllMocks();
    vi.spyOn(LongRows.prototype, 'read').mockImplementation(() => {
      throw new Error('the disk is gone');
    });
    const error = await errorOf(await send('csv', { query: everything }));
    expect(error).toMatchObject({ status: 500, code: 'INTERNAL' });
    expect(error.message).not.toContain('disk');
  });
});

describe('with a key, limits and trusted documents', () => {
  const OPERATIONS = {
    'diffusion-history': readOperation('diffusion-history').query,
    everything: 'query Everything { dailyBars(from: "2022-01-01", to: "2025-12-31") { data } }',
    schema: 'query Schema { __schema { types { name } } dailyBars(from: "2025-11-20", to: "2025-11-21") { data } }',
  };
  let limited: DemoServer;
  let key: string;
  let own: DuckDb;
  beforeAll(async () => {
    for (const [name, text] of Object.entries(OPERATIONS)) await writeFile(join(directory, `${name}.graphql`), text);
    own = await DuckDb.open({ temporaryDirectory: directory, memoryLimitMb: 200 });
    limited = await openDemoServer({
      mode: 'KEYS',
      pointsPerMinute: 1_000_000,
      heavyAtOnce: 1,
      documents: TrustedDocuments.read(directory, true),
      introspection: false,
      exports: { operations: readOperations(directory), parquet: new ParquetExport(own, directory), stallMs: 1500 },
    });
    key = await createKey(limited.store.manager, 'test', {
      name: 'bi',
      scopes: ['read'],
      expiresAt: null,
      pointsPerMinute: null,
    });
  });
  afterAll(async () => {
    await limited?.close();
    own?.close();
  });

  const authorization = (): Record<string, string> => ({ authorization: `Bearer ${key}` });
  const ask = (fields: Record<string, string>) =>
    fetch(`${limited.url}/export/csv?${new URLSearchParams(fields)}`, { headers: authorization() });
  const HISTORY = { operation: 'diffusion-history', variables: '{"from":"2022-12-01","to":"2025-11-21"}' };
  const left = ({ headers }: Response) => Number(headers.get('ratelimit-remaining'));

  test('a key is proof enough that no other site asks, and what it spends is told', async () => {
    const [first, again] = [await ask(HISTORY), await ask(HISTORY)];
    for (const response of [first, again]) {
      expect(response.status).toBe(200);
      expect(response.headers.get('ratelimit-limit')).toBe('1000000');
      expect(response.headers.get('vary')).toBe('Authorization, Accept');
      expect((await response.text()).split('\r\n').length).toBeGreaterThan(700);
    }
    // Three years of history at 500 points each; full again where a minute began in between.
    const spent = left(first) - left(again);
    expect(spent > 1400 && spent < 1600 ? 'as much as at /graphql' : spent).toBe(
      left(again) > left(first) ? spent : 'as much as at /graphql',
    );
  });

  test('documents that are not trusted, and questions about the schema, are refused', async () => {
    expect(await errorOf(await ask({ query: BARS }))).toMatchObject({ status: 403, code: 'UNTRUSTED_DOCUMENT' });
    expect(await errorOf(await ask({ operation: 'schema' }))).toMatchObject({ status: 403, code: 'INTROSPECTION_OFF' });
    expect((await ask({ query: OPERATIONS['diffusion-history'], variables: HISTORY.variables })).status).toBe(200);
  });

  test('an export is one dear operation until it ends, and a reader who stands still is left', async () => {
    const stalled = await begin(limited.url, OPERATIONS.everything, 'ndjson', authorization());
    expect(stalled.statusCode).toBe(200);
    const refused = await ask(HISTORY);
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await errorOf(refused)).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
    const broken = once(stalled, 'error');
    await expect.poll(async () => (await ask(HISTORY)).status, { timeout: 30_000, interval: 300 }).toBe(200);
    stalled.resume();
    expect((await broken)[0]).toMatchObject({ code: 'ECONNRESET' });
  });

  test('a key that is revoked carries nothing on', async () => {
    const id = /^ldk_([^_]*)_/.exec(key)?.[1] as string;
    const carried = await begin(limited.url, OPERATIONS.everything, 'ndjson', authorization());
    expect(carried.statusCode).toBe(200);
    const closed = new Promise((resolve) => carried.on('error', () => undefined).on('close', resolve));
    await revokeKey(limited.store.manager, 'test', id);
    await expect.poll(async () => (await ask(HISTORY)).status).toBe(401);
    carried.resume();
    await closed;
    expect(carried.complete).toBe(false);
    expect(await errorOf(await ask(HISTORY))).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  });
});
