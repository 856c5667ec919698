import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type DemoServer, openDemoServer } from '../support/demo-workspace.js';

vi.mock('graphql', async () => (await import('../support/one-graphql.js')).default);

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

let server: DemoServer;
beforeAll(async () => {
  server = await openDemoServer();
});
afterAll(() => server?.close());

/** MB in use, garbage collected. */
async function megabytes(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    await nextTurn();
    collectGarbage();
  }
  return process.memoryUsage().heapUsed / 1e6;
}

async function send(query: string): Promise<void> {
  const { body } = await server.graphql(query);
  expect(body.errors).toBeUndefined();
}

/** 90 fields: parsed and compiled about 0.2 MB, of 1,300 characters. */
const wide = (name: number): string => {
  const fields = Array.from({ length: 90 }, (_, field) => `a${name}_${field}: nameZh`);
  return `query Q${name} { industries(scheme: SW_L1) { ${fields.join(' ')} } }`;
};
/** Comments are no tokens to the limit of tokens, and are kept with them: about 2 MB, of 40,000 characters. */
const commented = (name: number): string => `query Q${name} { factors { key } }${'\n#'.repeat(20_000)}`;

test.each([
  ['that ask for much', wide, 1000, 100],
  ['full of comments', commented, 150, 100],
])('the memory that documents %s take is bounded', async (_kind, documentOf, count, bound) => {
  await send(documentOf(0));
  const before = await megabytes();
  for (let sent = 1; sent <= count; sent++) await send(documentOf(sent));
  expect((await megabytes()) - before).toBeLessThan(bound);
});
