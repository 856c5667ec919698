import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LocalDate } from '../../domain/local-date.js';
import { TradingCalendar } from '../../domain/trading-calendar.js';
import { industryReturns, marketReturns } from './common-returns.js';
import { writeCsv } from './csv-file.js';
import { type Basket, chainIndex } from './index-bars.js';
import { DEMO_INDUSTRIES } from './industries.js';
import { FIRST_INTRADAY_DATE, minuteBarLines, stocksWithMinuteBars } from './intraday-bars.js';
import { marketCap, quarterStarts, type Snapshot, takeSnapshot } from './memberships.js';
import { type DailyBars, simulateBars } from './price-paths.js';
import { Random } from './random.js';
import { createStocks, type DemoStock } from './stocks.js';

export interface DemoFile {
  dataset: 'calendar' | 'industry_daily' | 'index_daily' | 'stock_daily' | 'members' | 'minute_bar';
  path: string;
  adjustment?: 'hfq';
}

interface DemoMarket {
  tradingDays: readonly LocalDate[];
  stocks: readonly DemoStock[];
  /** In the order of the stocks. */
  bars: readonly DailyBars[];
  snapshots: readonly Snapshot[];
}

const FIRST_DAY = '2022-01-04' as LocalDate;
const LAST_DAY = '2025-12-31' as LocalDate;
const LARGE_CAP_COUNT = 300;
const BAR_COLUMNS = 'ts_code,trade_date,open,high,low,close,vol,amount';
const MINUTE_BAR_COLUMNS = 'ts_code,trade_time,open,high,low,close,vol,amount';
const MEMBER_COLUMNS = 'industry_code,industry,stock,stock_name,weight,as_of';

/** Units of `vol` and `amount`, as factors on lots of 100 shares and thousand yuan. */
interface VolumeUnits {
  volume: number;
  amount: number;
}

/** Tushare's units differ by interface. `daily` and `index_daily`: lots of 100 shares and thousand yuan. */
const LOTS_AND_THOUSAND_YUAN: VolumeUnits = { volume: 1, amount: 1 };
/** `ci_daily`: ten thousand shares and ten thousand yuan. */
const TEN_THOUSAND_SHARES_AND_YUAN: VolumeUnits = { volume: 0.01, amount: 0.1 };

/**
 * Writes an invented market that behaves enough like the real one to show the product: industries whose trends turn,
 * suspensions, late listings, delistings and changes of industry. The same bytes every time.
 *
 * The demo has no dividends and no splits, so that its backward-adjusted (hfq) prices are also the traded ones, and its
 * minute bars, which are as traded, end on the daily closes.
 *
 * @param directory created where it is missing
 * @returns the files in the order in which they are to be imported
 */
export async function writeDemoMarket(directory: string): Promise<DemoFile[]> {
  await mkdir(directory, { recursive: true });
  const market = await simulateMarket();
  const files = {
    calendar: join(directory, 'calendar.csv'),
    industries: join(directory, 'industry_daily.csv.gz'),
    indices: join(directory, 'index_daily.csv.gz'),
    stocks: join(directory, 'stock_daily.csv.gz'),
    members: join(directory, 'members.csv.gz'),
    // Packing and unpacking the largest of the files would take longer than making it.
    minuteBars: join(directory, 'minute_bar.csv'),
  };
  await writeCsv(files.calendar, 'date', [market.tradingDays.map((date) => `${date}\n`).join('')]);
  await writeCsv(files.industries, BAR_COLUMNS, industryLines(market));
  await writeCsv(files.indices, BAR_COLUMNS, broadIndexLines(market));
  await writeCsv(files.stocks, BAR_COLUMNS, stockLines(market));
  await writeCsv(files.members, MEMBER_COLUMNS, memberLines(market));
  await writeCsv(files.minuteBars, MINUTE_BAR_COLUMNS, linesOfMinuteBars(market));
  return [
    { dataset: 'calendar', path: files.calendar },
    { dataset: 'industry_daily', path: files.industries },
    { dataset: 'index_daily', path: files.indices },
    { dataset: 'stock_daily', path: files.stocks, adjustment: 'hfq' },
    { dataset: 'members', path: files.members },
    { dataset: 'minute_bar', path: files.minuteBars },
  ];
}

