import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient } from 'graphql-ws';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import WebSocket from 'ws';
import { readConfig } from '#lundong/config.js';
import { type DemoServer, openDemoServer } from '../support/demo-workspace.js';
import { errorCodeOf } from '../support/error-code.js';

vi.mock('graphql', async () => (await import('../support/one-graphql.js')).default);

const ISSUER = 'https://issuer.test';
const AUDIENCE = 'lundong';

let issuer: Server;
let server: DemoServer;
let pair: Awaited<ReturnType<typeof generateKeyPair>>;
let stranger: typeof pair;
let fetches = 0;

beforeAll(async () => {
  [pair, stranger] = [await generateKeyPair('ES256'), await generateKeyPair('ES256')];
  const jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'ES256' }] };
  issuer = createServer((_request, response) => {
    fetches++;
    response.setHeader('content-type', 'application/json').end(JSON.stringify(jwks));
  }).listen(0, '127.0.0.1');
  await once(issuer, 'listening');
  const jwksUrl = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/jwks`;
  server = await openDemoServer({
    mode: 'KEYS',
    jwt: { issuer: ISSUER, audience: AUDIENCE, jwksUrl, scopeClaim: 'scope' },
  });
});
afterAll(async () => {
  issuer?.close();
  await server?.close();
});

function token(claims: object = {}, { key = pair.privateKey, expires = '1h', kid = 'one' as string | null } = {}) {
  return new SignJWT({ scope: 'openid read', sub: 'someone', iss: ISSUER, aud: AUDIENCE, ...claims })
    .setProtectedHeader({ alg: 'ES256', ...(kid === null ? {} : { kid }) })
    .setExpirationTime(expires)
    .sign(key);
}

async function ask(jwt: string, query = '{ factors { key } }'): Promise<string> {
  const { status, body } = await server.graphql(query).set('authorization', `Bearer ${jwt}`);
  return body.errors === undefined ? 'ok' : `${status} ${body.errors[0].extensions.code}: ${body.errors[0].message}`;
}

const MUTATION = `mutation { cancelJob(id: "x") }`;

test('a token of the issuer lets in whom it was made for, and to what its scopes say', async () => {
  const jwt = await token();
  expect(await ask(jwt)).toBe('ok');
  expect(await ask(jwt, MUTATION)).toMatch(
    /^403 FORBIDDEN: This asks for the scope "compute", and your key has "read"/,
  );
  expect(await ask(await token({ scope: ['compute'] }), MUTATION)).toMatch(/^200 (UNKNOWN_JOB|INVALID_ARGUMENT)/);
  expect(await ask(await token({ scope: 'openid' }))).toMatch(/^403 FORBIDDEN: .* has none/);
  expect(await ask(await token({ scope: { read: true } }))).toMatch(/^403 FORBIDDEN/);
});

test('the issuer’s keys are fetched once', async () => {
  await Promise.all([token({ sub: 'a' }), token({ sub: 'b' })].map(async (jwt) => ask(await jwt)));
  expect(fetches).toBe(1);
});

test.each<[string, () => Promise<string> | string, RegExp]>([
  ['whose time is over', () => token({}, { expires: '-1m' }), /^401 UNAUTHENTICATED: .*has expired/],
  [
    'without an end',
    () =>
      new SignJWT({ sub: 'x', iss: ISSUER, aud: AUDIENCE })
        .setProtectedHeader({ alg: 'ES256', kid: 'one' })
        .sign(pair.privateKey),
    /401 .*claim "exp"/,
  ],
  ['of another issuer', () => token({ iss: 'https://other.test' }), /401 .*claim "iss"/],
  ['for somebody else', () => token({ aud: 'other' }), /401 .*claim "aud"/],
  ['of nobody', () => token({ sub: undefined }), /401 .*claim "sub"/],
  ['that a stranger signed', () => token({}, { key: stranger.privateKey }), /401 .*not signed by the issuer/],
  ['under a name of key that there is not', () => token({}, { kid: 'two' }), /401 .*not signed by the issuer/],
  [
    'that says that it need not be signed',
    () => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"x"}').toString('base64url')}.`,
    /401 .*(not signed by the issuer|is no JWT)/,
  ],
  [
    'signed with a shared secret',
    () =>
      new SignJWT({ sub: 'x', iss: ISSUER, aud: AUDIENCE })
        .setProtectedHeader({ alg: 'HS256', kid: 'one' })
        .setExpirationTime('1h')
        .sign(new Uint8Array(32)),
    /401 .*not signed by the issuer/,
  ],
  ['that is none', () => 'a.b.c', /401 .*is no JWT/],
  [
    'with a letter changed',
    async () => (await token()).replace(/.(?=.{20}$)/, (letter) => (letter === 'A' ? 'B' : 'A')),
    /401 .*not signed by the issuer/,
  ],
])('a token %s lets nobody in', async (_, make, says) => {
  expect(await ask(await make())).toMatch(says);
});

