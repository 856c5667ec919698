import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Abandoned, SharedWork, unlessAborted, Waiters } from '#lundong/domain/shared-work.js';

/** Work that ends when told to, and tells whether it was given up. */
function held(): { work: SharedWork<string>; end: (value: string) => void; wasGivenUp: () => boolean } {
  let end: (value: string) => void = () => undefined;
  let signal: AbortSignal | null = null;
  const work = new SharedWork<string>((own) => {
    signal = own;
    return new Promise((resolve, reject) => {
      end = resolve;
      if (own.aborted) reject(own.reason);
      own.addEventListener('abort', () => reject(own.reason));
    });
  });
  return { work, end: (value) => end(value), wasGivenUp: () => signal?.aborted ?? false };
}

describe('shared work', () => {
  test('goes on while anybody waits, and is given up when the last one leaves', async () => {
    const { work, wasGivenUp } = held();
    const [first, second] = [new AbortController(), new AbortController()];
    const [one, two] = [work.wait(first.signal), work.wait(second.signal)];
    await sleep(1);
    first.abort(new Error('gone'));
    await expect(one).rejects.toThrow('gone');
    expect(work.isAbandoned).toBe(false);
    second.abort(new Error('gone, too'));
    await expect(two).rejects.toThrow('gone, too');
    expect(work.isAbandoned).toBe(true);
    expect(wasGivenUp()).toBe(true);
  });

  test('who stays gets the value', async () => {
    const { work, end } = held();
    const leaving = new AbortController();
    const [left, stayed] = [work.wait(leaving.signal), work.wait(undefined)];
    await sleep(1);
    leaving.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    end('value');
    expect(await stayed).toBe('value');
    expect(await work.wait(new AbortController().signal)).toBe('value');
    expect(work.isAbandoned).toBe(false);
  });

  test('who has left already does not begin to wait', async () => {
    const { work } = held();
    const gone = AbortSignal.abort(new Error('gone'));
    const staying = work.wait(undefined);
    staying.catch(() => undefined);
    await expect(work.wait(gone)).rejects.toThrow('gone');
    expect(work.isAbandoned).toBe(false);
  });

  test('is for nobody where the only one to want it is gone before it begins', async () => {
    const { work, wasGivenUp } = held();
    await expect(work.wait(AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    await sleep(1);
    expect([work.isAbandoned, wasGivenUp()]).toEqual([true, true]);
  });

  test('an error is everybody’s', async () => {
    const work = new SharedWork(async () => {
      throw new Error('no disk');
    });
    const both = [work.wait(undefined), work.wait(new AbortController().signal)];
    for (const one of both) await expect(one).rejects.toThrow('no disk');
    expect(work.isAbandoned).toBe(false);
  });
});

test('waiters are counted from when they come to when they leave', async () => {
  let left = 0;
  const waiters = new Waiters<string>(() => {
    left++;
  });
  const leaving = new AbortController();
  const one = waiters.during('a', leaving.signal, () => sleep(1000));
  const two = waiters.during('b', undefined, async () => 'done');
  expect([waiters.some((want) => want === 'a'), waiters.some((want) => want === 'b')]).toEqual([true, true]);
  expect(await two).toBe('done');
  expect([waiters.some((want) => want === 'b'), left]).toEqual([false, 1]);
  leaving.abort(new Abandoned());
  await expect(one).rejects.toBeInstanceOf(Abandoned);
  expect([waiters.some(() => true), left]).toEqual([false, 2]);
});

test('a promise and a signal: whichever comes first', async () => {
  const { signal } = new AbortController();
  expect(await unlessAborted(Promise.resolve(1), signal)).toBe(1);
  await expect(unlessAborted(new Promise(() => undefined), AbortSignal.abort(new Error('first')))).rejects.toThrow(
    'first',
  );
});
