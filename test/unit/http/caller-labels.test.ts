import { expect, test } from 'vitest';
import type { Caller } from '#lundong/domain/access.js';
import { CallerLabels } from '#lundong/http/observability/caller-labels.js';

const caller = (name: string): Caller => ({ name, scopes: new Set(), expiresAt: null, pointsPerMinute: null });

test('callers are told apart by the names of their keys, 200 of them, and all others together', () => {
  const labels = new CallerLabels(({ name }) => (name.startsWith('key:') ? `team ${name.slice(4)}` : null));
  expect(labels.of(caller('jwt:somebody'))).toBe('(token)');
  expect(labels.of(caller('address:127.0.0.1'))).toBe('(no key)');
  const told = new Set(Array.from({ length: 1000 }, (_, index) => labels.of(caller(`key:${index}`))));
  expect(told.size).toBe(201);
  expect(labels.of(caller('key:0'))).toBe('team 0');
  expect(labels.of(caller('key:999'))).toBe('(other key)');
});
