import {
  normaliseFundCode,
  normaliseIndexCode,
  normaliseIndustryCode,
  normaliseMarginCode,
  normaliseMarginMarketCode,
  normaliseStockCode,
} from '../domain/codes.js';
import {
  barColumns,
  ETF_SHARE_COLUMNS,
  ETF_VOLUMES,
  MARGIN_MARKET_COLUMNS,
  MARGIN_STOCK_COLUMNS,
  shareVolumes,
  type TableColumn,
} from './table-columns.js';

/**
 * What can be imported: the one table of data sets, columns, accepted names and units. The importer reads by it, and
 * `lundong import --help` and docs/datasets.md are printed from it.
 */

export type DailyDatasetName =
  | 'stock_daily'
  | 'industry_daily'
  | 'index_daily'
  | 'etf_daily'
  | 'etf_share'
  | 'margin_market'
  | 'margin_stock';
/** Data sets that lie in the lake, a row by code and date (and time). */
export type TableDatasetName = DailyDatasetName | 'minute_bar';
export type RelationalDatasetName = 'calendar' | 'industries' | 'members' | 'etfs' | 'stocks';
export type DatasetName = TableDatasetName | RelationalDatasetName;

const CODE_NAMES: readonly string[] = ['code', 'ts_code', 'symbol', 'stock'];
const DATE_NAMES: readonly string[] = ['date', 'trade_date'];
/** Of minute bars: date and time at which the bar ends. */
const DATETIME_NAMES: readonly string[] = ['datetime', 'trade_time'];

export interface TableDataset {
  readonly name: TableDatasetName;
  readonly description: string;
  readonly codeForm: string;
  readonly codeNames: readonly string[];
  /** The code of every row of a file without a column of codes; null where there must be one. */
  readonly onlyCode: string | null;
  readonly normaliseCode: (text: string) => string | null;
  readonly dateNames: readonly string[];
  /** Whether a row is a bar of minutes, known by its time as well; else a row is a day. */
  readonly intraday: boolean;
  /** Whether the same code comes in several adjustments. */
  readonly adjustable: boolean;
  readonly columns: readonly TableColumn[];
  /** The columns of which a row must have one, or it says nothing. */
  readonly needsOneOf: readonly string[];
  /** The column whose values a wide file holds, a column per code; null where there is no such form. */
  readonly wideColumn: string | null;
  /** A close that moves beyond this fraction from row to row – of minute bars: inside a day – is pointed out, not refused. */
  readonly jump: number | null;
}

const BARS = {
  codeNames: CODE_NAMES,
  onlyCode: null,
  dateNames: DATE_NAMES,
  intraday: false,
  adjustable: false,
  needsOneOf: ['close'],
  wideColumn: 'close',
} as const;

const DAILY_FIGURES = { ...BARS, wideColumn: null, jump: null } as const;

const THOUSAND_YUAN = { factor: 1e3, unit: '1,000 yuan' };

