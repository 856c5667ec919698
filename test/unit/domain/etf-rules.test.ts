import { describe, expect, it } from 'vitest';
import { parseEtfRules } from '#lundong/domain/etf-rules.js';
import { errorCodeOf } from '../../support/error-code.js';

const file = {
  categories: ['TMT', '消费'],
  ignored: ['中银证券'],
  categoryRules: [
    { outside: 'bond', words: ['债'] },
    { category: 'TMT', words: ['ai', '电子'], except: ['电子烟'], note: 'why' },
  ],
  themes: [{ key: 'ai', nameZh: '人工智能', nameEn: 'artificial intelligence', words: ['AI'] }],
  exceptions: [{ code: '159980', outside: 'commodity' }],
};
const parse = (changes: Record<string, unknown> = {}) => parseEtfRules(JSON.stringify({ ...file, ...changes }));

describe('parseEtfRules', () => {
  it('reads rules, words in capitals, exceptions by code', () => {
    const rules = parse();
    expect(rules.categoryRules).toEqual([
      { category: null, outside: 'bond', words: ['债'], except: [] },
      { category: 'TMT', outside: null, words: ['AI', '电子'], except: ['电子烟'] },
    ]);
    expect(rules.themes).toEqual([
      { key: 'ai', nameZh: '人工智能', nameEn: 'artificial intelligence', words: ['AI'], except: [] },
    ]);
    expect(rules.exceptions.get('159980')).toEqual({ category: null, outside: 'commodity' });
  });

  it('reads a file with a byte order mark', () => {
    expect(parseEtfRules(`\uFEFF${JSON.stringify(file)}`)).toEqual(parse());
  });

  it.each([
    ['a category that is not listed', { categoryRules: [{ category: '军工', words: ['军工'] }] }, 'categoryRules.0'],
    ['a rule with neither', { categoryRules: [{ words: ['军工'] }] }, 'categoryRules.0'],
    ['a rule with both', { categoryRules: [{ category: 'TMT', outside: 'x', words: ['x'] }] }, 'categoryRules.0'],
    ['a rule without words', { categoryRules: [{ category: 'TMT', words: [] }] }, 'categoryRules.0.words'],
    ['an empty word', { categoryRules: [{ category: 'TMT', words: [' '] }] }, 'categoryRules.0.words.0'],
    ['a misspelt field', { categoryRules: [{ category: 'TMT', word: ['x'], words: ['x'] }] }, 'categoryRules.0'],
    ['a theme twice', { themes: [file.themes[0], file.themes[0]] }, 'themes'],
    ['a theme key in capitals', { themes: [{ ...file.themes[0], key: 'AI' }] }, 'themes.0.key'],
    ['a category twice', { categories: ['TMT', 'TMT'] }, 'categories'],
    ['a code twice', { exceptions: [file.exceptions[0], file.exceptions[0]] }, 'exceptions'],
    ['a code with exchange', { exceptions: [{ code: '159980.SZ', outside: 'x' }] }, 'exceptions.0.code'],
    ['no categories', { categories: undefined }, 'categories'],
  ])('refuses %s, naming the place', (_, changes, at) => {
    expect(errorCodeOf(() => parse(changes))).toBe('INVALID_CONFIG');
    expect(() => parse(changes)).toThrow(new RegExp(`at ${at.replaceAll('.', '\\.')}:`));
  });

  it.each(['', '{', '[]', 'null'])('refuses the text %j', (text) => {
    expect(errorCodeOf(() => parseEtfRules(text))).toBe('INVALID_CONFIG');
  });
});
