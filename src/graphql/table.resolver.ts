import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { RequestContext } from './context.js';
import { Json } from './types/scalars.js';
import { type ColumnValues, TableType } from './types/table.type.js';

/** The values of a table: told whole, or left to a transport that carries them row by row. */
@Resolver(() => TableType)
export class TableResolver {
  @FieldResolver(() => [Json], {
    description: 'One array per column, each with `rowCount` values; null = not available.',
  })
  async data(@Root() table: TableType, @Ctx() { origin, signal }: RequestContext): Promise<readonly ColumnValues[]> {
    if (origin.takeTable !== undefined) {
      origin.takeTable(table);
      return [];
    }
    const batches: (readonly ColumnValues[])[] = [];
    for await (const batch of table.batches(signal)) batches.push(batch);
    if (batches.length === 1) return batches[0] as readonly ColumnValues[];
    // concat copies whole arrays
    return table.columns.map((_, column) =>
      ([] as (string | number | null)[]).concat(...batches.map((batch) => batch[column] as (string | number | null)[])),
    );
  }
}
