import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parentPort } from 'node:worker_threads';
import { LRUCache } from 'lru-cache';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { LundongError } from '../../domain/errors.js';
import { faultOfOnnx } from './onnx-operators.js';
import {
  BATCH,
  type ModelDescription,
  type ScoreAnswer,
  type ScoreModel,
  type ScoreTask,
  type TensorDescription,
} from './score-protocol.js';

/** A model takes less than a megabyte, and a request about a year may need one a month. */
const KEPT_SESSIONS = 16;

// One thread each: the pool has a thread a core, and threads of the runtime's own would only wait for one another.
const SESSION_OPTIONS: InferenceSession.SessionOptions = {
  executionProviders: ['cpu'],
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 4, // whatever goes wrong is thrown as well
};

const sessions = new LRUCache<string, InferenceSession>({
  max: KEPT_SESSIONS,
  dispose: (session) => void session.release(),
});

// The pool sends one task at a time.
parentPort?.on('message', (task: ScoreTask) => {
  answer(task)
    .catch(failure)
    .then((told) => parentPort?.postMessage(told, told.kind === 'scores' ? [told.scores.buffer] : []));
});

async function answer({ model, x, count }: ScoreTask): Promise<ScoreAnswer> {
  const session = await sessionOf(model);
  if (x === null) return { kind: 'description', description: describe(session) };
  return { kind: 'scores', scores: await score(session, x, count) };
}

/** @throws LundongError MODEL_INVALID where the bytes are not those that were registered, or no model that can be run */
async function sessionOf({ path, sha256 }: ScoreModel): Promise<InferenceSession> {
  const known = sessions.get(sha256);
  if (known !== undefined) return known;
  const refuse = (reason: string, cause?: unknown): never => {
    throw new LundongError('MODEL_INVALID', `The model ${sha256.slice(0, 12)}… ${reason}.`, {}, { cause });
  };
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) =>
    refuse(`cannot be read (${error.code}); register it again`, error),
  );
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256)
    refuse(`is not what was registered: the bytes on the disk have the hash ${found.slice(0, 12)}…; register it again`);
  const fault = faultOfOnnx(bytes);
  if (fault !== null) refuse(fault);
  // From the bytes that were hashed, not from the path: the file may change in between.
  const session = await InferenceSession.create(bytes, SESSION_OPTIONS).catch((error: Error) =>
    refuse(`cannot be loaded: ${withoutPaths(error.message)}`, error),
  );
  sessions.set(sha256, session);
  return session;
}

function describe({ inputMetadata, outputMetadata }: InferenceSession): ModelDescription {
  const described = (all: readonly InferenceSession.ValueMetadata[]): TensorDescription[] =>
    all.map((one) => ({
      name: one.name,
      type: one.isTensor ? one.type : 'no tensor',
      shape: one.isTensor ? [...one.shape] : [],
    }));
  return { inputs: described(inputMetadata), outputs: described(outputMetadata) };
}

/** @throws LundongError MODEL_INVALID where the model does not give one finite number a sequence */
async function score(
  session: InferenceSession,
  x: Float32Array<ArrayBuffer>,
  count: number,
): Promise<Float32Array<ArrayBuffer>> {
  const [input, output] = [session.inputNames[0] as string, session.outputNames[0] as string];
  const [description] = describe(session).inputs;
  const [window, features] = (description as TensorDescription).shape.slice(1).map(Number) as [number, number];
  const width = window * features;
  if (x.length !== count * width)
    throw new LundongError(
      'MODEL_INVALID',
      `The model takes sequences of ${window} × ${features} numbers, and was given ${x.length} numbers for ${count} sequences.`,
    );
  const scores = new Float32Array(count);
  for (let from = 0; from < count; from += BATCH) {
    const size = Math.min(BATCH, count - from);
    const batch = new Tensor('float32', x.subarray(from * width, (from + size) * width), [size, window, features]);
    const result = (await session.run({ [input]: batch }))[output] as Tensor;
    if (result.type !== 'float32' || result.dims.length !== 1 || result.dims[0] !== size)
      throw new LundongError(
        'MODEL_INVALID',
        `The model answered ${size} sequences with ${result.type} [${result.dims.join(', ')}], not with one float32 number each.`,
      );
    const told = result.data as Float32Array;
    const odd = told.find((one) => !Number.isFinite(one));
    if (odd !== undefined)
      throw new LundongError('MODEL_INVALID', `The model scores a sequence ${odd}, which is no finite number.`);
    scores.set(told, from);
  }
  return scores;
}

function failure(error: unknown): ScoreAnswer {
  if (error instanceof LundongError) return { kind: 'failure', code: error.code, message: error.message };
  const reason = withoutPaths(error instanceof Error ? error.message : String(error));
  return { kind: 'failure', code: 'MODEL_INVALID', message: `The model cannot be run: ${reason}.` };
}

/** The runtime names its source files and our folders, which are nobody's business. */
function withoutPaths(message: string): string {
  return message.replaceAll(/(?:\/[\w.@+-]+){2,}/g, '…').slice(0, 300);
}
