import { execFile, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import WebSocket from 'ws';
import { type ApiServer, openApiServer } from '#lundong/cli/api-server.js';
import { parseApiKey, type Scope } from '#lundong/domain/access.js';
import { KeyRing } from '#lundong/http/access/key-ring.js';
import { createKey, listKeys, revokeKey } from '#lundong/store/access-key.repository.js';
import { openTestWorkspace, type TestWorkspace } from '../support/database.js';
import { MAIN, until } from '../support/job-processes.js';

vi.mock('graphql', async () => (await import('../support/one-graphql.js')).default);

let opened: TestWorkspace;
let api: ApiServer;
let url: string;

beforeAll(async () => {
  opened = await openTestWorkspace();
  await newKey(['admin']); // or the server would be open to this machine
  api = await openApiServer(opened.workspace);
  url = await api.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await api?.close();
  await opened?.close();
});

const idOf = (key: string): string => parseApiKey(key)?.id as string;

function newKey(scopes: readonly Scope[] = ['read'], expiresAt: Date | null = null): Promise<string> {
  return createKey(opened.workspace.store.manager, 'test', { name: 'test', scopes, expiresAt, pointsPerMinute: null });
}

/** The command as an operator runs it; its errors come as what they print. */
async function lundong(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, [MAIN, ...args], {
    env: { ...process.env, ...opened.environment },
  }).catch((error) => error);
}

async function ask(key: string): Promise<string> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: '{"query":"{ dataStatus { dataVersion } }"}',
  });
  const { errors } = (await response.json()) as { errors?: { message: string; extensions: { code: string } }[] };
  return errors === undefined ? 'ok' : `${response.status} ${errors[0]?.extensions.code}: ${errors[0]?.message}`;
}

/** A socket that has been let in. */
async function openSocket(key: string): Promise<{ closed: Promise<{ code: number; reason: string }> }> {
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    lazy: false,
    onNonLazyError: () => undefined,
    connectionParams: { authorization: `Bearer ${key}` },
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    client.on('closed', (event) => resolve(event as { code: number; reason: string }));
  });
  await new Promise<void>((resolve, reject) => {
    client.on('connected', () => resolve());
    client.on('closed', reject);
  });
  return { closed };
}

