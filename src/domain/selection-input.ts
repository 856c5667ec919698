import { LundongError } from './errors.js';

/**
 * Columns of the given industries.
 *
 * @param codes of the panel, one per column
 * @throws LundongError UNKNOWN_INDUSTRY for a code that is not in the panel; INVALID_ARGUMENT for one given twice
 */
export function columnsOf(industries: readonly string[], codes: readonly string[]): number[] {
  const columns = industries.map((industry) => {
    const column = codes.indexOf(industry);
    if (column < 0)
      throw new LundongError('UNKNOWN_INDUSTRY', `"${industry}" is not one of the ${codes.length} industries.`);
    return column;
  });
  const repeated = columns.find((column, i) => columns.indexOf(column) < i);
  if (repeated !== undefined)
    throw new LundongError('INVALID_ARGUMENT', `Industry "${codes[repeated]}" is named twice; name each once.`);
  return columns;
}

/**
 * Columns that may be bought, in code order, the order in which equal factor values rank.
 *
 * @throws LundongError as {@link columnsOf}, and INVALID_ARGUMENT where `size` is not a whole number from 1 to their
 *   count
 */
export function buyableColumns(codes: readonly string[], excluded: readonly string[], size: number): number[] {
  const barred = new Set(columnsOf(excluded, codes));
  const buyable = codes.map((_, column) => column).filter((column) => !barred.has(column));
  if (!Number.isInteger(size) || size < 1 || size > buyable.length)
    throw new LundongError(
      'INVALID_ARGUMENT',
      `size must be a whole number from 1 to ${buyable.length}, the industries that may be bought, not ${size}.`,
    );
  return buyable.sort((a, b) => (codes[a] < codes[b] ? -1 : 1));
}
