import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { canonicalDiffusionParams } from '#lundong/domain/diffusion-params.js';
import { canonicalGruParams } from '#lundong/domain/gru-params.js';
import { BI_ROLE, closeBiLogin, openBiLogin } from '#lundong/store/bi-role.js';
import { blocksOf, readMarkdown } from '../docs/markdown.js';
import { type DemoServer, openDemoServer } from '../support/demo-workspace.js';

vi.mock('graphql', async () => (await import('../support/one-graphql.js')).default);

const sqlBlocks = blocksOf(readMarkdown('docs/bi.md'), 'sql');

let server: DemoServer;
let url: string;
let reader: Client;

async function connect(to: string): Promise<Client> {
  const client = new Client({ connectionString: to });
  client.on('error', () => undefined); // its sessions are ended when the login is
  await client.connect();
  return client;
}

beforeAll(async () => {
  server = await openDemoServer();
  url = await openBiLogin(server.store.manager, server.store.url, 'cli:test');
  reader = await connect(url);
});
afterAll(async () => {
  await reader?.end().catch(() => undefined);
  await server?.close();
});

const read = async <T>(sql: string, parameters: unknown[] = []): Promise<T[]> =>
  (await reader.query(sql, parameters)).rows as T[];

const sqlStateOf = (sql: string, client: Client = reader): Promise<string> =>
  client.query(sql).then(
    () => 'allowed',
    (error: { code: string }) => error.code,
  );

const DENIED = '42501';

/** Everything of the database that is documented, as `view.column`, with its comment. */
async function catalogue(): Promise<Map<string, string>> {
  const rows = await server.store.manager.query(`
    SELECT c.relname || coalesce('.' || a.attname, '') AS name, d.description
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'bi'
    CROSS JOIN LATERAL (
      SELECT 0 AS attnum, NULL::name AS attname UNION ALL
      SELECT attnum, attname FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0
    ) a
    LEFT JOIN pg_description d ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = a.attnum
    ORDER BY c.relname, a.attnum`);
  return new Map(rows.map(({ name, description }: { name: string; description: string }) => [name, description]));
}