describe('a key', () => {
  test('is made by command, printed once, listed without its secret, and opens the API at once', async () => {
    const { stdout, stderr } = await lundong('keys', 'create', 'bi-team', '--scopes', 'read,compute', '--days', '30');
    const key = stdout.trim();
    expect(key).toMatch(/^ldk_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$/);
    expect(stderr).toMatch(/it cannot be shown again/);
    expect(await ask(key)).toBe('ok');
    const list = (await lundong('keys', 'list')).stdout;
    expect(list).toMatch(new RegExp(`^${idOf(key)}  bi-team +read,compute  good `, 'm'));
    expect(list).not.toContain(parseApiKey(key)?.secret);
    const [row] = await opened.workspace.store.manager.query('SELECT * FROM api_key WHERE name = $1', ['bi-team']);
    expect(JSON.stringify(row)).not.toContain(parseApiKey(key)?.secret);
    expect((row.expires_at - row.created_at) / 86_400_000).toBeCloseTo(30, 3);
  });

  test('is refused by command with a scope or an id that there is not', async () => {
    expect((await lundong('keys', 'create', 'x', '--scopes', 'write')).stderr).toMatch(
      /"write" is no scope; there are/,
    );
    expect((await lundong('keys', 'create', 'x', '--days', '1e9')).stderr).toMatch(/must be at most 36500/);
    expect((await lundong('keys', 'create', 'a\nb')).stderr).toMatch(/none of them a control character/);
    expect((await lundong('keys', 'revoke', 'abc')).stderr).toMatch(/^UNKNOWN_KEY: No key has the id "abc"/);
    expect((await lundong('keys', 'rotate', 'abc')).stderr).toMatch(/^UNKNOWN_KEY: /);
  });

  test('that is revoked opens nothing any more, and its sockets are closed', async () => {
    const key = await newKey();
    const socket = await openSocket(key);
    const untouched = await openSocket(await newKey());
    let isUntouched = true;
    void untouched.closed.then(() => {
      isUntouched = false;
    });
    expect(await ask(key)).toBe('ok');
    await lundong('keys', 'revoke', idOf(key));
    expect(await socket.closed).toMatchObject({
      code: 4403,
      reason: expect.stringMatching(/UNAUTHENTICATED.*was revoked/),
    });
    expect(await ask(key)).toMatch(/^401 UNAUTHENTICATED: .*was revoked/);
    expect(isUntouched).toBe(true);
  });

  test('that is revoked stays so though a reading from before it comes to its end later', async () => {
    const key = await newKey();
    const { store } = opened.workspace;
    const [begun, goesOn] = [new EventEmitter(), new EventEmitter()];
    const [hasBegun, mayGoOn] = [once(begun, 'now'), once(goesOn, 'now')];
    let readings = 0;
    // The second reading is of the keys as they were, and tells them late.
    const query = async (...args: Parameters<typeof store.manager.query>): Promise<unknown> => {
      const rows = await store.manager.query(...args);
      if (++readings === 2) {
        begun.emit('now');
        await mayGoOn;
      }
      return rows;
    };
    const slow = { manager: { query }, listen: store.listen.bind(store) } as unknown as typeof store;
    const ring = await KeyRing.open(
      slow,
      () => undefined,
      () => undefined,
    );
    try {
      const looking = ring.verify({ id: 'ffffffffffff', secret: 'nobody' });
      await hasBegun;
      await revokeKey(store.manager, 'test', idOf(key));
      await until(async () => ring.reasonAgainst(idOf(key)) === 'was revoked');
      goesOn.emit('now');
      await looking;
      expect(ring.reasonAgainst(idOf(key))).toBe('was revoked');
    } finally {
      await ring.close();
    }
  });

  test('whose time is over opens nothing any more, and its sockets are closed', async () => {
    const key = await newKey(['read'], new Date(Date.now() + 1500));
    const socket = await openSocket(key);
    expect(await ask(key)).toBe('ok');
    expect(await socket.closed).toMatchObject({ code: 4403, reason: expect.stringMatching(/has expired/) });
    expect(await ask(key)).toMatch(/^401 UNAUTHENTICATED: .*has expired/);
  });

  test('that ends, ends its event streams with an error', async () => {
    const { job } = await api.services.queue.submit('backtest', { one: 1 }, 0, null);
    const key = await newKey();
    const query = `subscription { jobProgress(id: "${Buffer.from(`Backtest:${job.id}`).toString('base64')}") { status } }`;
    const response = await fetch(`${url}/graphql/stream?${new URLSearchParams({ query })}`, {
      headers: { accept: 'text/event-stream', authorization: `Bearer ${key}` },
    });
    const revoked = sleep(200).then(() => revokeKey(opened.workspace.store.manager, 'test', idOf(key)));
    const text = await response.text();
    await revoked;
    expect(text).toMatch(/"status":"QUEUED"/);
    expect(text).toMatch(/"code":"UNAUTHENTICATED"[\s\S]*event: complete/);
  });

  test('that is rotated stays good for as long as was said', async () => {
    const [old, older] = [await newKey(['compute', 'read']), await newKey()];
    const next = (await lundong('keys', 'rotate', idOf(old))).stdout.trim();
    await lundong('keys', 'rotate', idOf(older), '--overlap-hours', '0');
    expect(await ask(old)).toBe('ok');
    expect(await ask(next)).toBe('ok');
    await until(async () => (await ask(older)).startsWith('401 UNAUTHENTICATED'));
    const rows = new Map((await listKeys(opened.workspace.store.manager)).map((row) => [row.id, row]));
    expect(rows.get(idOf(next))).toMatchObject({ replaces: idOf(old), scopes: ['compute', 'read'], expiresAt: null });
    const ends = rows.get(idOf(old))?.expiresAt?.getTime() as number;
    expect((ends - Date.now()) / 3_600_000).toBeGreaterThan(23.9);
    expect((ends - Date.now()) / 3_600_000).toBeLessThan(24.01);
  });

  test('notes its use, at most once a minute', async () => {
    const key = await newKey();
    const lastUse = async (): Promise<number | undefined> =>
      (await listKeys(opened.workspace.store.manager)).find(({ id }) => id === idOf(key))?.lastUsedAt?.getTime();
    expect(await lastUse()).toBeUndefined();
    await ask(key);
    await until(async () => (await lastUse()) !== undefined);
    const first = await lastUse();
    for (let i = 0; i < 5; i++) await ask(key);
    await sleep(100);
    expect(await lastUse()).toBe(first);
  });

  test('and what was done with keys stands in the audit', async () => {
    const key = await newKey();
    await revokeKey(opened.workspace.store.manager, 'test', idOf(key));
    const lines = (await lundong('audit', '--last', '2')).stdout.trim().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^when +who +what +of what +variables +outcome$/);
    expect(lines[1]).toMatch(new RegExp(` test +key\\.revoke +${idOf(key)} +ok$`));
    expect(lines[2]).toMatch(new RegExp(` test +key\\.create +${idOf(key)} +ok$`));
  });

  test.each([
    ['Basic eDp5', /^401 UNAUTHENTICATED: The Authorization header is none of ours/],
    ['Bearer', /none of ours/],
    ['Bearer x', /is no key of this server/],
    [`Bearer ldk_000000000000_${'A'.repeat(43)}`, /is not known/],
    [`Bearer ${'x'.repeat(9000)}`, /none of ours/],
  ])('is not what %.30s is', async (authorization, says) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body: '{"query":"{ factors { key } }"}',
    });
    const { errors } = (await response.json()) as { errors: { message: string; extensions: { code: string } }[] };
    expect(`${response.status} ${errors[0]?.extensions.code}: ${errors[0]?.message}`).toMatch(says);
  });
});

test('a handshake may bear the key in its header', async () => {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
    headers: { authorization: `Bearer ${await newKey()}` },
  });
  await once(socket, 'open');
  socket.send('{"type":"connection_init"}');
  const [message] = await once(socket, 'message');
  expect(String(message)).toBe('{"type":"connection_ack"}');
  socket.close();
});

test('who has too many sockets is told', async () => {
  const key = await newKey();
  const sockets = await Promise.all(Array.from({ length: 100 }, () => openSocket(key)));
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
    headers: { authorization: `Bearer ${key}` },
  });
  await once(socket, 'open');
  socket.send('{"type":"connection_init"}');
  const [code, reason] = await once(socket, 'close');
  expect(`${code} ${reason}`).toMatch(/^4403 RATE_LIMITED: You have 100 sockets open/);
  await revokeKey(opened.workspace.store.manager, 'test', idOf(key));
  for (const { closed } of sockets) expect((await closed).code).toBe(4403);
});

test('serve does not start where nobody could ask', async () => {
  const other = await openTestWorkspace();
  const child = spawn(process.execPath, [MAIN, 'serve'], {
    env: { ...process.env, ...other.environment, HOST: '0.0.0.0', PORT: '0', WORKERS: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    complaint += text;
  });
  const [code] = await once(child, 'close');
  await other.close();
  expect(code).toBe(1);
  expect(complaint).toMatch(
    /^INVALID_CONFIG: A key would be needed to ask on HOST="0\.0\.0\.0", and there is none\. Make one/,
  );
});
