import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FEATURE_SPEC_VERSION } from '#lundong/domain/intraday-features.js';
import { addDays, fromDayNumber, type LocalDate } from '#lundong/domain/local-date.js';
import { type ModelVersion, modelFor } from '#lundong/domain/model-version.js';
import { manifestFor } from '../../support/models.js';

function model(
  name: string,
  labelsTo: string,
  validFrom: string,
  validTo: string | null,
  registered = 0,
): ModelVersion {
  const manifest = manifestFor(
    { path: '', bytes: Buffer.alloc(0), sha256: '' },
    { name, labelsTo, validFrom, validTo },
  );
  return { ...manifest, registeredAt: new Date(registered), withdrawnAt: null };
}

const chosen = (models: readonly ModelVersion[], date: string): string | undefined =>
  modelFor(models, date as LocalDate)?.name;

describe('the model of a date', () => {
  const september = model('september', '2025-08-15', '2025-09-01', '2025-10-31');
  const october = model('october', '2025-09-16', '2025-10-01', '2025-10-31');

  test.each([
    ['2025-08-29', undefined],
    ['2025-09-01', 'september'],
    ['2025-09-30', 'september'],
    ['2025-10-01', 'october'],
    ['2025-10-31', 'october'],
    ['2025-11-01', undefined],
  ])('%s: %s', (date, name) => {
    expect(chosen([september, october], date)).toBe(name);
    expect(chosen([october, september], date)).toBe(name);
  });

  test('of two that begin on the same day, the one registered last; of these, the last by name', () => {
    const first = model('b', '2025-09-16', '2025-10-01', '2025-10-31', 1);
    const second = model('a', '2025-09-16', '2025-10-01', '2025-10-15', 2);
    const third = model('c', '2025-09-16', '2025-10-01', '2025-10-15', 2);
    for (const models of [
      [first, second],
      [second, first],
    ]) {
      expect(chosen(models, '2025-10-15')).toBe('a');
      expect(chosen(models, '2025-10-16')).toBe('b');
    }
    expect(chosen([third, second], '2025-10-15')).toBe('c');
    expect(chosen([second, third], '2025-10-15')).toBe('c');
  });

  test('never one trained on another version of its features, newer or older, whatever else speaks for it', () => {
    const another = { ...october, name: 'another' };
    for (const specVersion of [FEATURE_SPEC_VERSION - 1, FEATURE_SPEC_VERSION + 1]) {
      expect(chosen([september, { ...another, specVersion }], '2025-10-15')).toBe('september');
      expect(chosen([{ ...another, specVersion }], '2025-10-15')).toBeUndefined();
    }
    expect(chosen([{ ...another, featureSpec: 'minute-v1' }], '2025-10-15')).toBeUndefined();
    expect(chosen([september, another], '2025-10-15')).toBe('another');
  });

  test('never one that was withdrawn', () => {
    const gone = { ...october, withdrawnAt: new Date() };
    expect(chosen([september, gone], '2025-10-01')).toBe('september');
    expect(chosen([gone], '2025-10-01')).toBeUndefined();
  });

  const day = fc.integer({ min: 20_000, max: 20_060 }).map(fromDayNumber);
  const anyModels = fc.array(
    fc
      .tuple(day, day, fc.option(day), fc.integer({ min: 0, max: 3 }))
      .map(([labelsTo, from, to, registered]) => model(`${labelsTo}${from}${to}`, labelsTo, from, to, registered)),
    { maxLength: 8 },
  );

  test('none is ever chosen that has seen the date or a later one, or that is not valid on it', () => {
    fc.assert(
      fc.property(anyModels, day, (models, date) => {
        const found = modelFor(models, date);
        if (found === null) return;
        expect(found.labelsTo < date).toBe(true);
        expect(found.validFrom <= date && date <= (found.validTo ?? '9999-12-31')).toBe(true);
      }),
    );
  });

  test('a usable one is found, and none that begins later is passed over; the order does not matter', () => {
    fc.assert(
      fc.property(anyModels, day, (models, date) => {
        const usable = models.filter(
          (one) => one.labelsTo < date && one.validFrom <= date && date <= (one.validTo ?? '9999-12-31'),
        );
        const found = modelFor(models, date);
        expect(found === null).toBe(usable.length === 0);
        for (const other of usable) expect((found as ModelVersion).validFrom >= other.validFrom).toBe(true);
        expect(modelFor([...models].reverse(), date)?.name).toBe(found?.name);
      }),
    );
  });

  test('models of later dates change nothing of earlier ones', () => {
    fc.assert(
      fc.property(anyModels, day, (models, date) => {
        const later = model('later', date, addDays(date, 1), addDays(date, 30), 9);
        expect(modelFor([...models, later], date)?.name).toBe(modelFor(models, date)?.name);
      }),
    );
  });
});
