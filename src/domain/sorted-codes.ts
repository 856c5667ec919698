/**
 * Where each code stands in another list.
 *
 * @param codes ascending
 * @param list ascending
 * @returns one position in `list` per code, −1 where the code is not in it
 */
export function positionsIn(list: readonly string[], codes: readonly string[]): Int32Array {
  const positions = new Int32Array(codes.length);
  // Days with the same stocks share one list, which is the usual case.
  if (list === codes) return positions.map((_, index) => index);
  let at = 0;
  for (let i = 0; i < codes.length; i++) {
    while (at < list.length && list[at] < codes[i]) at++;
    positions[i] = list[at] === codes[i] ? at : -1;
  }
  return positions;
}
