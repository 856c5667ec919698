import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TradingCalendar } from '#lundong/domain/trading-calendar.js';
import { openTestWorkspace, type TestWorkspace } from '../support/database.js';
import { runImport, writeTable } from '../support/import-helpers.js';

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
const CODES = Array.from({ length: 200 }, (_, index) => `${600_000 + index}.SH`);
const DATES = TradingCalendar.of([]).between('2022-01-04' as never, '2023-12-29' as never);
/** KiB that a file may have: less than the larger one of the two years takes. */
const LIMIT_KB = 100;

/** Hard to compress. */
const close = (code: number, day: number, edition: number): number =>
  Number((20 + 10 * Math.sin(12.9898 * code + 78.233 * day + edition) ** 2).toFixed(4));

let opened: TestWorkspace;
let files: readonly string[];
beforeAll(async () => {
  opened = await openTestWorkspace();
  files = [0, 1].map((edition) =>
    writeTable(opened.directory, `edition-${edition}.csv`, [
      ['date', ...CODES].join(','),
      ...DATES.map((date, day) => [date, ...CODES.map((_, code) => close(code, day, edition))].join(',')),
    ]),
  );
  await runImport(opened.workspace, 'stock_daily', files[0] as string);
});
afterAll(() => opened?.close());

/** The command of an operator, in a shell that lets no file grow beyond so many KiB: as on a full disk, writing fails. */
async function importWith(limitKb: number | 'unlimited'): Promise<{ code: number | null; complaint: string }> {
  const command = [process.execPath, MAIN, 'import', 'stock_daily', files[1] as string];
  const child = spawn('/bin/bash', ['-c', `ulimit -f ${limitKb} && exec "$@"`, 'bash', ...command], {
    env: { ...process.env, ...opened.environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    complaint += text;
  });
  const [code] = await once(child, 'close');
  return { code, complaint };
}

const parquetFiles = (): string[] =>
  readdirSync(join(opened.directory, 'lake'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.parquet'))
    .sort();

/** All closes are those of the edition, as a process that begins now reads them. */
async function expectEdition(edition: number, dataVersion: number): Promise<void> {
  const market = (await opened.workspace.markets()).current();
  expect(market.dataVersion).toBe(dataVersion);
  const [series] = market.series('stock_daily');
  const panel = await series?.closes();
  expect(panel?.closes).toHaveLength(CODES.length * DATES.length);
  panel?.closes.forEach((value, cell) => {
    const [code, day] = [cell % CODES.length, Math.floor(cell / CODES.length)];
    if (value !== close(code, day, edition)) expect(value).toBe(close(code, day, edition));
  });
}

describe('an import for which there is no room', () => {
  let whole: string[];

  test('in the lake ends with a code and the remedy, and leaves all as it was, without a file of its own', async () => {
    whole = parquetFiles();
    const { code, complaint } = await importWith(LIMIT_KB);
    expect(code).toBe(1);
    const lake = join(opened.directory, 'lake');
    expect(complaint).toMatch(/^STORAGE_UNAVAILABLE: The disk of .* is full: .*(File too large|write)/);
    expect(complaint).toContain(lake);
    expect(complaint).toMatch(/Nothing was imported, .* make room there and run the same import again\.\n$/);
    expect(parquetFiles()).toEqual(whole);
    await expectEdition(0, 1);
  });

  test('in PostgreSQL likewise', async () => {
    const { manager } = opened.workspace.store;
    await manager.query(`
      CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'could not extend file "base/5/16412": No space left on device' USING ERRCODE = 'disk_full';
      END $$;
      CREATE TRIGGER full_disk BEFORE INSERT ON import_log FOR EACH ROW EXECUTE FUNCTION full_disk();`);
    const { code, complaint } = await importWith('unlimited');
    expect(code).toBe(1);
    expect(complaint).toMatch(/^STORAGE_UNAVAILABLE: PostgreSQL’s disk is full: could not extend file/);
    await expectEdition(0, 1);
    await manager.query('DROP TRIGGER full_disk ON import_log');
  });

  test('succeeds once there is room', async () => {
    expect(await importWith('unlimited')).toMatchObject({ code: 0 });
    await expectEdition(1, 2);
  });
});
