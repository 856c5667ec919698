/** Columns of the lake's tables: what is stored in which unit, and the names under which files bring it. */
export interface TableColumn {
  readonly name: string;
  readonly names: readonly AcceptedName[];
  /** What a value must be; an empty cell is another matter, see `TableDataset.needsOneOf`. */
  readonly sign: 'positive' | 'not negative';
  /** Counted in whole units: what multiplying by a factor leaves behind the point is rounding. */
  readonly whole?: true;
}

interface AcceptedName {
  /** In lower case. */
  readonly name: string;
  /** What a value of the file is multiplied by to arrive at the unit that is stored. */
  readonly factor: number;
  /** The file's unit, in words. */
  readonly unit: string;
  /** In force only in files of Tushare's form, and there before any other. */
  readonly tushare?: true;
}

/** Prices, volumes (shares) and amounts (yuan) of bars. */
export function barColumns(
  priceUnit: string,
  volumes: readonly AcceptedName[],
  tushareAmount: { factor: number; unit: string },
): readonly TableColumn[] {
  const price = (name: string): TableColumn => ({
    name,
    names: [{ name, factor: 1, unit: priceUnit }],
    sign: name === 'close' ? 'positive' : 'not negative',
  });
  return [
    ...['open', 'high', 'low', 'close'].map(price),
    { name: 'volume', names: volumes, sign: 'not negative' },
    {
      name: 'amount',
      names: [
        { name: 'amount', ...tushareAmount, tushare: true },
        { name: 'amount', factor: 1, unit: 'yuan' },
        { name: 'amount_yi', factor: 1e8, unit: '100m yuan' },
        { name: 'amount_yiyuan', factor: 1e8, unit: '100m yuan' },
      ],
      sign: 'not negative',
    },
  ];
}

export function shareVolumes(tushareFactor: number, tushareUnit: string): readonly AcceptedName[] {
  return [
    { name: 'vol', factor: tushareFactor, unit: tushareUnit, tushare: true },
    { name: 'volume', factor: 1, unit: 'shares' },
    { name: 'volume_yigu', factor: 1e8, unit: '100m shares' },
  ];
}

/** Vendors of ETF bars count in lots under the name that means shares elsewhere. */
export const ETF_VOLUMES: readonly AcceptedName[] = [
  { name: 'vol', factor: 100, unit: 'lots of 100', tushare: true },
  { name: 'volume', factor: 100, unit: 'lots of 100' },
  { name: 'volume_shares', factor: 1, unit: 'shares' },
];

/** Stored: shares, yuan per share, shares in the day's own terms, yuan. */
export const ETF_SHARE_COLUMNS: readonly TableColumn[] = [
  {
    name: 'shares',
    names: [
      { name: 'shares', factor: 1, unit: 'shares' },
      { name: 'total_share', factor: 1e4, unit: '10,000 shares' },
      { name: 'fd_share', factor: 1e4, unit: '10,000 shares' },
      { name: 'total_shares_wanfen', factor: 1e4, unit: '10,000 shares' },
    ],
    sign: 'not negative',
    whole: true,
  },
  {
    name: 'nav',
    names: [
      { name: 'nav', factor: 1, unit: 'yuan' },
      { name: 'unit_nav', factor: 1, unit: 'yuan' },
    ],
    sign: 'positive',
  },
  {
    name: 'previous_shares',
    names: [
      { name: 'previous_shares', factor: 1, unit: 'shares' },
      { name: 'previouscomparableshares', factor: 1, unit: 'shares' },
    ],
    sign: 'not negative',
    whole: true,
  },
  {
    name: 'size',
    names: [
      { name: 'size', factor: 1, unit: 'yuan' },
      { name: 'total_size', factor: 1e4, unit: '10,000 yuan' },
    ],
    sign: 'not negative',
    whole: true,
  },
];

const marginColumn = (name: string, tushareName: string, hundredMillions: string | null): TableColumn => ({
  name,
  names: [
    { name, factor: 1, unit: 'yuan' },
    { name: tushareName, factor: 1, unit: 'yuan' },
    ...(hundredMillions === null ? [] : [{ name: hundredMillions, factor: 1e8, unit: '100m yuan' }]),
  ],
  sign: 'not negative',
  whole: true,
});

/** Stored: yuan. */
export const MARGIN_STOCK_COLUMNS: readonly TableColumn[] = [
  marginColumn('financing_balance', 'rzye', null),
  marginColumn('lending_balance', 'rqye', null),
  marginColumn('financing_bought', 'rzmre', null),
  marginColumn('financing_repaid', 'rzche', null),
];

/** Stored: yuan; the maintenance ratio as a fraction. */
export const MARGIN_MARKET_COLUMNS: readonly TableColumn[] = [
  marginColumn('financing_balance', 'rzye', 'fin_balance_yi'),
  marginColumn('lending_balance', 'rqye', 'sec_loan_balance_yi'),
  marginColumn('financing_bought', 'rzmre', 'fin_buy_yi'),
  marginColumn('financing_repaid', 'rzche', 'fin_repay_yi'),
  {
    name: 'maintenance_ratio',
    names: [
      { name: 'maintenance_ratio', factor: 1, unit: 'fraction' },
      { name: 'maintenance_ratio_pct', factor: 0.01, unit: 'percent' },
    ],
    sign: 'not negative',
  },
];
