import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatApiKey } from '#lundong/domain/access.js';
import { redactSecrets } from '#lundong/domain/secrets.js';

const base64url = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-');
const hex = fc.constantFrom(...'0123456789abcdef');
const key = fc.record({
  id: fc.array(hex, { minLength: 12, maxLength: 12 }).map((digits) => digits.join('')),
  secret: fc.array(base64url, { minLength: 43, maxLength: 43 }).map((letters) => letters.join('')),
});

test('of a key only its public part stays, wherever it stands, whole or cut', () => {
  fc.assert(
    fc.property(key, fc.string(), fc.string(), fc.integer({ min: 1, max: 43 }), (parts, before, after, length) => {
      const cut = formatApiKey(parts).slice(0, 17 + length);
      const redacted = redactSecrets(`${before} ${cut} ${after}`);
      expect(redacted).toContain(`ldk_${parts.id}_…`);
      expect(redacted).not.toContain(cut);
    }),
  );
});

test.each([
  ['Authorization: Bearer abc.def-123_456.7890, then', 'Authorization: Bearer …, then'],
  ['authorization: basic bHVuZG9uZzpsdW5kb25n"', 'authorization: basic …"'],
  ['{"authorization":"Negotiate YII=="}', '{"authorization":"…"}'],
  ['{"set-cookie":"a=\\"b\\"; Path=/","x":1}', '{"set-cookie":"…","x":1}'],
  ['postgres://lundong:s3cret@db:5432/x?a=b@c', 'postgres://lundong:…@db:5432/x?a=b@c'],
  ['of eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2ln and', 'of eyJ… and'],
])('%s', (text, redacted) => {
  expect(redactSecrets(text)).toBe(redacted);
});

test('all else stays as it is', () => {
  for (const text of [
    'No factor has the key "ldk"; basic chemicals',
    'https://example.org:8443/a:b@c',
    'A key is needed; send "Authorization: Bearer <key>".',
    'the password is asked for by nobody',
    'CI005017 纺织服装 eyJ',
  ])
    expect(redactSecrets(text)).toBe(text);
});
