import { DEMO_INDUSTRIES } from './industries.js';
import { Random } from './random.js';

/** Days are positions in the list of trading days throughout. */
export interface DemoStock {
  code: string;
  name: string;
  /** Free-float shares. They never change: the demo knows no issues, splits or dividends. */
  shares: number;
  /** The price before the first bar. */
  startPrice: number;
  /** The largest move of a day, as a fraction of the previous close. */
  priceLimit: number;
  beta: number;
  /** Daily standard deviation of what neither market nor industry explains. */
  ownVolatility: number;
  firstDay: number;
  /** The last day of the calendar, or of the listing. */
  lastDay: number;
  /** Position of the industry in DEMO_INDUSTRIES at listing. */
  industry: number;
  /** A change of industry, in force from the close of that day. */
  move: { day: number; industry: number } | null;
  /** 1 where the stock is suspended. */
  suspended: Uint8Array;
  /** From this day on it closes at its upper limit; null = on no day by arrangement. */
  limitUpFrom: number | null;
}

interface Board {
  prefix: string;
  suffix: string;
  digits: number;
  priceLimit: number;
  /** Share of the stocks on this board and on those before it. */
  cumulativeShare: number;
}

const BOARDS: readonly Board[] = [
  { prefix: '600', suffix: '.SH', digits: 3, priceLimit: 0.1, cumulativeShare: 0.4 },
  { prefix: '000', suffix: '.SZ', digits: 3, priceLimit: 0.1, cumulativeShare: 0.65 },
  { prefix: '300', suffix: '.SZ', digits: 3, priceLimit: 0.2, cumulativeShare: 0.85 },
  { prefix: '688', suffix: '.SH', digits: 3, priceLimit: 0.2, cumulativeShare: 0.95 },
  { prefix: '83', suffix: '.BJ', digits: 4, priceLimit: 0.3, cumulativeShare: 1 },
];

const LATE_LISTING_SHARE = 0.08;
const DELISTINGS = 7;
const MOVES = 9;
/** Listings, delistings and suspensions keep this far from both ends, so that no stock lives for a few days only. */
const MARGIN_DAYS = 40;

/**
 * @param dayCount length of the trading calendar
 * @param snapshotDays days on which memberships are set, the only ones on which a stock can change industry
 * @returns the stocks in order of their codes
 */
export function createStocks(dayCount: number, snapshotDays: readonly number[]): DemoStock[] {
  const random = new Random('stocks');
  const nextNumber = new Map<Board, number>();
  const stocks: DemoStock[] = [];
  DEMO_INDUSTRIES.forEach(({ stockCount }, industry) => {
    for (let count = 0; count < stockCount; count++) {
      const board = drawBoard(random);
      const number = (nextNumber.get(board) ?? 0) + 1;
      nextNumber.set(board, number);
      const code = `${board.prefix}${String(number).padStart(board.digits, '0')}${board.suffix}`;
      const name = `示例${String(stocks.length + 1).padStart(3, '0')}`;
      stocks.push(createStock(code, name, board, industry, dayCount));
    }
  });
  giveLifeEvents(stocks, dayCount, snapshotDays, random);
  for (const stock of stocks) suspend(stock);
  stocks.push(...createNewcomers(stocks.length, dayCount));
  return stocks.sort((left, right) => (left.code < right.code ? -1 : 1));
}

/**
 * Stocks listed after the last snapshot, so that no industry has them yet. They end at their upper limits for days in a
 * row, which by chance hardly any stock does.
 */
const NEWCOMERS = [
  { code: '600901.SH', listedFor: 45, limitUps: 3 },
  { code: '688901.SH', listedFor: 30, limitUps: 2 },
];

function createNewcomers(known: number, dayCount: number): DemoStock[] {
  return NEWCOMERS.map(({ code, listedFor, limitUps }, index) => {
    const board = BOARDS.find(({ prefix }) => code.startsWith(prefix))!;
    const stock = createStock(code, `示例${known + index + 1}`, board, 0, dayCount);
    return { ...stock, firstDay: dayCount - listedFor, limitUpFrom: dayCount - limitUps };
  });
}

function drawBoard(random: Random): Board {
  const draw = random.uniform();
  return BOARDS.find((board) => draw < board.cumulativeShare)!;
}

function createStock(code: string, name: string, board: Board, industry: number, dayCount: number): DemoStock {
  const random = new Random(`stock ${code}`);
  const startPrice = Number((8 * Math.exp(0.7 * random.normal()) + 2).toFixed(2));
  const marketCap = 8e9 * Math.exp(random.normal());
  return {
    code,
    name,
    shares: Math.round(marketCap / startPrice),
    startPrice,
    priceLimit: board.priceLimit,
    beta: random.between(0.7, 1.3),
    ownVolatility: random.between(0.014, 0.024) * (board.priceLimit > 0.1 ? 1.3 : 1),
    firstDay: 0,
    lastDay: dayCount - 1,
    industry,
    move: null,
    suspended: new Uint8Array(dayCount),
    limitUpFrom: null,
  };
}

/** Late listings, delistings and changes of industry fall on different stocks, so that each can be told by itself. */
function giveLifeEvents(stocks: DemoStock[], dayCount: number, snapshotDays: readonly number[], random: Random): void {
  const drawn = random.shuffledIndexes(stocks.length).map((index) => stocks[index]!);
  for (const stock of drawn.splice(0, Math.round(stocks.length * LATE_LISTING_SHARE)))
    stock.firstDay = random.integer(MARGIN_DAYS, dayCount - MARGIN_DAYS);
  for (const stock of drawn.splice(0, DELISTINGS))
    stock.lastDay = random.integer(Math.floor(dayCount / 4), dayCount - MARGIN_DAYS);
  for (const stock of drawn.splice(0, MOVES)) {
    const steps = random.integer(1, DEMO_INDUSTRIES.length - 1);
    stock.move = {
      day: snapshotDays[random.integer(1, snapshotDays.length - 1)]!,
      industry: (stock.industry + steps) % DEMO_INDUSTRIES.length,
    };
  }
}

function suspend(stock: DemoStock): void {
  const random = new Random(`suspensions ${stock.code}`);
  const lengths: number[] = [];
  while (random.chance(0.35)) lengths.push(random.integer(1, 10));
  if (random.chance(0.04)) lengths.push(random.integer(40, 160));
  for (const length of lengths) {
    const earliest = stock.firstDay + MARGIN_DAYS;
    const latest = stock.lastDay - MARGIN_DAYS - length;
    if (latest < earliest) continue;
    const start = random.integer(earliest, latest);
    stock.suspended.fill(1, start, start + length);
  }
}
