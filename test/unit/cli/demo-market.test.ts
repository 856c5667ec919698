import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DemoFile, writeDemoMarket } from '#lundong/cli/demo-market/demo-market.js';

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
let industryBars: Map<string, Bar[]>;
let indexBars: Map<string, Bar[]>;
/** By date, YYYY-MM-DD, in order. */
let snapshots: Map<string, Member[]>;

beforeAll(async () => {
  files = await writeDemoMarket(directory);
  calendar = linesOf('calendar', 'date');
  dayOf = new Map(calendar.map((date, day) => [date.replaceAll('-', ''), day]));
  stockBars = barsOf('stock_daily');
  industryBars = barsOf('industry_daily');
  indexBars = barsOf('index_daily');
  snapshots = new Map();
  for (const line of linesOf('members', 'industry_code,industry,stock,stock_name,weight,as_of')) {
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

function linesOf(dataset: DemoFile['dataset'], header: string): string[] {
  const { path } = files.find((file) => file.dataset === dataset)!;
  const content = readFileSync(path);
  const lines = (path.endsWith('.gz') ? gunzipSync(content) : content).toString('utf8').split('\n');
  expect(lines.shift()).toBe(header);
  expect(lines.pop()).toBe('');
  return lines;
}

function barsOf(dataset: DemoFile['dataset']): Map<string, Bar[]> {
  const bars = new Map<string, Bar[]>();
  for (const line of linesOf(dataset, BAR_HEADER)) {
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
  it('cover 30 industries and three indices on every day', () => {
    expect([...industryBars.keys()]).toEqual(
      Array.from({ length: 30 }, (_, index) => `CI005${String(index + 1).padStart(3, '0')}.CI`),
    );
    expect([...indexBars.keys()]).toEqual(['000001.SH', '000300.SH', '000985.SH']);
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
    for (const line of linesOf('minute_bar', 'ts_code,trade_time,open,high,low,close,vol,amount')) {
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
      [...days].map(([day, bars]) => ({ daily: stockBars.get(code)!.find((bar) => bar.day === day)!, bars })),
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

  it('have 0 < low ≤ open, close ≤ high, four decimals, and an average price between low and high', () => {
    const wrong = everyDay().flatMap(({ bars }) =>
      bars.filter(({ open, high, low, close, volume, amount }) => {
        const ordered = low > 0 && low <= Math.min(open, close) && Math.max(open, close) <= high;
        const rounded = [open, high, low, close].every((price) => Number(price.toFixed(4)) === price);
        // Amounts are rounded to a yuan.
        const fitting = amount >= low * volume - 0.5 && amount <= high * volume + 0.5;
        return !(ordered && rounded && fitting && volume >= 0 && volume % 100 === 0);
      }),
    );
    expect(wrong).toEqual([]);
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