async function simulateMarket(): Promise<DemoMarket> {
  const tradingDays = TradingCalendar.of([]).between(FIRST_DAY, LAST_DAY);
  const snapshotDays = quarterStarts(tradingDays);
  const stocks = createStocks(tradingDays.length, snapshotDays);
  const common = {
    market: marketReturns(tradingDays.length),
    industries: DEMO_INDUSTRIES.map(({ code }) => industryReturns(code, tradingDays.length)),
  };
  const bars: DailyBars[] = [];
  for (const stock of stocks) {
    bars.push(simulateBars(stock, common));
    await nextTurn();
  }
  return { tradingDays, stocks, bars, snapshots: snapshotDays.map((day) => takeSnapshot(day, stocks)) };
}

function* industryLines(market: DemoMarket): Generator<string> {
  for (const [industry, { code }] of DEMO_INDUSTRIES.entries()) {
    const baseLevel = new Random(`base level ${code}`).integer(1_000, 10_000);
    const baskets = market.snapshots.map(({ day, membersByIndustry }) => ({
      day,
      positions: membersByIndustry[industry]!,
    }));
    const bars = chainIndex(baseLevel, baskets, market.stocks, market.bars);
    yield barLines(code, market.tradingDays, bars, TEN_THOUSAND_SHARES_AND_YUAN);
  }
}

function* broadIndexLines(market: DemoMarket): Generator<string> {
  const allStocks: Basket[] = market.snapshots.map(({ day, membersByIndustry }) => ({
    day,
    positions: membersByIndustry.flat(),
  }));
  const shanghai = allStocks.map(({ day, positions }) => ({
    day,
    positions: positions.filter((position) => market.stocks[position]!.code.endsWith('.SH')),
  }));
  const largest = allStocks.map(({ day, positions }) => {
    const cap = (position: number) => marketCap(market.stocks[position]!, market.bars[position]!, day);
    return { day, positions: positions.toSorted((left, right) => cap(right) - cap(left)).slice(0, LARGE_CAP_COUNT) };
  });
  const indices: [code: string, baseLevel: number, baskets: Basket[]][] = [
    ['000001.SH', 3_600, shanghai],
    ['000300.SH', 4_900, largest],
    ['000985.SH', 5_700, allStocks],
  ];
  for (const [code, baseLevel, baskets] of indices) {
    const bars = chainIndex(baseLevel, baskets, market.stocks, market.bars);
    yield barLines(code, market.tradingDays, bars, LOTS_AND_THOUSAND_YUAN);
  }
}

function* stockLines({ stocks, bars, tradingDays }: DemoMarket): Generator<string> {
  for (const [position, { code }] of stocks.entries())
    yield barLines(code, tradingDays, bars[position]!, LOTS_AND_THOUSAND_YUAN);
}

function* linesOfMinuteBars({ stocks, bars, tradingDays, snapshots }: DemoMarket): Generator<string> {
  const firstDay = tradingDays.indexOf(FIRST_INTRADAY_DATE);
  const snapshot = snapshots.findLast(({ day }) => day <= firstDay)!;
  for (const position of stocksWithMinuteBars(snapshot, stocks, bars, firstDay))
    yield minuteBarLines(stocks[position]!, bars[position]!, tradingDays, firstDay);
}

/** A day without trading has no line. */
function barLines(code: string, tradingDays: readonly LocalDate[], bars: DailyBars, units: VolumeUnits): string {
  let lines = '';
  for (const [day, date] of tradingDays.entries()) {
    if (bars.volume[day] === 0) continue;
    const volume = round3(bars.volume[day]! * units.volume);
    const amount = round3(bars.amount[day]! * units.amount);
    const prices = `${bars.open[day]},${bars.high[day]},${bars.low[day]},${bars.close[day]}`;
    lines += `${code},${date.replaceAll('-', '')},${prices},${volume},${amount}\n`;
  }
  return lines;
}

function* memberLines({ snapshots, stocks, bars, tradingDays }: DemoMarket): Generator<string> {
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

function round3(value: number): number {
  return Math.round(value * 1000) / 1000;
}
