import 'reflect-metadata';
import { expect, test, vi } from 'vitest';
import { announceAccess, chooseAccessMode } from '#lundong/cli/access-mode.js';
import { isFromThisMachine, isLoopback } from '#lundong/http/access/access.js';
import { errorCodeOf } from '../../support/error-code.js';

vi.mock('graphql', async () => (await import('../../support/one-graphql.js')).default);

test.each(['127.0.0.1', '127.9.9.9', '::1', '[::1]', '::ffff:127.0.0.1', 'localhost', 'LOCALHOST'])(
  '%s is this machine',
  (host) => expect(isLoopback(host)).toBe(true),
);

test.each([
  '0.0.0.0',
  '::',
  '192.168.1.5',
  '::ffff:10.0.0.1',
  '1.127.0.0.1',
  'localhost.example.com',
  '127.0.0.1.nip.io',
  '',
])('%j is not', (host) => expect(isLoopback(host)).toBe(false));

const here = { host: '127.0.0.1:4000' };

test.each<[string, boolean, Record<string, string>, string | undefined]>([
  ['a program of this machine', true, here, '127.0.0.1'],
  ['one over IPv6', true, { host: '[::1]:4000' }, '::1'],
  ['one over IPv4 in IPv6', true, { host: 'localhost:4000' }, '::ffff:127.0.0.1'],
  ['our own page', true, { ...here, origin: 'http://127.0.0.1:4000' }, '127.0.0.1'],
  ['another machine', false, here, '192.0.2.1'],
  ['another machine that says it is this one', false, { ...here, 'x-forwarded-for': '127.0.0.1' }, '192.0.2.1'],
  ['a proxy on this machine', false, { ...here, 'x-forwarded-for': '192.0.2.1' }, '127.0.0.1'],
  ['a proxy that hides whom it serves', false, { ...here, via: '1.1 proxy' }, '127.0.0.1'],
  [
    'a proxy that tells the name it was asked by',
    false,
    { ...here, 'x-forwarded-host': 'lundong.example' },
    '127.0.0.1',
  ],
  ['a proxy that tells how it was asked', false, { ...here, 'x-forwarded-proto': 'https' }, '127.0.0.1'],
  ['a name that is none', false, { host: 'localhost%00.evil.example' }, '127.0.0.1'],
  ['a name in two words', false, { host: '127.0.0.1 evil.example' }, '127.0.0.1'],
  ['a name with a user before it', false, { host: '127.0.0.1@evil.example' }, '127.0.0.1'],
  ['a page that cannot be told', false, { ...here, origin: 'http://localhost evil' }, '127.0.0.1'],
  ['a page whose name was made to lead here', false, { host: 'evil.example:4000' }, '127.0.0.1'],
  ['a socket of another page', false, { ...here, origin: 'https://evil.example' }, '127.0.0.1'],
  ['a page from nowhere', false, { ...here, origin: 'null' }, '127.0.0.1'],
  ['a socket that is gone', false, here, undefined],
])('%s is let in without a key: %s', (_, expected, headers, address) =>
  expect(isFromThisMachine(headers, address)).toBe(expected),
);

test.each<['keys' | 'open' | null, string, 'serve' | 'demo', boolean, string]>([
  [null, '127.0.0.1', 'serve', false, 'LOOPBACK'],
  [null, '127.0.0.1', 'serve', true, 'KEYS'],
  [null, '0.0.0.0', 'serve', true, 'KEYS'],
  [null, '0.0.0.0', 'serve', false, 'INVALID_CONFIG'],
  ['keys', '127.0.0.1', 'serve', false, 'INVALID_CONFIG'],
  ['keys', '127.0.0.1', 'demo', true, 'KEYS'],
  [null, '127.0.0.1', 'demo', true, 'LOOPBACK'],
  [null, '0.0.0.0', 'demo', false, 'LOOPBACK'],
  ['open', '0.0.0.0', 'demo', false, 'OPEN'],
  ['open', '0.0.0.0', 'serve', true, 'OPEN'],
])('ACCESS %s on %s, %s, keys: %s: %s', (access, host, command, hasCredentials, expected) => {
  const choose = () => chooseAccessMode({ access, host }, command, hasCredentials);
  if (expected === 'INVALID_CONFIG') expect(errorCodeOf(choose)).toBe(expected);
  else expect(choose()).toBe(expected);
});

test('every way is said at the start', () => {
  expect(announceAccess('OPEN')).toMatch(/no key is asked of anybody/);
  expect(announceAccess('LOOPBACK')).toMatch(/open to programs on this machine/);
  expect(announceAccess('KEYS')).toMatch(/every caller needs a key/);
});
