import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FEATURE_SPEC_VERSION } from '#lundong/domain/intraday-features.js';
import type { ModelManifest } from '#lundong/domain/model-version.js';

/** Of every model of the tests. */
export const WINDOW = 40;
export const FEATURES = 12;

const FOLDER = new URL('../fixtures/models/', import.meta.url);

/** A model that test/fixtures/make-models.py wrote. */
export interface ModelFixture {
  readonly path: string;
  readonly bytes: Buffer;
  readonly sha256: string;
}

export function modelFixture(name: string): ModelFixture {
  const path = fileURLToPath(new URL(`${name}.onnx`, FOLDER));
  const bytes = readFileSync(path);
  return { path, bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** A manifest that is right for the file. */
export function manifestFor({ sha256 }: ModelFixture, own: Record<string, unknown> = {}): ModelManifest {
  return {
    name: 'new-2025-10',
    file: 'new-2025-10.onnx',
    sha256,
    featureSpec: 'intraday-v1',
    specVersion: FEATURE_SPEC_VERSION,
    window: WINDOW,
    features: FEATURES,
    universe: '120 stocks, four of each industry',
    label: 'return of the next ten trading days, ranked across stocks',
    horizonDays: 10,
    embargoDays: 10,
    trainedFrom: '2025-01-02',
    trainedTo: '2025-09-12',
    labelsTo: '2025-09-26',
    validFrom: '2025-10-09',
    validTo: '2025-10-31',
    seed: 7,
    architecture: { hidden: 8, layers: 1 },
    framework: 'onnx 1.12 / ONNX opset 14',
    trainedAt: '2025-11-01',
    metrics: { validation: { rankIc: 0.03 }, outOfSample: { months: [{ month: '2025-10', rankIc: 0.01 }] } },
    ...own,
  } as unknown as ModelManifest;
}

/** Sequences whose numbers lie between −2 and 2. */
export function sequences(count: number): Float32Array {
  return Float32Array.from({ length: count * WINDOW * FEATURES }, (_, index) => 2 * Math.sin((index * index) % 10_007));
}
