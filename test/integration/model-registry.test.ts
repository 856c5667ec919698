import { execFile } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FEATURE_SPEC_VERSION } from '#lundong/domain/intraday-features.js';
import type { ModelVersion } from '#lundong/domain/model-version.js';
import { ModelRegistry } from '#lundong/engines/gru/model-registry.js';
import type { MarketChange } from '#lundong/lake/market-change.js';
import { openTestWorkspace, type TestWorkspace } from '../support/database.js';
import { refusal } from '../support/import-helpers.js';
import { MAIN } from '../support/job-processes.js';
import { manifestFor, modelFixture } from '../support/models.js';

const good = modelFixture('good');
const other = modelFixture('other');

let opened: TestWorkspace;
let registry: ModelRegistry;
beforeAll(async () => {
  opened = await openTestWorkspace();
  registry = opened.workspace.modelRegistry();
});
afterAll(() => opened?.close());

beforeEach(async () => {
  await opened.workspace.store.manager.query('TRUNCATE model_version');
  await rm(folder(), { recursive: true, force: true });
});

const folder = (): string => join(opened.directory, 'models');
const files = (): Promise<string[]> => readdir(folder()).catch(() => []);
const fileOf = (sha256: string): string => join(folder(), `${sha256}.onnx`);
const dataVersion = async (): Promise<number> => {
  const [{ data_version }] = await opened.workspace.store.manager.query('SELECT data_version FROM market_state');
  return data_version;
};
const audited = (): Promise<{ subject: string }[]> =>
  opened.workspace.store.manager.query('SELECT actor, action, subject, outcome FROM access_audit ORDER BY id');
const registeredNames = async (): Promise<string[]> => (await registry.list()).map(({ name }) => name);