describe('the views', () => {
  test('and each of their columns are described, and docs/bi.md says the same', async () => {
    const described = await catalogue();
    expect([...described.keys()].filter((name) => !name.includes('.'))).toEqual([
      'backtest_net_values',
      'backtests',
      'factor_values',
      'holdings',
      'rankings',
    ]);
    const { text } = readMarkdown('docs/bi.md');
    const documented = new Map<string, string>();
    for (const section of text.split(/^### /m).slice(1)) {
      const [, view, about] = /^`bi\.(\w+)`\n\n(.+?)\n\n/s.exec(section) as unknown as [string, string, string];
      documented.set(view, about.replace(/\s+/g, ' ').replace(/\.$/, ''));
      for (const [, column, said] of section.matchAll(/^\| `(\w+)` +\| (.*?) +\|$/gm))
        documented.set(`${view}.${column}`, said as string);
    }
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(described));
  });

  test('of rankings rank as the API does, and factor values are its history', async () => {
    await server.forgetFactors();
    const { body } = await server.graphql(`{
      factor(key: "diffusion") {
        ranking(asOf: "2025-11-21") { items { rank value coverage industry { code nameZh nameEn } } }
        history(from: "2022-01-04", to: "2022-12-30") { data }
      }
      other: factor(key: "diffusion") {
        ranking(asOf: "2025-11-21", params: { diffusion: { lookback: 20 } }) { items { rank value } }
      }
    }`);
    expect(body.errors).toBeUndefined();
    const { ranking, history } = body.data.factor;
    const ofDay = await read(
      `SELECT rank, value, coverage, industry_code, industry_name_zh, industry_name_en FROM bi.rankings
       WHERE factor = 'diffusion' AND is_default AND date = '2025-11-21' ORDER BY rank`,
    );
    expect(ofDay).toHaveLength(30);
    expect(ofDay).toEqual(
      ranking.items.map(
        ({ rank, value, coverage, industry }: { rank: number; value: number; coverage: number; industry: Names }) => ({
          rank,
          value,
          coverage,
          industry_code: industry.code,
          industry_name_zh: industry.nameZh,
          industry_name_en: industry.nameEn,
        }),
      ),
    );
    const others = await read('SELECT rank, value FROM bi.rankings WHERE NOT is_default AND date = $1 ORDER BY rank', [
      '2025-11-21',
    ]);
    expect(others).toEqual(body.data.other.ranking.items);
    const [dates, ...columns] = history.data as [string[], ...(number | null)[][]];
    const values = await read<{ date: string; value: number | null }>(
      `SELECT date::text, value FROM bi.factor_values WHERE is_default AND date BETWEEN '2022-01-04' AND '2022-12-30'
       ORDER BY date, industry_code`,
    );
    expect(values).toEqual(
      dates.flatMap((date, row) => columns.map((column) => ({ date, value: column[row] as number | null }))),
    );
    expect(values.filter(({ value }) => value === null).length).toBeGreaterThan(1000);
    expect(values.filter(({ value }) => value !== null).length).toBeGreaterThan(500);
  });

  test('know which parameters are the defaults, and leave out values of older versions', async () => {
    const defaults = { diffusion: canonicalDiffusionParams(), gru: canonicalGruParams() };
    const { manager } = server.store;
    try {
      for (const [engine, params] of Object.entries(defaults))
        for (const version of [1000, 1001])
          await manager.query(
            `WITH made AS (
               INSERT INTO factor_parameters (hash, engine, engine_version, scheme, params) VALUES ($1, $2, $3, 'CITIC_L1', $4)
             ) SELECT 1`,
            [`test ${engine} ${version}`, engine, version, JSON.stringify(params)],
          );
      await manager.query(
        `INSERT INTO factor_value (hash, date, codes, "values", coverage, reasons, notes)
         SELECT hash, '1999-01-04', '{CI005001,CI005002,CI005003,CI005004}', '{0.5,NaN,0.7,0.5}', '{1,0,0.9,1}', '{0,1,0,0}', '{}'
         FROM factor_parameters WHERE hash LIKE 'test %'`,
      );
      expect(
        await read(
          `SELECT factor, parameters_id, is_default, rank, industry_code, value FROM bi.rankings
           WHERE date = '1999-01-04' ORDER BY factor, rank`,
        ),
      ).toEqual(
        ['diffusion', 'gru'].flatMap((factor) =>
          [
            ['CI005003', 0.7],
            ['CI005001', 0.5],
            ['CI005004', 0.5],
          ].map(([code, value], place) => ({
            factor,
            parameters_id: `test ${factor} 1001`,
            is_default: true,
            rank: place + 1,
            industry_code: code,
            value,
          })),
        ),
      );
    } finally {
      await manager.query("DELETE FROM factor_parameters WHERE hash LIKE 'test %'");
    }
  });

  test('of backtests say what the API says of them', async () => {
    const stop = new AbortController();
    const working = server.work(stop.signal);
    const submitted = await server.graphql(`mutation { runBacktest(input: {
      portfolio: { key: "swaps", factor: "diffusion", rule: SWAP, size: 5, swapsPerRebalance: 2, rebalance: WEEKLY, costBps: 10 }
      from: "2023-01-03", to: "2025-11-21", initialHoldings: ["CI005001", "CI005002", "CI005003", "CI005004", "CI005005"]
    }) { id } }`);
    expect(submitted.body.errors).toBeUndefined();
    const { id } = submitted.body.data.runBacktest;
    const ask = async () =>
      (
        await server.graphql(`{ backtest(id: "${id}") { status error
          metrics { totalReturn annualizedReturn annualizedVolatility sharpe sortino maxDrawdown calmar trackingError
            informationRatio beta winRateWeekly winRateMonthly annualTurnover }
          nav { data } rebalances { date signal entered { code } left { code } } } }`)
      ).body;
    await expect.poll(async () => (await ask()).data.backtest.status, { timeout: 60_000 }).toBe('SUCCEEDED');
    stop.abort();
    await working;
    const { backtest } = (await ask()).data;
    const [row, ...more] = await read<Record<string, unknown>>('SELECT * FROM bi.backtests');
    expect(more).toEqual([]);
    for (const [name, value] of Object.entries(backtest.metrics))
      expect([name, row?.[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)]]).toEqual([name, value]);
    expect(row).toMatchObject({
      portfolio: 'swaps',
      factor: 'diffusion',
      rule: 'SWAP',
      size: 5,
      rebalance: 'WEEKLY',
      cost_bps: 10,
      scheme: 'CITIC_L1',
      from_date: '2023-01-03',
      to_date: '2025-11-21',
      data_version: server.markets.current().dataVersion,
    });
    const net = await read<{ date: string; portfolio: number; benchmark: number }>(
      'SELECT date::text, portfolio, benchmark FROM bi.backtest_net_values WHERE backtest_id = $1 ORDER BY date',
      [row?.id],
    );
    const [dates, portfolio, benchmark] = backtest.nav.data;
    expect(net.length).toBeGreaterThan(600);
    expect(net).toEqual(
      dates.map((date: string, at: number) => ({ date, portfolio: portfolio[at], benchmark: benchmark[at] })),
    );
    // What is held after each rebalance, by what came and went.
    const held = new Map<string, string>();
    const expected = backtest.rebalances.flatMap(
      (fill: { date: string; signal: string; entered: { code: string }[]; left: { code: string }[] }) => {
        for (const { code } of fill.left) held.delete(code);
        for (const { code } of fill.entered) held.set(code, fill.date);
        return [...held].sort().map(([industry_code, held_since]) => ({
          date: fill.date,
          signal_date: fill.signal,
          industry_code,
          target_weight: 1 / held.size,
          held_since,
        }));
      },
    );
    expect(expected.length).toBeGreaterThan(500);
    expect(expected.some(({ date, held_since }: { date: string; held_since: string }) => date !== held_since)).toBe(
      true,
    );
    expect(
      await read(
        `SELECT date::text, signal_date::text, industry_code, target_weight, held_since::text FROM bi.holdings
         WHERE backtest_id = $1 ORDER BY date, industry_code`,
        [row?.id],
      ),
    ).toEqual(expected);
  });
});

