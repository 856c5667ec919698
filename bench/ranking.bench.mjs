// The ranking from the warm cache through HTTP, against a bare Fastify route that sends the same bytes.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import autocannon from 'autocannon';

const ROUNDS = 5;
const SECONDS = 3;
const CONNECTIONS = 16;
const OPERATION = {
  query: `query Ranking($asOf: LocalDate) {
    factor(key: "diffusion") { ranking(asOf: $asOf) {
      asOf previous
      items { rank value coverage weekChange previousRank industry { code nameZh nameEn } }
      unavailable { reason industry { code } }
    } }
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
  try {
    await loadDemoMarket();
    const api = await start('api');
    const answer = await (await fetch(api.url, REQUEST)).text();
    if (!answer.includes('"rank":30')) throw new Error(`unexpected answer: ${answer.slice(0, 200)}`);
    const bare = await start('bare', answer);
    const executed = { ...api, headers: { 'cache-control': 'no-cache' } };
    for (const target of [executed, api, bare]) await load(target); // warm
    const rounds = [];
    for (let round = 0; round < ROUNDS; round++)
      rounds.push({ api: await load(api), executed: await load(executed), bare: await load(bare) });
    const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
    const rate = (name) => median(rounds.map((round) => round[name].rate));
    const ratio = (name) => median(rounds.map((round) => round[name].rate / round.bare.rate));
    const stall = (name) => Math.max(...rounds.map((round) => round[name].stallMs));
    console.log(`ranking of 30 industries, ${Buffer.byteLength(answer)} bytes, ${CONNECTIONS} connections`);
    console.table([
      { target: 'api, as served', 'requests/s': rate('api'), ratio: ratio('api'), 'longest stall, ms': stall('api') },
      {
        target: 'api, executed each time (cache-control: no-cache)',
        'requests/s': rate('executed'),
        ratio: ratio('executed'),
        'longest stall, ms': stall('executed'),
      },
      {
        target: 'bare Fastify, the same bytes',
        'requests/s': rate('bare'),
        ratio: 1,
        'longest stall, ms': stall('bare'),
      },
    ]);
    console.log('aims: as served at least 0.25 of bare Fastify, no stall above 50 ms');
    for (const server of [api, bare]) {
      server.child.send('stop');
      await once(server.child, 'exit');
    }
  } finally {
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
  return { child, url: `http://127.0.0.1:${port}/graphql` };
}

async function load({ child, url, headers = {} }) {
  child.send('reset');
  await once(child, 'message');
  const result = await autocannon({
    url,
    ...REQUEST,
    headers: { ...REQUEST.headers, ...headers },
    connections: CONNECTIONS,
    duration: SECONDS,
  });
  if (result.non2xx + result.errors > 0) throw new Error(`${result.non2xx + result.errors} requests failed`);
  child.send('stall');
  const [{ stallMs }] = await once(child, 'message');
  return { rate: result.requests.total / result.duration, stallMs };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await run();
