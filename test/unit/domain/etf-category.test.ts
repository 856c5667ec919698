import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { classifyEtf, unknownEtfs } from '#lundong/domain/etf-category.js';
import { parseEtfRules } from '#lundong/domain/etf-rules.js';

const rules = parseEtfRules(readFileSync(new URL('../../../config/etf-rules.json', import.meta.url), 'utf8'));
const classify = (name: string, code = '510000.SH') => classifyEtf(rules, { code, name });
const themesOf = (name: string) => classify(name).themes.map(({ key }) => key);

describe('the rules that come with the project', () => {
  it('know the ten categories', () => {
    expect(rules.categories).toEqual(
      '医药生科 中游制造 上游材料 消费 农林牧渔 TMT 金融地产 新能源 红利 军工'.split(' '),
    );
    for (const category of rules.categories)
      expect(rules.categoryRules.some((rule) => rule.category === category)).toBe(true);
  });

  it.each([
    ['医疗器械ETF', '医药生科'],
    ['创新药产业ETF', '医药生科'],
    ['生物科技ETF', '医药生科'],
    ['消费电子ETF', 'TMT'], // not 消费
    ['半导体材料设备ETF', 'TMT'], // not 上游材料
    ['通信设备ETF', 'TMT'],
    ['金融科技ETF', 'TMT'], // not 金融地产
    ['科创板人工智能ETF', 'TMT'], // not a broad index
    ['云50ETF', 'TMT'],
    ['银行ETF', '金融地产'],
    ['证券公司ETF', '金融地产'],
    ['新能源车ETF', '新能源'], // not 中游制造
    ['储能电池ETF', '新能源'],
    ['创业板新能源ETF', '新能源'],
    ['智能汽车ETF', '中游制造'],
    ['工业母机ETF', '中游制造'],
    ['电网设备ETF', '中游制造'],
    ['机器人ETF', '中游制造'],
    ['工业有色ETF', '上游材料'],
    ['黄金股票ETF', '上游材料'], // mines, not metal
    ['能源ETF', '上游材料'],
    ['现代农业ETF', '农林牧渔'],
    ['生猪养殖ETF', '农林牧渔'],
    ['酒ETF', '消费'],
    ['沪港深消费ETF', '消费'],
    ['军工龙头ETF', '军工'],
    ['通用航空ETF', '军工'],
    ['央企红利ETF', '红利'],
    ['银行红利ETF', '红利'],
    ['标普中国A股红利ETF', '红利'],
  ])('%s: %s', (name, category) => expect(classify(name)).toMatchObject({ category, outside: null }));

  it.each([
    ['沪深300ETF', 'broad index or style'],
    ['创业板ETF中银证券', 'broad index or style'], // the manager is no securities theme
    ['30年国债ETF', 'bond'],
    ['科创债ETF', 'bond'],
    ['黄金ETF', 'commodity'],
    ['上海金ETF', 'commodity'],
    ['理财金货币ETF', 'money market'],
    ['港股创新药ETF', 'cross-border'],
    ['港股通信息技术ETF', 'cross-border'],
    ['纳指科技ETF', 'cross-border'],
    ['中韩半导体ETF', 'cross-border'],
    ['自由现金流ETF', 'free cash flow'],
    ['300现金ETF', 'free cash flow'], // 现金ETF ends in 金ETF
    ['电力ETF', 'utilities, transport, environment'],
  ])('%s lies outside: %s', (name, outside) => expect(classify(name)).toMatchObject({ category: null, outside }));

  it('leave a name unsorted that they do not know', () => {
    const etfs = ['长江保护ETF', '银行ETF', '沪深300ETF'].map((name) => ({ code: '510000', name }));
    expect(unknownEtfs(rules, etfs)).toEqual([etfs[0]]);
    expect(classify('长江保护ETF')).toEqual({ category: null, outside: null, themes: [] });
  });

  it('go by the code where names are alike', () => {
    expect(classify('有色ETF', '159980.SZ')).toMatchObject({ category: null, outside: 'commodity' });
    expect(classify('有色ETF', '512400.SH').category).toBe('上游材料');
  });

  it.each([
    ['创业板人工智能ETF', ['ai', 'ai-computing']],
    ['科创aiETF', ['ai', 'ai-computing']],
    ['云计算ETF', ['ai-computing', 'cloud-computing']],
    ['半导体设备ETF', ['semiconductors', 'semiconductor-equipment']],
    ['港股创新药ETF', ['innovative-drugs']], // a theme crosses the border
    ['港股通信息技术ETF', []], // 港股通 + 信息, not 通信
    ['机器人ETF', ['robots']],
    ['证券保险ETF', ['securities', 'insurance']],
    ['银行ETF', ['banks']],
    ['央企红利ETF', ['dividend']],
    ['沪深300ETF中银证券', []],
    ['MSCI中国A股ETF', []],
    ['300现金ETF', []],
    ['工业互联网ETF', ['internet-of-things']],
  ])('themes of %s: %j', (name, keys) => expect(themesOf(name)).toEqual(keys));

  it('reach every theme and every rule by one of its own words', () => {
    for (const theme of rules.themes)
      expect(
        theme.words.some((word) => classify(word.endsWith('ETF') ? word : `${word}ETF`).themes.includes(theme)),
      ).toBe(true);
    for (const rule of rules.categoryRules)
      expect(
        rule.words.some((word) => {
          const { category, outside } = classify(word);
          return category === rule.category && outside === rule.outside;
        }),
      ).toBe(true);
  });
});
