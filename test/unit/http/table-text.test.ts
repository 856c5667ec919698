import 'reflect-metadata';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { makeStreamedTable, makeTable, type TableType } from '#lundong/graphql/types/table.type.js';
import { csv, ndjson, PLAIN_CSV, type TableText, writeText } from '#lundong/http/export/table-text.js';

vi.mock('graphql', async () => (await import('../../support/one-graphql.js')).default);

const ORIGIN = { asOf: null, dataVersion: 7 };
const column = (name: string, type: string, values: (string | number | null)[]) => ({
  name,
  type,
  unit: null,
  description: null,
  values,
});

async function written(table: TableType, text: TableText): Promise<string> {
  let all = '';
  for await (const piece of writeText(table, text, new AbortController().signal)) all += piece;
  return all;
}

/** Of a column of texts, or of numbers. */
const cell = (value: string | number | null) =>
  written(
    makeTable([column('a', typeof value === 'number' ? 'Float' : 'String', [value])], ORIGIN),
    csv(makeTable([column('a', 'String', [])], ORIGIN), false),
  );

describe('CSV', () => {
  test.each<[string | number | null, string]>([
    [null, ''],
    ['', '""'],
    ['a', 'a'],
    ['石油石化', '石油石化'],
    ['a,b', '"a,b"'],
    ['say "so"', '"say ""so"""'],
    ['two\nlines', '"two\nlines"'],
    [' a ', '" a "'],
    [0.1, '0.1'],
    [-0.5, '-0.5'],
    [-0, '0'],
    [1e21, '1e+21'],
    [5e-324, '5e-324'],
    [Number.NaN, ''],
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['\r=1', `"'\r=1"`],
    ['＝1＋1', "'＝1＋1"],
    ['=HYPERLINK("x","y")', `"'=HYPERLINK(""x"",""y"")"`],
  ])('%j is written as %j', async (value, expected) => {
    expect(await cell(value)).toBe(`a\r\n${expected}\r\n`);
  });

  test('begins with a byte-order mark if it is wanted, and names are as safe as values', async () => {
    const table = makeTable([column('=a', 'Float', [1]), column('名,称', 'Float', [2])], ORIGIN);
    expect(await written(table, csv(table, true))).toBe(`\uFEFF'=a,"名,称"\r\n1,2\r\n`);
  });

  test('any table comes back from a reader of CSV as it was', async () => {
    const text = fc
      .string({ unit: 'binary' })
      .filter((one) => !/^[=+\-@\t\r＝＋－＠]/.test(one) && !one.includes('\0'));
    const values = fc.array(fc.tuple(text, fc.double({ noNaN: true, noDefaultInfinity: true })), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(values, async (rows) => {
        const table = makeTable(
          [
            column(
              'text',
              'String',
              rows.map(([one]) => one),
            ),
            column(
              'number',
              'Float',
              rows.map(([, one]) => one),
            ),
          ],
          ORIGIN,
        );
        for (const [form, options] of [
          [csv(table, false), { from_line: 1, record_delimiter: '\r\n' }],
          [PLAIN_CSV, { record_delimiter: '\n' }],
        ] as const) {
          const read: string[][] = parse(await written(table, form), { ...options, relax_column_count: false });
          if (form !== PLAIN_CSV) expect(read.shift()).toEqual(['text', 'number']);
          expect(read.map(([one]) => one)).toEqual(rows.map(([one]) => one));
          expect(read.map(([, one]) => Number(one))).toEqual(rows.map(([, one]) => one + 0));
        }
      }),
    );
  });
});

test('NDJSON says what the table is, then has a row a line', async () => {
  const table = makeTable(
    [column('名', 'String', ['=a', null, 'two\nlines']), column('n', 'Float', [1.5, Number.NaN, -0])],
    { ...ORIGIN, notes: ['said'] },
  );
  const [head, ...rows] = (await written(table, ndjson(table))).split('\n');
  expect(JSON.parse(head as string)).toEqual({
    columns: [
      { name: '名', type: 'String', unit: null, description: null },
      { name: 'n', type: 'Float', unit: null, description: null },
    ],
    rowCount: 3,
    truncated: false,
    asOf: null,
    dataVersion: 7,
    notes: ['said'],
  });
  expect(rows).toEqual(['["=a",1.5]', '[null,null]', '["two\\nlines",0]', '']);
});

describe('a table that is written', () => {
  const endless = (onBatch: () => void): TableType =>
    makeStreamedTable(
      ['a', 'b'].map((name) => ({ name, type: 'Float', unit: null, description: null })),
      async function* () {
        for (;;) {
          onBatch();
          yield [Array(25_000).fill(1), Array(25_000).fill(2)];
        }
      },
      { ...ORIGIN, rowCount: 1, truncated: false },
    );

  test('is read no further than it has been taken', async () => {
    let batches = 0;
    const pieces = writeText(
      endless(() => batches++),
      PLAIN_CSV,
      new AbortController().signal,
    );
    expect(batches).toBe(0);
    // 50,000 cells a batch, 20,000 a piece: three pieces each.
    for (const expected of [1, 1, 1, 2, 2, 2, 3]) {
      const { value } = await pieces.next();
      expect((value as string).length).toBeLessThanOrEqual(4 * 10_000);
      expect(batches).toBe(expected);
    }
    await pieces.return(undefined);
  });

  test('is left when nobody waits for it any more', async () => {
    const controller = new AbortController();
    const pieces = writeText(
      endless(() => undefined),
      PLAIN_CSV,
      controller.signal,
    );
    await pieces.next();
    controller.abort(new Error('gone'));
    await expect(pieces.next()).rejects.toThrow('gone');
  });
});
