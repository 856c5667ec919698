import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DuckDb, literal, literals, rows } from '#lundong/lake/duckdb.js';

describe('texts as SQL', () => {
  const directory = mkdtempSync(join(tmpdir(), 'lundong-sql-'));
  let duckdb: DuckDb;
  beforeAll(async () => {
    duckdb = await DuckDb.open({ temporaryDirectory: directory, memoryLimitMb: 200 });
  });
  afterAll(() => {
    duckdb.close();
    rmSync(directory, { recursive: true });
  });

  const text = fc.string({
    unit: fc.oneof(fc.constantFrom('\0', "'", '\\', '"', '$', '\n'), fc.string({ unit: 'grapheme', maxLength: 1 })),
  });

  test('are what DuckDB reads, NULs, quotes and all, and of a length of their own', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 20 }), async (texts) => {
        const [[one, list, unlike]] = (await duckdb.use((connection) =>
          rows(
            connection,
            `SELECT ${literal(texts[0] as string)}, ${literals(texts)}, ${literal(`${texts[0]}\0`)} = ${literal(texts[0] as string)}`,
          ),
        )) as [unknown[]];
        expect([one, list, unlike]).toEqual([texts[0], texts, false]);
      }),
    );
  });
});
