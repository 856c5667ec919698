import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { withComputationLock } from '#lundong/store/computation-lock.js';
import { openTestWorkspace, type TestWorkspace } from '../support/database.js';

let opened: TestWorkspace;
let observer: Client;
beforeAll(async () => {
  opened = await openTestWorkspace();
  observer = new Client({ connectionString: opened.environment.DATABASE_URL });
  await observer.connect();
});
afterAll(async () => {
  await observer.end();
  await opened.close();
});

const LISTENERS = `FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'lundong-listen'`;
const listeners = async (): Promise<number> =>
  (await observer.query(`SELECT count(*)::int AS n ${LISTENERS}`)).rows[0].n;
const terminate = async (): Promise<number> =>
  (await observer.query(`SELECT pg_terminate_backend(pid) ${LISTENERS}`)).rowCount ?? 0;

it('hears a channel over losses of the connection, on one connection at any time', async () => {
  const heard: string[] = [];
  let connections = 0;
  const stop = await opened.workspace.store.listen(
    'test_channel',
    (payload) => heard.push(payload),
    async (client) => {
      connections++;
      // Lost in the middle of its first steps, once: that must not start two successors.
      if (connections === 2) await client.query('SELECT pg_terminate_backend(pg_backend_pid())');
    },
  );
  for (const connected of [3, 4, 5]) {
    expect(await terminate()).toBe(1);
    await expect.poll(() => connections, { timeout: 10_000 }).toBe(connected);
    await sleep(1000); // a second successor would come after a pause
    expect(await listeners()).toBe(1);
  }
  expect(connections).toBe(5);
  await observer.query(`NOTIFY test_channel, 'after all losses'`);
  await expect.poll(() => heard).toEqual(['after all losses']);
  await stop();
  await expect.poll(listeners).toBe(0);
});

it('stopped while it connects anew it leaves no connection behind', async () => {
  const stop = await opened.workspace.store.listen('test_channel', () => undefined);
  let goOn = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const connect = Client.prototype.connect as () => Promise<Client>;
  const connecting = vi.spyOn(Client.prototype, 'connect').mockImplementationOnce(async function (this: Client) {
    await held;
    return connect.call(this);
  } as unknown as typeof Client.prototype.connect);
  await terminate();
  await expect.poll(() => connecting.mock.calls.length).toBe(1);
  const stopping = stop();
  goOn();
  await stopping;
  await sleep(300);
  expect(await listeners()).toBe(0);
  connecting.mockRestore();
});

it('a first connection that fails is told, and leaves nothing', async () => {
  const refused = opened.workspace.store.listen(
    'test_channel',
    () => undefined,
    () => Promise.reject(new Error('not now')),
  );
  await expect(refused).rejects.toThrow('not now');
  await expect.poll(listeners).toBe(0);
});

it('tells why a computation failed, and not that the lock of its lost connection could not be given back', async () => {
  const failing = withComputationLock(opened.workspace.store.dataSource, 'some hash', async (connection) => {
    await connection.query('SELECT pg_terminate_backend(pg_backend_pid())').catch(() => undefined);
    throw new Error('out of luck');
  });
  await expect(failing).rejects.toThrow('out of luck');
});
