import { describe, expect, it } from 'vitest';
import { type EtfRecord, sortedEtf } from '#lundong/domain/etf.js';
import { parseEtfRules } from '#lundong/domain/etf-rules.js';

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