describe('registering', () => {
  it('keeps manifest and bytes, raises the data version, and every market has it from then on', async () => {
    const before = await dataVersion();
    const auditedBefore = await audited();
    const model = await registry.register('test', manifestFor(good), good.bytes);
    const { registeredAt, withdrawnAt, ...manifest } = model;
    expect(withdrawnAt).toBeNull();
    expect(manifest).toEqual(manifestFor(good));
    expect(Math.abs(registeredAt.getTime() - Date.now())).toBeLessThan(60_000);
    expect(await readFile(fileOf(good.sha256))).toEqual(good.bytes);
    expect(await dataVersion()).toBe(before + 1);
    const market = (await opened.workspace.markets()).current();
    expect(market.dataVersion).toBe(before + 1);
    expect(market.models).toEqual([model]);
    expect(await audited()).toEqual([
      ...auditedBefore,
      { actor: 'test', action: 'model.register', subject: `new-2025-10 ${good.sha256}`, outcome: 'ok' },
    ]);
  });

  it('is told to running markets', async () => {
    const markets = await opened.workspace.markets();
    await markets.follow((error) => {
      throw error;
    });
    expect(markets.current().models).toEqual([]);
    await registry.register('test', manifestFor(good), good.bytes);
    await expect.poll(() => markets.current().models.map(({ name }) => name)).toEqual(['new-2025-10']);
    await markets.close();
  });

  it('the same again changes nothing, in any order of fields, at once or one after the other', async () => {
    const before = await dataVersion();
    const turned = Object.fromEntries(Object.entries(manifestFor(good)).reverse());
    const models = await Promise.all([
      registry.register('test', manifestFor(good), good.bytes),
      opened.workspace.modelRegistry().register('test', turned, good.bytes),
    ]);
    models.push(await registry.register('test', turned, good.bytes));
    for (const model of models) expect(model).toEqual(models[0]);
    expect(await dataVersion()).toBe(before + 1);
    expect(await files()).toEqual([`${good.sha256}.onnx`]);
  });

  it('the same again mends a file that was damaged', async () => {
    await registry.register('test', manifestFor(good), good.bytes);
    const before = await dataVersion();
    await truncate(fileOf(good.sha256), 100);
    await registry.register('test', manifestFor(good), good.bytes);
    expect(await readFile(fileOf(good.sha256))).toEqual(good.bytes);
    expect(await dataVersion()).toBe(before);
  });

  it('another under the same name is refused, be it in bytes or in what is said of it', async () => {
    await registry.register('test', manifestFor(good), good.bytes);
    const before = await dataVersion();
    const bytes = await refusal(registry.register('test', manifestFor(other), other.bytes));
    expect(bytes).toMatchObject({
      code: 'KEY_TAKEN',
      message: expect.stringMatching(/"new-2025-10".* choose a new one/),
    });
    const said = await refusal(registry.register('test', manifestFor(good, { validTo: '2025-11-28' }), good.bytes));
    expect(said).toMatchObject({ code: 'KEY_TAKEN', message: expect.stringMatching(/same file and another manifest/) });
    expect(await files()).toEqual([`${good.sha256}.onnx`]);
    expect(await dataVersion()).toBe(before);
  });

  it('several may be valid on the same dates, and the same bytes may have two names', async () => {
    await registry.register('test', manifestFor(good), good.bytes);
    await registry.register('test', manifestFor(other, { name: 'new-late', validFrom: '2025-10-16' }), other.bytes);
    await registry.register('test', manifestFor(good, { name: 'new-again' }), good.bytes);
    expect(await registeredNames()).toEqual(['new-2025-10', 'new-again', 'new-late']);
    expect(await files()).toHaveLength(2);
  });

  it('drops what may change, in the transaction that lands it', async () => {
    const changes: MarketChange[] = [];
    const { store, modelFiles, scorePool } = opened.workspace;
    let isUp = false;
    const watched = new ModelRegistry(store, modelFiles, scorePool, async (manager, change) => {
      changes.push(change);
      if (isUp) throw new Error('the database went away');
      expect(await manager.query('SELECT data_version FROM market_state')).toEqual([{ data_version: before + 1 }]);
    });
    const before = await dataVersion();
    await watched.register('test', manifestFor(good), good.bytes);
    expect(changes).toEqual([{ kind: 'models', validFrom: '2025-10-09', validTo: '2025-10-31' }]);
    const auditedBefore = await audited();
    isUp = true;
    await expect(watched.register('test', manifestFor(other, { name: 'second' }), other.bytes)).rejects.toThrow(
      'went away',
    );
    expect(await audited()).toEqual(auditedBefore);
    expect(await registeredNames()).toEqual(['new-2025-10']);
    expect(await dataVersion()).toBe(before + 1);
  });

  it('sweeps what a process that died has left, once that is old', async () => {
    await mkdir(folder(), { recursive: true });
    for (const name of ['old.tmp', 'new.tmp']) await writeFile(join(folder(), name), '');
    const hourAgo = new Date(Date.now() - 3_600_000);
    await utimes(join(folder(), 'old.tmp'), hourAgo, hourAgo);
    await registry.register('test', manifestFor(good), good.bytes);
    expect((await files()).sort()).toEqual([`${good.sha256}.onnx`, 'new.tmp'].sort());
  });
});

describe('a model of another version of its features', () => {
  const specVersion = FEATURE_SPEC_VERSION + 1;

  it('is refused', async () => {
    const error = await refusal(registry.register('test', manifestFor(good, { specVersion }), good.bytes));
    expect(error).toMatchObject({ code: 'MODEL_INVALID', details: { fields: ['specVersion'] } });
    expect(await registeredNames()).toEqual([]);
  });

  it('that was registered before the version was raised is told', async () => {
    await registry.register('test', manifestFor(good), good.bytes);
    expect((await registry.verify()).map(({ problem }) => problem)).toEqual([null]);
    await opened.workspace.store.manager.query('UPDATE model_version SET manifest = $1', [
      JSON.stringify(manifestFor(good, { specVersion })),
    ]);
    const [check] = await registry.verify();
    expect(check?.problem?.code).toBe('MODEL_INVALID');
    expect(check?.problem?.message).toMatch(new RegExp(`trained on version ${specVersion} of intraday-v1`));
  });
});