test('the queries of docs/bi.md have answers', async () => {
  const queries = sqlBlocks.filter((block) => block.startsWith('SELECT'));
  expect(queries.length).toBe(3);
  await server.graphql(
    '{ factor(key: "diffusion") { history(from: "2025-11-01", to: "2025-11-21") { rowCount data } } }',
  );
  for (const query of queries) expect((await read(query)).length).toBeGreaterThan(0);
});

interface Names {
  readonly code: string;
  readonly nameZh: string;
  readonly nameEn: string;
}

describe(`the role ${BI_ROLE}`, () => {
  test('reads every view and nothing else of ours', async () => {
    for (const view of [...(await catalogue()).keys()].filter((name) => !name.includes('.')))
      expect([view, await sqlStateOf(`SELECT * FROM bi.${view} LIMIT 1`)]).toEqual([view, 'allowed']);
    const tables: { tablename: string }[] = await server.store.manager.query(
      "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
    );
    expect(tables.length).toBeGreaterThan(15);
    for (const { tablename } of tables)
      expect([tablename, await sqlStateOf(`SELECT * FROM public."${tablename}" LIMIT 1`)]).toEqual([tablename, DENIED]);
  });

  test('writes nothing, not even where it lifts its own limit', async () => {
    expect(await read('SHOW default_transaction_read_only')).toEqual([{ default_transaction_read_only: 'on' }]);
    await reader.query('SET default_transaction_read_only = off');
    for (const sql of [
      'CREATE TABLE public.own (a int)',
      'CREATE TABLE bi.own (a int)',
      'CREATE SCHEMA own',
      'DELETE FROM bi.factor_values',
      'INSERT INTO public.trading_day VALUES (now())',
      'UPDATE public.job SET status = status',
      'TRUNCATE public.access_audit',
      'DROP VIEW bi.rankings',
      `ALTER ROLE ${BI_ROLE} CREATEDB`,
      "SELECT pg_read_file('PG_VERSION')",
      "COPY (SELECT 1) TO PROGRAM 'true'",
      'CREATE TEMP TABLE own (a int)',
      "SELECT lo_from_bytea(0, 'own')",
      'SELECT lo_creat(-1)',
      'SELECT lo_create(0)',
      "SELECT pg_logical_emit_message(false, 'own', 'own')",
      "SET temp_file_limit = '-1'",
    ])
      expect([sql, await sqlStateOf(sql)]).toEqual([sql, expect.stringMatching(/^(42501|55000)$/)]);
    await reader.query('SET default_transaction_read_only = on');
  });

  test('cannot hold a lock that imports, migrations and jobs wait for', async () => {
    for (const held of ['', '_shared'])
      for (const until of ['', 'xact_'])
        for (const tried of ['', 'try_'])
          for (const key of ['7100002', '7100003, 1'])
            expect(await sqlStateOf(`SELECT pg_${tried}advisory_${until}lock${held}(${key})`)).toBe(DENIED);
  });

  test('keeps none of the settings that it gave itself', async () => {
    const own = await connect(url);
    await own.query('SET default_transaction_read_only = off');
    await own.query(`ALTER ROLE ${BI_ROLE} SET statement_timeout = 0`);
    await own.query(`ALTER ROLE ${BI_ROLE} SET default_transaction_read_only = off`);
    await own.end();
    url = await openBiLogin(server.store.manager, server.store.url, 'cli:test');
    const session = await connect(url);
    const settings = await session.query(
      `SELECT current_setting('statement_timeout') AS timeout, current_setting('default_transaction_read_only') AS "readOnly",
        current_setting('idle_in_transaction_session_timeout') AS idle, current_setting('temp_file_limit') AS spill`,
    );
    expect(settings.rows).toEqual([{ timeout: '1min', readOnly: 'on', idle: '5min', spill: '1GB' }]);
  });

  test('gets a new password each time, and none when it is closed', async () => {
    // The driver takes these for user and password as well; the owner's are nobody else's.
    const owners = new URL(server.store.url);
    owners.searchParams.set('user', 'owner');
    owners.searchParams.set('password', 'the-owners');
    const next = await openBiLogin(server.store.manager, owners.href, 'cli:test');
    expect(next).not.toMatch(/owner/);
    await expect(connect(url)).rejects.toMatchObject({ code: '28P01' });
    const session = await connect(next);
    await closeBiLogin(server.store.manager, 'cli:test');
    await expect.poll(() => session.query('SELECT 1').catch(() => 'ended')).toBe('ended');
    await expect(connect(next)).rejects.toMatchObject({ code: '28P01' });
    const audit = await server.store.manager.query(
      "SELECT action, subject FROM access_audit WHERE action LIKE 'bi.%' ORDER BY id",
    );
    expect(audit.map(({ action }: { action: string }) => action)).toEqual([
      'bi.open',
      'bi.open',
      'bi.open',
      'bi.close',
    ]);
  });
});

