import { copyFile, mkdtemp, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { ScorePool, type ScorePoolOptions } from '#lundong/engines/gru/score-pool.js';
import { ScoreThread } from '#lundong/engines/gru/score-thread.js';
import { refusal } from '../../support/import-helpers.js';
import { FEATURES, type ModelFixture, modelFixture, sequences, WINDOW } from '../../support/models.js';

const good = modelFixture('good');
const other = modelFixture('other');

const pools: ScorePool[] = [];
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.close())));

function openPool(options: Partial<ScorePoolOptions> = {}): ScorePool {
  const pool = new ScorePool({ threads: 2, ...options });
  pools.push(pool);
  return pool;
}

/** What the runtime says in this very thread, all sequences in one batch. */
async function scoresOf({ bytes }: ModelFixture, x: Float32Array, count: number): Promise<Float32Array> {
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1 });
  const { score } = await session.run({ x: new Tensor('float32', Float32Array.from(x), [count, WINDOW, FEATURES]) });
  return score?.data as Float32Array;
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a).toHaveLength(b.length);
  return a.reduce((worst, value, index) => Math.max(worst, Math.abs(value - (b[index] as number))), 0);
}

/** What tests look at behind the pool's back. */
interface Inside {
  readonly threads: readonly { readonly isDead: boolean; readonly worker: Worker }[];
  readonly line: readonly unknown[];
}

const insideOf = (pool: ScorePool): Inside => pool as unknown as Inside;

/** The threads that live. */
const threadsOf = (pool: ScorePool): Inside['threads'] => insideOf(pool).threads.filter((thread) => !thread.isDead);

/** Ends a thread from outside, as a crash would. */
const kill = (pool: ScorePool): Promise<number> | undefined => threadsOf(pool)[0]?.worker.terminate();

describe('scores', () => {
  test('are those of the runtime, in the order of the sequences', async () => {
    const count = 1234;
    const x = sequences(count);
    const expected = await scoresOf(good, x, count);
    expect(new Set(expected).size).toBeGreaterThan(count / 2); // else the order would prove nothing
    expect(largestDifference(await openPool().score(good, x, count), expected)).toBeLessThan(1e-6);
  });

  test.each([1, 2, 49, 50, 51, 120, 2001])('are the same bits on one thread as on two, for %d', async (count) => {
    const x = sequences(count);
    const [one, two] = [openPool({ threads: 1 }), openPool({ threads: 2 })];
    expect(await two.score(good, x, count)).toEqual(await one.score(good, x, count));
  });

  test('of no sequences are none', async () => {
    expect(await openPool().score(good, new Float32Array(0), 0)).toEqual(new Float32Array(0));
  });

  test('can be had of numbers in shared memory and of a part of an array, which stay as they are', async () => {
    const x = sequences(60);
    const expected = await scoresOf(good, x, 60);
    const shared = new Float32Array(new SharedArrayBuffer(x.byteLength));
    shared.set(x);
    const wide = new Float32Array(x.length + 7);
    wide.set(x, 7);
    const pool = openPool();
    for (const given of [shared, wide.subarray(7)]) {
      expect(largestDifference(await pool.score(good, given, 60), expected)).toBeLessThan(1e-6);
      expect(Float32Array.from(given)).toEqual(x);
    }
  });

  test('of many requests and two models at once keep apart', async () => {
    const pool = openPool();
    const counts = [300, 1, 75, 600, 50, 20];
    const answers = await Promise.all(
      counts.flatMap((count) => [good, other].map((model) => pool.score(model, sequences(count), count))),
    );
    for (const [index, answer] of answers.entries()) {
      const count = counts[index >> 1] as number;
      const expected = await scoresOf(index % 2 === 0 ? good : other, sequences(count), count);
      expect(largestDifference(answer, expected)).toBeLessThan(1e-6);
    }
  });

  test('of numbers that are not whole sequences of the model are refused', async () => {
    const pool = openPool();
    await expect(pool.score(good, new Float32Array(7), 2)).rejects.toThrow(RangeError);
    const error = await refusal(pool.score(good, new Float32Array(30 * FEATURES), 1));
    expect(error.code).toBe('MODEL_INVALID');
    expect(error.message).toMatch(/sequences of 40 × 12 numbers, and was given 360 numbers for 1 sequences/);
  });

  test('a request about few is answered before one about many that came first', async () => {
    const pool = openPool({ threads: 1 });
    const order: string[] = [];
    const many = pool.score(good, sequences(10_000), 10_000).then(() => order.push('many'));
    const few = pool.score(good, sequences(10), 10).then(() => order.push('few'));
    await Promise.all([many, few]);
    expect(order).toEqual(['few', 'many']);
  });
});

