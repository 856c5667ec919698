/** The published holdings of two portfolios, by date of purchase and Chinese name. */
const CHAINS = {
  diffusion: [
    ['2025-09-30', '有色金属 汽车 银行 电子 通信 综合'],
    ['2025-10-31', '有色金属 钢铁 电力设备及新能源 银行 电子 通信'],
    ['2025-11-28', '有色金属 综合 钢铁 银行 电力设备及新能源 电子'],
  ],
  gru: [
    ['2025-10-31', '农林牧渔 电力及公用事业 纺织服装 交通运输 钢铁 石油石化'],
    ['2025-11-07', '农林牧渔 电力及公用事业 基础化工 交通运输 钢铁 石油石化'],
    ['2025-11-14', '农林牧渔 电力及公用事业 房地产 交通运输 钢铁 石油石化'],
    ['2025-11-21', '农林牧渔 电力及公用事业 房地产 交通运输 传媒 石油石化'],
    ['2025-11-28', '农林牧渔 电力及公用事业 钢铁 交通运输 传媒 石油石化'],
  ],
} as const;

export type PublishedModel = keyof typeof CHAINS;

export function publishedHoldings(model: PublishedModel): { date: string; names: string[] }[] {
  return CHAINS[model].map(([date, names]) => ({ date, names: names.split(' ') }));
}
