import { LundongError } from '../../domain/errors.js';
import { acceptedColumn, type TableDataset } from '../datasets.js';
import type { TableColumn } from '../table-columns.js';
import type { TabularFile } from './tabular-file.js';

/** How the columns of one file of a table are read. */
export interface FileForm {
  readonly wide: boolean;
  /** Position of the column of codes; −1 where the file has none. */
  readonly code: number;
  /** Positions of further columns of codes, which must not name others. */
  readonly otherCodes: readonly number[];
  /** Where the file has no column of codes, the code of all its rows; else null. */
  readonly onlyCode: string | null;
  /** Whether that is the code in the file's name. */
  readonly codeInName: boolean;
  /** Position of the column of dates, of minute bars with their times. */
  readonly date: number;
  /** By name of the data set's column. */
  readonly figures: ReadonlyMap<string, FigureForm>;
  readonly unused: readonly string[];
}

/** Where the values of a column stand (−1: in all others), and what they are multiplied by. */
export interface FigureForm {
  readonly column: TableColumn;
  readonly index: number;
  readonly factor: number;
}

/** @throws LundongError FILE_UNREADABLE for a header that leaves open what is what */
export function fileForm(dataset: TableDataset, file: TabularFile): FileForm {
  const names = file.header.map((column) => column.toLowerCase());
  const date = names.findIndex((column) => dataset.dateNames.includes(column));
  const code = names.findIndex((column) => dataset.codeNames.includes(column));
  const tushareForm = names.includes('ts_code') || (dataset.intraday && names.includes('trade_time'));
  const { wideColumn } = dataset;
  if (wideColumn !== null && date === 0 && code < 0 && names.length > 1 && !names.includes(wideColumn)) {
    const repeated = file.header.find((column, index) => file.header.indexOf(column) !== index);
    if (repeated !== undefined) throw badHeader(file, `the column ${repeated} stands twice in its header`);
    const column = dataset.columns.find((one) => one.name === wideColumn) as TableColumn;
    const figures = new Map([[wideColumn, { column, index: -1, factor: 1 }]]);
    return { wide: true, code, otherCodes: [], onlyCode: null, codeInName: false, date, figures, unused: [] };
  }
  const figures = new Map<string, FigureForm>();
  const unused: string[] = [];
  names.forEach((column, index) => {
    if (index === date || index === code) return;
    const accepted = acceptedColumn(dataset, column, tushareForm);
    if (accepted === null) unused.push(column);
    else if (figures.has(accepted.column.name))
      throw badHeader(file, `more than one of its columns gives ${accepted.column.name}; leave one of them in`);
    else figures.set(accepted.column.name, { index, ...accepted });
  });
  const otherCodes = names.flatMap((column, index) =>
    index !== code && dataset.codeNames.includes(column) ? [index] : [],
  );
  const codeNeeded = dataset.onlyCode === null && !dataset.intraday;
  if (date < 0 || (code < 0 && codeNeeded) || !dataset.needsOneOf.some((column) => figures.has(column)))
    throw badHeader(file, `its header needs ${neededColumns(dataset)}; it has ${file.header.slice(0, 8).join(', ')}`);
  const codeInName = code < 0 && dataset.onlyCode === null;
  const onlyCode = code >= 0 ? null : (dataset.onlyCode ?? codeOfName(dataset, file));
  return { wide: false, code, otherCodes, onlyCode, codeInName, date, figures, unused };
}

function neededColumns({ codeNames, dateNames, intraday, needsOneOf, onlyCode, wideColumn }: TableDataset): string {
  const figure = needsOneOf.join(' or ');
  if (intraday) return `date and time in one column (${dateNames.join(', ')}) and ${figure}`;
  const code = onlyCode === null ? `a code (${codeNames.join(', ')}), ` : '';
  const long = `${code}a date (${dateNames.join(', ')}) and ${figure}`;
  return wideColumn === null ? long : `${long}, or date first and then a column per code`;
}

/** Six digits with the exchange before or behind, as far as it is told: sh600519, 600519.SH, 600519_XSHG. */
const CODE_IN_NAME =
  /(?:(?<![A-Z])(SH|SZ|BJ)[._-]?)?(?<!\d)(\d{6})(?!\d)(?:[._-]?(SH|SZ|BJ|XSHG|SS|XSHE)(?![A-Z0-9]))?/g;

/** The one stock code among the groups of six digits in a file's name. */
function codeOfName(dataset: TableDataset, file: TabularFile): string {
  const groups = [...file.name.toUpperCase().matchAll(CODE_IN_NAME)].flatMap(([, before, digits, behind]) => {
    const told = [before, behind].filter((exchange) => exchange !== undefined);
    return told.length === 0 ? [digits as string] : told.map((exchange) => `${digits}.${exchange}`);
  });
  const codes = new Set(groups.flatMap((group) => dataset.normaliseCode(group) ?? []));
  if (codes.size !== 1)
    throw badHeader(
      file,
      `its header has no code (${dataset.codeNames.join(', ')}), and its name ` +
        (codes.size === 0 ? 'no stock code of six digits either' : `tells more than one (${[...codes].join(', ')})`),
    );
  return [...codes][0] as string;
}

function badHeader(file: TabularFile, detail: string): LundongError {
  return new LundongError('FILE_UNREADABLE', `${file.name}: ${detail}.`, { file: file.name });
}
