import type { LocalDate } from '../../domain/local-date.js';
import type { DemoMarket } from './demo-market.js';
import { DEMO_INDUSTRIES } from './industries.js';
import { FIRST_INTRADAY_DATE, minuteBarLines, stocksWithMinuteBars } from './intraday-bars.js';
import { marketCap } from './memberships.js';
import type { DailyBars } from './price-paths.js';

/** The files' columns and lines: names and units are Tushare's, but for the snapshots of members. */

export const BAR_COLUMNS = 'ts_code,trade_date,open,high,low,close,vol,amount';
export const MINUTE_BAR_COLUMNS = 'ts_code,trade_time,open,high,low,close,vol,amount';
export const MEMBER_COLUMNS = 'industry_code,industry,stock,stock_name,weight,as_of';
export const STOCK_COLUMNS = 'ts_code,name,list_date';
export const STOCK_NAME_COLUMNS = 'ts_code,name,start_date,end_date';
export const ETF_COLUMNS = 'ts_code,extname,mgr_name,list_date';
export const ETF_SHARE_COLUMNS = 'trade_date,ts_code,total_share,total_size,nav';
export const MARGIN_MARKET_COLUMNS = 'trade_date,rzye,rqye,rzmre,rzche,maintenance_ratio';
export const MARGIN_STOCK_COLUMNS = 'trade_date,ts_code,rzye,rqye,rzmre,rzche';

/** Units of `vol` and `amount`, as factors on lots of 100 shares and thousand yuan. */
interface VolumeUnits {
  volume: number;
  amount: number;
}

/** Tushare's units differ by interface. `daily` and `index_daily`: lots of 100 shares and thousand yuan. */
const LOTS_AND_THOUSAND_YUAN: VolumeUnits = { volume: 1, amount: 1 };
/** `ci_daily`: ten thousand shares and ten thousand yuan. */
const TEN_THOUSAND_SHARES_AND_YUAN: VolumeUnits = { volume: 0.01, amount: 0.1 };

export function* industryLines({ industries, fileDates }: DemoMarket): Generator<string> {
  for (const [industry, { code }] of DEMO_INDUSTRIES.entries())
    yield barLines(code, fileDates, industries[industry]!, TEN_THOUSAND_SHARES_AND_YUAN);
}

export function* broadIndexLines({ indices, fileDates }: DemoMarket): Generator<string> {
  for (const [code, bars] of indices) yield barLines(code, fileDates, bars, LOTS_AND_THOUSAND_YUAN);
}

export function* stockLines({ stocks, bars, fileDates }: DemoMarket): Generator<string> {
  for (const [position, { code }] of stocks.entries())
    yield barLines(code, fileDates, bars[position]!, LOTS_AND_THOUSAND_YUAN);
}

export function* tradedStockLines({ stocks, traded, fileDates }: DemoMarket): Generator<string> {
  for (const [position, { code }] of stocks.entries())
    yield barLines(code, fileDates, traded[position]!, LOTS_AND_THOUSAND_YUAN);
}

export function* linesOfMinuteBars({ stocks, bars, traded, tradingDays, snapshots }: DemoMarket): Generator<string> {
  const firstDay = tradingDays.indexOf(FIRST_INTRADAY_DATE);
  const snapshot = snapshots.findLast(({ day }) => day <= firstDay)!;
  for (const position of stocksWithMinuteBars(snapshot, stocks, bars, firstDay))
    yield minuteBarLines(stocks[position]!, traded[position]!, tradingDays, firstDay);
}

export function* stockListLines({ stocks, riskWarnings, listDates }: DemoMarket): Generator<string> {
  const warned = new Set(riskWarnings.filter(({ lastDay }) => lastDay === null).map(({ stock }) => stock));
  yield stocks
    .map((stock, position) => {
      const name = `${warned.has(stock) ? 'ST' : ''}${stock.name}`;
      return `${stock.code},${name},${compact(listDates[position]!)}\n`;
    })
    .join('');
}

/** A stock under a warning bears its name with ST, and its own before and after. */
export function* stockNameLines({ stocks, riskWarnings, listDates, fileDates }: DemoMarket): Generator<string> {
  for (const { stock, firstDay, lastDay } of riskWarnings) {
    const listed = compact(listDates[stocks.indexOf(stock)]!);
    yield `${stock.code},${stock.name},${listed},${fileDates[firstDay - 1]}\n`;
    yield `${stock.code},ST${stock.name},${fileDates[firstDay]},${lastDay === null ? '' : fileDates[lastDay]}\n`;
    if (lastDay !== null) yield `${stock.code},${stock.name},${fileDates[lastDay + 1]},\n`;
  }
}