describe('withdrawing', () => {
  it('keeps the model, raises the data version, and drops what it may have scored', async () => {
    await registry.register('test', manifestFor(good), good.bytes);
    const before = await dataVersion();
    const changes: MarketChange[] = [];
    const { store, modelFiles, scorePool } = opened.workspace;
    const watched = new ModelRegistry(store, modelFiles, scorePool, async (_, change) => void changes.push(change));
    const withdrawn = await watched.withdraw('test', 'new-2025-10');
    expect(Math.abs((withdrawn.withdrawnAt as Date).getTime() - Date.now())).toBeLessThan(60_000);
    expect(changes).toEqual([{ kind: 'models', validFrom: '2025-10-09', validTo: '2025-10-31' }]);
    expect(await dataVersion()).toBe(before + 1);
    expect(await registry.list()).toEqual([withdrawn]);
    expect((await opened.workspace.markets()).current().models).toEqual([withdrawn]);

    expect(await watched.withdraw('test', 'new-2025-10')).toEqual(withdrawn);
    expect(changes).toHaveLength(1);
    expect(await dataVersion()).toBe(before + 1);
    expect(await registry.verify()).toEqual([]);
    expect(await refusal(registry.register('test', manifestFor(good), good.bytes))).toMatchObject({
      code: 'KEY_TAKEN',
      message: expect.stringMatching(/"new-2025-10" was withdrawn on .* new name/),
    });
  });

  it('of a name that no model has is refused', async () => {
    expect(await refusal(registry.withdraw('test', 'nobody'))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(/No model "nobody" is registered/),
    });
  });
});

describe('a model that cannot be used', () => {
  it.each<[string, RegExp]>([
    ['input-name', /input must be x float32 \[any number, 40, 12\], and is features float32 \[any number, 40, 12\]/],
    ['output-name', /output must be score float32 \[any number\], and is y float32 \[any number\]/],
    ['window', /input must be .* and is x float32 \[any number, 30, 12\]/],
    ['fixed-batch', /input must be .* and is x float32 \[1, 40, 12\]/],
    ['double-input', /input must be .* and is x float64/],
    ['column-output', /output must be .* and is score float32 \[any number, 1\]/],
    ['nan', /scores a sequence NaN, which is no finite number/],
    ['overflow-at-9', /scores a sequence (NaN|-?Infinity), which is no finite number/],
    ['ten-sequences', /answered 50 sequences with float32 \[10\]/],
    ['loop', /uses the operator "Loop"/],
    ['expand', /uses the operator "Expand"/],
    ['whole-division', /divides whole numbers/],
    ['reshaped', /scores .* in a batch of 50 and .* alone; a size of the batch is part of its graph/],
    ['baked-batch', /cannot be run: .*Reshape/],
    ['layout', /cannot be loaded: .*layout/],
    ['elsewhere', /keeps weights in another file/],
  ])('%s is refused, and nothing of it stays', async (name, says) => {
    const before = await dataVersion();
    const fixture = modelFixture(name);
    const error = await refusal(registry.register('test', manifestFor(fixture), fixture.bytes));
    expect(error.code).toBe('MODEL_INVALID');
    expect(error.message).toMatch(says);
    expect(error.message).not.toContain(opened.directory);
    expect(await files()).toEqual([]);
    expect(await registeredNames()).toEqual([]);
    expect(await dataVersion()).toBe(before);
  });

  it.each<[string, Buffer]>([
    ['no model at all', Buffer.from('no model')],
    ['nothing', Buffer.alloc(0)],
    ['half a model', good.bytes.subarray(0, 1300)],
  ])('%s is refused', async (_, bytes) => {
    const { createHash } = await import('node:crypto');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const error = await refusal(registry.register('test', manifestFor(good, { sha256 }), bytes));
    expect(error.code).toBe('MODEL_INVALID');
    expect(await files()).toEqual([]);
  });

  it('bytes of another hash than the manifest’s are refused', async () => {
    const error = await refusal(registry.register('test', manifestFor(good), other.bytes));
    expect(error).toMatchObject({ code: 'MODEL_INVALID', details: { fields: ['sha256'] } });
    expect(error.message).toContain(good.sha256);
    expect(error.message).toContain(other.sha256);
  });
});

