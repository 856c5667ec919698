import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FEATURES } from '#lundong/domain/intraday-features.js';
import type { LocalDate } from '#lundong/domain/local-date.js';
import { exportFeatures } from '#lundong/engines/gru/feature-export.js';
import type { Market } from '#lundong/lake/market.js';
import { currentMarket, DAYS, loadAdjusted, loadBars, sections } from '../support/bars-workspace.js';
import { openTestWorkspace, type TestWorkspace } from '../support/database.js';
import { featureChain } from '../support/feature-chain.js';
import { refusal, runImport, writeTable } from '../support/import-helpers.js';
import { expectNear } from '../support/near.js';
import { readNpy } from '../support/npy.js';
import { QUARTERS, randomBars } from '../support/random-bars.js';

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

describe('the export', () => {
  const dates = DAYS.slice(0, 35);
  const base = randomBars({ seed: 41, dates, stocks: 23, minutes: QUARTERS, gaps: true });
  let opened: TestWorkspace;
  let market: Market;

  beforeAll(async () => {
    opened = await openTestWorkspace();
    const weights = [
      'industry_code,stock,weight,as_of',
      `CI005001,600000.SH,10,${dates[3]}`,
      `CI005002,000001.SZ,5,${dates[3]}`,
    ];
    await runImport(opened.workspace, 'members', writeTable(opened.directory, 'members.csv', weights));
    await loadBars(opened, base.bars);
    market = await loadAdjusted(opened, base.adjusted);
  });
  afterAll(() => opened?.close());

  const [from, to] = [dates[5] as LocalDate, dates[34] as LocalDate];
  const request = (directory: string) => ({ from, to, scheme: 'CITIC_L1' as const, directory });

  it('has what models are fed, the price chain and who had bars', async () => {
    const directory = join(opened.directory, 'export');
    const steps: number[] = [];
    const index = await exportFeatures(market, sections(opened), request(directory), ({ done, total }) =>
      steps.push(done / total),
    );
    expect(steps).toEqual([0, 0.5]);
    expect((await readdir(directory)).sort()).toEqual(['features.npy', 'index.json', 'present.npy', 'prices.npy']);
    expect(JSON.parse(await readFile(join(directory, 'index.json'), 'utf8'))).toEqual(index);
    const codes = [...new Set(base.bars.map((bar) => bar.code))].sort();
    expect(index).toMatchObject({
      featureSpec: 'intraday-v1',
      specVersion: 1,
      dates: dates.slice(5),
      codes,
      features: FEATURES,
      scheme: 'CITIC_L1',
      dataVersion: market.dataVersion,
    });
    expect(index.industries).toEqual(
      codes.map((code) => (code === '600000.SH' ? 'CI005001' : code === '000001.SZ' ? 'CI005002' : null)),
    );
    const [features, prices, present] = await Promise.all(
      ['features', 'prices', 'present'].map(async (name) => readNpy(await readFile(join(directory, `${name}.npy`)))),
    );
    expect([features?.type, prices?.type, present?.type]).toEqual(['<f4', '<f8', '|u1']);
    expect(features?.shape).toEqual([30, codes.length, 12]);
    expect(prices?.shape).toEqual([30, codes.length]);
    // Features look back past the first date; the price chain begins on it.
    const chain = featureChain(base);
    const first = new Map<string, number>();
    index.dates.forEach((date, d) => {
      const day = chain.get(date);
      codes.forEach((code, s) => {
        const at = day?.codes.indexOf(code) ?? -1;
        const cell = d * codes.length + s;
        expect(present?.values[cell]).toBe(at < 0 ? 0 : 1);
        const wanted = FEATURES.map((_, f) =>
          day === undefined || at < 0 ? Number.NaN : (day.standardised[f * day.codes.length + at] as number),
        );
        expectNear(features?.values.subarray(cell * 12, cell * 12 + 12) as Float64Array, wanted, 1e-6);
        if (day === undefined || at < 0) {
          expect(prices?.values[cell]).toBeNaN();
          return;
        }
        const close = day.figures[day.codes.length + at] as number;
        const scale = first.get(code) ?? close / (day.prices[at] as number);
        first.set(code, scale);
        expectNear([prices?.values[cell] as number], [(day.prices[at] as number) * scale]);
      });
    });
  });

  it('replaces an earlier export, and refuses a folder with anything else', async () => {
    const directory = join(opened.directory, 'again');
    await exportFeatures(market, sections(opened), request(directory));
    const shorter = { ...request(directory), to: dates[20] as LocalDate };
    expect((await exportFeatures(market, sections(opened), shorter)).dates).toEqual(dates.slice(5, 21));
    expect(readNpy(await readFile(join(directory, 'present.npy'))).shape[0]).toBe(16);
    await writeFile(join(directory, 'thesis.txt'), 'mine');
    const refused = await refusal(exportFeatures(market, sections(opened), request(directory)));
    expect([refused.code, refused.message]).toEqual(['INVALID_ARGUMENT', expect.stringContaining('"thesis.txt"')]);
    expect(await readFile(join(directory, 'thesis.txt'), 'utf8')).toBe('mine');
    const file = join(opened.directory, 'closes.csv');
    expect((await refusal(exportFeatures(market, sections(opened), request(file)))).code).toBe('INVALID_ARGUMENT');
  });

  it.each([
    ['a link in place of a file', 'features.npy.part', (path: string, target: string) => symlink(target, path)],
    ['a link in place of an earlier export', 'index.json', (path: string, target: string) => symlink(target, path)],
    ['a folder in place of an unfinished file', 'features.npy.part', (path: string) => mkdir(path)],
    ['a folder in place of a file', 'prices.npy', (path: string) => mkdir(path)],
  ])('refuses %s', async (what, name, make) => {
    const [directory, target] = [join(opened.directory, what), join(opened.directory, `${what}.txt`)];
    await mkdir(directory);
    await writeFile(target, 'mine');
    await make(join(directory, name), target);
    const refused = await refusal(exportFeatures(market, sections(opened), request(directory)));
    expect([refused.code, refused.message]).toEqual([
      'INVALID_ARGUMENT',
      `--out ${directory} holds "${name}", which is no regular file; name a new or an empty folder.`,
    ]);
    expect([await readdir(directory), await readFile(target, 'utf8')]).toEqual([[name], 'mine']);
  });

  it('replaces what an export that died has left', async () => {
    const directory = join(opened.directory, 'died');
    await mkdir(directory);
    await writeFile(join(directory, 'prices.npy.part'), 'half');
    await exportFeatures(market, sections(opened), request(directory));
    expect((await readdir(directory)).sort()).toEqual(['features.npy', 'index.json', 'present.npy', 'prices.npy']);
  });

  it('refuses folders that cannot be made', async () => {
    const dangling = join(opened.directory, 'dangling');
    await symlink(join(opened.directory, 'nowhere'), dangling);
    for (const directory of ['/proc/nope/deeper', join(dangling, 'below')]) {
      const refused = await refusal(exportFeatures(market, sections(opened), request(directory)));
      expect([refused.code, refused.message]).toEqual([
        'INVALID_ARGUMENT',
        expect.stringContaining(`--out ${directory} cannot be made (E`),
      ]);
    }
  });

  it('refuses ranges without bars, and a market without any', async () => {
    const directory = join(opened.directory, 'none');
    const exportOf = (first: string, last: string, of = market) =>
      refusal(
        exportFeatures(of, sections(opened), {
          ...request(directory),
          from: first as LocalDate,
          to: last as LocalDate,
        }),
      );
    expect((await exportOf('2024-02-01', '2024-01-10')).code).toBe('INVALID_RANGE');
    expect((await exportOf('2023-02-01', '2023-03-10')).code).toBe('DATE_BEFORE_DATA');
    expect((await exportOf('2025-02-05', '2025-03-10')).code).toBe('INVALID_RANGE');
    const empty = await openTestWorkspace();
    try {
      expect((await exportOf('2024-02-01', '2024-03-10', await currentMarket(empty))).code).toBe('NO_DATA');
    } finally {
      await empty.close();
    }
    await mkdir(directory); // nothing was made of it
  });

  it('is what the command writes and prints; its refusals end it with their code', async () => {
    const directory = join(opened.directory, 'by command');
    const run = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
      new Promise((resolve) => {
        const environment = { PATH: process.env.PATH, ...opened.environment };
        execFile(
          process.execPath,
          [MAIN, 'features', 'export', ...args],
          { env: environment },
          (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
        );
      });
    const done = await run('--from', from, '--to', to, '--out', directory, '--scheme', 'SW_L1');
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(done.stdout.split('\n')[0]).toBe(`features: 30 dates × 23 stocks × 12 features, ${from} … ${to}`);
    const index = await exportFeatures(market, sections(opened), {
      ...request(join(opened.directory, 'by code')),
      scheme: 'SW_L1',
    });
    expect(JSON.parse(await readFile(join(directory, 'index.json'), 'utf8'))).toEqual(index);
    for (const name of ['features', 'prices', 'present'])
      expect(await readFile(join(directory, `${name}.npy`))).toEqual(
        await readFile(join(opened.directory, 'by code', `${name}.npy`)),
      );
    const refused = await run('--from', to, '--to', from, '--out', directory);
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^INVALID_RANGE: /) });
  });

  it('leaves nothing unfinished where there is no room, and says so', async () => {
    const directory = join(opened.directory, 'no room');
    // At most 20 blocks a file, of 512 bytes or 1 KiB: the features take 33 KB.
    const command = ['-c', 'ulimit -f 20; exec "$@"', 'sh', process.execPath, MAIN, 'features', 'export'];
    const failed = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
      execFile(
        'sh',
        [...command, '--from', from, '--to', to, '--out', directory],
        { env: { PATH: process.env.PATH, ...opened.environment } },
        (error, _, stderr) => resolve({ code: error?.code, stderr }),
      );
    });
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/^INVALID_ARGUMENT: --out .*no room cannot be written: EFBIG: .*; mend that/);
    expect(await readdir(directory)).toEqual([]);
  });
});
