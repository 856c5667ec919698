import type { Json, LocalDate } from './scalars.js';

/** Types that columns say of themselves, and what their values are here. */
interface ColumnValues {
  readonly LocalDate: LocalDate;
  readonly String: string;
  readonly Float: number;
  readonly Int: number;
}

export type ColumnType = keyof ColumnValues;

/** What has to be asked for of a `Table`: `columns { name } data`, best with `type`, `rowCount` and `truncated`. */
export interface Table {
  readonly columns: readonly { readonly name: string; readonly type?: string }[];
  /** One array per column. */
  readonly data: readonly Json[];
}

/** A value of every column named; null where it is not available. */
export type Row<Columns extends Readonly<Record<string, ColumnType>>> = {
  readonly [Name in keyof Columns]: ColumnValues[Columns[Name]] | null;
};

/**
 * The rows of a table that comes column by column, with the columns that are named, or with all.
 *
 * @throws TypeError for a column that the table lacks or that holds values of another type
 */
export function tableRows(table: Table): Readonly<Record<string, string | number | null>>[];
export function tableRows<const Columns extends Readonly<Record<string, ColumnType>>>(
  table: Table,
  columns: Columns,
): Row<Columns>[];
export function tableRows(table: Table, types?: Readonly<Record<string, ColumnType>>): object[] {
  const names = types === undefined ? table.columns.map(({ name }) => name) : Object.keys(types);
  const columns = names.map((name) => ({ name, values: valuesOf(table, name, types?.[name]) }));
  return Array.from({ length: columns[0]?.values.length ?? 0 }, (_, row) =>
    Object.fromEntries(columns.map(({ name, values }) => [name, values[row]])),
  );
}

function valuesOf({ columns, data }: Table, name: string, type: ColumnType | undefined): readonly Json[] {
  const index = columns.findIndex((column) => column.name === name);
  const values = data[index];
  if (!Array.isArray(values))
    throw new TypeError(
      `The table has no column "${name}"; it has ${columns.map((column) => column.name).join(', ')}.`,
    );
  if (type === undefined) return values;
  const told = columns[index]?.type ?? type;
  const isNumeric = type === 'Float' || type === 'Int';
  const other = values.find((value) => value !== null && typeof value !== (isNumeric ? 'number' : 'string'));
  if (told !== type || other !== undefined)
    throw new TypeError(
      `Column "${name}" is no ${type}: it is ${told} and holds ${JSON.stringify(other ?? values[0])}.`,
    );
  return values;
}
