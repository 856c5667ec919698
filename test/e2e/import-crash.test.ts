import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '#lundong/config.js';
import { fromDayNumber } from '#lundong/domain/local-date.js';
import { TradingCalendar } from '#lundong/domain/trading-calendar.js';
import { literals, rows } from '#lundong/lake/duckdb.js';
import { Workspace } from '#lundong/workspace.js';
import { openTestWorkspace, type TestWorkspace } from '../support/database.js';
import { runImport, writeTable } from '../support/import-helpers.js';

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
const CODES = Array.from({ length: 250 }, (_, index) => `${600_000 + index}.SH`);
const DATES = TradingCalendar.of([]).between('2022-01-04' as never, '2023-12-29' as never);

/** Exact in a double; `edition` is told by every single close. */
const close = (code: number, day: number, edition: number): number => 16 + code / 8 + day / 64 + edition / 1024;

/** What a process that starts now sees: the version, and the edition to which every close belongs. */
interface Seen {
  readonly dataVersion: number;
  readonly edition: number;
}

/** Generated once with a fixed seed: the same twenty moments in every run, relative to the measured duration. */
function* seeded(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

let opened: TestWorkspace;
let client: Client;
let files: readonly [string, string];
/** Milliseconds that the command takes undisturbed. */
let duration: number;
let seen: Seen;

beforeAll(async () => {
  opened = await openTestWorkspace();
  client = new Client({ connectionString: opened.environment.DATABASE_URL });
  await client.connect();
  const write = (edition: number): string =>
    writeTable(opened.directory, `edition-${edition}.csv`, [
      ['date', ...CODES].join(','),
      ...DATES.map((date, day) => [date, ...CODES.map((_, code) => close(code, day, edition))].join(',')),
    ]);
  files = [write(0), write(1)];
  await runImport(opened.workspace, 'stock_daily', files[0]);
  const start = performance.now();
  const [code] = await once(startImport(1), 'exit');
  duration = performance.now() - start;
  expect(code).toBe(0);
  seen = { dataVersion: 2, edition: 1 };
  expect(await look()).toEqual(seen);
});

afterAll(async () => {
  await client.end();
  await opened.close();
});

function startImport(edition: number): ChildProcess {
  return spawn(process.execPath, [MAIN, 'import', 'stock_daily', files[edition] as string], {
    env: { ...process.env, ...opened.environment },
    stdio: 'ignore',
  });
}

/** Looks through a workspace of its own; fails where closes of two editions meet, or files and manifest differ. */
async function look(): Promise<Seen> {
  const workspace = await Workspace.open(readConfig(opened.environment));
  try {
    const market = (await workspace.markets()).current();
    expect(market.allSeries).toHaveLength(1);
    const [series] = market.dailySeries;
    const panel = await series.closes();
    expect([...panel.codes]).toEqual(CODES);
    expect(Array.from(panel.days, fromDayNumber)).toEqual(DATES);
    const editions = new Set(
      panel.closes.map(
        (value, cell) => (value - close(cell % CODES.length, Math.floor(cell / CODES.length), 0)) * 1024,
      ),
    );
    expect(editions.size).toBe(1);
    expect(series.files.filter((file) => !existsSync(file))).toEqual([]);
    const held = await workspace.duckdb.use((connection) =>
      rows(connection, `SELECT count(*)::INTEGER FROM read_parquet(${literals(series.files)})`),
    );
    expect(held).toEqual([[series.rows]]);
    expect(series.rows).toBe(CODES.length * DATES.length);
    const log = await workspace.store.manager.query('SELECT max(data_version) AS newest FROM import_log');
    expect(log).toEqual([{ newest: market.dataVersion }]);
    return { dataVersion: market.dataVersion, edition: [...editions][0] as number };
  } finally {
    await workspace.close();
  }
}

/**
 * Imports the other edition and kills the process when `moment` says so; then everything must be as before or as after,
 * and the same import, run again, must make it as after.
 */
async function crash(moment: (child: ChildProcess) => Promise<unknown>): Promise<'before' | 'after'> {
  const before = seen;
  const after = { dataVersion: before.dataVersion + 1, edition: 1 - before.edition };
  const child = startImport(after.edition);
  const exited = once(child, 'exit');
  await moment(child);
  child.kill('SIGKILL');
  await exited;
  const now = await look();
  expect([before, after]).toContainEqual(now);
  const again = await runImport(opened.workspace, 'stock_daily', files[after.edition] as string);
  const landed = now.edition === after.edition;
  expect(again).toMatchObject({
    rowsNew: 0,
    rowsChanged: landed ? 0 : CODES.length * DATES.length,
    dataVersion: after.dataVersion,
  });
  seen = after;
  return landed ? 'after' : 'before';
}

/** Waits until the process hangs on a lock that this test holds inside its landing transaction. */
async function untilBlocked(): Promise<void> {
  for (let tries = 0; tries < 2000; tries++) {
    const { rowCount } = await client.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if ((rowCount ?? 0) > 0) return;
    await sleep(5);
  }
  throw new Error('the import never came to the lock');
}

describe('an import killed', () => {
  const random = seeded(20260127);
  const outcomes: string[] = [];

  it('at fourteen moments spread over its duration leaves the old data or the new', async () => {
    for (let part = 0; part < 14; part++) {
      const delay = ((part + random.next().value) / 14) * duration;
      outcomes.push(`${Math.round(delay)} ms ${await crash(() => sleep(delay))}`);
    }
    expect(outcomes[0]).toMatch(/before$/);
  }, 120_000);

  it.each([
    ['first', 'SELECT * FROM market_state FOR UPDATE'],
    ['last', 'LOCK TABLE import_log IN ACCESS EXCLUSIVE MODE'],
  ])('while it lands, at its %s statement, leaves the old data', async (which, lock) => {
    const holder = new Client({ connectionString: opened.environment.DATABASE_URL });
    await holder.connect();
    const killed = crash(async (child) => {
      await holder.query(`BEGIN; ${lock}`);
      await untilBlocked();
      child.kill('SIGKILL');
      await holder.query('ROLLBACK');
    });
    outcomes.push(`landing, ${which} statement ${await killed}`);
    await holder.end();
    expect(outcomes.at(-1)).toMatch(/before$/);
  });

  it('as soon as the new version is told leaves the new data', async () => {
    const listener = new Client({ connectionString: opened.environment.DATABASE_URL });
    await listener.connect();
    await listener.query('LISTEN lundong_data_version');
    outcomes.push(`told ${await crash(() => once(listener, 'notification'))}`);
    await listener.end();
    expect(outcomes.at(-1)).toBe('told after');
  });

  it('at three moments while it lands leaves the old data or the new', async () => {
    for (let time = 0; time < 3; time++) {
      const delay = random.next().value * 30;
      const landing = async (): Promise<void> => {
        const begun = `SELECT 1 FROM pg_locks WHERE relation = 'market_state'::regclass AND mode = 'RowExclusiveLock'`;
        while ((await client.query(begun)).rowCount === 0) await sleep(2);
        await sleep(delay);
      };
      outcomes.push(`landing + ${delay.toFixed(1)} ms ${await crash(landing)}`);
    }
    console.log(`Killed at, of ${Math.round(duration)} ms: ${outcomes.join(', ')}`);
    expect(outcomes).toHaveLength(20);
  });

  it('leaves nothing behind for good: a further run changes nothing, old strays are swept, the newest files stay', async () => {
    const lake = join(opened.directory, 'lake');
    const found = (): string[] =>
      readdirSync(lake, { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('.parquet'))
        .sort();
    expect(found().length).toBeGreaterThan(2);
    const longAgo = new Date(Date.now() - 11 * 60_000);
    for (const path of found()) utimesSync(join(lake, path), longAgo, longAgo);
    const child = startImport(seen.edition);
    expect((await once(child, 'exit'))[0]).toBe(0);
    expect(await look()).toEqual(seen);
    const manifest = await client.query('SELECT path FROM lake_file ORDER BY path');
    expect(found()).toEqual(manifest.rows.map(({ path }) => path));
  });
});
