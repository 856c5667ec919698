import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HeadlineFacts, marketHeadline } from '#lundong/domain/market-headline.js';

const nothing: HeadlineFacts = {
  levels: [],
  leadingThemes: [],
  recordHighs: [],
  limitUps: [],
  limitUpStreaks: [],
  leadingEtf: null,
  etfsAbove: null,
};
const stock = (name: string, code: string) => ({ name, code });
const aiComputing = { nameZh: 'AI算力', nameEn: 'AI computing' };

const full: HeadlineFacts = {
  levels: [{ nameZh: '上证指数', nameEn: 'SSE Composite', level: 4000, above: true, previousAbove: '2015-08-18' }],
  leadingThemes: [aiComputing, { nameZh: '国产软件', nameEn: 'domestic software' }],
  recordHighs: [stock('甲股份', '300001.SZ')],
  limitUps: [stock('丙软件', '002001.SZ')],
  limitUpStreaks: [{ ...stock('乙电子', '603001.SH'), days: 2 }],
  leadingEtf: { ...stock('云50ETF', '560660.SH'), change: 0.0267 },
  etfsAbove: {
    count: 21,
    threshold: 0.02,
    theme: aiComputing,
    examples: [stock('人工智能ETF一', '159001.SZ'), stock('人工智能ETF二', '159002.SZ')],
  },
};

describe('marketHeadline', () => {
  it('says everything in one English sentence', () => {
    expect(marketHeadline(full, 'en')).toBe(
      'SSE Composite stands above 4000 (it last closed above on 2015-08-18); AI computing and domestic software in the ' +
        'lead; 甲股份 at a record high; 乙电子 limit-up 2 days in a row; 丙软件 limit-up; 云50ETF (560660.SH) +2.67%, ' +
        'first of all ETFs; 21 AI computing ETFs above +2.00%, 人工智能ETF一 (159001.SZ) and 人工智能ETF二 (159002.SZ) ' +
        'among them.',
    );
  });

  it('says everything in one Chinese sentence', () => {
    expect(marketHeadline(full, 'zh')).toBe(
      '上证指数站上4000点（上次收于其上为2015-08-18）；AI算力、国产软件领涨；甲股份创历史新高；乙电子连续2日涨停；丙软件涨停；' +
        '云50ETF（560660.SH）+2.67%，居ETF涨幅首位；21只AI算力ETF涨幅超过+2.00%，包括人工智能ETF一（159001.SZ）、' +
        '人工智能ETF二（159002.SZ）。',
    );
  });

  it('tells a level touched from one stood on', () => {
    const levels = [{ nameZh: '上证指数', nameEn: 'SSE Composite', level: 4000, above: false, previousAbove: null }];
    expect(marketHeadline({ ...nothing, levels }, 'en')).toBe('SSE Composite touched 4000.');
    expect(marketHeadline({ ...nothing, levels }, 'zh')).toBe('上证指数触及4000点。');
  });

  it('names three of many, and how many there are', () => {
    const limitUps = ['甲', '乙', '丙', '丁', '戊'].map((name, i) => stock(name, `00000${i}.SZ`));
    expect(marketHeadline({ ...nothing, limitUps }, 'en')).toBe('5 stocks (among them 甲, 乙 and 丙) limit-up.');
    expect(marketHeadline({ ...nothing, limitUps }, 'zh')).toBe('甲、乙、丙等5股涨停。');
  });

  it('speaks of one ETF in the singular and of all without a theme', () => {
    const etfsAbove = { count: 1, threshold: 0.05, theme: null, examples: [] };
    expect(marketHeadline({ ...nothing, etfsAbove }, 'en')).toBe('1 ETF above +5.00%.');
    expect(marketHeadline({ ...nothing, etfsAbove: { ...etfsAbove, count: 0 } }, 'en')).toBe(
      marketHeadline(nothing, 'en'),
    );
  });

  it('gives a fall its sign', () => {
    const leadingEtf = { ...stock('银行ETF', '512800.SH'), change: -0.0012 };
    expect(marketHeadline({ ...nothing, leadingEtf }, 'en')).toBe('银行ETF (512800.SH) -0.12%, first of all ETFs.');
  });

  it('says so where there is nothing to say', () => {
    expect(marketHeadline(nothing, 'en')).toBe('The data at hand hold no market event to report.');
    expect(marketHeadline(nothing, 'zh')).toBe('现有数据中没有可报告的市场要点。');
  });

  // Names without digits, so that every digit of a sentence must have come from a fact's number.
  const name = fc.constantFrom('甲', '乙', '丙', '丁');
  const named = fc.record({ nameZh: name, nameEn: fc.constantFrom('alpha', 'beta', 'gamma') });
  const code = fc.integer({ min: 1, max: 699_999 }).map((digits) => `${String(digits).padStart(6, '0')}.SH`);
  const listed = fc.record({ name, code });
  const change = fc.integer({ min: -2999, max: 2999 }).map((tenThousandths) => tenThousandths / 10_000);
  const date = fc.integer({ min: 2005, max: 2025 }).map((year) => `${year}-06-09`);
  const many = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { maxLength: 6 });
  const anyFacts: fc.Arbitrary<HeadlineFacts> = fc.record({
    levels: many(
      fc
        .tuple(named, fc.integer({ min: 1, max: 300 }), fc.boolean(), fc.option(date))
        .map(([names, hundreds, above, previousAbove]) => ({ ...names, level: 100 * hundreds, above, previousAbove })),
    ),
    leadingThemes: many(named),
    recordHighs: many(listed),
    limitUps: many(listed),
    limitUpStreaks: many(fc.tuple(listed, fc.integer({ min: 2, max: 15 })).map(([one, days]) => ({ ...one, days }))),
    leadingEtf: fc.option(fc.tuple(listed, change).map(([one, moved]) => ({ ...one, change: moved }))),
    etfsAbove: fc.option(
      fc.record({ count: fc.nat({ max: 900 }), threshold: change, theme: fc.option(named), examples: many(listed) }),
    ),
  });

  it('holds no number that is not one of the facts', () => {
    fc.assert(
      fc.property(anyFacts, fc.constantFrom('zh' as const, 'en' as const), (facts, language) => {
        const inFacts = new Set<string>();
        JSON.stringify(facts, (_, value) => {
          if (Array.isArray(value)) inFacts.add(String(value.length));
          if (typeof value === 'number') inFacts.add(String(value)).add(Math.abs(100 * value).toFixed(2));
          if (typeof value === 'string') for (const [digits] of value.matchAll(/\d+/g)) inFacts.add(digits);
          return value;
        });
        for (const [digits] of marketHeadline(facts, language).matchAll(/\d+(?:\.\d+)?/g))
          expect(inFacts).toContain(digits);
      }),
    );
  });

  it('has a clause for a fact where there is one, and only there', () => {
    const mark = { zh: '创历史新高', en: 'at a record high' } as const;
    fc.assert(
      fc.property(anyFacts, fc.constantFrom('zh' as const, 'en' as const), (facts, language) => {
        const sentence = marketHeadline(facts, language);
        expect(sentence.includes(mark[language])).toBe(facts.recordHighs.length > 0);
        for (const word of ['null', 'undefined', 'NaN']) expect(sentence).not.toContain(word);
        expect(marketHeadline(structuredClone(facts), language)).toBe(sentence);
      }),
    );
  });
});
