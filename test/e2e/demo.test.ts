import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
const READY_WITHIN_MS = 170_000;
const ENDS_WITHIN_MS = 5_000;

interface Demo {
  readonly child: ChildProcess;
  readonly url: string;
  readonly readyAfterMs: number;
  /** Standard output and standard error, as far as they have come. */
  readonly log: () => string;
}

const left: ChildProcess[] = [];
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lundong-e2e-'));
  chmodSync(directory, 0o755); // PostgreSQL runs on an account of its own where the tests run as root
});

afterAll(async () => {
  for (const child of left) if (child.exitCode === null && child.signalCode === null) await stop(child);
  const postgres = postmaster();
  if (postgres !== null) process.kill(postgres, 'SIGINT');
  await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

async function startDemo(): Promise<Demo> {
  const begun = performance.now();
  const { DATABASE_URL: _, ...environment } = process.env;
  const child = spawn(process.execPath, [MAIN, 'demo'], {
    env: { ...environment, DATA_DIR: directory, HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  left.push(child);
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      log += chunk;
    });
  while (performance.now() - begun < READY_WITHIN_MS && child.exitCode === null) {
    const url = /"GraphQL at (http:\/\/127\.0\.0\.1:\d+)\/graphql/.exec(log)?.[1];
    if (url !== undefined && (await fetch(`${url}/readyz`)).ok)
      return { child, url, readyAfterMs: performance.now() - begun, log: () => log };
    await sleep(20);
  }
  throw new Error(`The demo did not become ready:\n${log}`);
}

/** @returns how it ended */
async function stop(child: ChildProcess): Promise<{ code: number | null; signal: string | null; afterMs: number }> {
  const begun = performance.now();
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const patience = setTimeout(() => child.kill('SIGKILL'), 2 * ENDS_WITHIN_MS);
  const [code, signal] = await ended;
  clearTimeout(patience);
  return { code, signal, afterMs: performance.now() - begun };
}

/** The process id of the PostgreSQL of this DATA_DIR, while one runs. */
function postmaster(): number | null {
  const file = join(directory, 'postgres', 'postmaster.pid');
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : null;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** It takes its pid file away, which is what a stop waits for, a moment before it ends. */
async function expectGone(pid: number): Promise<void> {
  await expect.poll(() => isAlive(pid), { timeout: 3_000, interval: 20 }).toBe(false);
}

const ask = async (demo: Demo, query: string) =>
  (await supertest(demo.url).post('/graphql').send({ query }).expect(200)).body.data;

describe.sequential('lundong demo', () => {
  let first: Demo;
  let ranking: unknown;
  const RANKING = '{ factor(key: "diffusion") { ranking(top: 3) { asOf items { rank value industry { code } } } } }';

  test('makes the demo market in an empty folder and says that it is invented', async () => {
    first = await startDemo();
    expect(first.log()).toMatch(/Making a synthetic demo market: every price in it is invented/);
    expect(first.log()).toMatch(/the demo market is loaded: its prices are synthetic, invented, not real/);
    expect(first.log()).toMatch(/"access: open to programs on this machine: no key is asked of them/);
    const { dataStatus } = await ask(first, '{ dataStatus { dataVersion synthetic datasets { name rows } } }');
    expect(dataStatus).toMatchObject({ dataVersion: 24, synthetic: true });
    expect(dataStatus.datasets).toContainEqual({ name: 'stock_daily', rows: 723_597 });
    expect(dataStatus.datasets).toContainEqual({ name: 'minute_bar', rows: 279_856 });
  });

  test('is alive, ready and answers a ranking', async () => {
    expect((await supertest(first.url).get('/livez').expect(200)).body).toEqual({ status: 'ok' });
    expect((await supertest(first.url).get('/readyz').expect(200)).body).toMatchObject({
      status: 'ok',
      dataVersion: 24,
    });
    ranking = await ask(first, RANKING);
    expect(ranking).toMatchObject({
      factor: { ranking: { asOf: '2025-12-31', items: [{ rank: 1 }, { rank: 2 }, { rank: 3 }] } },
    });
  });

  test('is open to this machine, says so, and is closed to what comes through a proxy', async () => {
    const { headers } = await supertest(first.url).post('/graphql').send({ query: '{ factors { key } }' }).expect(200);
    expect(headers['lundong-access']).toBe('open to this machine');
    const { body } = await supertest(first.url)
      .post('/graphql')
      .set('x-forwarded-for', '127.0.0.1')
      .send({ query: '{ factors { key } }' })
      .expect(401);
    expect(body.errors[0].extensions.code).toBe('UNAUTHENTICATED');
  });

  test('has a page that warns, and that needs nothing from elsewhere', async () => {
    const { text, headers } = await supertest(first.url).get('/').expect(200);
    expect(headers['content-type']).toMatch(/^text\/html/);
    expect(text).toMatch(/<p role="note">.*全部虚构.*invented/);
    const assets = [...text.matchAll(/\b(?:src|href)="([^"]+)"/g)].map(([, target]) => target as string);
    expect(assets.filter((target) => !target.startsWith('/') && !target.startsWith('data:'))).toEqual([]);
    const local = assets.filter((target) => target.startsWith('/'));
    expect(local.length).toBeGreaterThanOrEqual(4);
    for (const target of local) {
      const asset = await supertest(first.url).get(target).buffer(true).expect(200);
      expect(Number(asset.headers['content-length'])).toBeGreaterThan(1000);
    }
    expect(text).not.toMatch(/https?:\/\//);
  });

  test('ends on SIGTERM, in time, with code 0, and leaves no PostgreSQL', async () => {
    const postgres = postmaster() as number;
    expect(isAlive(postgres)).toBe(true);
    const { code, signal, afterMs } = await stop(first.child);
    expect({ code, signal }).toEqual({ code: 0, signal: null });
    expect(afterMs).toBeLessThan(ENDS_WITHIN_MS);
    expect(postmaster()).toBeNull();
    await expectGone(postgres);
  });

  test('is ready sooner the second time, with the data and values it had', async () => {
    const lake = readdirSync(join(directory, 'lake'), { recursive: true }).sort();
    const second = await startDemo();
    expect(second.readyAfterMs).toBeLessThan(first.readyAfterMs / 2);
    expect(second.log()).not.toMatch(/Making/);
    expect(await ask(second, RANKING)).toEqual(ranking);
    expect(await ask(second, '{ dataStatus { dataVersion } }')).toEqual({ dataStatus: { dataVersion: 24 } });
    expect(readdirSync(join(directory, 'lake'), { recursive: true }).sort()).toEqual(lake);
    const postgres = postmaster() as number;
    expect(await stop(second.child)).toMatchObject({ code: 0 });
    await expectGone(postgres);
  });
});