describe('lundong model', () => {
  const lundong = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
    new Promise((resolve) => {
      const env = { PATH: process.env.PATH, ...opened.environment };
      execFile(process.execPath, [MAIN, 'model', ...args], { env }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
    });
  const write = async (name: string, own: Record<string, unknown> = {}, fixture = good): Promise<string> => {
    const place = join(opened.directory, 'given');
    await mkdir(place, { recursive: true });
    await copyFile(fixture.path, join(place, `${name}.onnx`));
    const path = join(place, `${name}.json`);
    await writeFile(path, JSON.stringify(manifestFor(fixture, { name, file: `${name}.onnx`, ...own })));
    return path;
  };
  const row = ({ name, sha256 }: Pick<ModelVersion, 'name' | 'sha256'>): string =>
    `${name}  intraday-v1  2025-10-09 … 2025-10-31  ${sha256.slice(0, 12)}`;

  it('add, list and verify', async () => {
    const paths = [await write('gru-a'), await write('gru-b', {}, other)];
    const rows = `${row({ name: 'gru-a', sha256: good.sha256 })}\n${row({ name: 'gru-b', sha256: other.sha256 })}\n`;
    expect(await lundong('add', ...paths)).toEqual({ code: 0, stdout: rows, stderr: '' });
    expect(await lundong('list')).toEqual({ code: 0, stdout: rows, stderr: '' });
    expect(await lundong('verify')).toEqual({ code: 0, stdout: rows.replaceAll('\n', '  good\n'), stderr: '' });
    const gone = (await lundong('withdraw', 'gru-a')).stdout;
    expect(gone).toMatch(/^gru-a .* {2}withdrawn 20\d\d-\d\d-\d\d\n$/);
    expect((await lundong('list')).stdout).toBe(`${gone}${rows.split('\n')[1]}\n`);
    await copyFile(good.path, fileOf(other.sha256));
    const verified = await lundong('verify');
    expect(verified.code).toBe(1);
    expect(verified.stdout).toBe(`${rows.split('\n')[1]}  NOT AS REGISTERED\n`);
    expect(verified.stderr).toMatch(/^MODEL_INVALID: gru-b: .* is not what was registered/);
  });

  it('add tells which folder cannot be written; over the network it is not named', async () => {
    await writeFile(folder(), 'a file where the folder should be');
    const path = await write('gru-f');
    const error = await refusal(registry.register('test', manifestFor(good), good.bytes));
    expect(error).toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      message: 'The folder of the models cannot be written (EEXIST); mend it, and register the model again.',
      details: {},
    });
    const { code, stderr } = await lundong('add', path);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^STORAGE_UNAVAILABLE: .*\(EEXIST\)/);
    expect(stderr).toContain(folder());
    expect(await registeredNames()).toEqual([]);
  });

  it('add tells what is wrong', async () => {
    const bad = await write('gru-c', { validTo: '2025-13-01' });
    expect(await lundong('add', bad)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^MODEL_INVALID: .*validTo: "2025-13-01" is no date/),
    });
    const elsewhere = await write('gru-d', { file: '../../etc/passwd' });
    expect(await lundong('add', elsewhere)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/file: .* without folders/),
    });
    const missing = await write('gru-e', { file: 'missing.onnx' });
    expect(await lundong('add', missing)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^FILE_UNREADABLE: .*missing\.onnx cannot be read \(ENOENT\)/),
    });
    await writeFile(bad, '{');
    expect(await lundong('add', bad)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^FILE_UNREADABLE: .* is no JSON/),
    });
  });
});
