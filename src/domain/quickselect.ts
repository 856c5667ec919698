/**
 * Puts the values of `values[from, to)` in such an order that the one at `position` is the one a sort would put there,
 * nothing greater stands before it and nothing smaller behind it. Expected time is proportional to their number.
 *
 * @param values no NaN between `from` and `to`; reordered
 */
export function quickselect(values: Float64Array, position: number, from = 0, to = values.length): number {
  let low = from;
  let high = to - 1;
  while (low < high) {
    const pivot = middleOf(values[low], values[(low + high) >>> 1], values[high]);
    let left = low;
    let right = high;
    while (left <= right) {
      while (values[left] < pivot) left++;
      while (values[right] > pivot) right--;
      if (left > right) break;
      const swapped = values[left];
      values[left++] = values[right];
      values[right--] = swapped;
    }
    // Up to `right` nothing is above the pivot, from `left` on nothing below it; between them all are the pivot.
    if (position <= right) high = right;
    else if (position >= left) low = left;
    else break;
  }
  return values[position];
}

/**
 * The median: of an even number of values the mean of the two in the middle.
 *
 * @param values the first `count`, at least one, no NaN; reordered
 */
export function medianOf(values: Float64Array, count: number): number {
  const upper = count >>> 1;
  const middle = quickselect(values, upper, 0, count);
  if (count % 2 === 1) return middle;
  let below = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < upper; i++) if (values[i] > below) below = values[i];
  return (below + middle) / 2;
}

function middleOf(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
