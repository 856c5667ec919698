import { describe, expect, it } from 'vitest';
import { type EtfRecord, isListed, sortedEtf } from '#lundong/domain/etf.js';
import { parseEtfRules } from '#lundong/domain/etf-rules.js';
import type { LocalDate } from '#lundong/domain/local-date.js';

const rules = parseEtfRules(
  JSON.stringify({
    categories: ['TMT', '消费'],
    categoryRules: [
      { outside: 'bond', words: ['债'] },
      { category: 'TMT', words: ['芯片'] },
    ],
    themes: [
      { key: 'chips', nameZh: '芯片', nameEn: 'Chips', words: ['芯片'] },
      { key: 'liquor', nameZh: '酒', nameEn: 'Liquor', words: ['酒'] },
    ],
  }),
);
const fund = (name: string, own: Partial<EtfRecord> = {}): EtfRecord => ({
  code: '515001.SH',
  name,
  manager: null,
  indexCode: null,
  indexName: null,
  listDate: null,
  delistDate: null,
  category: null,
  themes: null,
  ...own,
});
const sorted = (record: EtfRecord) => {
  const { category, outside, themes } = sortedEtf(rules, record);
  return { category, outside, themes: themes.map(({ key }) => key) };
};

describe('a fund', () => {
  it('is sorted by its name where its list tells nothing', () => {
    expect(sorted(fund('芯片ETF'))).toEqual({ category: 'TMT', outside: null, themes: ['chips'] });
    expect(sorted(fund('国债ETF'))).toEqual({ category: null, outside: 'bond', themes: [] });
    expect(sorted(fund('甲ETF'))).toEqual({ category: null, outside: null, themes: [] });
  });

  it('has the category and the themes of its list before those of the rules', () => {
    expect(sorted(fund('芯片ETF', { category: '消费' }))).toEqual({
      category: '消费',
      outside: null,
      themes: ['chips'],
    });
    expect(sorted(fund('国债ETF', { category: 'TMT' }))).toEqual({ category: 'TMT', outside: null, themes: [] });
    expect(sorted(fund('芯片ETF', { themes: ['liquor'] })).themes).toEqual(['liquor']);
    expect(sorted(fund('芯片ETF', { themes: [] })).themes).toEqual([]);
  });

  it('loses a theme that the rules do not have any more', () => {
    expect(sorted(fund('芯片ETF', { themes: ['gone', 'chips'] })).themes).toEqual(['chips']);
  });

  it('keeps what else its list tells', () => {
    const record = fund('芯片ETF', { manager: '甲基金', indexCode: '990001.CSI', indexName: '甲指数' });
    expect(sortedEtf(rules, record)).toMatchObject({ manager: '甲基金', indexCode: '990001.CSI', indexName: '甲指数' });
  });
});

it.each<[listDate: string | null, delistDate: string | null, listed: readonly boolean[]]>([
  ['2024-01-03', '2024-01-05', [false, true, true, false]],
  ['2024-01-03', null, [false, true, true, true]],
  [null, '2024-01-05', [true, true, true, false]],
  [null, null, [true, true, true, true]],
])('listed on %s and delisted on %s is in the lists of these days alone', (listDate, delistDate, listed) => {
  const own = fund('芯片ETF', { listDate: listDate as LocalDate, delistDate: delistDate as LocalDate });
  const days = ['2024-01-02', '2024-01-03', '2024-01-04', '2024-01-05'] as LocalDate[];
  expect(days.map((day) => isListed(own, day))).toEqual(listed);
});
