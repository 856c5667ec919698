import { LundongError } from '../../domain/errors.js';
import type { Industry } from '../../domain/industry.js';
import type { LocalDate } from '../../domain/local-date.js';

export type ReportLanguage = 'en' | 'zh';

/** @throws LundongError INVALID_ARGUMENT for a language other than en and zh */
export function reportLanguage(language: string): ReportLanguage {
  if (language === 'en' || language === 'zh') return language;
  throw new LundongError('INVALID_ARGUMENT', `language: "${language.slice(0, 20)}" is not known; give "en" or "zh".`);
}

/** What the report says in one language. Notes and reasons of the services stay English in both. */
export interface ReportWords {
  readonly title: (weekEnding: LocalDate) => string;
  readonly since: (previous: LocalDate) => string;
  readonly unpublished: string;
  readonly units: string;
  readonly notes: string;
  readonly name: (named: Pick<Industry, 'nameZh' | 'nameEn'>) => string;
  readonly list: (names: readonly string[]) => string;
  readonly nobody: string;
  readonly noData: string;
  readonly headings: Readonly<
    Record<
      'indices' | 'week' | 'year' | 'margin' | 'flows' | 'best' | 'worst' | 'rises' | 'falls' | 'inflows' | 'outflows',
      string
    > &
      Record<
        'categories' | 'top' | 'bottom' | 'largestRises' | 'holdings' | 'table' | 'yearly' | 'netValue' | 'rankingBars',
        string
      >
  >;
  readonly columns: Readonly<
    Record<
      | 'index'
      | 'close'
      | 'weekChange'
      | 'yearChange'
      | 'crossed'
      | 'nextLevel'
      | 'gap'
      | 'rank'
      | 'industry'
      | 'change'
      | 'balance'
      | 'code'
      | 'fund'
      | 'sizeThen'
      | 'sizeNow'
      | 'netFlow'
      | 'category'
      | 'funds'
      | 'value'
      | 'valueChange'
      | 'period'
      | 'portfolio'
      | 'benchmark'
      | 'excess'
      | 'year',
      string
    >
  >;
  readonly periods: Readonly<Record<'week' | 'month' | 'year', string>>;
  readonly counts: (risers: number, fallers: number) => string;
  readonly balance: (day: LocalDate, balance: string, change: string, base: LocalDate, isRecord: boolean) => string;
  readonly factor: (factor: { readonly key: string; readonly name: string }) => string;
  readonly held: (since: LocalDate, names: string) => string;
  readonly entered: (names: string) => string;
  readonly left: (names: string) => string;
  readonly next: (names: string) => string;
}

/** Chinese names of factors by key; engines have English ones. */
const FACTORS_ZH: Readonly<Record<string, string>> = { diffusion: '扩散指数', gru: 'GRU行业因子' };

