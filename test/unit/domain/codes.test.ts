import { describe, expect, it } from 'vitest';
import {
  isEtfCode,
  normaliseFundCode,
  normaliseIndexCode,
  normaliseIndustryCode,
  normaliseMarginCode,
  normaliseMarginMarketCode,
  normaliseStockCode,
} from '#lundong/domain/codes.js';

describe('normaliseStockCode', () => {
  it.each([
    ['600519.SH', '600519.SH'],
    ['600519', '600519.SH'],
    ['688981', '688981.SH'],
    ['900901', '900901.SH'],
    ['000001', '000001.SZ'],
    ['200011', '200011.SZ'],
    ['300750', '300750.SZ'],
    ['430047', '430047.BJ'],
    ['830799', '830799.BJ'],
    ['920002', '920002.BJ'],
    [' 600519.sh ', '600519.SH'],
    ['600519.XSHG', '600519.SH'],
    ['600519.SS', '600519.SH'],
    ['000001.XSHE', '000001.SZ'],
    ['sh600519', '600519.SH'],
    ['sz.000001', '000001.SZ'],
  ])('%j is %s', (text, code) => {
    expect(normaliseStockCode(text)).toBe(code);
    expect(normaliseStockCode(code)).toBe(code);
  });

  it.each([
    '',
    '60051',
    '6005190',
    '600519.HK',
    'CI005001',
    '600519.',
    '.SH',
    '５００５１９',
    'sh600519.SH',
    '510300',
    '600519 SH',
  ])('%j is none', (text) => {
    expect(normaliseStockCode(text)).toBeNull();
  });
});

describe('normaliseIndustryCode', () => {
  it.each([
    ['CI005001', 'CI005001'],
    ['CI005001.CI', 'CI005001'],
    ['ci005030.wi', 'CI005030'],
    ['801010', '801010'],
    [' 801010.SI', '801010'],
  ])('%j is %s', (text, code) => {
    expect(normaliseIndustryCode(text)).toBe(code);
  });

  it.each(['', 'CI5001', 'CI005001.SI', '801010.CI', '802010', '80101', 'CI0050011', '600519.SH'])(
    '%j is none',
    (text) => {
      expect(normaliseIndustryCode(text)).toBeNull();
    },
  );
});

describe('normaliseIndexCode', () => {
  it.each([
    ['000300', '000300.SH'],
    ['000300.SH', '000300.SH'],
    ['000905.XSHG', '000905.SH'],
    ['399006', '399006.SZ'],
    ['399006.XSHE', '399006.SZ'],
    ['931160', '931160.CSI'],
    ['h30184.csi', 'H30184.CSI'],
    ['H30184', 'H30184.CSI'],
  ])('%j is %s', (text, code) => {
    expect(normaliseIndexCode(text)).toBe(code);
  });

  it.each(['', '00030', '0003000', 'X00300', '000300.', '000300.S'])('%j is none', (text) => {
    expect(normaliseIndexCode(text)).toBeNull();
  });
});

describe('normaliseFundCode', () => {
  it.each([
    ['510300', '510300.SH'],
    ['159915', '159915.SZ'],
    ['161725', '161725.SZ'],
    ['180101', '180101.SZ'],
    ['sh588000', '588000.SH'],
    ['510300.XSHG', '510300.SH'],
  ])('%j is %s', (text, code) => {
    expect(normaliseFundCode(text)).toBe(code);
    expect(normaliseFundCode(code)).toBe(code);
  });

  it.each(['', '600519', '000001.SZ', '510300.SZ', '159915.SH', '110022.OF', '300750'])('%j is none', (text) => {
    expect(normaliseFundCode(text)).toBeNull();
  });

  it('tells exchange-traded funds from other listed ones', () => {
    const codes = ['510300.SH', '588000.SH', '159915.SZ', '501018.SH', '508000.SH', '161725.SZ', '180101.SZ'];
    expect(codes.filter(isEtfCode)).toEqual(['510300.SH', '588000.SH', '159915.SZ']);
  });
});

describe('codes of margin financing', () => {
  it('are those of stocks and funds', () => {
    const texts = ['600519', '510300', '159915.SZ', '832000', 'CI005001'];
    expect(texts.map(normaliseMarginCode)).toEqual(['600519.SH', '510300.SH', '159915.SZ', '832000.BJ', null]);
  });

  it('are the exchanges and their sum for the market', () => {
    expect(['SSE', ' szse ', 'BSE', 'all', 'HKEX', ''].map(normaliseMarginMarketCode)).toEqual([
      'SSE',
      'SZSE',
      'BSE',
      'ALL',
      null,
      null,
    ]);
  });
});
