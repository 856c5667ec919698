import { normaliseIndexCode, normaliseIndustryCode, normaliseStockCode } from '../domain/codes.js';

/**
 * What can be imported: the one table of data sets, columns, accepted names and units. The importer reads by it, and
 * `lundong import --help` and docs/datasets.md are printed from it.
 */

export type DailyDatasetName = 'stock_daily' | 'industry_daily' | 'index_daily';
export type PriceDatasetName = DailyDatasetName | 'minute_bar';
export type RelationalDatasetName = 'calendar' | 'industries' | 'members';
export type DatasetName = PriceDatasetName | RelationalDatasetName;

export type PriceColumn = 'open' | 'high' | 'low' | 'close' | 'volume' | 'amount';
export const PRICE_COLUMNS: readonly PriceColumn[] = ['open', 'high', 'low', 'close', 'volume', 'amount'];

interface AcceptedName {
  readonly name: string;
  readonly column: PriceColumn;
  /** What a value is multiplied by to arrive at the column's unit: index points or yuan, shares, yuan. */
  readonly factor: number;
}

export const CODE_NAMES: readonly string[] = ['code', 'ts_code', 'symbol', 'stock'];
export const DATE_NAMES: readonly string[] = ['date', 'trade_date'];
/** Of minute bars: date and time at which the bar ends. */
export const DATETIME_NAMES: readonly string[] = ['datetime', 'trade_time'];

const ACCEPTED_EVERYWHERE: readonly AcceptedName[] = [
  { name: 'open', column: 'open', factor: 1 },
  { name: 'high', column: 'high', factor: 1 },
  { name: 'low', column: 'low', factor: 1 },
  { name: 'close', column: 'close', factor: 1 },
  { name: 'volume', column: 'volume', factor: 1 },
  { name: 'volume_yigu', column: 'volume', factor: 1e8 },
  { name: 'amount', column: 'amount', factor: 1 },
  { name: 'amount_yi', column: 'amount', factor: 1e8 },
  { name: 'amount_yiyuan', column: 'amount', factor: 1e8 },
];

export interface PriceDataset {
  readonly name: PriceDatasetName;
  readonly description: string;
  readonly codeForm: string;
  readonly normaliseCode: (text: string) => string | null;
  /** Whether a row is a bar of minutes, known by its time as well; else a row is a day. */
  readonly intraday: boolean;
  /** Whether the same code comes in several adjustments. */
  readonly adjustable: boolean;
  /** Tushare's units, in force where the file has Tushare's column `ts_code`. */
  readonly tushare: { readonly vol: number; readonly amount: number };
  /** A move beyond this fraction from row to row – of minute bars: inside a day – is pointed out, not refused. */
  readonly jump: number;
}

export const PRICE_DATASETS: Readonly<Record<PriceDatasetName, PriceDataset>> = {
  stock_daily: {
    name: 'stock_daily',
    description: 'daily bars of stocks',
    codeForm: '600519.SH, or six digits',
    normaliseCode: normaliseStockCode,
    intraday: false,
    adjustable: true,
    tushare: { vol: 100, amount: 1e3 },
    jump: 0.5,
  },
  industry_daily: {
    name: 'industry_daily',
    description: 'daily bars of CITIC and Shenwan first-level industry indices',
    codeForm: 'CI005001, CI005001.CI, 801010, 801010.SI',
    normaliseCode: normaliseIndustryCode,
    intraday: false,
    adjustable: false,
    tushare: { vol: 1e4, amount: 1e4 },
    jump: 0.15,
  },
  index_daily: {
    name: 'index_daily',
    description: 'daily bars of broad and thematic indices',
    codeForm: '000300.SH, or without exchange',
    normaliseCode: normaliseIndexCode,
    intraday: false,
    adjustable: false,
    tushare: { vol: 100, amount: 1e3 },
    jump: 0.15,
  },
  minute_bar: {
    name: 'minute_bar',
    description: 'bars of stocks of 1, 5 or 15 minutes, as traded (unadjusted)',
    codeForm: '600519.SH, or six digits',
    normaliseCode: normaliseStockCode,
    intraday: true,
    adjustable: false,
    tushare: { vol: 1, amount: 1 },
    jump: 0.3,
  },
};

/** How a column of a file is read for a data set; null where the name means nothing to it. */
export function acceptedColumn(
  dataset: PriceDataset,
  name: string,
  tushareForm: boolean,
): { column: PriceColumn; factor: number } | null {
  if (tushareForm && name === 'vol') return { column: 'volume', factor: dataset.tushare.vol };
  if (tushareForm && name === 'amount') return { column: 'amount', factor: dataset.tushare.amount };
  return ACCEPTED_EVERYWHERE.find((accepted) => accepted.name === name) ?? null;
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
};

export const DATASET_NAMES: readonly DatasetName[] = [
  'calendar',
  'industries',
  'members',
  'stock_daily',
  'industry_daily',
  'index_daily',
  'minute_bar',
];

export function isPriceDataset(name: DatasetName): name is PriceDatasetName {
  return name in PRICE_DATASETS;
}

/** The table in words, for `--help` and the documentation. */
export function describeDatasets(): string {
  const price = Object.values(PRICE_DATASETS).map((dataset) =>
    [`${dataset.name} – ${dataset.description}`, ...describeColumns(dataset).map((line) => `  ${line}`)].join('\n'),
  );
  const relational = Object.values(RELATIONAL_DATASETS).map((dataset) =>
    [`${dataset.name} – ${dataset.description}`, ...dataset.forms.map((form) => `  ${form}`)].join('\n'),
  );
  return [...relational, ...price].join('\n\n');
}

function describeColumns(dataset: PriceDataset): string[] {
  const code = `one of ${CODE_NAMES.join(', ')} (${dataset.codeForm})`;
  const prices = [
    `open, high, low, close (${dataset.intraday ? 'yuan' : 'index points or yuan'}), volume (shares) or volume_yigu (100m shares),`,
    'amount (yuan) or amount_yi, amount_yiyuan (100m yuan); only close is needed',
  ];
  if (dataset.intraday)
    return [
      `${code}, or without such a column the six digits in the file's name;`,
      `one of ${DATETIME_NAMES.join(', ')} (YYYY-MM-DD HH:MM, the end of the bar; seconds of zero may follow);`,
      ...prices,
      "with Tushare's ts_code or trade_time: vol in shares, amount in yuan",
      'all bars of an import are of one length, told by the data or by --bar-minutes',
    ];
  const { vol, amount } = dataset.tushare;
  return [
    `long: ${code}; one of ${DATE_NAMES.join(', ')} (YYYY-MM-DD or YYYYMMDD);`,
    ...prices.map((line) => `      ${line}`),
    `      with Tushare's ts_code: vol in ${vol.toLocaleString('en')} shares, amount in ${amount.toLocaleString('en')} yuan`,
    'wide: first column date, then a column of closes per code',
  ];
}
