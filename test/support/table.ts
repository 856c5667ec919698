import type { ColumnValues, TableType } from '#lundong/graphql/types/table.type.js';

/** All values of a table, an array per column. */
export async function valuesOf(table: TableType): Promise<ColumnValues[]> {
  const columns: (string | number | null)[][] = table.columns.map(() => []);
  for await (const batch of table.batches(new AbortController().signal))
    for (const [index, values] of batch.entries()) columns[index]?.push(...values);
  return columns;
}
