import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openApiServer } from '#lundong/cli/api-server.js';
import { openDemoWorkspace, type TestWorkspace } from '../support/database.js';

vi.mock('graphql', async () => (await import('../support/one-graphql.js')).default);

let opened: TestWorkspace;
beforeAll(async () => {
  opened = await openDemoWorkspace();
});
afterAll(() => opened?.close());

test('a server whose market data cannot be read for now starts all the same, and has them once they can be', async () => {
  const { workspace } = opened;
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const occupied = [1, 2].map(() => workspace.duckdb.use(() => released));
  const api = await openApiServer(workspace, 'serve', { logLevel: 'silent' });
  try {
    expect(workspace.duckdb.queued).toBeGreaterThan(0);
    const asked = api.app.inject({
      method: 'POST',
      url: '/graphql',
      payload: { query: '{ etfs(first: 1) { edges { node { code } } } }' },
    });
    release();
    const { data } = (await asked).json();
    expect(data.etfs.edges).toHaveLength(1);
  } finally {
    release();
    await Promise.all(occupied);
    await api.close();
  }
});
