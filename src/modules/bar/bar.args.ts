import { registerEnumType } from 'type-graphql';
import type { Adjustment } from '../../domain/price-series.js';

/** Daily data sets of bars, by their names in the API. */
export const BAR_DATASETS = {
  STOCK_DAILY: 'stock_daily',
  INDUSTRY_DAILY: 'industry_daily',
  INDEX_DAILY: 'index_daily',
  ETF_DAILY: 'etf_daily',
} as const;

export type BarDataset = (typeof BAR_DATASETS)[keyof typeof BAR_DATASETS];

registerEnumType(BAR_DATASETS, {
  name: 'BarDataset',
  description: 'Whose daily bars.',
  valuesConfig: {
    STOCK_DAILY: { description: 'Stocks; prices in yuan.' },
    INDUSTRY_DAILY: { description: 'CITIC and Shenwan first-level industry indices; prices in index points.' },
    INDEX_DAILY: { description: 'Broad and thematic indices; prices in index points.' },
    ETF_DAILY: { description: 'Exchange-traded funds; prices in yuan.' },
  },
});

export const AdjustmentEnum = { NONE: 'none', QFQ: 'qfq', HFQ: 'hfq' } as const satisfies Record<string, Adjustment>;
registerEnumType(AdjustmentEnum, {
  name: 'Adjustment',
  description: 'How prices treat dividends and splits.',
  valuesConfig: {
    NONE: { description: 'As traded.' },
    QFQ: { description: 'Adjusted backwards from the latest price, which is as traded (前复权).' },
    HFQ: { description: 'Adjusted forwards from the listing (后复权).' },
  },
});