export const TABLE_DATASETS: Readonly<Record<TableDatasetName, TableDataset>> = {
  stock_daily: {
    ...BARS,
    name: 'stock_daily',
    description: 'daily bars of stocks',
    codeForm: '600519.SH, or six digits',
    normaliseCode: normaliseStockCode,
    adjustable: true,
    columns: barColumns('yuan', shareVolumes(100, 'lots of 100'), THOUSAND_YUAN),
    jump: 0.5,
  },
  industry_daily: {
    ...BARS,
    name: 'industry_daily',
    description: 'daily bars of CITIC and Shenwan first-level industry indices',
    codeForm: 'CI005001, CI005001.CI, 801010, 801010.SI',
    normaliseCode: normaliseIndustryCode,
    columns: barColumns('index points', shareVolumes(1e4, '10,000 shares'), { factor: 1e4, unit: '10,000 yuan' }),
    jump: 0.15,
  },
  index_daily: {
    ...BARS,
    name: 'index_daily',
    description: 'daily bars of broad and thematic indices',
    codeForm: '000300.SH, or without exchange',
    normaliseCode: normaliseIndexCode,
    columns: barColumns('index points', shareVolumes(100, 'lots of 100'), THOUSAND_YUAN),
    jump: 0.15,
  },
  etf_daily: {
    ...BARS,
    name: 'etf_daily',
    description: 'daily bars of exchange-traded funds',
    codeForm: '510300.SH, or six digits',
    normaliseCode: normaliseFundCode,
    adjustable: true,
    columns: barColumns('yuan', ETF_VOLUMES, THOUSAND_YUAN),
    jump: 0.25,
  },
  etf_share: {
    ...DAILY_FIGURES,
    name: 'etf_share',
    description: 'shares outstanding and net asset value of exchange-traded funds by day',
    codeForm: '510300.SH, or six digits',
    normaliseCode: normaliseFundCode,
    dateNames: [...DATE_NAMES, 'nav_date'],
    columns: ETF_SHARE_COLUMNS,
    needsOneOf: ['shares', 'nav'],
  },
  margin_market: {
    ...DAILY_FIGURES,
    name: 'margin_market',
    description: 'margin financing and securities lending of the whole market, or of each exchange, by day',
    codeForm: 'SSE, SZSE, BSE, or ALL for their sum',
    codeNames: ['exchange_id', 'exchange', 'code'],
    onlyCode: 'ALL',
    normaliseCode: normaliseMarginMarketCode,
    columns: MARGIN_MARKET_COLUMNS,
    needsOneOf: ['financing_balance'],
  },
  margin_stock: {
    ...DAILY_FIGURES,
    name: 'margin_stock',
    description: 'margin financing and securities lending by stock and fund and day',
    codeForm: '600519.SH, 510300.SH, or six digits',
    normaliseCode: normaliseMarginCode,
    columns: MARGIN_STOCK_COLUMNS,
    needsOneOf: ['financing_balance'],
  },
  minute_bar: {
    ...BARS,
    name: 'minute_bar',
    description: 'bars of stocks of 1, 5 or 15 minutes, as traded (unadjusted)',
    codeForm: '600519.SH, or six digits',
    normaliseCode: normaliseStockCode,
    dateNames: DATETIME_NAMES,
    intraday: true,
    wideColumn: null,
    columns: barColumns('yuan', shareVolumes(1, 'shares'), { factor: 1, unit: 'yuan' }),
    jump: 0.3,
  },
};

/** Whether a data set has closes, as bars have. */
export function hasCloses(dataset: TableDataset): boolean {
  return dataset.columns.some((column) => column.name === 'close');
}

/** How a column of a file is read for a data set; null where the name means nothing to it. */
export function acceptedColumn(
  dataset: TableDataset,
  name: string,
  tushareForm: boolean,
): { column: TableColumn; factor: number } | null {
  for (const column of dataset.columns) {
    const accepted = column.names.find((one) => one.name === name && (tushareForm || !one.tushare));
    if (accepted !== undefined) return { column, factor: accepted.factor };
  }
  return null;
}

interface RelationalDataset {
  readonly name: RelationalDatasetName;
  readonly description: string;
  readonly forms: readonly string[];
}

export const RELATIONAL_DATASETS: Readonly<Record<RelationalDatasetName, RelationalDataset>> = {
  calendar: {
    name: 'calendar',
    description:
      'open days of the exchanges; the truth from its first to its last day, but for gaps of more than 30 days',
    forms: ['date (or cal_date), optionally is_open (1 or 0)'],
  },
  industries: {
    name: 'industries',
    description: 'codes and names of first-level industries; the two schemes are built in',
    forms: ['code, name_zh (or name), name_en (optional)'],
  },
  members: {
    name: 'members',
    description: 'which stock belongs to which industry, with weights where known',
    forms: [
      'snapshot: industry_code (or index_code), stock (or con_code), weight in percent, as_of (or trade_date), optionally stock_name',
      'intervals: industry_code (or l1_code, index_code), stock (or ts_code, con_code), in_date, out_date (empty = still in), optionally stock_name (or name)',
      'history: stock, start_date, l1_index (empty = in none of today’s industries): each row ends the one before',
    ],
  },
  etfs: {
    name: 'etfs',
    description: 'the exchange-traded funds that there are; only funds named here appear in answers',
    forms: [
      'code (or ts_code, symbol), name (or extname, csname), each of the others optional:',
      'manager (or mgr_name, management), index_code, index_name (or benchmark), list_date, delist_date (the first day it is listed no more),',
      'category (one of the rules file), themes (keys of the rules file, with | between them); without them the rules decide by name',
      'a file with a column date (or trade_date) may name a fund on many days: its newest name counts; other listed funds are left out',
    ],
  },
  stocks: {
    name: 'stocks',
    description: 'names and listing dates of stocks, and when they stood under a risk warning (ST)',
    forms: [
      'list: code (or ts_code), name, optionally list_date',
      'names: code (or ts_code), name, start_date, end_date (empty = still): the stays of names with ST, *ST; each row ends the one before',
    ],
  },
};

