import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type DemoServer, openDemoServer } from '../support/demo-workspace.js';

vi.mock('graphql', async () => (await import('../support/one-graphql.js')).default);

const MOST_EXPORTS = 32;
const MOST_STREAMS_OF_A_CALLER = 100;

/** Answers when it is let: until then nobody knows whether a token is good. */
let issuer: Server;
let asked: ServerResponse[] = [];
let server: DemoServer;
let bearer: string;
let jwks: object;

beforeAll(async () => {
  const pair = await generateKeyPair('ES256');
  jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'ES256' }] };
  issuer = createServer((_request, response) => asked.push(response)).listen(0, '127.0.0.1');
  await once(issuer, 'listening');
  const jwksUrl = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/jwks`;
  const jwt = { issuer: 'us', audience: 'lundong', jwksUrl, scopeClaim: 'scope' };
  server = await openDemoServer({ mode: 'KEYS', jwt, heavyAtOnce: 2 });
  const token = await new SignJWT({ scope: 'read', sub: 'someone', iss: 'us', aud: 'lundong' })
    .setProtectedHeader({ alg: 'ES256', kid: 'one' })
    .setExpirationTime('1h')
    .sign(pair.privateKey);
  bearer = `Bearer ${token}`;
});
afterAll(async () => {
  issuer?.close();
  await server?.close();
});

const get = (path: string, fields: Record<string, string>, accept = '*/*'): Promise<Response> =>
  fetch(`${server.url}${path}?${new URLSearchParams(fields)}`, { headers: { accept, authorization: bearer } });

/** Sends a request without a body, so that all of it is there; what closes the connection again. */
async function sent(path: string, fields: Record<string, string>, accept = '*/*'): Promise<() => void> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const start = `GET ${path}?${new URLSearchParams(fields)} HTTP/1.1`;
  socket.write(`${start}\r\nHost: ${hostname}\r\nAuthorization: ${bearer}\r\nAccept: ${accept}\r\n\r\n`);
  return () => socket.destroy();
}

test('who leaves while its token is looked at leaves nothing behind', async () => {
  const table = { operation: 'diffusion-history', variables: '{"from":"2025-01-02","to":"2025-11-21"}' };
  const progress = { query: 'subscription { jobProgress(id: "x") { status } }' };
  const leave = await Promise.all([
    ...Array.from({ length: MOST_EXPORTS }, () => sent('/export/csv', table)),
    ...Array.from({ length: MOST_STREAMS_OF_A_CALLER }, () => sent('/graphql/stream', progress, 'text/event-stream')),
  ]);
  await vi.waitFor(() => expect(asked).toHaveLength(1));
  await sleep(300);
  for (const one of leave) one();
  await sleep(300);
  for (const response of asked) response.setHeader('content-type', 'application/json').end(JSON.stringify(jwks));
  asked = [];
  await vi.waitFor(async () => expect((await get('/graphql', { query: '{ __typename }' })).status).toBe(400), 20_000);
  const exported = await get('/export/csv', table);
  expect(await exported.text()).toMatch(/^date,/);
  const stream = await get('/graphql/stream', progress, 'text/event-stream');
  expect(await stream.text()).toMatch(/"code":"INVALID_ARGUMENT"/);
});
