import { Field, Int, ObjectType } from 'type-graphql';
import type { LocalDate as LocalDateValue } from '../../domain/local-date.js';
import { ListSize } from '../schema-extensions.js';
import { LocalDate } from './scalars.js';

@ObjectType('Column', { description: 'What one column of a table holds.', simpleResolvers: true })
export class ColumnType {
  @Field(() => String, { description: 'Name, unique within the table.' })
  name!: string;

  @Field(() => String, { description: 'Type of its values: `LocalDate`, `Float`, `Int` or `String`.' })
  type!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Unit of its values, e.g. `fraction` or `index points`; null where there is none.',
  })
  unit!: string | null;

  @Field(() => String, { nullable: true, description: 'What the values mean.' })
  description!: string | null;
}

/** Values of a column: one primitive a row, null where there is none. */
export type ColumnValues = readonly (string | number | null)[];

/** Rows in a row of a table that may be too large to have at once: an array per column. */
export type TableBatch = readonly ColumnValues[];

/**
 * The rows of a table as they are read, some thousands at a time and none before it is asked for.
 *
 * @param signal whose raising ends the reading
 */
export type TableBatches = (signal: AbortSignal) => AsyncIterable<TableBatch>;

@ObjectType('Table', {
  description:
    'Column-wise values for charts and BI: one type per column, `data[c][r]` is row r of column c. Far smaller and faster than a list of objects.',
  simpleResolvers: true,
})
export class TableType {
  @ListSize(31)
  @Field(() => [ColumnType], { description: 'The columns, in the order of `data`.' })
  columns!: ColumnType[];

  /** The rows; `data` of the schema is made of them by table.resolver. */
  batches!: TableBatches;

  @Field(() => Int, { description: 'Number of rows.' })
  rowCount!: number;

  @Field(() => Boolean, { description: 'Whether rows were left out for their number; never done in silence.' })
  truncated!: boolean;

  @Field(() => LocalDate, {
    nullable: true,
    description: 'Last trading day that the table rests on; null where it has no rows.',
  })
  asOf!: LocalDateValue | null;

  @Field(() => Int, { description: 'Version of the data that the table was read from.' })
  dataVersion!: number;

  @Field(() => [String], { description: 'What must be said beside the values: which prices, what hindsight.' })
  notes!: readonly string[];
}

interface TableOrigin {
  readonly asOf: LocalDateValue | null;
  readonly dataVersion: number;
  readonly notes?: readonly string[];
}

/** A table whose values are at hand. */
export function makeTable(columns: readonly (ColumnType & { values: ColumnValues })[], origin: TableOrigin): TableType {
  return makeStreamedTable(
    columns.map(({ name, type, unit, description }) => ({ name, type, unit, description })),
    async function* () {
      yield columns.map((column) => column.values);
    },
    { ...origin, rowCount: columns[0]?.values.length ?? 0, truncated: false },
  );
}

/** A table whose rows are read when they are wanted. */
export function makeStreamedTable(
  columns: ColumnType[],
  batches: TableBatches,
  { asOf, dataVersion, notes = [], ...size }: TableOrigin & { readonly rowCount: number; readonly truncated: boolean },
): TableType {
  return { columns, batches, ...size, asOf, dataVersion, notes };
}
