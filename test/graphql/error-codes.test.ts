import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { ERROR_CODES } from '#lundong/domain/errors.js';
import { REQUEST_CODES, TRANSPORT_CODES } from '#lundong/graphql/errors.js';

vi.mock('graphql', async () => (await import('../support/one-graphql.js')).default);

const [, ours = '', ofRequest = ''] = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8').split(
  /^## /m,
);
const rows = (section: string): string[][] =>
  section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
const codes = (section: string): string[] =>
  rows(section)
    .map(([code]) => (code as string).replaceAll('`', ''))
    .sort();

test('docs/errors.md has a row for every code there is, and no other', () => {
  expect(codes(ours)).toEqual([...ERROR_CODES].sort());
  expect(codes(ofRequest)).toEqual([...new Set([...REQUEST_CODES, ...TRANSPORT_CODES])].sort());
});

test('every row says when, what to do and with which status', () => {
  for (const row of [...rows(ours), ...rows(ofRequest)]) {
    expect(row).toHaveLength(4);
    expect(row[1]?.length).toBeGreaterThan(12);
    expect(row[2]?.length).toBeGreaterThan(5);
    expect(row[3]).toMatch(/^(–|(200|400|401|403|404|413|415|429|503|504)\b.*)$/);
  }
});
