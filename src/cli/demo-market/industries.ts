export interface DemoIndustry {
  code: string;
  name: string;
  /** How many of the invented stocks start in this industry. */
  stockCount: number;
}

/** The 30 CITIC first-level industries, wide ones with more stocks than narrow ones, as in the real market. */
export const DEMO_INDUSTRIES: readonly DemoIndustry[] = (
  [
    ['石油石化', 12],
    ['煤炭', 12],
    ['有色金属', 26],
    ['电力及公用事业', 26],
    ['钢铁', 14],
    ['基础化工', 34],
    ['建筑', 22],
    ['建材', 14],
    ['轻工制造', 20],
    ['机械', 34],
    ['电力设备及新能源', 32],
    ['国防军工', 20],
    ['汽车', 28],
    ['商贸零售', 16],
    ['消费者服务', 10],
    ['家电', 16],
    ['纺织服装', 16],
    ['医药', 34],
    ['食品饮料', 22],
    ['农林牧渔', 16],
    ['银行', 16],
    ['非银行金融', 18],
    ['房地产', 18],
    ['交通运输', 20],
    ['电子', 34],
    ['通信', 18],
    ['计算机', 30],
    ['传媒', 18],
    ['综合', 10],
    ['综合金融', 8],
  ] as const
).map(([name, stockCount], index) => ({
  code: `CI005${String(index + 1).padStart(3, '0')}.CI`,
  name,
  stockCount,
}));
