import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LocalDate } from '../../domain/local-date.js';
import type { Adjustment } from '../../domain/price-series.js';
import { TradingCalendar } from '../../domain/trading-calendar.js';
import type { DatasetName } from '../../lake/datasets.js';
import { broadIndices, industryIndices } from './broad-indices.js';
import { industryReturns, marketReturns } from './common-returns.js';
import { writeCsv } from './csv-file.js';
import { simulateEtf, subjectReturns } from './etf-paths.js';
import { createEtfs } from './etfs.js';
import * as lines from './file-lines.js';
import { DEMO_INDUSTRIES } from './industries.js';
import { simulateMargin, sumOfMargins } from './margin-financing.js';
import { quarterStarts, takeSnapshot } from './memberships.js';
import { type DailyBars, simulateBars } from './price-paths.js';
import { listDates, riskWarnings } from './stock-list.js';
import { createStocks } from './stocks.js';
import { tradedBars } from './traded-bars.js';

export interface DemoFile {
  dataset: DatasetName;
  path: string;
  adjustment?: Adjustment;
}

const FIRST_DAY = '2022-01-04' as LocalDate;
const LAST_DAY = '2025-12-31' as LocalDate;
/** Funds have two years of bars and shares. */
const ETF_FIRST_DAY = '2024-01-02' as LocalDate;
/** Every stock has prices as traded for a year, margin financing for half of it: many rows a day. */
const TRADED_FIRST_DAY = '2024-12-02' as LocalDate;
const MARGIN_STOCK_FIRST_DAY = '2025-06-03' as LocalDate;

/**
 * Writes an invented market that behaves enough like the real one to show the product: industries whose trends turn,
 * suspensions, late listings, delistings and changes of industry, funds that money flows into and out of, margin
 * financing, stocks at their daily limits and under risk warnings. The same bytes every time.
 *
 * The demo's stocks have no dividends and no splits, so that their backward-adjusted (hfq) prices are also the traded
 * ones, but for the cents that the latter are rounded to; minute bars, which are as traded, end on the traded closes.
 * Some funds split.
 *
 * @param directory created where it is missing
 * @returns the files in the order in which they are to be imported
 */
export async function writeDemoMarket(directory: string): Promise<DemoFile[]> {
  await mkdir(directory, { recursive: true });
  const market = await simulateMarket();
  const files: (DemoFile & { header: string; content: Iterable<string> })[] = [];
  const add = (
    dataset: DatasetName,
    name: string,
    header: string,
    content: Iterable<string>,
    adjustment?: Adjustment,
  ) => files.push({ dataset, path: join(directory, name), header, content, ...(adjustment && { adjustment }) });
  add('calendar', 'calendar.csv', 'date', [market.tradingDays.map((date) => `${date}\n`).join('')]);
  add('industry_daily', 'industry_daily.csv.gz', lines.BAR_COLUMNS, lines.industryLines(market));
  add('index_daily', 'index_daily.csv.gz', lines.BAR_COLUMNS, lines.broadIndexLines(market));
  add('stock_daily', 'stock_daily.csv.gz', lines.BAR_COLUMNS, lines.stockLines(market), 'hfq');
  add('members', 'members.csv.gz', lines.MEMBER_COLUMNS, lines.memberLines(market));
  // Packing and unpacking a large file takes longer than making it.
  add('minute_bar', 'minute_bar.csv', lines.MINUTE_BAR_COLUMNS, lines.linesOfMinuteBars(market));
  add('stocks', 'stocks.csv', lines.STOCK_COLUMNS, lines.stockListLines(market));
  add('stocks', 'stock_names.csv', lines.STOCK_NAME_COLUMNS, lines.stockNameLines(market));
  add('stock_daily', 'stock_daily_traded.csv', lines.BAR_COLUMNS, lines.tradedStockLines(market), 'none');
  add('etfs', 'etfs.csv', lines.ETF_COLUMNS, lines.etfListLines(market));
  add('etf_daily', 'etf_daily.csv', lines.BAR_COLUMNS, lines.etfLines(market), 'none');
  add('etf_daily', 'etf_daily_hfq.csv', lines.BAR_COLUMNS, lines.adjustedEtfLines(market), 'hfq');
  add('etf_share', 'etf_share.csv', lines.ETF_SHARE_COLUMNS, lines.etfShareLines(market));
  add('margin_market', 'margin_market.csv', lines.MARGIN_MARKET_COLUMNS, lines.marginMarketLines(market));
  add('margin_stock', 'margin_stock.csv', lines.MARGIN_STOCK_COLUMNS, lines.marginStockLines(market));
  for (const { path, header, content } of files) await writeCsv(path, header, content);
  return files.map(({ dataset, path, adjustment }) => ({ dataset, path, ...(adjustment && { adjustment }) }));
}

export type DemoMarket = Awaited<ReturnType<typeof simulateMarket>>;

async function simulateMarket() {
  const tradingDays = TradingCalendar.of([]).between(FIRST_DAY, LAST_DAY);
  const dayCount = tradingDays.length;
  const [etfFirstDay, tradedFirstDay] = [tradingDays.indexOf(ETF_FIRST_DAY), tradingDays.indexOf(TRADED_FIRST_DAY)];
  const snapshotDays = quarterStarts(tradingDays);
  const stocks = createStocks(dayCount, snapshotDays);
  const common = {
    market: marketReturns(dayCount),
    industries: DEMO_INDUSTRIES.map(({ code }) => industryReturns(code, dayCount)),
  };
  const bars = await each(stocks, (stock) => simulateBars(stock, common));
  const snapshots = snapshotDays.map((day) => takeSnapshot(day, stocks));
  const industries = await industryIndices(snapshots, stocks, bars);
  const indices = await broadIndices(snapshots, stocks, bars);
  const etfs = createEtfs(etfFirstDay, dayCount);
  const bySubject = new Map(etfs.map(({ subject }) => [subject, subjectReturns(subject, dayCount)]));
  const margins = await each(stocks, (stock, position) => simulateMargin(stock, bars[position]!));
  return {
    tradingDays,
    /** As files write them. */
    fileDates: tradingDays.map((date) => date.replaceAll('-', '')),
    /** Where margin financing by stock begins in the files. */
    marginFirstDay: tradingDays.indexOf(MARGIN_STOCK_FIRST_DAY),
    stocks,
    /** In the order of the stocks. */
    bars,
    /** The same in cents, since `tradedFirstDay`. */
    traded: await each(stocks, (stock, position) => tradedBars(stock, bars[position]!, tradedFirstDay)),
    /** In the order of the stocks. */
    listDates: listDates(stocks, tradingDays),
    riskWarnings: riskWarnings(stocks, bars, tradedFirstDay),
    snapshots,
    /** In the order of DEMO_INDUSTRIES. */
    industries,
    indices,
    etfs,
    /** In the order of the funds. */
    etfPaths: await each(etfs, (etf) => simulateEtf(etf, industries, bySubject.get(etf.subject)!, etfFirstDay)),
    /** In the order of the stocks. */
    margins,
    marketMargin: sumOfMargins(margins, (indices.get(WHOLE_MARKET) as DailyBars).close),
  };
}

const WHOLE_MARKET = '000985.SH';

/** Lets others in between any two of the subjects. */
async function each<Subject, Result>(
  subjects: readonly Subject[],
  work: (subject: Subject, position: number) => Result,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const [position, subject] of subjects.entries()) {
    results.push(work(subject, position));
    await nextTurn();
  }
  return results;
}
