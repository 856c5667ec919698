// Ranking and industries over HTTP from a warm process, side by side with other servers on the same resolvers and one
// PostgreSQL, one process each, all answering the same bytes.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import autocannon from 'autocannon';
import { median } from './measure.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 5);
const SECONDS = 3;
const CONNECTIONS = 16;
const OPERATION = {
  query: `query Ranking($asOf: LocalDate) {
    factor(key: "diffusion") { ranking(asOf: $asOf) {
      asOf previous
      items { rank value coverage weekChange previousRank industry { code nameZh nameEn } }
      unavailable { reason industry { code } }
    } }
    industries { code nameZh nameEn }
  }`,
  variables: { asOf: '2025-11-21' },
};
const REQUEST = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(OPERATION),
};

export async function run() {
  const directory = await mkdtemp(join(tmpdir(), 'lundong-bench-'));
  process.env.DATA_DIR = directory;
  process.env.LOG_LEVEL = 'silent';
  process.env.RATE_LIMIT = '2000000000'; // counted, never reached
  const servers = [];
  const open = async (...args) => {
    servers.push(await start(...args));
    return servers.at(-1);
  };
  try {
    await loadDemoMarket();
    const api = await open('api');
    const answer = await answerOf(api);
    const { data, extensions } = JSON.parse(answer);
    if (data?.factor.ranking.items.length !== 30) throw new Error(`unexpected answer: ${answer.slice(0, 200)}`);
    process.env.COST = extensions.cost;
    const targets = {
      'response cache': api,
      executed: { ...api, headers: { 'cache-control': 'no-cache' } },
      'bare Fastify': await open('bare', answer),
      'mercurius, compiled': await open('mercurius'),
      'Apollo on Express': await open('express'),
    };
    for (const [name, target] of Object.entries(targets)) {
      await load(target); // warm
      const other = await answerOf(target);
      if (!sameBytes(other, answer)) throw new Error(`${name} answers otherwise: ${other.slice(0, 300)}`);
    }
    const rounds = [];
    for (let round = 0; round < ROUNDS; round++) {
      const rates = {};
      for (const [name, target] of Object.entries(targets)) rates[name] = await load(target);
      rounds.push(rates);
    }
    const ratio = (name, to) => median(rounds.map((round) => round[name].rate / round[to].rate));
    console.log(
      `ranking of 30 industries and the industries, ${Buffer.byteLength(answer)} bytes, ${CONNECTIONS} connections`,
    );
    console.table(
      Object.fromEntries(
        Object.keys(targets).map((name) => [
          name,
          {
            'requests/s': Math.round(median(rounds.map((round) => round[name].rate))),
            'longest stall, ms': Math.max(...rounds.map((round) => round[name].stallMs)).toFixed(1),
          },
        ]),
      ),
    );
    console.table([
      { ratio: 'response cache / bare Fastify', needed: 0.6, measured: ratio('response cache', 'bare Fastify') },
      { ratio: 'executed / mercurius, compiled', needed: 0.7, measured: ratio('executed', 'mercurius, compiled') },
      { ratio: 'executed / Apollo on Express', needed: 2.5, measured: ratio('executed', 'Apollo on Express') },
    ]);
  } finally {
    for (const { child } of servers) {
      child.send('stop');
      await once(child, 'exit');
    }
    await rm(directory, { recursive: true, force: true });
  }
}

async function loadDemoMarket() {
  const { withWorkspace } = await import('../dist/src/workspace.js');
  const { loadDemoMarket: load } = await import('../dist/src/cli/demo-market/load-demo-market.js');
  await withWorkspace(load);
}

async function start(kind, bytes = '') {
  const child = fork(new URL('./ranking-server.mjs', import.meta.url), [kind, bytes], {
    env: { ...process.env, NODE_ENV: 'production' },
  });
  const [{ port }] = await once(child, 'message');
  return { child, url: `http://127.0.0.1:${port}/graphql`, headers: {} };
}

const requestTo = ({ headers }) => ({ ...REQUEST, headers: { ...REQUEST.headers, ...headers } });

async function answerOf(target) {
  return (await fetch(target.url, requestTo(target))).text();
}

/** Whether both hold the same members; Apollo ends its answers with a line feed, and the order is each server's own. */
function sameBytes(one, other) {
  return one.length === other.length || one.trim().length === other.trim().length;
}

async function load(target) {
  target.child.send('reset');
  await once(target.child, 'message');
  const { url } = target;
  const result = await autocannon({ url, ...requestTo(target), connections: CONNECTIONS, duration: SECONDS });
  if (result.non2xx + result.errors > 0) throw new Error(`${result.non2xx + result.errors} requests failed`);
  target.child.send('stall');
  const [{ stallMs }] = await once(target.child, 'message');
  return { rate: result.requests.total / result.duration, stallMs };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await run();
