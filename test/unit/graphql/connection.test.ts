import 'reflect-metadata';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LundongError } from '#lundong/domain/errors.js';
import { PAGE_LIMIT, pageOf } from '#lundong/graphql/types/connection.js';

interface Item {
  weight: number;
  code: string;
}

const keyOf = ({ weight, code }: Item): [number, string] => [-weight, code];
const inOrder = (items: readonly Item[]): Item[] =>
  [...items].sort((a, b) => b.weight - a.weight || (a.code < b.code ? -1 : 1));
const itself = (item: Item): Item => item;
const pageSizes = fc.integer({ min: 1, max: 12 });
/** Weights repeat often, so that the code must decide; −0 and subnormal numbers must survive the cursor. */
const lists = fc
  .uniqueArray(
    fc.record({
      weight: fc.oneof(fc.constantFrom(0, 0.1, 0.25), fc.double({ min: 0, max: 1, noNaN: true })),
      code: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 4 }),
    }),
    { selector: ({ code }) => code, maxLength: 40 },
  )
  .map(inOrder);

test('walking the pages gives the whole list, each item once', () => {
  fc.assert(
    fc.property(lists, pageSizes, (list, first) => {
      const seen: Item[] = [];
      let after: string | null = null;
      for (let page = pageOf(list, keyOf, itself, first, after); ; page = pageOf(list, keyOf, itself, first, after)) {
        expect(page.totalCount).toBe(list.length);
        expect(page.pageInfo.hasPreviousPage).toBe(seen.length > 0);
        expect(page.pageInfo.startCursor).toBe(page.edges[0]?.cursor ?? null);
        seen.push(...page.edges.map(({ node }) => node));
        expect(page.pageInfo.hasNextPage).toBe(seen.length < list.length);
        if (!page.pageInfo.hasNextPage) break;
        expect(page.edges).toHaveLength(first);
        after = page.pageInfo.endCursor;
      }
      expect(seen).toEqual(list);
    }),
  );
});

test('a cursor holds though items come and go, its own among them', () => {
  fc.assert(
    fc.property(
      lists,
      lists,
      pageSizes,
      fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
      (list, more, first, stays) => {
        fc.pre(list.length > 0);
        const cursor = pageOf(list, keyOf, itself, first, null).pageInfo.endCursor;
        const last = list[Math.min(first, list.length) - 1] as Item;
        const known = new Set(list.map(({ code }) => code));
        const later = inOrder([
          ...list.filter((_, index) => stays[index]),
          ...more.filter(({ code }) => !known.has(code)),
        ]);
        const expected = later.filter((item) => inOrder([last, item])[0] === last && item !== last);
        expect(pageOf(later, keyOf, itself, PAGE_LIMIT, cursor).edges.map(({ node }) => node)).toEqual(expected);
      },
    ),
  );
});

test.each([0, -1, PAGE_LIMIT + 1, 1e9])('a page of %d items is refused', (first) => {
  expect(refusal(() => pageOf([], keyOf, itself, first, null))).toEqual([
    'INVALID_ARGUMENT',
    `first: ${first} is not possible; ask for 1 to 500 items.`,
  ]);
});

const asCursor = (key: unknown): string => Buffer.from(JSON.stringify(key)).toString('base64url');

test.each([
  ['no base64', '%%%'],
  ['empty', ''],
  ['no JSON', Buffer.from('{').toString('base64url')],
  ['no key', asCursor({ weight: 1 })],
  ['an empty key', asCursor([])],
  ['a key of another list', asCursor(['600519.SH'])],
  ['a key with other types', asCursor(['0.1', '600519.SH'])],
  ['nested', asCursor([[1], '600519.SH'])],
  ['long', 'x'.repeat(100_000)],
])('a cursor that is %s is refused', (_, cursor) => {
  const [code, message] = refusal(() => pageOf([{ weight: 1, code: 'a' }], keyOf, itself, 5, cursor));
  expect(code).toBe('INVALID_CURSOR');
  expect(message).toBe(`after: "${cursor.slice(0, 60)}" is no cursor; take one from pageInfo.endCursor.`);
});

function refusal(work: () => unknown): [code: string, message: string] {
  try {
    work();
  } catch (error) {
    if (error instanceof LundongError) return [error.code, error.message];
    throw error;
  }
  throw new Error('was not refused');
}
