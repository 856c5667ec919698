import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { LundongError } from '#lundong/domain/errors.js';
import { FEATURE_SPEC_VERSION } from '#lundong/domain/intraday-features.js';
import { readModelManifest } from '#lundong/engines/gru/model-manifest.js';
import { manifestFor, modelFixture } from '../../support/models.js';

const good = manifestFor(modelFixture('good'));

function refused(given: unknown): LundongError {
  try {
    readModelManifest(given);
  } catch (error) {
    if (error instanceof LundongError) return error;
    throw error;
  }
  throw new Error('the manifest was taken');
}

describe('a manifest', () => {
  test('is taken as it is, its fields in one order', () => {
    const turned = Object.fromEntries(Object.entries(good).reverse());
    expect(readModelManifest(turned)).toEqual(good);
    expect(JSON.stringify(readModelManifest(turned))).toBe(JSON.stringify(good));
  });

  test('of each committed model is taken', () => {
    const folder = new URL('../../../models/', import.meta.url);
    const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
    expect(names.length).toBe(9);
    for (const name of names) {
      const manifest: unknown = JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
      expect(readModelManifest(manifest)).toEqual(manifest);
    }
  });

  test('with labels that cannot have ended is refused for each of its lies', () => {
    const day = '2025-09-30';
    const own = { horizonDays: 250, embargoDays: 1, trainedTo: day, labelsTo: day, validFrom: '2025-10-01' };
    const { details } = refused({ ...good, ...own, trainedAt: '2025-01-01' });
    expect(details).toEqual({ fields: ['labelsTo', 'embargoDays', 'trainedAt'] });
  });

  test('trained on the very day on which its last label ended is taken', () => {
    expect(readModelManifest({ ...good, trainedAt: good.labelsTo }).trainedAt).toBe(good.labelsTo);
  });

  test('without an end says so', () => {
    expect(readModelManifest({ ...good, validTo: null })).toEqual({ ...good, validTo: null });
  });

  test.each<[string, unknown, RegExp]>([
    ['name', '', /name: "" is no name; use 1 to 64/],
    ['name', '../x', /name: "\.\.\/x" is no name/],
    ['name', 5, /name: 5 is no string/],
    ['file', '../secret.onnx', /file: .* is no file name; .* without folders/],
    ['sha256', 'ABC', /sha256: "ABC" is no SHA-256/],
    ['featureSpec', 'intraday-v2', /featureSpec: "intraday-v2" is unknown; there is: intraday-v1/],
    ['featureSpec', '__proto__', /featureSpec: "__proto__" is unknown/],
    ['specVersion', FEATURE_SPEC_VERSION + 1, /specVersion: \d+ is not that of intraday-v1, which is \d+; train/],
    ['specVersion', '1', /specVersion: "1" is not possible; give a whole number/],
    ['window', 30, /window: 30 is not that of intraday-v1, which is 40/],
    ['features', 8, /features: 8 is not that of intraday-v1, which is 12/],
    ['window', 40.5, /window: 40\.5 is not possible; give a whole number/],
    ['window', '40', /window: "40" is not possible; give a whole number/],
    ['horizonDays', 0, /horizonDays: 0 is not possible; give a whole number from 1 to 250/],
    ['embargoDays', -1, /embargoDays: -1 is not possible; give a whole number from 1 to 250/],
    ['embargoDays', 9, /embargoDays: 9 is less than horizonDays 10/],
    ['horizonDays', 11, /labelsTo: "2025-09-26" lies before 2025-09-29, where a label of 11 trading days/],
    ['trainedAt', '2025-09-25', /trainedAt: "2025-09-25" lies before labelsTo 2025-09-26/],
    [
      'labelsTo',
      '2025-09-25',
      /labelsTo: "2025-09-25" lies before 2025-09-26, where a label of 10 .* from trainedTo 2025-09-12/,
    ],
    ['trainedFrom', '2025-02-30', /trainedFrom: "2025-02-30" is no date; write it as YYYY-MM-DD/],
    ['trainedFrom', '20250102', /trainedFrom: "20250102" is no date/],
    ['trainedFrom', '2025-09-13', /trainedTo: "2025-09-12" lies before trainedFrom 2025-09-13/],
    ['labelsTo', '2025-10-09', /validFrom: "2025-10-09" does not lie after labelsTo 2025-10-09/],
    ['validTo', '2025-10-08', /validTo: "2025-10-08" lies before validFrom 2025-10-09/],
    ['universe', '', /universe: "" is empty/],
    ['label', 'a\u0000b', /label: .* has control characters/],
    ['framework', '\ud800', /framework: .* has control characters/],
    ['seed', 2 ** 60, /seed: .* is not possible/],
    ['metrics', null, /metrics: null is no JSON object/],
    ['metrics', [1], /metrics: \[1\] is no JSON object/],
    ['architecture', 'GRU', /architecture: "GRU" is no JSON object/],
  ])('with %s %j is refused by name', (field, value, says) => {
    const error = refused({ ...good, [field]: value });
    expect(error.code).toBe('MODEL_INVALID');
    expect(error.message).toMatch(says);
    expect(error.message.length).toBeLessThan(500);
  });

  test('with metrics of endless length is refused by name', () => {
    const error = refused({ ...good, metrics: { a: 'x'.repeat(300_000) } });
    expect(error.message).toMatch(/metrics: .* is too long; keep to 200000 characters/);
    expect(error.message.length).toBeLessThan(500);
  });

  const nested = (levels: number, isList: boolean): unknown => {
    let value: unknown = 'deep';
    for (let level = 0; level < levels; level++) value = isList ? [value] : { a: value };
    return value;
  };

  test.each([true, false])(
    'with metrics nested 32 deep is taken, deeper ones are refused by name (lists: %s)',
    (isList) => {
      for (const field of ['metrics', 'architecture']) {
        const taken = { ...good, [field]: { a: nested(31, isList) } };
        expect(readModelManifest(taken)).toEqual(taken);
        for (const levels of [32, 2000, 200_000]) {
          const error = refused({ ...good, [field]: { a: nested(levels, isList) } });
          expect(error.code).toBe('MODEL_INVALID');
          expect(error.message).toContain(`${field}: is nested too deep; keep to 32 levels`);
          expect(error.details).toEqual({ fields: [field] });
        }
      }
      expect(refused({ ...good, more: nested(2000, isList) }).details).toEqual({ fields: ['more'] });
      expect(refused(nested(2000, isList)).code).toBe('MODEL_INVALID');
    },
  );

  test.each(Object.keys(good))('without %s is refused by name', (field) => {
    const { [field]: _, ...rest } = { ...good } as Record<string, unknown>;
    const error = refused(rest);
    expect(error.message).toContain(`${field}: is missing`);
    expect(error.details).toEqual({ fields: [field] });
  });

  test('with a field that is none is refused by its name', () => {
    expect(refused({ ...good, valdTo: '2025-01-01' }).message).toContain('valdTo: is no field of it');
  });

  test.each([null, [], 'text', 5, undefined])('that is %j is refused', (given) => {
    expect(refused(given).code).toBe('MODEL_INVALID');
  });
});