test('a socket is closed when its token ends', async () => {
  const client = createClient({
    url: `${server.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    lazy: false,
    onNonLazyError: () => undefined,
    connectionParams: { Authorization: `Bearer ${await token({}, { expires: '2s' })}` },
  });
  const [event] = await new Promise<unknown[]>((resolve) => {
    client.on('closed', (...args) => resolve(args));
  });
  expect(event).toMatchObject({ code: 4403, reason: expect.stringMatching(/^UNAUTHENTICATED: .*has expired/) });
});

test('who leaves while the issuer is asked takes no place that others need', async () => {
  const slow = createServer((_request, response) => {
    setTimeout(async () => {
      const keys = [{ ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'ES256' }];
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }));
    }, 1000);
  }).listen(0, '127.0.0.1');
  await once(slow, 'listening');
  const jwksUrl = `http://127.0.0.1:${(slow.address() as AddressInfo).port}/jwks`;
  const own = await openDemoServer({
    mode: 'KEYS',
    jwt: { issuer: ISSUER, audience: AUDIENCE, jwksUrl, scopeClaim: 'scope' },
  });
  try {
    const headers = { authorization: `Bearer ${await token()}`, accept: 'text/event-stream' };
    const query = '{ factor(key: "diffusion") { history(from: "2025-11-19", to: "2025-11-21") { data } } }';
    const exported = `${own.url}/export/csv?${new URLSearchParams({ query })}`;
    const subscription = `subscription { jobProgress(id: "${Buffer.from('Backtest:x').toString('base64url')}") { status } }`;
    const stream = `${own.url}/graphql/stream?${new URLSearchParams({ query: subscription })}`;
    const leave = async (url: string) => {
      const left = new AbortController();
      const answer = fetch(url, { headers, signal: left.signal });
      setTimeout(() => left.abort(), 300);
      await expect(answer).rejects.toThrow();
    };
    await Promise.all([...Array(40).fill(exported), ...Array(110).fill(stream)].map(leave));
    expect((await fetch(exported, { headers })).status).toBe(200);
    expect((await fetch(stream, { headers })).status).not.toBe(429);
  } finally {
    slow.close();
    await own.close();
  }
});

test('without the issuer nobody is let in, and told to come again', async () => {
  const alone = await openDemoServer({
    mode: 'KEYS',
    jwt: { issuer: ISSUER, audience: AUDIENCE, jwksUrl: 'http://127.0.0.1:9/jwks', scopeClaim: 'scope' },
  });
  try {
    const { status, body, headers } = await alone
      .graphql('{ factors { key } }')
      .set('authorization', `Bearer ${await token()}`);
    expect(status).toBe(503);
    expect(body.errors[0].extensions.code).toBe('AUTHENTICATION_UNAVAILABLE');
    expect(headers['retry-after']).toBe('5');
  } finally {
    await alone.close();
  }
});

test('the settings of tokens go together', () => {
  expect(errorCodeOf(() => readConfig({ JWT_ISSUER: ISSUER }))).toBe('INVALID_CONFIG');
  expect(errorCodeOf(() => readConfig({ JWT_ISSUER: ISSUER, JWT_AUDIENCE: 'x', JWT_JWKS_URL: 'file:///x' }))).toBe(
    'INVALID_CONFIG',
  );
  expect(readConfig({ JWT_ISSUER: ISSUER, JWT_AUDIENCE: 'x', JWT_JWKS_URL: 'https://x/jwks' }).jwt).toEqual({
    issuer: ISSUER,
    audience: 'x',
    jwksUrl: 'https://x/jwks',
    scopeClaim: 'scope',
  });
  expect(readConfig({}).jwt).toBeNull();
});