export function* etfListLines({ etfs, fileDates }: DemoMarket): Generator<string> {
  yield etfs.map(({ code, name, manager, listDay }) => `${code},${name},${manager},${fileDates[listDay]}\n`).join('');
}

export function* etfLines({ etfs, etfPaths, fileDates }: DemoMarket): Generator<string> {
  for (const [position, { code }] of etfs.entries())
    yield barLines(code, fileDates, etfPaths[position]!.bars, LOTS_AND_THOUSAND_YUAN);
}

/** Backward-adjusted prices beside volumes and amounts as traded, as vendors give them. */
export function* adjustedEtfLines({ etfs, etfPaths, fileDates }: DemoMarket): Generator<string> {
  for (const [position, { code }] of etfs.entries()) {
    const { bars, adjustment } = etfPaths[position]!;
    const adjusted = (prices: Float64Array): Float64Array =>
      prices.map((price, day) => round4(price * adjustment[day]!));
    const prices = { open: bars.open, high: bars.high, low: bars.low, close: bars.close };
    const own = Object.fromEntries(Object.entries(prices).map(([name, values]) => [name, adjusted(values)]));
    yield barLines(code, fileDates, { ...bars, ...own }, LOTS_AND_THOUSAND_YUAN);
  }
}

/** Shares and sizes in ten thousands. */
export function* etfShareLines({ etfs, etfPaths, fileDates }: DemoMarket): Generator<string> {
  for (const [position, { code }] of etfs.entries()) {
    const { shares, nav } = etfPaths[position]!;
    let lines = '';
    for (const [day, date] of fileDates.entries()) {
      if (Number.isNaN(shares[day]!)) continue;
      lines += `${date},${code},${shares[day]! / 1e4},${round4((shares[day]! * nav[day]!) / 1e4)},${nav[day]}\n`;
    }
    yield lines;
  }
}

export function* marginMarketLines({ marketMargin, fileDates }: DemoMarket): Generator<string> {
  const { financingBalance, lendingBalance, financingBought, financingRepaid, maintenanceRatio } = marketMargin;
  const columns = [financingBalance, lendingBalance, financingBought, financingRepaid, maintenanceRatio];
  yield fileDates.map((date, day) => `${date},${columns.map((column) => column[day]).join()}\n`).join('');
}

export function* marginStockLines({ stocks, margins, fileDates, marginFirstDay }: DemoMarket): Generator<string> {
  for (const [position, { code, firstDay, lastDay }] of stocks.entries()) {
    const { financingBalance, lendingBalance, financingBought, financingRepaid } = margins[position]!;
    let lines = '';
    for (let day = Math.max(firstDay, marginFirstDay); day <= lastDay; day++) {
      const figures = `${financingBalance[day]},${lendingBalance[day]},${financingBought[day]},${financingRepaid[day]}`;
      lines += `${fileDates[day]},${code},${figures}\n`;
    }
    yield lines;
  }
}

/** A day without trading has no line. */
function barLines(code: string, fileDates: readonly string[], bars: DailyBars, units: VolumeUnits): string {
  let lines = '';
  for (const [day, date] of fileDates.entries()) {
    if (bars.volume[day] === 0) continue;
    const volume = round3(bars.volume[day]! * units.volume);
    const amount = round3(bars.amount[day]! * units.amount);
    const prices = `${bars.open[day]},${bars.high[day]},${bars.low[day]},${bars.close[day]}`;
    lines += `${code},${date},${prices},${volume},${amount}\n`;
  }
  return lines;
}

export function* memberLines({ snapshots, stocks, bars, tradingDays }: DemoMarket): Generator<string> {
  for (const { day, membersByIndustry } of snapshots) {
    let lines = '';
    for (const [industry, positions] of membersByIndustry.entries()) {
      const { code, name } = DEMO_INDUSTRIES[industry]!;
      const caps = positions.map((position) => marketCap(stocks[position]!, bars[position]!, day));
      const industryCap = caps.reduce((sum, cap) => sum + cap, 0);
      for (const [order, position] of positions.entries()) {
        const weight = ((100 * caps[order]!) / industryCap).toFixed(4);
        const stock = stocks[position]!;
        lines += `${code},${name},${stock.code},${stock.name},${weight},${tradingDays[day]}\n`;
      }
    }
    yield lines;
  }
}

function compact(date: LocalDate): string {
  return date.replaceAll('-', '');
}

function round3(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function round4(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
