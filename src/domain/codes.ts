/**
 * Codes in the one form that answers carry: stocks and indices with their exchange (600519.SH, 000300.SH), CITIC
 * industries as CI005001, Shenwan industries as six digits. Each function takes what vendors write and returns that
 * form, or null for a text that is no such code.
 */

/** Other vendors' names of the exchanges. */
const EXCHANGES: Readonly<Record<string, string>> = { XSHG: 'SH', SS: 'SH', XSHE: 'SZ' };

/** @param text with the exchange behind (600519.SH, 600519.XSHG), before (sh600519, sh.600519), or not told */
export function normaliseStockCode(text: string): string | null {
  return normaliseExchange(text, (digits) => {
    if (/^(4|8|92)/.test(digits)) return 'BJ';
    if (/^(6|90)/.test(digits)) return 'SH';
    return /^[023]/.test(digits) ? 'SZ' : null;
  });
}

/** @param exchangeOf the exchange of six digits that come without one */
function normaliseExchange(text: string, exchangeOf: (digits: string) => string | null): string | null {
  const match = /^(?:(SH|SZ|BJ)\.?(\d{6})|(\d{6})(?:\.(SH|SZ|BJ|XSHG|SS|XSHE))?)$/.exec(text.trim().toUpperCase());
  if (!match) return null;
  const digits = (match[2] ?? match[3]) as string;
  const exchange = match[1] ?? match[4] ?? exchangeOf(digits);
  return exchange === null ? null : `${digits}.${EXCHANGES[exchange] ?? exchange}`;
}

export function normaliseIndustryCode(text: string): string | null {
  const match = /^(?:(CI\d{6})(?:\.(?:CI|WI))?|(801\d{3})(?:\.SI)?)$/.exec(text.trim().toUpperCase());
  return match ? ((match[1] ?? match[2]) as string) : null;
}

export function normaliseIndexCode(text: string): string | null {
  const match = /^([0-9H]\d{5})(?:\.([A-Z]{2,4}))?$/.exec(text.trim().toUpperCase());
  if (!match) return null;
  const [, digits, exchange] = match as unknown as [string, string, string | undefined];
  if (exchange !== undefined) return `${digits}.${EXCHANGES[exchange] ?? exchange}`;
  if (digits.startsWith('000')) return `${digits}.SH`;
  if (digits.startsWith('399')) return `${digits}.SZ`;
  return `${digits}.CSI`;
}

/** Exchange-traded funds and the other funds listed on the exchanges. */
export function normaliseFundCode(text: string): string | null {
  const code = normaliseExchange(text, (digits) => (/^5/.test(digits) ? 'SH' : /^1[568]/.test(digits) ? 'SZ' : null));
  return code !== null && /^(5\d{5}\.SH|1[568]\d{4}\.SZ)$/.test(code) ? code : null;
}

/** Whether a listed fund's code lies where the exchanges put exchange-traded funds: 51 to 58 (50: other funds) and 159. */
export function isEtfCode(code: string): boolean {
  return /^(5[1-8]\d{4}\.SH|159\d{3}\.SZ)$/.test(code);
}

/** What can be bought on margin: stocks and funds. */
export function normaliseMarginCode(text: string): string | null {
  return normaliseFundCode(text) ?? normaliseStockCode(text);
}

/** An exchange in the letters that Tushare uses, or ALL for the sum of all. */
export function normaliseMarginMarketCode(text: string): string | null {
  const code = text.trim().toUpperCase();
  return ['SSE', 'SZSE', 'BSE', 'ALL'].includes(code) ? code : null;
}