describe('scores that are no finite numbers', () => {
  test('are refused, be it one of many', async () => {
    const model = modelFixture('overflow-at-11');
    const x = sequences(120);
    const pool = openPool();
    expect((await pool.score(model, x, 120)).every(Number.isFinite)).toBe(true);
    x[100 * WINDOW * FEATURES + 7] = 11.5;
    const error = await refusal(pool.score(model, x, 120));
    expect(error.code).toBe('MODEL_INVALID');
    expect(error.message).toMatch(/scores a sequence (NaN|-?Infinity), which is no finite number/);
  });
});

describe('a description', () => {
  test('has names, types and shapes', async () => {
    expect(await openPool().describe(good)).toEqual({
      inputs: [{ name: 'x', type: 'float32', shape: ['batch', WINDOW, FEATURES] }],
      outputs: [{ name: 'score', type: 'float32', shape: ['batch'] }],
    });
  });
});

describe('a thread that dies', () => {
  test('is replaced, and what it had is done again', async () => {
    const pool = openPool();
    const count = 20_000;
    const x = sequences(count);
    const expected = await openPool().score(good, x, count);
    await pool.score(good, x.subarray(0, WINDOW * FEATURES), 1);
    const before = threadsOf(pool);
    const answer = pool.score(good, x, count);
    await Promise.all([kill(pool), answer.catch(() => undefined)]);
    expect(await answer).toEqual(expected);
    expect(before.some((thread) => thread.isDead)).toBe(true);
    expect(threadsOf(pool)).toHaveLength(2);
  });

  test('while it has nothing to do costs nothing', async () => {
    const pool = openPool({ threads: 1 });
    const x = sequences(10);
    const first = await pool.score(good, x, 10);
    await kill(pool);
    expect(await pool.score(good, x, 10)).toEqual(first);
  });

  test('that could not be given its task is idle again', async () => {
    const thread = new ScoreThread();
    try {
      const shared = new Float32Array(new SharedArrayBuffer(4)) as unknown as Float32Array<ArrayBuffer>;
      const refused = thread.run({ model: good, x: shared, count: 1 }, 60_000);
      await expect(refused).rejects.toThrow(/transferList/); // what is shared cannot be handed over
      expect(thread.isIdle).toBe(true);
      const task = { model: good, x: Float32Array.from(sequences(1)), count: 1 };
      expect(await thread.run(task, 60_000)).toMatchObject({ kind: 'scores' });
    } finally {
      await thread.terminate('the test is over');
    }
  });

  test('three times under one request is laid to the model, and the pool goes on', async () => {
    const pool = openPool({ threads: 1 });
    const hopeless = refusal(pool.score(good, sequences(50_000), 50_000));
    let over = false;
    void hopeless.then(() => {
      over = true;
    });
    while (!over) {
      await kill(pool);
      await sleep(1);
    }
    expect(await hopeless).toMatchObject({ code: 'MODEL_INVALID', message: expect.stringMatching(/ended 3 threads/) });
    const x = sequences(3);
    expect(largestDifference(await pool.score(good, x, 3), await scoresOf(good, x, 3))).toBeLessThan(1e-6);
  });
});

describe('bounds', () => {
  test('more than may wait is OVERLOADED; one request of any size is not', async () => {
    const pool = openPool({ threads: 1, waitingSequences: 100 });
    const x = sequences(2000);
    const first = pool.score(good, x, 2000);
    const error = await refusal(pool.score(good, x.subarray(0, WINDOW * FEATURES), 1));
    expect(error.code).toBe('OVERLOADED');
    expect(error.message).toMatch(/try again in 2 seconds/);
    expect(await first).toHaveLength(2000);
    expect(await pool.score(good, x, 2000)).toHaveLength(2000);
  });

  test('what is not answered in time is TIMEOUT, and costs no thread that works', async () => {
    const pool = openPool({ threads: 1, timeoutMs: 3000, waitingSequences: Number.POSITIVE_INFINITY });
    const x = sequences(5000);
    await pool.score(good, x, 5000);
    const before = threadsOf(pool);
    const answers = await Promise.allSettled(Array.from({ length: 1000 }, () => pool.score(good, x, 5000)));
    const late = answers.filter((answer) => answer.status === 'rejected');
    expect(late.length).toBeGreaterThan(0);
    for (const { reason } of late) expect(reason).toMatchObject({ code: 'TIMEOUT', details: { seconds: 3 } });
    expect(await pool.score(good, x, 50 * 100)).toHaveLength(5000);
    expect(threadsOf(pool)).toEqual(before);
  });

  test('a thread that does not answer in time is given up', async () => {
    const pool = openPool({ threads: 1, timeoutMs: 1 });
    expect((await refusal(pool.describe(good))).code).toBe('TIMEOUT');
    await expect.poll(() => threadsOf(pool)).toHaveLength(0);
  });
});