export const DATASET_NAMES: readonly DatasetName[] = [
  'calendar',
  'industries',
  'members',
  'etfs',
  'stocks',
  'stock_daily',
  'industry_daily',
  'index_daily',
  'etf_daily',
  'etf_share',
  'margin_market',
  'margin_stock',
  'minute_bar',
];

export function isTableDataset(name: DatasetName): name is TableDatasetName {
  return name in TABLE_DATASETS;
}

/** The table in words, for `--help` and the documentation. */
export function describeDatasets(): string {
  const tables = Object.values(TABLE_DATASETS).map((dataset) =>
    [`${dataset.name} – ${dataset.description}`, ...describeForms(dataset).map((line) => `  ${line}`)].join('\n'),
  );
  const relational = Object.values(RELATIONAL_DATASETS).map((dataset) =>
    [`${dataset.name} – ${dataset.description}`, ...dataset.forms.map((form) => `  ${form}`)].join('\n'),
  );
  return [...relational, ...tables].join('\n\n');
}

function describeForms(dataset: TableDataset): string[] {
  const code = `one of ${dataset.codeNames.join(', ')} (${dataset.codeForm})`;
  const date = `one of ${dataset.dateNames.join(', ')}`;
  if (dataset.intraday)
    return [
      `${code}, or without such a column the six digits in the file's name;`,
      `${date} (YYYY-MM-DD HH:MM, the end of the bar; seconds of zero may follow);`,
      ...describeColumns(dataset, 'ts_code or trade_time'),
      'all bars of an import are of one length, told by the data or by --bar-minutes',
    ];
  const codes = dataset.onlyCode === null ? code : `${code}, or without such a column ${dataset.onlyCode}`;
  const long = [`${codes};`, `${date} (YYYY-MM-DD or YYYYMMDD);`, ...describeColumns(dataset, 'ts_code')];
  if (dataset.wideColumn === null) return long;
  return [
    ...long.map((line, index) => (index === 0 ? `long: ${line}` : `      ${line}`)),
    `wide: first column date, then a column of ${dataset.wideColumn}s per code`,
  ];
}

/** Names of all columns with the files' units. */
function describeColumns({ columns, needsOneOf }: TableDataset, tushareMark: string): string[] {
  const named = (tushare: boolean) =>
    columns
      .map(({ names }) => names.filter((one) => (one.tushare ?? false) === tushare))
      .filter((names) => names.length > 0)
      .map((names) => names.map(({ name, unit }) => `${name} (${unit})`).join(' or '));
  const tushare = named(true);
  return [
    ...wrapped([...named(false), `needed: ${needsOneOf.join(' or ')}`]),
    ...(tushare.length > 0 ? [`with Tushare's ${tushareMark}: ${tushare.join(', ')}`] : []),
  ];
}

const LINE_LENGTH = 110;

function wrapped(parts: readonly string[]): string[] {
  const lines: string[] = [];
  parts.forEach((part, index) => {
    const text = `${part}${index === parts.length - 1 ? '' : index === parts.length - 2 ? ';' : ','}`;
    const line = lines.at(-1);
    if (line === undefined || line.length + text.length >= LINE_LENGTH) lines.push(text);
    else lines[lines.length - 1] = `${line} ${text}`;
  });
  return lines;
}
