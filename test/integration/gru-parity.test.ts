import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { findTrainingPython, runPython } from '../support/training-python.js';

// What PyTorch scored, onnxruntime must score: for the committed files, and for files exported afresh from their weights.

const MODELS = fileURLToPath(new URL('../../models', import.meta.url));
const [WINDOW, FEATURES] = [40, 12];
/** Of a score; scores are a few tenths. */
const TOLERANCE = 1e-5;
/** A traced reshape would bake a batch size in and answer wrongly, without an error, at another. */
const BATCHES = [1, 7, 50];

interface Manifest {
  readonly name: string;
  readonly file: string;
  readonly sha256: string;
  readonly labelsTo: string;
  readonly validFrom: string;
  readonly validTo: string;
}

function readJson<T>(...path: string[]): T {
  return JSON.parse(readFileSync(join(...path), 'utf8')) as T;
}

const manifests = readdirSync(MODELS)
  .filter((name) => name.endsWith('.json'))
  .sort()
  .map((name) => readJson<Manifest>(MODELS, name));

function recordedScores(directory: string, name: string): number[] {
  return readJson<{ scores: number[] }>(directory, 'parity', `${name}.json`).scores;
}

/** The rule that the records state; whole numbers and one division are the same in every language. */
function fixedInput(batch: number): Float32Array {
  return Float32Array.from({ length: batch * WINDOW * FEATURES }, (_, i) => ((i * 2473) % 4001) / 1000 - 2);
}

async function expectSameScores(file: string, expected: readonly number[]): Promise<void> {
  const session = await InferenceSession.create(file, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  for (const batch of BATCHES) {
    const x = new Tensor('float32', fixedInput(batch), [batch, WINDOW, FEATURES]);
    const score = (await session.run({ x })).score as Tensor;
    expect(score.dims).toEqual([batch]);
    const scores = [...(score.data as Float32Array)];
    const differences = scores.map((value, row) => Math.abs(value - (expected[row] as number)));
    expect(Math.max(...differences), `${file}, batch of ${batch}`).toBeLessThanOrEqual(TOLERANCE);
  }
  await session.release();
}

describe('the committed models', () => {
  it('follow one another without a gap, each trained on labels that ended before it', () => {
    expect(manifests.length).toBeGreaterThanOrEqual(2);
    const dayAfter = (date: string): string =>
      new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
    for (const [index, { labelsTo, validFrom, validTo }] of manifests.entries()) {
      expect(labelsTo < validFrom).toBe(true);
      expect(validFrom <= validTo).toBe(true);
      if (index > 0) expect(validFrom).toBe(dayAfter(manifests[index - 1]?.validTo as string));
    }
  });

  it.each(manifests)('$name is the file that its manifest describes, and small', ({ file, sha256 }) => {
    const bytes = readFileSync(join(MODELS, file));
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
    expect(bytes.length).toBeLessThan(150_000);
  });

  it.each(manifests)('$name scores in onnxruntime as it did in PyTorch', async ({ name, file }) => {
    const recorded = recordedScores(MODELS, name);
    expect(recorded).toHaveLength(50);
    expect(Math.max(...recorded) - Math.min(...recorded)).toBeGreaterThan(100 * TOLERANCE);
    await expectSameScores(join(MODELS, file), recorded);
  });

  it('score differently from one another', () => {
    expect(new Set(manifests.map(({ name }) => recordedScores(MODELS, name)[0])).size).toBe(manifests.length);
  });
});

const python = findTrainingPython();

describe.skipIf(python === null)('the models read back into PyTorch and exported afresh', () => {
  let fresh: string;

  beforeAll(async () => {
    fresh = await mkdtemp(join(inject('runDirectory'), 'parity-'));
    await runPython(python as string, ['-m', 'training', 'parity', '--models', MODELS, '--out', fresh]);
  });

  it.each(manifests)('$name scores in onnxruntime as PyTorch does now, and as recorded', async ({ name }) => {
    await expectSameScores(join(fresh, `${name}.onnx`), recordedScores(fresh, name));
    await expectSameScores(join(fresh, `${name}.onnx`), recordedScores(MODELS, name));
  });
});
