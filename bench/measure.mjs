// What the benchmarks share: repeatable random numbers, and times taken side by side.

/** Marsaglia's xorshift32: the same panel in every run. */
export function createRandom(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** @returns milliseconds */
export function timed(task) {
  const start = process.hrtime.bigint();
  task();
  return Number(process.hrtime.bigint() - start) / 1e6;
}

export function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

/**
 * Times every task once per round, side by side, so that a slow moment of the machine meets them all; the first rounds
 * are not counted. `repeat` runs a short task several times at once.
 */
export function medians(tasks, rounds, uncounted = 1) {
  const times = tasks.map(() => []);
  for (let round = -uncounted; round < rounds; round++) {
    for (const [index, { repeat = 1, run }] of tasks.entries()) {
      const ms = timed(() => {
        for (let i = 0; i < repeat; i++) run();
      });
      if (round >= 0) times[index].push(ms / repeat);
    }
  }
  return tasks.map(({ name }, index) => ({ name, ms: median(times[index]) }));
}
