// Mixed load for some minutes, with imports, a PostgreSQL and a worker killed: no answer may be wrong, none may fail but as
// announced, and memory may not grow. `npm run soak -- --minutes 10`.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { createRandom } from '../measure.mjs';
import { Answers, trendOf } from './answers.mjs';
import { documentOf, drawBacktest, drawQuestion } from './operations.mjs';
import { memoryOf, Product, said } from './processes.mjs';

const minutes = Number(process.argv[process.argv.indexOf('--minutes') + 1] || 10);
const CLIENTS = 6;
/** Of the time, before memory is looked at: caches fill. */
const WARM_UP = 0.4;
/** What memory may grow by over the rest, as a share of it. */
const MOST_GROWTH = 0.15;
/** In fewer minutes caches are still filling, and a trend says nothing of what comes after. */
const LEAST_MINUTES = 5;

const product = await Product.make();
const answers = new Answers();
const tally = { asked: 0, jobs: 0, imports: 0, streams: 0, notModified: 0, kills: [] };
const times = [];
let isOver = false;

async function ask({ url }, question, { headers = {}, method = 'POST' } = {}) {
  const begun = performance.now();
  const sent = { query: question.query, variables: question.variables };
  const search = new URLSearchParams({ query: sent.query, variables: JSON.stringify(sent.variables) });
  const response = await fetch(
    method === 'GET' ? `${url}/graphql?${search}` : `${url}/graphql`,
    method === 'GET'
      ? { headers: { 'apollo-require-preflight': '1', ...headers } }
      : { method, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(sent) },
  );
  tally.asked++;
  times.push({ name: question.name, ms: performance.now() - begun });
  return response;
}

/** Asks at random, half of it past the response cache. */
async function client(server, seed) {
  const random = createRandom(seed);
  while (!isOver) {
    const question = drawQuestion(random);
    const headers = random() < 0.5 ? { 'cache-control': 'no-cache' } : {};
    const answer = await answers.take(question, await ask(server, question, { headers }));
    if (answer !== null) answers.record(question, answer.data, answer.version);
    else await sleep(200);
  }
}

/** Asks by GET, and again with the ETag that it was given. */
async function pollingClient(server, seed) {
  const random = createRandom(seed);
  while (!isOver) {
    const question = drawQuestion(random);
    const first = await ask(server, question, { method: 'GET' });
    const tag = first.headers.get('etag');
    const answer = await answers.take(question, first);
    if (answer === null || tag === null) continue;
    answers.record(question, answer.data, answer.version);
    const again = await ask(server, question, { method: 'GET', headers: { 'if-none-match': tag } });
    if (again.status === 304) tally.notModified++;
    else {
      const newer = await answers.take(question, again);
      if (newer !== null && newer.version === answer.version)
        answers.fault(`${question.name}: no 304 on version ${newer.version}`);
      if (newer !== null) answers.record(question, newer.data, newer.version);
    }
    await sleep(50);
  }
}

/** Queues backtests, follows them over WebSocket or by asking, and reads what they come to. */
async function analyst(server, seed) {
  const random = createRandom(seed);
  while (!isOver) {
    const input = drawBacktest(random);
    await backtest(server, input, random() < 0.5);
    await sleep(100);
  }
}

async function backtest(server, input, follows) {
  const submitted = await persist(server, {
    name: 'run-backtest',
    query: documentOf('run-backtest'),
    variables: { input },
  });
  if (submitted === null) return;
  const { id } = submitted.data.runBacktest;
  if (follows) await follow(server, id);
  for (;;) {
    const looked = await persist(server, {
      name: 'backtest-result',
      query: documentOf('backtest-result'),
      variables: { id },
    });
    if (looked === null) return;
    const { status, dataVersion, ...rest } = looked.data.backtest;
    if (status === 'SUCCEEDED') {
      const { id: _, progress: __, message: ___, createdAt: ____, ...result } = rest;
      answers.record({ name: 'backtest', variables: input }, result, dataVersion ?? submitted.version);
      tally.jobs++;
      return;
    }
    if (status !== 'QUEUED' && status !== 'RUNNING')
      return answers.fault(`backtest ${status}: ${JSON.stringify(rest).slice(0, 300)}`);
    await sleep(100);
  }
}

/** As a client does that heeds Retry-After. */
async function persist(server, question) {
  while (!isOver) {
    const answer = await answers.take(question, await ask(server, question));
    if (answer !== null) return answer;
    await sleep(500);
  }
  return null;
}

/** @returns when the stream has ended, be it that it was cut */
async function follow({ url }, id) {
  const socket = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  });
  let last = -1;
  try {
    for await (const { data, errors } of socket.iterate({ query: documentOf('job-progress'), variables: { id } })) {
      if (errors !== undefined) {
        if (errors[0].extensions.code !== 'DATABASE_UNAVAILABLE')
          answers.fault(`jobProgress: ${JSON.stringify(errors)}`);
        break;
      }
      const { progress } = data.jobProgress;
      if (progress < last) answers.fault(`progress fell from ${last} to ${progress}`);
      last = progress;
    }
    tally.streams++;
  } finally {
    await socket.dispose();
  }
}

