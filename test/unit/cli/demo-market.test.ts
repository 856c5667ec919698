import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DemoFile, writeDemoMarket } from '#lundong/cli/demo-market/demo-market.js';
import { classifyEtf } from '#lundong/domain/etf-category.js';
import { parseEtfRules } from '#lundong/domain/etf-rules.js';
import { groupBy } from '#lundong/domain/group-by.js';
import type { LocalDate } from '#lundong/domain/local-date.js';
import { type Board, boardOf, limitFlag } from '#lundong/domain/price-limit.js';
import { recogniseSplit } from '#lundong/domain/share-split.js';
import { riskWarningsOf } from '#lundong/domain/stock.js';

interface Bar {
  day: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  amount: number;
}

interface Member {
  industryCode: string;
  industry: string;
  stock: string;
  stockName: string;
  weight: number;
}

const BAR_HEADER = 'ts_code,trade_date,open,high,low,close,vol,amount';

const directory = mkdtempSync(join(tmpdir(), 'lundong-demo-'));
let files: DemoFile[];
let calendar: string[];
/** Position of a compact date, e.g. 20220104, in the calendar. */
let dayOf: Map<string, number>;
let stockBars: Map<string, Bar[]>;
let traded: Map<string, Bar[]>;
let industryBars: Map<string, Bar[]>;
let indexBars: Map<string, Bar[]>;
/** By date, YYYY-MM-DD, in order. */
let snapshots: Map<string, Member[]>;

