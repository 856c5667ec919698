import { LundongError } from '../../domain/errors.js';
import { type Connection, MARKET_PAGE_LIMIT, pageOf, readCursor } from '../../graphql/types/connection.js';
import { EtfType } from './etf.type.js';
import type { EtfDay, EtfFigures } from './etf-day.js';

export const ETF_FIRST = (defaultValue: number) => ({
  defaultValue,
  description: `Page size, 1 to ${MARKET_PAGE_LIMIT}.`,
});
export const AFTER = { nullable: true, description: 'Cursor after which the page begins.' } as const;

/**
 * A page of funds.
 *
 * Cursors hold the day and the order beside the sort key: with figures of another day, or of another order, a page
 * would skip funds and repeat others.
 *
 * @param keyOf the sort key, which begins with the name of the order
 * @throws LundongError INVALID_ARGUMENT for a page size out of bounds, INVALID_CURSOR
 */
export function etfPage<Item>(
  day: EtfDay,
  list: readonly Item[],
  figuresOf: (item: Item) => EtfFigures,
  keyOf: (item: Item) => readonly [order: string, ...(string | number)[]],
  first: number,
  after: string | null | undefined,
): Connection<EtfType> {
  const datedKeyOf = (item: Item) => [day.asOf, ...keyOf(item)] as const;
  const [sample] = list;
  if (after !== null && after !== undefined && sample !== undefined) {
    const [date, order] = readCursor(after, datedKeyOf(sample));
    if (date !== day.asOf || order !== keyOf(sample)[0])
      throw new LundongError(
        'INVALID_CURSOR',
        `after: "${after.slice(0, 60)}" is a cursor of another ${date !== day.asOf ? 'day' : 'order'}; ` +
          `take one from pageInfo.endCursor of this list, and page through one asOf (here: ${day.asOf}).`,
      );
  }
  const nodeOf = (item: Item) => new EtfType(figuresOf(item), day);
  return pageOf(list, datedKeyOf, nodeOf, first, after, MARKET_PAGE_LIMIT);
}
