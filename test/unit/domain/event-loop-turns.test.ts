import { expect, it } from 'vitest';
import { EventLoopTurns } from '#lundong/domain/event-loop-turns.js';

it('gives each piece of work a turn of the event loop to itself', async () => {
  const turns = new EventLoopTurns();
  const order: string[] = [];
  // What else waits for the event loop: it must get its turn between any two pieces.
  let others = 0;
  const other = (): void => {
    order.push('other');
    if (++others < 5) setImmediate(other);
  };
  setImmediate(other);
  await Promise.all(['a', 'b', 'c'].map((name) => turns.next().then(() => order.push(name))));
  const places = ['a', 'b', 'c'].map((name) => order.indexOf(name));
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(order.slice(places[0], places[1])).toContain('other');
  expect(order.slice(places[1], places[2])).toContain('other');
});