beforeAll(async () => {
  files = await writeDemoMarket(directory);
  calendar = linesOf('calendar.csv', 'date');
  dayOf = new Map(calendar.map((date, day) => [date.replaceAll('-', ''), day]));
  stockBars = barsOf('stock_daily.csv.gz');
  traded = barsOf('stock_daily_traded.csv');
  industryBars = barsOf('industry_daily.csv.gz');
  indexBars = barsOf('index_daily.csv.gz');
  snapshots = new Map();
  for (const line of linesOf('members.csv.gz', 'industry_code,industry,stock,stock_name,weight,as_of')) {
    const [industryCode, industry, stock, stockName, weight, asOf] = line.split(',') as [
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    const members = snapshots.get(asOf) ?? [];
    members.push({ industryCode, industry, stock, stockName, weight: Number(weight) });
    snapshots.set(asOf, members);
  }
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

function linesOf(name: string, header: string): string[] {
  const { path } = files.find((file) => basename(file.path) === name)!;
  const content = readFileSync(path);
  const lines = (path.endsWith('.gz') ? gunzipSync(content) : content).toString('utf8').split('\n');
  expect(lines.shift()).toBe(header);
  expect(lines.pop()).toBe('');
  return lines;
}

function barsOf(name: string): Map<string, Bar[]> {
  const bars = new Map<string, Bar[]>();
  for (const line of linesOf(name, BAR_HEADER)) {
    const [code, date, ...numbers] = line.split(',') as [string, string, ...string[]];
    const [open, high, low, close, volume, amount] = numbers.map(Number) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const series = bars.get(code) ?? [];
    series.push({ day: dayOf.get(date) ?? -1, open, high, low, close, volume, amount });
    bars.set(code, series);
  }
  return bars;
}

function hashesOf(written: DemoFile[]): Record<string, string> {
  return Object.fromEntries(
    written.map(({ path }) => [basename(path), createHash('sha256').update(readFileSync(path)).digest('hex')]),
  );
}

/** A close for every day of the calendar: the last one where there was no trading, NaN before the listing. */
function carriedCloses(bars: readonly Bar[]): Float64Array {
  const closes = new Float64Array(calendar.length).fill(Number.NaN);
  bars.forEach((bar, number) => {
    closes.fill(bar.close, bar.day, bars[number + 1]?.day);
  });
  return closes;
}

describe('the files', () => {
  it('come in the order in which they are to be imported', () => {
    expect(files.map(({ dataset, path, adjustment }) => [dataset, basename(path), adjustment])).toEqual([
      ['calendar', 'calendar.csv', undefined],
      ['industry_daily', 'industry_daily.csv.gz', undefined],
      ['index_daily', 'index_daily.csv.gz', undefined],
      ['stock_daily', 'stock_daily.csv.gz', 'hfq'],
      ['members', 'members.csv.gz', undefined],
      ['minute_bar', 'minute_bar.csv', undefined],
      ['stocks', 'stocks.csv', undefined],
      ['stocks', 'stock_names.csv', undefined],
      ['stock_daily', 'stock_daily_traded.csv', 'none'],
      ['etfs', 'etfs.csv', undefined],
      ['etf_daily', 'etf_daily.csv', 'none'],
      ['etf_daily', 'etf_daily_hfq.csv', 'hfq'],
      ['etf_share', 'etf_share.csv', undefined],
      ['margin_market', 'margin_market.csv', undefined],
      ['margin_stock', 'margin_stock.csv', undefined],
    ]);
  });

  it('are the same to the byte when they are written again', async () => {
    const again = mkdtempSync(join(tmpdir(), 'lundong-demo-'));
    try {
      expect(hashesOf(await writeDemoMarket(again))).toEqual(hashesOf(files));
    } finally {
      rmSync(again, { recursive: true, force: true });
    }
  });
});

describe('the calendar', () => {
  it('has the trading days of 2022 to 2025', () => {
    const byYear = ['2022', '2023', '2024', '2025'].map(
      (year) => calendar.filter((date) => date.startsWith(year)).length,
    );
    expect(byYear).toEqual([242, 242, 242, 243]);
    expect([calendar[0], calendar.at(-1)]).toEqual(['2022-01-04', '2025-12-31']);
    expect(calendar).toEqual(calendar.toSorted());
  });

  it.each([
    ['2024-10-01', 'National Day'],
    ['2024-02-04', 'a Sunday worked in exchange for a holiday'],
    ['2024-02-09', 'closed by the exchanges'],
    ['2025-11-22', 'a Saturday'],
  ])('leaves out %s, %s', (date) => {
    expect(calendar).not.toContain(date);
  });
});

describe('the bars', () => {
  it('cover 30 industries and seven indices on every day', () => {
    expect([...industryBars.keys()]).toEqual(
      Array.from({ length: 30 }, (_, index) => `CI005${String(index + 1).padStart(3, '0')}.CI`),
    );
    expect([...indexBars.keys()]).toEqual([
      '000001.SH',
      '000300.SH',
      '000688.SH',
      '000905.SH',
      '000985.SH',
      '399001.SZ',
      '399006.SZ',
    ]);
    for (const bars of [...industryBars.values(), ...indexBars.values()])
      expect(bars.map(({ day }) => day)).toEqual(calendar.map((_, day) => day));
  });

  it('cover about 600 stocks of all boards', () => {
    expect(stockBars.size).toBeGreaterThanOrEqual(560);
    expect(stockBars.size).toBeLessThanOrEqual(640);
    const boards = new Set([...stockBars.keys()].map((code) => `${code.slice(0, 2)}${code.slice(6)}`));
    expect([...boards].sort()).toEqual(['00.SZ', '30.SZ', '60.SH', '68.SH', '83.BJ']);
  });

  it('lie on trading days, in order of code and date', () => {
    expect([...stockBars.keys()]).toEqual([...stockBars.keys()].sort());
    const misplaced = [...stockBars].filter(([, bars]) =>
      bars.some(({ day }, number) => day <= (bars[number - 1]?.day ?? -1)),
    );
    expect(misplaced).toEqual([]);
  });

  it('have 0 < low ≤ open, close ≤ high, at most four decimals, and some trading', () => {
    const wrong: [string, Bar][] = [];
    for (const [code, bars] of [...stockBars, ...industryBars, ...indexBars])
      for (const bar of bars) {
        const { open, high, low, close, volume, amount } = bar;
        const ordered = low > 0 && low <= Math.min(open, close) && Math.max(open, close) <= high;
        const rounded = [open, high, low, close].every((price) => Number(price.toFixed(4)) === price);
        if (!ordered || !rounded || !(volume > 0) || !(amount > 0)) wrong.push([code, bar]);
      }
    expect(wrong).toEqual([]);
  });

  it('give stocks in lots and thousand yuan: the average price lies between low and high', () => {
    const wrong: [string, Bar][] = [];
    for (const [code, bars] of stockBars)
      for (const bar of bars) {
        const shares = bar.volume * 100;
        const averagePrice = (bar.amount * 1000) / shares;
        const slack = 0.5 / shares + 1e-9; // amounts are rounded to a yuan
        if (averagePrice < bar.low - slack || averagePrice > bar.high + slack) wrong.push([code, bar]);
      }
    expect(wrong).toEqual([]);
  });

  it('give industries in ten thousand shares and ten thousand yuan, as the sums of their members', () => {
    const day = calendar.indexOf('2025-12-31');
    for (const [industryCode, bars] of industryBars) {
      const members = snapshots.get('2025-10-09')!.filter((member) => member.industryCode === industryCode);
      const ofDay = members.flatMap(({ stock }) => stockBars.get(stock)!.filter((bar) => bar.day === day));
      const lots = ofDay.reduce((sum, { volume }) => sum + volume, 0);
      const thousandYuan = ofDay.reduce((sum, { amount }) => sum + amount, 0);
      expect(bars[day]!.volume).toBeCloseTo(lots / 100, 2);
      expect(bars[day]!.amount).toBeCloseTo(thousandYuan / 10, 2);
    }
  });

  it('keep the daily moves of a stock within the limit of its board', () => {
    const limitOf = (code: string) => (code.endsWith('.BJ') ? 0.3 : /^(300|688)/.test(code) ? 0.2 : 0.1);
    const wrong: [string, Bar][] = [];
    let atLimit = 0;
    for (const [code, bars] of stockBars)
      bars.forEach((bar, number) => {
        if (number === 0) return;
        const previousClose = bars[number - 1]!.close;
        // Half a price step of 0.0001 either way comes from rounding.
        const room = previousClose * limitOf(code) + 0.000_051;
        if (bar.high - previousClose > room || previousClose - bar.low > room) wrong.push([code, bar]);
        if (Math.abs(bar.close - previousClose) > room - 0.000_102) atLimit++;
      });
    expect(wrong).toEqual([]);
    expect(atLimit).toBeGreaterThan(100);
  });

  it('show suspensions, some long, late listings and delistings', () => {
    const gaps: number[] = [];
    for (const bars of stockBars.values())
      for (let number = 1; number < bars.length; number++) {
        const missing = bars[number]!.day - bars[number - 1]!.day - 1;
        if (missing > 0) gaps.push(missing);
      }
    expect(gaps.length).toBeGreaterThan(100);
    expect(gaps.filter((missing) => missing >= 40).length).toBeGreaterThanOrEqual(10);

    const all = [...stockBars.values()];
    const late = all.filter((bars) => bars[0]!.day > 0).length;
    expect(late / all.length).toBeCloseTo(0.08, 2);
    expect(all.filter((bars) => bars.at(-1)!.day < calendar.length - 1)).toHaveLength(7);
  });
});

describe('the memberships', () => {
  it('are taken on the first trading day of every quarter', () => {
    const quarterOf = (date: string) => `${date.slice(0, 4)} ${Math.ceil(Number(date.slice(5, 7)) / 3)}`;
    const firstDays = calendar.filter((date, day) => day === 0 || quarterOf(date) !== quarterOf(calendar[day - 1]!));
    expect([...snapshots.keys()]).toEqual(firstDays);
    expect(firstDays).toHaveLength(16);
  });

  it('hold all 30 industries, whose weights sum to 100', () => {
    for (const members of snapshots.values()) {
      const sums = new Map<string, number>();
      for (const { industryCode, weight } of members) sums.set(industryCode, (sums.get(industryCode) ?? 0) + weight);
      expect([...sums.keys()]).toEqual([...industryBars.keys()]);
      for (const sum of sums.values()) expect(Math.abs(sum - 100)).toBeLessThanOrEqual(0.01);
    }
  });

  it('hold exactly the stocks that are listed on the day, once each', () => {
    for (const [asOf, members] of snapshots) {
      const day = calendar.indexOf(asOf);
      const listed = [...stockBars].filter(([, bars]) => bars[0]!.day <= day && bars.at(-1)!.day >= day);
      expect(members.map(({ stock }) => stock).sort()).toEqual(listed.map(([code]) => code).sort());
    }
  });

  it('change industry for at least six stocks', () => {
    const industriesOf = new Map<string, Set<string>>();
    for (const { stock, industryCode } of [...snapshots.values()].flat())
      industriesOf.set(stock, (industriesOf.get(stock) ?? new Set()).add(industryCode));
    const changed = [...industriesOf.values()].filter((industries) => industries.size > 1);
    expect(changed.length).toBeGreaterThanOrEqual(6);
  });

  it('name the industries as CITIC does and the stocks so that nobody takes them for real', () => {
    const members = [...snapshots.values()].flat();
    const names = new Map(members.map(({ industryCode, industry }) => [industryCode, industry]));
    expect(names.get('CI005001.CI')).toBe('石油石化');
    expect(names.get('CI005022.CI')).toBe('非银行金融');
    expect(names.get('CI005030.CI')).toBe('综合金融');
    expect(new Set(names.values()).size).toBe(30);
    expect(members.filter(({ stockName }) => !/^示例\d{3}$/.test(stockName))).toEqual([]);
  });
});

describe('the industry indices', () => {
  it('return what their members return, weighted by the last snapshot and drifted by price', () => {
    const closes = new Map([...stockBars].map(([code, bars]) => [code, carriedCloses(bars)]));
    const startDays = [...snapshots.keys()].map((asOf) => calendar.indexOf(asOf));
    let largestDifference = 0;
    [...snapshots.values()].forEach((members, number) => {
      const start = startDays[number]!;
      const end = startDays[number + 1] ?? calendar.length - 1;
      for (const [industryCode, bars] of industryBars) {
        const own = members.filter((member) => member.industryCode === industryCode);
        const worth = (day: number) =>
          own.reduce((sum, { stock, weight }) => {
            const series = closes.get(stock)!;
            return sum + (weight * series[day]!) / series[start]!;
          }, 0);
        for (let day = start + 1; day <= end; day++) {
          const indexReturn = bars[day]!.close / bars[day - 1]!.close - 1;
          const memberReturn = worth(day) / worth(day - 1) - 1;
          largestDifference = Math.max(largestDifference, Math.abs(indexReturn - memberReturn));
        }
      }
    });
    // A hundredth of a basis point: weights are printed with four decimals, levels and prices too.
    expect(largestDifference).toBeLessThan(1e-6);
  });

  it('turn: the order of their half-year returns changes from year to year', () => {
    const returnOver = (bars: readonly Bar[], from: number, to: number) => bars[to]!.close / bars[from]!.close - 1;
    const bestSix = (to: number) =>
      [...industryBars]
        .toSorted(([, left], [, right]) => returnOver(right, to - 120, to) - returnOver(left, to - 120, to))
        .slice(0, 6)
        .map(([code]) => code);
    const [earlier, later] = [bestSix(480), bestSix(calendar.length - 1)];
    expect(later.filter((code) => earlier.includes(code)).length).toBeLessThanOrEqual(3);
  });
});

describe('the minute bars', () => {
  interface MinuteBar extends Bar {
    time: string;
  }
  /** By code and position of the day; bars in the order of the file. */
  const minuteBars = new Map<string, Map<number, MinuteBar[]>>();
  beforeAll(() => {
    for (const line of linesOf('minute_bar.csv', 'ts_code,trade_time,open,high,low,close,vol,amount')) {
      const [code, moment, ...numbers] = line.split(',') as [string, string, ...string[]];
      const [open, high, low, close, volume, amount] = numbers.map(Number) as [
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      const [date, time] = moment.split(' ') as [string, string];
      const day = calendar.indexOf(date);
      const days = minuteBars.get(code) ?? new Map<number, MinuteBar[]>();
      minuteBars.set(code, days);
      days.set(day, [...(days.get(day) ?? []), { day, time, open, high, low, close, volume, amount }]);
    }
  });
  const everyDay = (): { daily: Bar; bars: MinuteBar[] }[] =>
    [...minuteBars].flatMap(([code, days]) =>
      [...days].map(([day, bars]) => ({ daily: traded.get(code)!.find((bar) => bar.day === day)!, bars })),
    );

  it('cover four stocks of every industry from June 2025 on, on the very days on which they trade', () => {
    const industries = new Map<string, number>();
    for (const { industryCode, stock } of snapshots.get('2025-04-01')!)
      if (minuteBars.has(stock)) industries.set(industryCode, (industries.get(industryCode) ?? 0) + 1);
    expect(industries.size).toBe(30);
    expect([...new Set(industries.values())]).toEqual([4]);
    expect(minuteBars.size).toBe(120);
    const first = calendar.indexOf('2025-06-03');
    for (const [code, days] of minuteBars)
      expect([...days.keys()]).toEqual(stockBars.get(code)!.flatMap(({ day }) => (day >= first ? [day] : [])));
    // A window of 40 days, the means of the 20 days before it and some suspensions fit in before October.
    expect(calendar.indexOf('2025-10-09') - first).toBeGreaterThanOrEqual(80);
  });

  it('are sixteen a day, named by their ends', () => {
    const times =
      '09:45 10:00 10:15 10:30 10:45 11:00 11:15 11:30 13:15 13:30 13:45 14:00 14:15 14:30 14:45 15:00'.split(' ');
    const wrong = everyDay().filter(
      ({ bars }) => bars.map(({ time }) => time).join() !== times.map((t) => `${t}:00`).join(),
    );
    expect(wrong).toEqual([]);
  });

  it('have the open, high, low, close and volume of the day between them, and open where the one before closed', () => {
    const wrong = everyDay().filter(
      ({ daily, bars }) =>
        bars[0]!.open !== daily.open ||
        bars.at(-1)!.close !== daily.close ||
        Math.max(...bars.map(({ high }) => high)) !== daily.high ||
        Math.min(...bars.map(({ low }) => low)) !== daily.low ||
        bars.reduce((sum, { volume }) => sum + volume, 0) !== daily.volume * 100 ||
        bars.some((bar, index) => index > 0 && bar.open !== bars[index - 1]!.close),
    );
    expect(wrong).toEqual([]);
  });

  it('have 0 < low ≤ open, close ≤ high, whole cents, and an average price between low and high', () => {
    const wrong = everyDay().flatMap(({ bars }) =>
      bars.filter(({ open, high, low, close, volume, amount }) => {
        const ordered = low > 0 && low <= Math.min(open, close) && Math.max(open, close) <= high;
        const rounded = [open, high, low, close].every((price) => Number(price.toFixed(2)) === price);
        // Amounts are rounded to a yuan.
        const fitting = amount >= low * volume - 0.5 && amount <= high * volume + 0.5;
        return !(ordered && rounded && fitting && volume >= 0 && volume % 100 === 0);
      }),
    );
    expect(wrong).toEqual([]);
  });

  it('stand at daily limits now and then, as only whole cents can', () => {
    let atLimit = 0;
    for (const [code, days] of minuteBars) {
      const board = boardOf(code) as Board;
      const percent = { MAIN: 10, CHINEXT: 20, STAR: 20, BEIJING: 30 }[board];
      const daily = traded.get(code)!;
      for (const [day, bars] of days) {
        const before = daily[daily.findIndex((bar) => bar.day === day) - 1]!;
        atLimit += bars.filter(({ close }) => limitFlag(board, close, before.close, percent) !== 0).length;
      }
    }
    expect(atLimit).toBeGreaterThan(10);
  });

  it('trade most in the first and the last quarter of an hour', () => {
    const share = new Float64Array(16);
    const days = everyDay();
    for (const { daily, bars } of days)
      bars.forEach(({ volume }, slot) => {
        share[slot]! += volume / (daily.volume * 100) / days.length;
      });
    expect(share[0]).toBeGreaterThan(0.12);
    expect(share[15]).toBeGreaterThan(0.08);
    expect(Math.max(...share.slice(4, 13))).toBeLessThan(0.065);
  });

  it('move inside the day about as much as stocks do: 1 % to 3 %', () => {
    const realized = everyDay().map(({ bars }) =>
      Math.sqrt(bars.reduce((sum, { open, close }) => sum + Math.log(close / open) ** 2, 0)),
    );
    const median = realized.toSorted((left, right) => left - right)[Math.floor(realized.length / 2)]!;
    expect(median).toBeGreaterThan(0.01);
    expect(median).toBeLessThan(0.03);
  });
});

/** Lines of a file as records of their cells. */
function recordsOf(name: string, header: string): Record<string, string>[] {
  const names = header.split(',');
  return linesOf(name, header).map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(names.map((column, index) => [column, cells[index]!]));
  });
}

describe('the prices as traded', () => {
  it('are the others in whole cents, from 2024-12-02 on', () => {
    const firstDay = calendar.indexOf('2024-12-02');
    let compared = 0;
    for (const [code, bars] of stockBars) {
      const recent = bars.filter(({ day }) => day >= firstDay);
      const own = traded.get(code) ?? [];
      expect(own.map(({ day }) => day)).toEqual(recent.map(({ day }) => day));
      own.forEach((bar, index) => {
        for (const price of ['open', 'high', 'low', 'close'] as const) {
          expect(Number(bar[price].toFixed(2))).toBe(bar[price]);
          // A limit in cents may lie a little more than the half cent away.
          if (Math.abs(bar[price] - recent[index]![price]) > 0.0151) throw new Error(`${code} ${bar.day} ${price}`);
        }
        compared++;
      });
    }
    expect(compared).toBe(158_438);
  });

  it('stand at their limits on many days, at the end for three in a row', () => {
    let [ups, downs, longest] = [0, 0, 0];
    for (const [code, bars] of traded) {
      const board = boardOf(code) as Board;
      const percent = { MAIN: 10, CHINEXT: 20, STAR: 20, BEIJING: 30 }[board];
      let streak = 0;
      bars.forEach(({ close }, index) => {
        const flag = limitFlag(board, close, bars[index - 1]?.close ?? Number.NaN, percent);
        if (flag === 1) ups++;
        if (flag === -1) downs++;
        streak = flag === 1 ? streak + 1 : 0;
        longest = Math.max(longest, streak);
      });
    }
    expect(ups).toBeGreaterThan(50);
    expect(downs).toBeGreaterThan(50);
    expect(longest).toBe(3);
  });
});

describe('the list of stocks', () => {
  it('has every stock with a listing date not after its first bar', () => {
    const stocks = recordsOf('stocks.csv', 'ts_code,name,list_date');
    expect(stocks.map(({ ts_code }) => ts_code)).toEqual([...stockBars.keys()]);
    for (const { ts_code, list_date } of stocks) {
      const [first] = stockBars.get(ts_code!)!;
      expect(list_date! <= calendar[first!.day]!.replaceAll('-', '')).toBe(true);
      if (first!.day > 0) expect(list_date).toBe(calendar[first!.day]!.replaceAll('-', ''));
    }
  });

  it('has ten stays under ST, in which no main-board stock moves 5 % a day', () => {
    const rows = recordsOf('stock_names.csv', 'ts_code,name,start_date,end_date');
    const stays = [...new Set(rows.map(({ ts_code }) => ts_code!))].flatMap((code) =>
      riskWarningsOf(
        rows
          .filter(({ ts_code }) => ts_code === code)
          .map(({ name, start_date, end_date }) => ({
            name: name!,
            from: dashed(start_date!),
            to: end_date === '' ? null : dashed(end_date!),
          })),
      ).map((stay) => ({ code, ...stay })),
    );
    expect(stays).toHaveLength(10);
    for (const { code, from, until } of stays) {
      expect(boardOf(code)).toBe('MAIN');
      const bars = stockBars.get(code)!;
      bars.forEach((bar, index) => {
        const date = calendar[bar.day]!;
        if (date < from || (until !== null && date >= until)) return;
        const before = bars[index - 1]!.close;
        expect(Math.max(bar.high / before - 1, 1 - bar.low / before)).toBeLessThan(0.0451);
      });
    }
  });
});

describe('the funds', () => {
  interface ShareDay {
    shares: number;
    size: number;
    nav: number;
  }
  let bars: Map<string, Bar[]>;
  let adjusted: Map<string, Bar[]>;
  /** By code and day. */
  let shareDays: Map<string, Map<number, ShareDay>>;
  let etfs: { code: string; name: string }[];
  beforeAll(() => {
    bars = barsOf('etf_daily.csv');
    adjusted = barsOf('etf_daily_hfq.csv');
    etfs = recordsOf('etfs.csv', 'ts_code,extname,mgr_name,list_date').map((row) => ({
      code: row.ts_code!,
      name: row.extname!,
    }));
    shareDays = new Map();
    for (const row of recordsOf('etf_share.csv', 'trade_date,ts_code,total_share,total_size,nav')) {
      const days = shareDays.get(row.ts_code!) ?? new Map<number, ShareDay>();
      const day = { shares: Number(row.total_share), size: Number(row.total_size), nav: Number(row.nav) };
      shareDays.set(row.ts_code!, days.set(dayOf.get(row.trade_date!)!, day));
    }
  });

  it('are 200, in all ten categories, with the themes of the flash', () => {
    const rules = parseEtfRules(
      readFileSync(new URL('../../../config/etf-rules.json', import.meta.url).pathname, 'utf8'),
    );
    const classes = etfs.map((etf) => classifyEtf(rules, etf));
    expect(etfs).toHaveLength(200);
    expect(new Set(classes.map(({ category }) => category))).toEqual(new Set([...rules.categories, null]));
    expect(classes.filter(({ category, outside }) => category === null && outside === null)).toEqual([]);
    const count = (key: string) => classes.filter(({ themes }) => themes.some((theme) => theme.key === key)).length;
    expect(count('ai')).toBe(8);
    expect(count('ai-computing')).toBeGreaterThanOrEqual(20);
    expect(count('cloud-computing')).toBe(6);
  });

  it('have shares and a net asset value on every day with a bar, priced near it', () => {
    for (const { code } of etfs) {
      const days = shareDays.get(code)!;
      const own = bars.get(code)!;
      expect([...days.keys()]).toEqual(own.map(({ day }) => day));
      for (const { day, close } of own) {
        const { shares, size, nav } = days.get(day)!;
        expect(Math.abs(close / nav - 1)).toBeLessThan(0.01);
        expect(Math.abs(size / (shares * nav) - 1)).toBeLessThan(1e-6);
      }
    }
  });

  it('split or merge five times, told from the shares and the net asset values', () => {
    const found: string[] = [];
    for (const [code, days] of shareDays) {
      let before: ShareDay | null = null;
      for (const [day, now] of days) {
        if (before !== null) {
          const factor = recogniseSplit(now.shares / before.shares, now.nav / before.nav);
          if (factor !== 1) found.push(String(factor));
          const [raw, fine] = [bars.get(code)!, adjusted.get(code)!].map((one) =>
            one.findIndex((bar) => bar.day === day),
          );
          const ratio = (series: Bar[], at: number) => series[at]!.close / series[at - 1]!.close;
          const restated = ratio(bars.get(code)!, raw!) * (factor ?? Number.NaN);
          expect(Math.abs(ratio(adjusted.get(code)!, fine!) / restated - 1)).toBeLessThan(1e-3);
        }
        before = now;
      }
    }
    expect(found.sort()).toEqual(['0.25', '0.5', '2', '2', '3']);
  });

  it('follow their industries: those of banks move with the banks, not with the computers', () => {
    const returns = (series: readonly Bar[]) =>
      new Map(
        series.map((bar, index) => [bar.day, index === 0 ? Number.NaN : bar.close / series[index - 1]!.close - 1]),
      );
    const correlation = (left: Map<number, number>, right: Map<number, number>) => {
      const pairs = [...left].map(([day, value]) => [value, right.get(day)!] as const).slice(1);
      const mean = (index: 0 | 1) => pairs.reduce((sum, pair) => sum + pair[index], 0) / pairs.length;
      const [x, y] = [mean(0), mean(1)];
      const sum = (of: (a: number, b: number) => number) =>
        pairs.reduce((total, [a, b]) => total + of(a - x, b - y), 0);
      return sum((a, b) => a * b) / Math.sqrt(sum((a) => a * a) * sum((_, b) => b * b));
    };
    const fund = returns(adjusted.get(etfs.find(({ name }) => name === '银行ETF甲')!.code)!);
    const [banks, computers] = ['CI005021.CI', 'CI005027.CI'].map((code) => returns(industryBars.get(code)!));
    expect(correlation(fund, banks!)).toBeGreaterThan(0.85);
    expect(correlation(fund, computers!)).toBeLessThan(correlation(fund, banks!) - 0.1);
  });

  it('take money in and give it out', () => {
    let [inflows, outflows] = [0, 0];
    for (const days of shareDays.values()) {
      const [first, last] = [[...days.values()][0]!, [...days.values()].at(-1)!];
      if (last.shares > first.shares) inflows++;
      if (last.shares < first.shares) outflows++;
    }
    expect(inflows).toBeGreaterThan(40);
    expect(outflows).toBeGreaterThan(40);
  });
});

describe('the margin financing', () => {
  const FIGURES = 'rzye,rqye,rzmre,rzche';

  it('changes by what is bought less what is repaid, for each stock and the market', () => {
    const byStock = groupBy(recordsOf('margin_stock.csv', `trade_date,ts_code,${FIGURES}`), ({ ts_code }) => ts_code!);
    expect(byStock.size).toBeGreaterThan(600);
    const check = (rows: readonly Record<string, string>[]) =>
      rows.forEach((row, index) => {
        const [balance, bought, repaid] = [row.rzye, row.rzmre, row.rzche].map(Number) as [number, number, number];
        expect(Math.min(balance, bought, repaid)).toBeGreaterThanOrEqual(0);
        const before = rows[index - 1];
        if (before !== undefined && bought + repaid > 0) expect(balance - Number(before.rzye)).toBe(bought - repaid);
      });
    for (const rows of byStock.values()) check(rows);
  });

  it('of the market is the sum of the stocks', () => {
    const market = recordsOf('margin_market.csv', `trade_date,${FIGURES},maintenance_ratio`);
    expect(market.map(({ trade_date }) => trade_date)).toEqual([...dayOf.keys()]);
    const lastDay = market.at(-1)!;
    const stocks = recordsOf('margin_stock.csv', `trade_date,ts_code,${FIGURES}`).filter(
      ({ trade_date }) => trade_date === lastDay.trade_date,
    );
    for (const figure of FIGURES.split(','))
      expect(Number(lastDay[figure])).toBe(stocks.reduce((sum, row) => sum + Number(row[figure]), 0));
    const ratios = market.map(({ maintenance_ratio }) => Number(maintenance_ratio));
    expect(Math.min(...ratios)).toBeGreaterThan(1.8);
    expect(Math.max(...ratios)).toBeLessThan(3.6);
  });
});

function dashed(date: string): LocalDate {
  return `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}` as LocalDate;
}