/** Corrects closes of the last days, again and again; before each import a quiet server says what is right so far. */
async function importer(server, witness, everyMs) {
  const file = join(product.directory, 'closes.csv');
  for (let edition = 0; !isOver; edition++) {
    await pause(everyMs);
    if (isOver) return;
    await verify(witness, (await versionOf(server)) ?? -1);
    const closes = Array.from({ length: 10 }, (_, code) => (20 + code + (edition % 7) / 16).toFixed(4));
    const codes = closes.map((_, code) => `6000${String(code + 10)}.SH`);
    writeFileSync(file, `date,${codes.join(',')}\n2025-12-30,${closes.join(',')}\n`);
    try {
      await product.run('import', 'stock_daily', file, '--source', 'synthetic', '--adjust', 'hfq');
      tally.imports++;
    } catch (error) {
      if (!/DATABASE_UNAVAILABLE/.test(error.message)) answers.fault(error.message);
    }
  }
}

async function versionOf(server) {
  const question = { name: 'version', query: '{ factors { key } }', variables: {} };
  return (await answers.take(question, await ask(server, question, { headers: { 'cache-control': 'no-cache' } })))
    ?.version;
}

/** Asks a quiet server what was answered on a version, for as long as it is on that version. */
async function verify(witness, version) {
  for (const entry of answers.unverified(version)) {
    if (entry.question.query === undefined) continue;
    const response = await ask(witness, entry.question, { headers: { 'cache-control': 'no-cache' } });
    const answer = await answers.take(entry.question, response);
    if (answer !== null && answer.version !== version) return;
    if (answer !== null) answers.verify(entry, answer.data);
  }
}

async function pause(ms) {
  for (const until = performance.now() + ms; performance.now() < until && !isOver; ) await sleep(50);
}

/** What the log says of errors that callers were only told an id of. */
function explainFaults({ log }) {
  for (const line of log.split('\n').filter((one) => one.includes('"msg":"operation failed"'))) console.error(line);
}

let server = null;

async function run() {
  server = await product.serve('demo', { probe: true, environment: { WORKERS: '1' } });
  await said(server, /waits for jobs/);
  await product.worker();
  const witness = await product.serve('serve', { environment: { WORKERS: '0' } });
  const totalMs = minutes * 60_000;
  const begun = performance.now();
  const share = () => (performance.now() - begun) / totalMs;
  const memory = [];
  const watch = async () => {
    while (!isOver) {
      memory.push(await memoryOf(server));
      await pause(Math.min(5000, totalMs / 40));
    }
  };
  const disturb = async () => {
    while (share() < 0.35) await sleep(50);
    process.kill(product.postmaster(), 'SIGKILL');
    tally.kills.push('PostgreSQL');
    while (share() < 0.6) await sleep(50);
    const worker = Number([...server.log.matchAll(/"pid":(\d+)[^\n]*waits for jobs/g)].at(-1)?.[1]);
    process.kill(worker, 'SIGKILL');
    tally.kills.push('worker');
    await said(server, /the worker ended \(SIGKILL\)/);
  };
  const clock = sleep(totalMs).then(() => {
    isOver = true;
  });
  await Promise.all([
    clock,
    watch(),
    disturb(),
    importer(server, witness, Math.min(20_000, totalMs / 6)),
    ...Array.from({ length: CLIENTS }, (_, index) => client(server, index + 1)),
    pollingClient(server, 101),
    analyst(server, 201),
    analyst(server, 202),
  ]);
  isOver = false;
  await verify(witness, (await versionOf(witness)) ?? -1);
  await verifyBacktests(server);
  isOver = true;
  return { memory: memory.filter(({ at }) => (at - begun) / totalMs > WARM_UP), seconds: totalMs / 1000 };
}

/** The backtests of the last version once more, one by one, as though nobody had asked for them. */
async function verifyBacktests(server) {
  const version = await versionOf(server);
  const entries = answers.unverified(version).filter(({ question }) => question.name === 'backtest');
  const { default: pg } = await import('pg');
  const read = (name) => readFileSync(join(product.directory, 'postgres', name), 'utf8').split('\n');
  const client = new pg.Client({
    connectionString: `postgres://lundong:${read('password')[0]}@127.0.0.1:${read('postmaster.pid')[3]}/postgres`,
  });
  await client.connect();
  await client.query('TRUNCATE job CASCADE');
  await client.end();
  for (const entry of entries) {
    await backtest(server, entry.question.variables, false); // a result that differs is a fault as it is recorded
    entry.isVerified = true;
    answers.counts.verified++;
  }
}

let outcome;
try {
  outcome = await run();
} catch (error) {
  answers.fault(error.stack);
} finally {
  isOver = true;
  if (server !== null && answers.faults.length > 0) explainFaults(server);
  await product.remove();
}
const heap = outcome === undefined ? null : trendOf(outcome.memory, 'heapUsed');
const rss = outcome === undefined ? null : trendOf(outcome.memory, 'rss');
if (heap !== null && minutes >= LEAST_MINUTES && heap.growth > MOST_GROWTH)
  answers.fault(`the heap grows: ${(100 * heap.growth).toFixed(1)} % over the last ${heap.samples} samples`);
const sorted = times.toSorted((a, b) => a.ms - b.ms);
const at = (share) => Number((sorted[Math.floor(share * sorted.length)]?.ms ?? 0).toFixed(1));
const summary = {
  minutes,
  ...tally,
  ...answers.counts,
  questions: answers.byQuestion.size,
  versions: new Set([...answers.byQuestion.values()].map(({ version }) => version)).size,
  medianMs: at(0.5),
  p99Ms: at(0.99),
  slowest: sorted.slice(-5).map(({ name, ms }) => `${name} ${Math.round(ms)} ms`),
  heap,
  rss,
  faults: answers.faults.length,
};
console.log(JSON.stringify(summary, null, 2));
process.exitCode = answers.faults.length > 0 ? 1 : 0;
