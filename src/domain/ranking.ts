export interface DescendingRanking {
  /** Positions in the input, best first; positions without a value are left out. */
  readonly order: readonly number[];
  /** By input position: 1 for the highest value, null where there is no value. */
  readonly ranks: readonly (number | null)[];
}

/**
 * Ranks values from the highest down. NaN stands for "no value" and gets no rank; equal values rank by code ascending,
 * so that the ranking is total and the same on every run.
 *
 * @throws RangeError where there is not one code per value
 */
export function rankDescending(values: ArrayLike<number>, codes: readonly string[]): DescendingRanking {
  if (values.length !== codes.length) throw new RangeError(`${values.length} values but ${codes.length} codes`);
  const order = codes.map((_, position) => position).filter((position) => !Number.isNaN(values[position]));
  order.sort((a, b) => {
    if (values[a] !== values[b]) return values[a] > values[b] ? -1 : 1;
    return codes[a] < codes[b] ? -1 : 1;
  });
  const ranks: (number | null)[] = new Array(codes.length).fill(null);
  order.forEach((position, place) => {
    ranks[position] = place + 1;
  });
  return { order, ranks };
}

/**
 * Positions from the lowest value to the highest, equal values in their order. Insertion sort: for the few dozen
 * industries of a date it takes a third of the time of `Array.sort` with a comparator.
 *
 * @param values without NaN
 */
export function ascendingOrder(values: readonly number[]): number[] {
  const order: number[] = [];
  for (let position = 0; position < values.length; position++) {
    let place = position;
    for (; place > 0 && values[order[place - 1]] > values[position]; place--) order[place] = order[place - 1];
    order[place] = position;
  }
  return order;
}

/**
 * Ranks from the lowest value up, 1 to n; equal values share the mean of the ranks they take up.
 *
 * @param values without NaN
 */
export function averageRanks(values: readonly number[]): number[] {
  const order = ascendingOrder(values);
  const ranks = values.slice();
  for (let first = 0, next = 0; first < order.length; first = next) {
    while (next < order.length && values[order[next]] === values[order[first]]) next++;
    for (let place = first; place < next; place++) ranks[order[place]] = (first + 1 + next) / 2;
  }
  return ranks;
}