describe('cancelling', () => {
  test('ends the wait with its reason, and costs no thread', async () => {
    const pool = openPool({ threads: 1 });
    await pool.describe(good);
    const before = threadsOf(pool);
    const cancel = new AbortController();
    const cancelled = pool.score(good, sequences(20_000), 20_000, cancel.signal);
    await sleep(1);
    cancel.abort(new Error('no longer wanted'));
    await expect(cancelled).rejects.toThrow('no longer wanted');
    expect(insideOf(pool).line).toEqual([]);
    expect(await pool.score(good, sequences(10), 10)).toHaveLength(10);
    expect(threadsOf(pool)).toEqual(before);
  });

  test('before it begins, it does not', async () => {
    const pool = openPool();
    await expect(pool.score(good, sequences(1), 1, AbortSignal.abort(new Error('too late')))).rejects.toThrow(
      'too late',
    );
    expect(threadsOf(pool)).toEqual([]);
  });

  test('closing refuses what is not answered, and whatever comes after', async () => {
    const pool = openPool();
    const open = pool.score(good, sequences(20_000), 20_000);
    const closing = pool.close();
    await expect(open).rejects.toThrow('closed');
    await closing;
    await expect(pool.score(good, sequences(1), 1)).rejects.toThrow('closed');
  });
});

describe('a file that is not the registered one', () => {
  async function copy(): Promise<string> {
    const path = join(await mkdtemp(join(inject('runDirectory'), 'models-')), 'model.onnx');
    await copyFile(good.path, path);
    return path;
  }
  const tried = (path: string, sha256 = good.sha256): ReturnType<typeof refusal> =>
    refusal(openPool().score({ path, sha256 }, sequences(1), 1));

  test.each<[string, (path: string) => Promise<void>, RegExp]>([
    [
      'swapped',
      (path) => copyFile(other.path, path),
      /is not what was registered: .* have the hash [0-9a-f]{12}…; register it again/,
    ],
    ['truncated', (path) => truncate(path, 1000), /is not what was registered/],
    ['emptied', (path) => truncate(path, 0), /is not what was registered/],
    ['changed in one byte', (path) => changeOneByte(path), /is not what was registered/],
  ])('%s is refused', async (_, change, says) => {
    const path = await copy();
    await change(path);
    const error = await tried(path);
    expect(error.code).toBe('MODEL_INVALID');
    expect(error.message).toMatch(says);
    expect(error.message).not.toContain(path);
  });

  test('or is gone, is refused', async () => {
    const error = await tried(join(inject('runDirectory'), 'nothing.onnx'));
    expect(error).toMatchObject({ code: 'MODEL_INVALID', message: expect.stringMatching(/cannot be read \(ENOENT\)/) });
  });

  test('is refused by threads that start later, while those with a session go on with the right one', async () => {
    const path = await copy();
    const pool = openPool({ threads: 1 });
    const x = sequences(5);
    const before = await pool.score({ path, sha256: good.sha256 }, x, 5);
    await copyFile(other.path, path);
    expect(await pool.score({ path, sha256: good.sha256 }, x, 5)).toEqual(before);
    await kill(pool);
    expect((await refusal(pool.score({ path, sha256: good.sha256 }, x, 5))).code).toBe('MODEL_INVALID');
  });

  test.each(['layout', 'elsewhere', 'loop'])(
    'a file that the runtime cannot take, %s, is refused without its paths',
    async (name) => {
      const { path, sha256 } = modelFixture(name);
      const error = await tried(path, sha256);
      expect(error.code).toBe('MODEL_INVALID');
      expect(error.message).toMatch(/layout == 1|keeps weights in another file|uses the operator "Loop"/);
      expect(error.message).not.toMatch(/\/\w+\/\w+/);
    },
  );

  async function changeOneByte(path: string): Promise<void> {
    const bytes = Buffer.from(good.bytes);
    bytes.writeUInt8(bytes.readUInt8(700) ^ 1, 700);
    await writeFile(path, bytes);
  }
});
