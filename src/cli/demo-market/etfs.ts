import { DEMO_INDUSTRIES } from './industries.js';
import { Random } from './random.js';

/** Days are positions in the list of trading days throughout. */
export interface DemoEtf {
  code: string;
  name: string;
  manager: string;
  /** What it is about: funds of one subject move together. */
  subject: string;
  /** Positions in DEMO_INDUSTRIES whose mean it follows. */
  industries: readonly number[];
  /** Day of its listing. */
  listDay: number;
  /** New shares for one on the day; below 1 for a merge. */
  split: { day: number; factor: number } | null;
}

/** Subjects with the industries that they follow; the rules for names make categories and themes of them. */
const SUBJECTS: readonly (readonly [subject: string, industries: readonly string[], funds?: number])[] = [
  ['医药', ['医药']],
  ['创新药', ['医药']],
  ['医疗器械', ['医药', '机械']],
  ['中药', ['医药']],
  ['机器人', ['机械', '电子', '计算机'], 6],
  ['机械', ['机械']],
  ['汽车', ['汽车']],
  ['基建', ['建筑', '建材']],
  ['电网设备', ['电力设备及新能源']],
  ['有色金属', ['有色金属']],
  ['稀土', ['有色金属']],
  ['煤炭', ['煤炭']],
  ['钢铁', ['钢铁']],
  ['化工', ['基础化工']],
  ['油气', ['石油石化']],
  ['酒', ['食品饮料']],
  ['食品饮料', ['食品饮料']],
  ['家电', ['家电']],
  ['旅游', ['消费者服务', '商贸零售']],
  ['农业', ['农林牧渔']],
  ['养殖', ['农林牧渔']],
  ['粮食', ['农林牧渔', '基础化工']],
  ['人工智能', ['计算机', '通信', '电子'], 8],
  ['云计算', ['计算机', '通信'], 6],
  ['算力', ['通信', '电子'], 8],
  ['大数据', ['计算机']],
  ['软件', ['计算机']],
  ['半导体', ['电子'], 6],
  ['通信', ['通信']],
  ['游戏', ['传媒']],
  ['传媒', ['传媒']],
  ['银行', ['银行']],
  ['证券', ['非银行金融'], 6],
  ['保险', ['非银行金融']],
  ['房地产', ['房地产']],
  ['光伏', ['电力设备及新能源']],
  ['电池', ['电力设备及新能源', '基础化工']],
  ['新能源车', ['汽车', '电力设备及新能源']],
  ['碳中和', ['电力设备及新能源', '电力及公用事业']],
  ['红利', ['银行', '煤炭', '交通运输', '石油石化'], 8],
  ['红利低波', ['银行', '电力及公用事业', '交通运输'], 6],
  ['军工', ['国防军工']],
  ['卫星', ['国防军工', '通信']],
  ['沪深300', DEMO_INDUSTRIES.map(({ name }) => name), 6],
];

const FUNDS_PER_SUBJECT = 4;
const MANAGERS = ['甲', '乙', '丙', '丁', '戊', '己', '庚', '辛'];
const LATE_LISTING_SHARE = 0.1;
/** What some of the funds do on a day of the last year. */
const SPLIT_FACTORS = [2, 2, 3, 0.5, 0.25];
const MARGIN_DAYS = 30;

/**
 * Some 200 funds, half in Shanghai and half in Shenzhen.
 *
 * @param firstDay of the bars; most funds were listed earlier
 * @returns in order of their codes
 */
export function createEtfs(firstDay: number, dayCount: number): DemoEtf[] {
  const random = new Random('etfs');
  const etfs: DemoEtf[] = [];
  for (const [subject, names, funds = FUNDS_PER_SUBJECT] of SUBJECTS) {
    const industries = names.map((name) => DEMO_INDUSTRIES.findIndex((industry) => industry.name === name));
    for (const manager of MANAGERS.slice(0, funds)) {
      const number = String(Math.floor(etfs.length / 2) + 1).padStart(3, '0');
      const isLate = random.chance(LATE_LISTING_SHARE);
      etfs.push({
        code: etfs.length % 2 === 0 ? `515${number}.SH` : `159${number}.SZ`,
        name: `${subject}ETF${manager}`,
        manager: `${manager}基金`,
        subject,
        industries,
        listDay: isLate ? random.integer(firstDay + MARGIN_DAYS, dayCount - MARGIN_DAYS) : random.integer(0, firstDay),
        split: null,
      });
    }
  }
  const old = etfs.filter((etf) => etf.listDay <= firstDay);
  const drawn = random.shuffledIndexes(old.length).map((index) => old[index]!);
  for (const factor of SPLIT_FACTORS)
    drawn.shift()!.split = { day: random.integer(dayCount - 220, dayCount - MARGIN_DAYS), factor };
  return etfs.sort((left, right) => (left.code < right.code ? -1 : 1));
}
