// Scores in the worker pool against PyTorch on the same sequences, and against the rate of a plain matrix product in the
// same runtime; then how long the event loop waits while rankings of the factor are computed from bars.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { readConfig } from '../dist/src/config.js';
import { fromDayNumber } from '../dist/src/domain/local-date.js';
import { FactorCache } from '../dist/src/engines/factor-cache.js';
import { ScorePool } from '../dist/src/engines/gru/score-pool.js';
import { fileList } from '../dist/src/lake/duckdb.js';
import { FactorService } from '../dist/src/modules/factor/factor.service.js';
import { Workspace } from '../dist/src/workspace.js';
import { loadGruMarket, STOCKS } from './gru-market.mjs';
import { gruModel, gruWeights, productModel } from './gru-model.mjs';
import { createRandom, median } from './measure.mjs';

const SIZES = [
  { count: 5000, window: 60, features: 8, hidden: 64, layers: 2 },
  { count: 5000, window: 40, features: 12, hidden: 64, layers: 2 },
];
/** The python3 of the system: where a distribution puts PyTorch. */
const PYTHON = '/usr/bin/python3';
const ROUNDS = 9;
const PRODUCT_SIZE = 1024;
const RANKINGS = 20;
const QUERIES = 5;
const QUESTION = { key: 'gru', scheme: 'CITIC_L1', params: {} };

