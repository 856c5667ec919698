import { LundongError } from '../../domain/errors.js';
import {
  acceptedColumn,
  CODE_NAMES,
  DATE_NAMES,
  DATETIME_NAMES,
  type PriceColumn,
  type PriceDataset,
} from '../datasets.js';
import type { TabularFile } from './tabular-file.js';

/** How the columns of one file of prices are read. */
export interface FileForm {
  readonly wide: boolean;
  /** Position of the column of codes; −1 where the file has none. */
  readonly code: number;
  /** The code that the file's name tells, where it has no column of codes; else null. */
  readonly codeInName: string | null;
  /** Position of the column of dates, of minute bars with their times. */
  readonly date: number;
  readonly prices: ReadonlyMap<PriceColumn, { index: number; factor: number }>;
  readonly unused: readonly string[];
}

/** @throws LundongError FILE_UNREADABLE for a header that leaves open what is what */
export function fileForm(dataset: PriceDataset, file: TabularFile): FileForm {
  const names = file.header.map((column) => column.toLowerCase());
  const dateNames = dataset.intraday ? DATETIME_NAMES : DATE_NAMES;
  const date = names.findIndex((column) => dateNames.includes(column));
  const code = names.findIndex((column) => CODE_NAMES.includes(column));
  const tushareForm = names.includes('ts_code') || (dataset.intraday && names.includes('trade_time'));
  if (!dataset.intraday && date === 0 && code < 0 && names.length > 1 && !names.includes('close')) {
    const repeated = file.header.find((column, index) => file.header.indexOf(column) !== index);
    if (repeated !== undefined) throw badHeader(file, `the column ${repeated} stands twice in its header`);
    const prices = new Map([['close', { index: -1, factor: 1 }]] as const);
    return { wide: true, code, codeInName: null, date, prices, unused: [] };
  }
  const prices = new Map<PriceColumn, { index: number; factor: number }>();
  const unused: string[] = [];
  names.forEach((column, index) => {
    if (index === date || index === code) return;
    const accepted = acceptedColumn(dataset, column, tushareForm);
    if (accepted === null) unused.push(column);
    else if (prices.has(accepted.column))
      throw badHeader(file, `more than one of its columns gives ${accepted.column}; leave one of them in`);
    else prices.set(accepted.column, { index, factor: accepted.factor });
  });
  if (date < 0 || (code < 0 && !dataset.intraday) || !prices.has('close')) {
    const needs = dataset.intraday
      ? `date and time in one column (${dateNames.join(', ')}) and close`
      : `a code (${CODE_NAMES.join(', ')}), a date (${dateNames.join(', ')}) and close, ` +
        'or date first and then a column per code';
    throw badHeader(file, `its header needs ${needs}; it has ${file.header.slice(0, 8).join(', ')}`);
  }
  const codeInName = code < 0 ? codeOfName(dataset, file) : null;
  return { wide: false, code, codeInName, date, prices, unused };
}

/** Six digits with the exchange before or behind, as far as it is told: sh600519, 600519.SH, 600519_XSHG. */
const CODE_IN_NAME =
  /(?:(?<![A-Z])(SH|SZ|BJ)[._-]?)?(?<!\d)(\d{6})(?!\d)(?:[._-]?(SH|SZ|BJ|XSHG|SS|XSHE)(?![A-Z0-9]))?/g;

/** The one stock code among the groups of six digits in a file's name. */
function codeOfName(dataset: PriceDataset, file: TabularFile): string {
  const groups = [...file.name.toUpperCase().matchAll(CODE_IN_NAME)].flatMap(([, before, digits, behind]) => {
    const told = [before, behind].filter((exchange) => exchange !== undefined);
    return told.length === 0 ? [digits as string] : told.map((exchange) => `${digits}.${exchange}`);
  });
  const codes = new Set(groups.flatMap((group) => dataset.normaliseCode(group) ?? []));
  if (codes.size !== 1)
    throw badHeader(
      file,
      `its header has no code (${CODE_NAMES.join(', ')}), and its name ` +
        (codes.size === 0 ? 'no stock code of six digits either' : `tells more than one (${[...codes].join(', ')})`),
    );
  return [...codes][0] as string;
}

function badHeader(file: TabularFile, detail: string): LundongError {
  return new LundongError('FILE_UNREADABLE', `${file.name}: ${detail}.`, { file: file.name });
}