export const REPORT_WORDS: Readonly<Record<ReportLanguage, ReportWords>> = {
  en: {
    title: (weekEnding) => `Industry rotation, week to ${weekEnding}`,
    since: (previous) => `Week changes are counted from the close of ${previous}.`,
    unpublished: 'The week is not complete in these data.',
    units: 'Changes, returns and excesses in percent, money in 100 million yuan.',
    notes: 'Notes',
    name: ({ nameEn }) => nameEn,
    list: (names) => names.join(', '),
    nobody: 'none',
    noData: 'No data.',
    headings: {
      indices: 'Indices',
      week: 'Industries, week',
      year: 'Industries, year to date',
      margin: 'Margin financing',
      flows: 'ETF flows',
      best: 'Best five',
      worst: 'Worst five',
      rises: 'Largest rises by industry',
      falls: 'Largest falls by industry',
      inflows: 'Largest inflows',
      outflows: 'Largest outflows',
      categories: 'Net flow by category',
      top: 'Highest values',
      bottom: 'Lowest values',
      largestRises: 'Largest rises over the week',
      holdings: 'Holdings',
      table: 'Week, month, year',
      yearly: 'Year by year',
      netValue: 'Net value',
      rankingBars: 'Factor values',
    },
    columns: {
      index: 'Index',
      close: 'Close',
      weekChange: 'Week %',
      yearChange: 'Year %',
      crossed: 'Levels crossed',
      nextLevel: 'Next level',
      gap: 'Gap %',
      rank: 'Rank',
      industry: 'Industry',
      change: 'Change',
      balance: 'Balance',
      code: 'Code',
      fund: 'Fund',
      sizeThen: 'Size then',
      sizeNow: 'Size now',
      netFlow: 'Net inflow',
      category: 'Category',
      funds: 'Funds',
      value: 'Value',
      valueChange: 'Week change',
      period: 'Period',
      portfolio: 'Portfolio %',
      benchmark: 'Benchmark %',
      excess: 'Excess %',
      year: 'Year',
    },
    periods: { week: 'Week', month: 'Month', year: 'Year' },
    counts: (risers, fallers) => `${risers} ${risers === 1 ? 'industry' : 'industries'} rose, ${fallers} fell.`,
    balance: (day, balance, change, base, isRecord) =>
      `Financing balance on ${day}: ${balance}, ${change} since ${base}${isRecord ? '; a record high of the data' : ''}.`,
    factor: ({ name }) => name,
    held: (since, names) => `Held since ${since}: ${names}.`,
    entered: (names) => `Entered in the week: ${names}.`,
    left: (names) => `Left in the week: ${names}.`,
    next: (names) => `By the values of this close the rule would hold: ${names}.`,
  },
  zh: {
    title: (weekEnding) => `行业轮动周报（截至${weekEnding}）`,
    since: (previous) => `周涨跌幅自${previous}收盘起计。`,
    unpublished: '数据中本周尚未完整。',
    units: '涨跌幅、收益与超额均为百分比，金额单位为亿元。',
    notes: '说明',
    name: ({ nameZh }) => nameZh,
    list: (names) => names.join('、'),
    nobody: '无',
    noData: '无数据。',
    headings: {
      indices: '宽基指数',
      week: '行业周表现',
      year: '行业年初至今表现',
      margin: '融资余额',
      flows: 'ETF资金流向',
      best: '涨幅前五',
      worst: '跌幅前五',
      rises: '行业融资净增前五',
      falls: '行业融资净减前五',
      inflows: '净流入前五',
      outflows: '净流出前五',
      categories: '各类别净流入',
      top: '最高六个行业',
      bottom: '最低六个行业',
      largestRises: '周环比上升最多',
      holdings: '持仓',
      table: '周、月、年表现',
      yearly: '分年表现',
      netValue: '净值',
      rankingBars: '因子值',
    },
    columns: {
      index: '指数',
      close: '收盘',
      weekChange: '周涨跌%',
      yearChange: '年初至今%',
      crossed: '穿越整数关口',
      nextLevel: '下一关口',
      gap: '距离%',
      rank: '排名',
      industry: '行业',
      change: '变动',
      balance: '余额',
      code: '代码',
      fund: '基金',
      sizeThen: '期初规模',
      sizeNow: '期末规模',
      netFlow: '净流入',
      category: '类别',
      funds: '基金数',
      value: '因子值',
      valueChange: '周变动',
      period: '区间',
      portfolio: '组合%',
      benchmark: '基准%',
      excess: '超额%',
      year: '年份',
    },
    periods: { week: '本周', month: '本月', year: '今年以来' },
    counts: (risers, fallers) => `${risers}个行业上涨，${fallers}个行业下跌。`,
    balance: (day, balance, change, base, isRecord) =>
      `${day}融资余额${balance}，较${base}变动${change}${isRecord ? '，为数据内历史新高' : ''}。`,
    factor: ({ key, name }) => FACTORS_ZH[key] ?? name,
    held: (since, names) => `持仓（自${since}）：${names}。`,
    entered: (names) => `本周调入：${names}。`,
    left: (names) => `本周调出：${names}。`,
    next: (names) => `按本次收盘因子值应持有：${names}。`,
  },
};
