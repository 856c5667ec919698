/** Names of an index. */
export interface IndexName {
  readonly nameZh: string;
  readonly nameEn: string;
}

/** The indices that market reports name, by code; files of index bars bring no names. */
const NAMES: ReadonlyMap<string, IndexName> = new Map([
  ['000001.SH', { nameZh: '上证指数', nameEn: 'SSE Composite' }],
  ['000016.SH', { nameZh: '上证50', nameEn: 'SSE 50' }],
  ['000300.SH', { nameZh: '沪深300', nameEn: 'CSI 300' }],
  ['000510.SH', { nameZh: '中证A500', nameEn: 'CSI A500' }],
  ['000680.SH', { nameZh: '科创综指', nameEn: 'STAR Composite' }],
  ['000688.SH', { nameZh: '科创50', nameEn: 'STAR 50' }],
  ['000852.SH', { nameZh: '中证1000', nameEn: 'CSI 1000' }],
  ['000903.SH', { nameZh: '中证100', nameEn: 'CSI 100' }],
  ['000905.SH', { nameZh: '中证500', nameEn: 'CSI 500' }],
  ['000906.SH', { nameZh: '中证800', nameEn: 'CSI 800' }],
  ['000922.SH', { nameZh: '中证红利', nameEn: 'CSI Dividend' }],
  ['000985.SH', { nameZh: '中证全指', nameEn: 'CSI All Share' }],
  ['399001.SZ', { nameZh: '深证成指', nameEn: 'SZSE Component' }],
  ['399006.SZ', { nameZh: '创业板指', nameEn: 'ChiNext Index' }],
  ['932000.CSI', { nameZh: '中证2000', nameEn: 'CSI 2000' }],
  ['899050.BJ', { nameZh: '北证50', nameEn: 'BSE 50' }],
]);

/** @returns null for an index that is not known here */
export function indexName(code: string): IndexName | null {
  return NAMES.get(code) ?? null;
}