/** @returns rows of { size, … ratios } */
export async function run() {
  const folder = await mkdtemp(join(tmpdir(), 'lundong-bench-'));
  try {
    const rows = [];
    for (const size of SIZES) rows.push(await compare(size, folder));
    await measureEventLoop(folder);
    return rows;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function compare(size, folder) {
  const { model, x } = await prepare(size, folder);
  const pools = { 1: new ScorePool({ threads: 1 }), 2: new ScorePool({ threads: 2 }) };
  const torch = await startTorch(size, folder);
  const product = await openProduct();
  const scores = await pools[2].score(model, x, size.count);
  if (torch !== null) checkEqual(scores, torch.told.scores);
  const tasks = {
    'pool, 1 thread': () => timedAsync(() => pools[1].score(model, x, size.count)),
    'PyTorch, 1 thread': torch && (() => torch.pass(1)),
    'pool, 2 threads': () => timedAsync(() => pools[2].score(model, x, size.count)),
    'PyTorch, 2 threads': torch && (() => torch.pass(2)),
    'matrix product, 2 threads': () => timedAsync(product),
  };
  const named = Object.entries(tasks).filter(([, task]) => task !== null);
  const times = Object.fromEntries(named.map(([name]) => [name, []]));
  for (let round = -1; round < ROUNDS; round++)
    for (const [name, task] of named) {
      const ms = await task();
      if (round >= 0) times[name].push(ms);
    }
  torch?.stop();
  await Promise.all(Object.values(pools).map((pool) => pool.close()));

  const ms = Object.fromEntries(named.map(([name]) => [name, median(times[name])]));
  const best = Object.fromEntries(named.map(([name]) => [name, Math.min(...times[name])]));
  console.log(
    `GRU: ${size.count} × ${size.window} × ${size.features}, hidden ${size.hidden}, ${size.layers} layers, ${(operations(size) / 1e9).toFixed(1)} GFLOP` +
      (torch === null
        ? `; no PyTorch in ${PYTHON}`
        : `; PyTorch ${torch.told.version}, its best batches ${torch.told.batch[1]} and ${torch.told.batch[2]}, its own matrix product ${torch.told.productRate.toFixed(0)} GFLOP/s on one thread`),
  );
  console.table(
    named.map(([name]) => ({
      task: name,
      ms: Number(ms[name].toFixed(1)),
      'best ms': Number(best[name].toFixed(1)),
      'sequences/s': name.startsWith('matrix') ? null : Math.round((1000 * size.count) / ms[name]),
      'GFLOP/s': Math.round((name.startsWith('matrix') ? 2 * PRODUCT_SIZE ** 3 : operations(size)) / ms[name] / 1e6),
    })),
  );
  const ratios = ratiosOf(size, ms, torch !== null);
  const ofBest = ratiosOf(size, best, torch !== null);
  // Debian's PyTorch runs on whatever BLAS is installed, and on the plain one it is no peer: libopenblas0-openmp is.
  const productRate = (2 * PRODUCT_SIZE ** 3) / best['matrix product, 2 threads'] / 1e6;
  if (torch !== null && torch.told.productRate < productRate / 4)
    console.log(
      'NOT A FAIR PEER: the matrix product of this PyTorch is far slower than the runtime’s; give it a good BLAS',
    );
  // Where others use the machine as well, the best times tell more of the two than the medians.
  for (const [name, ratio] of Object.entries(ratios))
    console.log(`${name}: ${ratio.toFixed(2)}, of the best times ${ofBest[name].toFixed(2)}`);
  return { size, ms, ratios };
}

/** How the pool compares, by what is compared. */
function ratiosOf(size, ms, hasTorch) {
  const rate = operations(size) / ms['pool, 2 threads'];
  const ratios = {
    'share of the matrix product of two threads (aim 0.45)':
      rate / ((2 * PRODUCT_SIZE ** 3) / ms['matrix product, 2 threads']),
  };
  if (!hasTorch) return ratios;
  return {
    'one thread, times PyTorch on one (aim 1.2)': ms['PyTorch, 1 thread'] / ms['pool, 1 thread'],
    'two threads, times PyTorch on two (aim 1.7)': ms['PyTorch, 2 threads'] / ms['pool, 2 threads'],
    'two threads, times PyTorch at its best (aim 1.7)':
      Math.min(ms['PyTorch, 1 thread'], ms['PyTorch, 2 threads']) / ms['pool, 2 threads'],
    ...ratios,
  };
}

/** Multiplications and additions of the layers' matrix products; all else is small. */
function operations({ count, window, features, hidden, layers }) {
  const perStep = 3 * hidden * (features + hidden) + (layers - 1) * 3 * hidden * 2 * hidden;
  return 2 * count * window * perStep;
}

async function prepare(size, folder) {
  const random = createRandom(20251121);
  const weights = gruWeights(size, random);
  const x = Float32Array.from({ length: size.count * size.window * size.features }, () => 4 * random() - 2);
  const bytes = gruModel(size, weights);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const path = join(folder, `${sha256}.onnx`);
  await writeFile(path, bytes);
  await writeFile(join(folder, 'weights.bin'), Buffer.concat(Object.values(weights).map(({ data }) => asBytes(data))));
  await writeFile(join(folder, 'x.bin'), asBytes(x));
  return { model: { path, sha256 }, x };
}

function asBytes(data) {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

/** @returns null where there is no PyTorch */
async function startTorch(size, folder) {
  const script = fileURLToPath(new URL('./gru-torch.py', import.meta.url));
  const child = spawn(PYTHON, [script, JSON.stringify({ ...size, folder })], { stdio: ['pipe', 'pipe', 'ignore'] });
  const failed = new Promise((resolve) => {
    child.on('error', () => resolve({ done: true }));
    child.on('exit', () => resolve({ done: true }));
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await Promise.race([lines.next(), failed]);
    return done ? null : JSON.parse(value);
  };
  const told = await next();
  if (told === null) return null;
  return {
    told,
    pass: async (threads) => {
      child.stdin.write(`${threads}\n`);
      return (await next()).ms;
    },
    stop: () => child.stdin.end(),
  };
}

function checkEqual(scores, expected) {
  const worst = Math.max(...expected.map((score, index) => Math.abs(score - scores[index])));
  if (!(worst < 1e-5)) throw new Error(`pool and PyTorch differ by ${worst}`);
}

async function openProduct() {
  const session = await InferenceSession.create(productModel(PRODUCT_SIZE), { intraOpNumThreads: 2 });
  const random = createRandom(1);
  const square = () =>
    new Tensor(
      'float32',
      Float32Array.from({ length: PRODUCT_SIZE ** 2 }, () => random()),
      [PRODUCT_SIZE, PRODUCT_SIZE],
    );
  const feeds = { a: square(), b: square() };
  return () => session.run(feeds);
}

async function timedAsync(task) {
  const start = performance.now();
  await task();
  return performance.now() - start;
}

/**
 * Cold rankings of the factor `gru`, on days that share nothing in any cache, with queries of the lake beside them, in
 * the process that would serve them.
 */
async function measureEventLoop(folder) {
  const directory = await mkdtemp(join(tmpdir(), 'lundong-bench-'));
  const workspace = await Workspace.open(readConfig({ DATA_DIR: directory }));
  try {
    await loadGruMarket(workspace, folder);
    const market = (await workspace.markets()).current();
    const factors = new FactorService(workspace.engines, new FactorCache(workspace.store));
    const days = market.minuteBars[0].days.length;
    const last = market.resolveDate('minute_bar', null);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    await sleep(20);
    delay.reset();
    const start = performance.now();
    const rankings = Array.from({ length: RANKINGS }, (_, back) =>
      factors.ranking(market, QUESTION, market.calendar.shift(last, -back), null, null),
    );
    const queries = Array.from({ length: QUERIES }, () => lakeQuery(workspace.duckdb, market.minuteBars[0]));
    const [ranked] = await Promise.all([Promise.all(rankings), Promise.all(queries)]);
    const seconds = (performance.now() - start) / 1000;
    delay.disable();
    if (ranked.some(({ items }) => items.length === 0)) throw new Error('a ranking is empty');
    const ms = (nanoseconds) => (nanoseconds / 1e6).toFixed(1);
    console.log(
      `event loop while ${RANKINGS} cold rankings of gru over ${STOCKS} stocks and ${days} days of bars, and ${QUERIES} lake queries run ` +
        `(${seconds.toFixed(1)} s): p50 ${ms(delay.percentile(50))} ms, p99 ${ms(delay.percentile(99))} ms, longest ${ms(delay.max)} ms ` +
        '(aim: p99 at most 20)',
    );
  } finally {
    await workspace.close();
    await rm(directory, { recursive: true, force: true });
  }
}

function lakeQuery(duckdb, series) {
  const files = series.filesWith(series.days.map(fromDayNumber));
  return duckdb.use((connection) =>
    connection.runAndReadAll(
      `SELECT code, sum(amount) / sum(volume) AS vwap, stddev(close) FROM read_parquet(${fileList(...files)}) GROUP BY code`,
    ),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await run();
