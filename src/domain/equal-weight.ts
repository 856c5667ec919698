import type { Fill } from './accounting.js';

/**
 * The fill that gives every industry the same weight, 1 / count.
 *
 * @param columns industries to hold, each once, in any order; none leaves all in cash
 */
export function equalWeightFill(row: number, columns: readonly number[]): Fill {
  return { row, columns: ascending(columns), weights: equalWeights(columns.length) };
}

const weightsByCount: (readonly number[])[] = [];

/** One array per count, shared by every fill of that size: a backtest has hundreds of fills and few sizes. */
function equalWeights(count: number): readonly number[] {
  weightsByCount[count] ??= new Array<number>(count).fill(1 / count);
  return weightsByCount[count];
}

/** Insertion sort: for a handful of columns far faster than `toSorted` with a comparator. */
function ascending(columns: readonly number[]): number[] {
  const sorted = columns.slice();
  for (let next = 1; next < sorted.length; next++) {
    const column = sorted[next];
    let place = next;
    for (; place > 0 && sorted[place - 1] > column; place--) sorted[place] = sorted[place - 1];
    sorted[place] = column;
  }
  return sorted;
}