test('a database whose owner may make no roles has the views all the same, and says what is to be done', async () => {
  const { manager, url: own } = server.store;
  const name = `limited_${Date.now()}`;
  const owner = new URL(own);
  await manager.query(`CREATE ROLE ${name} LOGIN PASSWORD 'x' NOCREATEROLE`);
  try {
    const { Store } = await import('#lundong/store/store.js');
    await manager.query(`CREATE DATABASE ${name} OWNER ${name}`);
    [owner.username, owner.password, owner.pathname] = [name, 'x', `/${name}`];
    const store = await Store.open({ databaseUrl: owner.href, directory: '' });
    try {
      expect(await store.manager.query('SELECT count(*)::int AS n FROM bi.rankings')).toEqual([{ n: 0 }]);
      await expect(openBiLogin(store.manager, store.url, 'cli:test')).rejects.toMatchObject({
        code: 'DATABASE_UNAVAILABLE',
        message: expect.stringMatching(/docs\/bi\.md/),
      });
    } finally {
      await store.close();
    }
    // An administrator does as the page says; here for a role of another name, since roles are of the whole server.
    const [statements] = sqlBlocks.filter((block) => block.startsWith('CREATE ROLE'));
    owner.username = new URL(own).username;
    owner.password = new URL(own).password;
    const administrator = await connect(owner.href);
    await administrator.query((statements as string).replaceAll(BI_ROLE, `${name}_bi`));
    await administrator.end();
    [owner.username, owner.password] = [`${name}_bi`, 'choose-one'];
    const allowed = await connect(owner.href);
    expect(await sqlStateOf('SELECT * FROM rankings', allowed)).toBe('allowed');
    expect(await sqlStateOf('SELECT * FROM public.job', allowed)).toBe(DENIED);
    await allowed.end();
  } finally {
    await manager.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await manager.query(`DROP ROLE IF EXISTS ${name}_bi`);
    await manager.query(`DROP ROLE ${name}`);
  }
});
