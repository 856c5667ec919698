import { LundongError } from '../../domain/errors.js';
import { FEATURE_SPECS, type FeatureSpec } from '../../domain/model-version.js';
import type { ScorePool } from './score-pool.js';
import { BATCH, type ModelDescription, type ScoreModel, type TensorDescription } from './score-protocol.js';

/** A batch as they are in use, and what is left of the sequences of a date after whole ones. */
const SEQUENCES = BATCH + 7;
/** The runtime may sum in another order for another batch; a wrong score is off by far more. */
const TOLERANCE = 1e-5;

/**
 * What sequences hold by turns: ordinary numbers, far ones, nothing but missing features, a stock that was listed half a
 * window ago, and the ends of what a cross-section gives.
 */
const PATTERNS: readonly ((index: number, width: number) => number)[] = [
  (index) => 2 * Math.sin(index * index),
  (index) => 10 * Math.sin(index * index),
  () => 0,
  (index, width) => (index % width < width / 2 ? 0 : 2 * Math.sin(index * index)),
  () => 10,
  () => -10,
];

/**
 * Runs a model as it will be run, and refuses it unless its inputs and outputs are those of its feature spec and a
 * sequence has the same score in every batch. An exporter that wrote the size of its sample batch into the graph is
 * found by nothing but that: such a model answers wrongly, without an error.
 *
 * @throws LundongError MODEL_INVALID, OVERLOADED, TIMEOUT
 */
export async function tryModel(pool: ScorePool, model: ScoreModel, featureSpec: string): Promise<void> {
  try {
    await runTrial(pool, model, featureSpec);
  } catch (error) {
    if (!(error instanceof LundongError) || error.code !== 'TIMEOUT') throw error;
    const message =
      'The trial of the model did not end in time; try again when less is asked of the GRU models, or export a smaller one.';
    throw new LundongError('TIMEOUT', message, error.details, { cause: error });
  }
}

async function runTrial(pool: ScorePool, model: ScoreModel, featureSpec: string): Promise<void> {
  const spec = FEATURE_SPECS[featureSpec] as FeatureSpec;
  requireInterface(await pool.describe(model), spec);
  const width = spec.window * spec.features;
  const x = Float32Array.from({ length: SEQUENCES * width }, (_, index) => {
    const pattern = PATTERNS[Math.floor(index / width) % PATTERNS.length] as (typeof PATTERNS)[number];
    return pattern(index, width);
  });
  const together = await pool.score(model, x, SEQUENCES);
  const alone = await Promise.all(
    Array.from(together, async (_, row) => {
      const [score] = await pool.score(model, x.subarray(row * width, (row + 1) * width), 1);
      return score as number;
    }),
  );
  for (const [row, score] of together.entries()) {
    if (!(Math.abs(score - (alone[row] as number)) <= TOLERANCE * Math.max(1, Math.abs(score))))
      throw invalid(
        `a sequence scores ${score} in a batch of ${row < BATCH ? BATCH : SEQUENCES - BATCH} and ${alone[row]} alone; ` +
          'a size of the batch is part of its graph, or sequences look at one another',
      );
  }
}

/** @throws LundongError MODEL_INVALID */
function requireInterface({ inputs, outputs }: ModelDescription, { window, features }: FeatureSpec): void {
  const free = 'any number';
  const told = (all: readonly TensorDescription[]): string =>
    all
      .map(({ name, type, shape }) => {
        const dims = shape.map((dim) => (typeof dim === 'number' ? dim : free)).join(', ');
        return `${name} ${type} [${dims}]`;
      })
      .join(', ')
      .slice(0, 200);
  const [input, output] = [`x float32 [${free}, ${window}, ${features}]`, `score float32 [${free}]`];
  if (told(inputs) !== input) throw invalid(`its input must be ${input}, and is ${told(inputs) || 'missing'}`);
  if (told(outputs) !== output) throw invalid(`its output must be ${output}, and is ${told(outputs) || 'missing'}`);
}

function invalid(reason: string): LundongError {
  return new LundongError('MODEL_INVALID', `The model cannot be used: ${reason}. Export it anew.`);
}
