import { describe, expect, test } from 'vitest';
import { Slots } from '#lundong/domain/slots.js';

function held(slots: Slots, signal?: AbortSignal): { end: () => void; done: Promise<string> } {
  let end = (): void => undefined;
  const done = slots.use(
    () =>
      new Promise<string>((resolve) => {
        end = () => resolve('done');
      }),
    signal,
  );
  done.catch(() => undefined);
  return { end: () => end(), done };
}

describe('places', () => {
  test('past the longest line are refused with a code and when to come again', async () => {
    const slots = new Slots(1, 2, 'tests');
    const working = held(slots);
    const waiting = [held(slots), held(slots)];
    expect(slots.queued).toBe(2);
    await expect(slots.use(async () => 'never')).rejects.toMatchObject({
      code: 'OVERLOADED',
      message: 'Too many tests are waiting; try again in 2 seconds.',
      details: { retryAfter: 2 },
    });
    working.end();
    await working.done;
    expect(slots.queued).toBe(1);
    const late = held(slots);
    for (const each of [...waiting, late]) {
      each.end();
      expect(await each.done).toBe('done');
    }
    expect([slots.queued, slots.isFull]).toEqual([0, false]);
  });

  test('are not waited for by who has left, and nobody loses one by that', async () => {
    const slots = new Slots(1, 10, 'tests');
    const working = held(slots);
    const leaving = new AbortController();
    const [left, stayed] = [held(slots, leaving.signal), held(slots)];
    leaving.abort(new Error('gone'));
    await expect(left.done).rejects.toThrow('gone');
    expect(slots.queued).toBe(1);
    working.end();
    await working.done;
    stayed.end();
    expect(await stayed.done).toBe('done');
    expect(slots.isFull).toBe(false);
  });

  test('are kept by who leaves in the moment of being given one', async () => {
    const slots = new Slots(1, 10, 'tests');
    const working = held(slots);
    const leaving = new AbortController();
    const next = held(slots, leaving.signal);
    working.end();
    await working.done;
    leaving.abort(new Error('too late'));
    next.end();
    expect(await next.done).toBe('done');
    expect(slots.isFull).toBe(false);
  });
});
