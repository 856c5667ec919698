// 1,000,000 rows through each format: how much memory the server takes beyond what it had, and its longest stall. And a
// history of 10,000 dates by 30 industries as the API's Table against the same as objects.
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { runTableAgainstObjects } from './table-objects.mjs';

const STOCKS = 1000;
const DAYS = 1000;
const ROUNDS = 3;
const MOST_EXTRA_MB = 150;
/** Rows of an export that loads what is loaded once, and does not count. */
const SMALL = 1000;
const query = (limit) => `{ dailyBars(from: "2010-01-01", to: "2020-12-31", limit: ${limit}) { data } }`;

export async function run() {
  const directory = await mkdtemp(join(tmpdir(), 'lundong-bench-'));
  process.env.DATA_DIR = directory;
  process.env.LOG_LEVEL = 'silent';
  process.env.RATE_LIMIT = '0';
  try {
    await importBars(directory);
    const rows = [];
    for (let round = 0; round < ROUNDS; round++)
      for (const format of ['csv', 'ndjson', 'parquet']) {
        // A server of its own for each: what one export leaves in the heap would hide what the next one takes.
        const server = await start();
        for (const small of ['csv', 'ndjson', 'parquet']) await measure(server, small, SMALL);
        rows.push(await measure(server, format, STOCKS * DAYS));
        server.child.send('stop');
        await once(server.child, 'exit');
      }
    console.log(`${(STOCKS * DAYS).toLocaleString('en')} rows x 8 columns, the server in a process of its own`);
    console.table(rows);
    console.log(`needed: at most ${MOST_EXTRA_MB} MB more than before; aim: no stall above 20 ms`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  await runTableAgainstObjects();
}

/** Prices of no stock: their digits are as many as those of real ones. */
async function importBars(directory) {
  const path = join(directory, 'bars.parquet');
  const calendar = join(directory, 'calendar.csv');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`
    CREATE TABLE day AS SELECT DATE '2012-01-02' + range::INTEGER AS date FROM range(${DAYS * 2})
      WHERE isodow(DATE '2012-01-02' + range::INTEGER) < 6 LIMIT ${DAYS}`);
  await connection.run(`
    COPY (
      SELECT printf('%06d.SH', 600000 + stock.range) AS code, date,
        round(10 + 5 * sin(stock.range + epoch(date) / 1e6), 4) AS close, close AS open, close AS high, close AS low,
        1000.0 + stock.range AS volume, round(close * 1000.25, 2) AS amount
      FROM range(${STOCKS}) stock, day) TO '${path}' (FORMAT parquet)`);
  const days = (await connection.runAndReadAll('SELECT date::VARCHAR FROM day')).getRowsJson();
  await writeFile(calendar, `date\n${days.map(([date]) => date).join('\n')}\n`);
  connection.closeSync();
  instance.closeSync();
  const main = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url));
  for (const args of [
    ['import', 'calendar', calendar],
    ['import', 'stock_daily', path, '--adjust', 'none', '--source', 'bench'],
  ])
    execFileSync(process.execPath, [main, ...args], { env: process.env, stdio: ['ignore', 'ignore', 'inherit'] });
}

async function start() {
  const child = fork(new URL('./export-server.mjs', import.meta.url), [], {
    env: { ...process.env, NODE_ENV: 'production', UV_THREADPOOL_SIZE: '16' },
    execArgv: ['--expose-gc'],
  });
  const [{ port }] = await once(child, 'message');
  return { child, url: `http://127.0.0.1:${port}` };
}

async function measure({ child, url }, format, limit) {
  child.send('reset');
  const [before] = await once(child, 'message');
  const begin = performance.now();
  const response = await fetch(`${url}/export/${format}?${new URLSearchParams({ query: query(limit) })}`, {
    headers: { 'apollo-require-preflight': '1' },
  });
  if (response.status !== 200) throw new Error(await response.text());
  const { rowCount } = JSON.parse(response.headers.get('lundong-table'));
  if (rowCount !== limit) throw new Error(`${rowCount} rows`);
  let bytes = 0;
  for await (const chunk of response.body) bytes += chunk.length;
  const seconds = (performance.now() - begin) / 1000;
  child.send('most');
  const [most] = await once(child, 'message');
  return {
    format,
    MB: Math.round(bytes / 1e6),
    seconds: Number(seconds.toFixed(1)),
    'extra memory, MB': Math.round((most.rss - before.rss) / 2 ** 20),
    'longest stall, ms': Math.round(most.stallMs),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await run();
