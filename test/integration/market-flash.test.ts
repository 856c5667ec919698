import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalDate } from '#lundong/domain/local-date.js';
import type { ImportRequest } from '#lundong/lake/import/import-request.js';
import type { Market } from '#lundong/lake/market.js';
import type { Flash } from '#lundong/modules/market/market.service.js';
import type { MarketEvent } from '#lundong/modules/market/stock-events.js';
import { createServices, type Services } from '#lundong/modules/services.js';
import { openTestWorkspace, type TestWorkspace } from '../support/database.js';
import { runImport, writeTable } from '../support/import-helpers.js';

/** Seven sessions; the flash is of the sixth, and nothing of the seventh may show in it. */
const DAYS = [
  '2025-03-03',
  '2025-03-04',
  '2025-03-05',
  '2025-03-06',
  '2025-03-07',
  '2025-03-10',
  '2025-03-11',
] as const;
const TODAY = DAYS[5];
const LATER = DAYS[6];

/**
 * Closes as traded and, where they differ, adjusted (hfq); null = suspended, with the close carried on and no volume.
 * The limit of each board by hand: 10 % of 10.00 is 11.00, of 11.00 12.10, of 12.10 13.31; 20 % of 10.00 is 12.00;
 * 5 % of 10.00 is 10.50.
 */
const STOCKS: Readonly<Record<string, { traded: (number | null)[]; factor?: (day: number) => number }>> = {
  // Three limit-ups with a suspension between: a streak of three.
  '600001.SH': { traded: [10, 10, 11, null, 12.1, 13.31, 14.64] },
  // Its first limit-up of ChiNext, at 20 %.
  '300001.SZ': { traded: [10, 10, 10, 10, 10, 12, 12] },
  // 10 % on ChiNext is no limit.
  '300002.SZ': { traded: [10, 10, 10, 10, 10, 11, 11] },
  // Under a risk warning the limit of the main board is 5 %.
  '600002.SH': { traded: [10, 10, 10, 10, 10, 10.5, 10.5] },
  // The same without a warning is none.
  '600003.SH': { traded: [10, 10, 10, 10, 10, 10.5, 10.5] },
  // Ex-right today, one yuan a share: 9.00 is what the limit is taken from, and 9.90 the limit. Its adjusted price is a record.
  '600004.SH': { traded: [10, 10, 10, 10, 10, 9.9, 9.9], factor: (day) => (day < 5 ? 1 : 10 / 9) },
  // Limit-down: 9.00.
  '600005.SH': { traded: [10, 10, 10, 10, 10, 9, 9] },
  // Listed two sessions ago under registration: no limit, however far it moves.
  '600006.SH': { traded: [null, null, null, null, 10, 11, 11] },
  // A high of earlier that is not reached again is no record.
  '600007.SH': { traded: [10, 20, 10, 10, 10, 10.2, 30] },
};

/** Last bars of stocks and funds that only minute bars tell of, by day; null = none. */
const MINUTE_CLOSES: Readonly<Record<string, readonly (number | null)[]>> = {
  // 10.00, 11.00, a day without bars, 12.10: two limit-ups in a row before today's 13.31.
  '600021.SH': [10, 10, 11, null, 12.1],
  // Its first: 10.00 to 11.00.
  '600022.SH': [10, 10, 10, 10, 10],
  // Limit-down, 10.00 to 9.00.
  '600023.SH': [10, 10, 10, 10, 10],
  // Not traded on the day before: what its limit is taken from is not known.
  '600024.SH': [10, 10, 10, 10, null],
  // A fund without daily bars, up 2 %.
  '512002.SH': [1, 1, 1, 1, 1],
};

let opened: TestWorkspace;
let services: Services;
let market: Market;
let truncated: { opened: TestWorkspace; services: Services; market: Market };

beforeAll(async () => {
  opened = await openTestWorkspace();
  await load(opened, DAYS.length, 15 * 60);
  services = createServices(opened.workspace.store, opened.workspace.engines, opened.workspace.modelRegistry());
  market = (await opened.workspace.markets()).current();
  const other = await openTestWorkspace('truncated');
  await load(other, DAYS.indexOf(TODAY), 10 * 60);
  truncated = {
    opened: other,
    services: createServices(other.workspace.store, other.workspace.engines, other.workspace.modelRegistry()),
    market: (await other.workspace.markets()).current(),
  };
});
afterAll(async () => {
  await opened?.close();
  await truncated?.opened.close();
});

/** Data of the first days, and minute bars of TODAY up to a minute. */
async function load(target: TestWorkspace, dayCount: number, lastMinute: number): Promise<void> {
  const put = (
    dataset: ImportRequest['dataset'],
    name: string,
    lines: string[],
    adjustment: 'none' | 'hfq' | null = null,
  ) =>
    runImport(target.workspace, dataset, writeTable(target.directory, `${name}.csv`, lines), {
      adjustment,
      barMinutes: dataset === 'minute_bar' ? 1 : null,
    });
  const days = DAYS.slice(0, dayCount);
  const bars = (adjusted: boolean): string[] =>
    Object.entries(STOCKS).flatMap(([code, { traded, factor }]) => {
      let last: number | null = null;
      return days.flatMap((date, day) => {
        const close = traded[day] ?? null;
        last = close ?? last;
        if (last === null) return [];
        const shown = adjusted ? last * (factor?.(day) ?? 1) : last;
        return [`${code},${date},${shown},${shown},${shown},${shown},${close === null ? 0 : 1000}`];
      });
    });
  const columns = 'code,date,open,high,low,close,volume';
  await put('calendar', 'calendar', ['date', ...DAYS]);
  await put('stock_daily', 'traded', [columns, ...bars(false)], 'none');
  await put('stock_daily', 'hfq', [columns, ...bars(true)], 'hfq');
  await put('stocks', 'stocks', [
    'code,name,list_date',
    ...Object.keys(STOCKS).map(
      (code) => `${code},name ${code.slice(0, 6)},${code === '600006.SH' ? DAYS[4] : '2010-01-04'}`,
    ),
  ]);
  await put('stocks', 'names', ['code,name,start_date,end_date', '600002.SH,ST two,2024-01-02,']);
  const levels = [3950, 3960, 4010, 3990, 3980, 3995, 4200];
  await put('index_daily', 'index', [
    'code,date,high,close',
    ...days.map((date, day) => `000001.SH,${date},${(levels[day] as number) + (day === 5 ? 10 : 0)},${levels[day]}`),
  ]);
  await put('etfs', 'etfs', [
    'code,name',
    '515001.SH,机器人ETF甲',
    '515002.SH,机器人ETF乙',
    '512001.SH,煤炭ETF',
    '512002.SH,煤炭ETF乙',
    '515009.SH,机器人ETF丙',
  ]);
  await put(
    'etf_daily',
    'etfs-traded',
    [
      'code,date,close',
      ...days.flatMap((date, day) => [
        `515001.SH,${date},${day === 5 ? 1.03 : 1}`,
        `515002.SH,${date},${day === 5 ? 1.01 : 1}`,
        `512001.SH,${date},${day === 5 ? 0.99 : 1}`,
        // Two merged into one today.
        `515009.SH,${date},${day < 5 ? 1 : 2}`,
      ]),
    ],
    'none',
  );
  const minutes = ['09:31', '10:00', '10:01', '14:59', '15:00'].filter((time) => minuteOf(time) <= lastMinute);
  const prices: Readonly<Record<string, number[]>> = {
    '000001.SH': [3985, 4001, 3990, 4100, 3995],
    '600001.SH': [13, 13.31, 13.2, 13, 13.31],
    '600007.SH': [10, 10, 20.5, 10, 10.2],
    '515001.SH': [1, 1.02, 1.5, 1, 1.03],
    '515009.SH': [2, 2, 2, 2, 2],
    '512002.SH': [1, 1.01, 1.02, 1.02, 1.02],
    '600021.SH': [13, 13.31, 13.31, 13.31, 13.31],
    '600022.SH': [10, 11, 11, 11, 10],
    '600023.SH': [10, 9, 9, 9, 9],
    '600024.SH': [11, 11, 11, 11, 11],
  };
  await put('minute_bar', 'minutes', [
    'code,datetime,open,high,low,close,volume,amount',
    ...Object.entries(prices).flatMap(([code, closes]) =>
      minutes.map(
        (time, at) =>
          `${code},${TODAY} ${time},${Array(4).fill(closes[at]).join()},100,${100 * (closes[at] as number)}`,
      ),
    ),
    ...Object.entries(MINUTE_CLOSES).flatMap(([code, closes]) =>
      closes.flatMap((close, day) =>
        close === null ? [] : [`${code},${DAYS[day]} 15:00,${Array(4).fill(close).join()},100,${100 * close}`],
      ),
    ),
  ]);
}

function minuteOf(time: string): number {
  return 60 * Number(time.slice(0, 2)) + Number(time.slice(3));
}

const flashAt = (time: string): Promise<Flash> =>
  services.marketFacts.flash(market, new Date(`${TODAY}T${time}:00+08:00`));
const eventsOf = ({ events }: Pick<Flash, 'events'>, code: string): [string, number | null][] =>
  events.filter((event: MarketEvent) => event.code === code).map(({ kind, streak }) => [kind, streak]);

describe('at the close', () => {
  it('limits go by board, risk warning, listing and rights; streaks across suspensions', async () => {
    const flash = await flashAt('15:00');
    expect(flash.moment.session).toBeNull();
    expect(eventsOf(flash, '600001.SH')).toContainEqual(['LIMIT_UP_STREAK', 3]);
    expect(eventsOf(flash, '300001.SZ')).toContainEqual(['LIMIT_UP', 1]);
    expect(eventsOf(flash, '300002.SZ').map(([kind]) => kind)).toEqual(['RECORD_HIGH']);
    expect(eventsOf(flash, '600002.SH')).toContainEqual(['LIMIT_UP', 1]);
    expect(eventsOf(flash, '600003.SH').map(([kind]) => kind)).toEqual(['RECORD_HIGH']);
    expect(eventsOf(flash, '600005.SH')).toEqual([['LIMIT_DOWN', 1]]);
    expect(eventsOf(flash, '600006.SH').map(([kind]) => kind)).toEqual(['RECORD_HIGH']);
    expect(eventsOf(flash, '600007.SH')).toEqual([]);
  });

  it('an ex-right day takes the right off what limit and change are taken from, and hides no record', async () => {
    const { events } = await flashAt('15:00');
    const own = events.filter(({ code }) => code === '600004.SH');
    expect(own.map(({ kind }) => kind)).toEqual(['RECORD_HIGH', 'LIMIT_UP']);
    for (const { close, change } of own) {
      expect(close).toBe(9.9);
      expect(change).toBeCloseTo(0.1, 9);
    }
  });

  it('a level that the high reached and the close did not is touched only', async () => {
    const { crossings } = await flashAt('15:00');
    expect(crossings).toMatchObject([
      {
        index: '000001.SH',
        nameEn: 'SSE Composite',
        level: 4000,
        touched: true,
        closedAbove: false,
        previousAbove: DAYS[2],
      },
    ]);
  });

  it('funds and themes are ranked, and the headline says so', async () => {
    const flash = await flashAt('15:00');
    expect(flash.leadingEtf).toMatchObject({ code: '515001.SH' });
    expect(flash.leadingEtf?.change).toBeCloseTo(0.03, 12);
    expect(flash.day.themes[0]).toMatchObject({ theme: { key: 'robots' } });
    expect(flash.day.themes[0]?.change).toBeCloseTo(0.02, 12);
    expect(services.marketFacts.etfsAbove(market, flash, 0.02, null).map(({ code }) => code)).toEqual(['515001.SH']);
    expect(services.marketFacts.headline(flash, 'en')).toMatch(
      /^SSE Composite touched 4000 \(it last closed above on 2025-03-05\); robot.*515001.*\+3\.00%/i,
    );
  });
});

describe('during the day', () => {
  it('counts only bars that had ended', async () => {
    const flash = await flashAt('10:00');
    expect(flash.moment.session?.lastMinute).toBe(600);
    expect(flash.at.toISOString()).toBe('2025-03-10T02:00:00.000Z');
    expect(flash.leadingEtf).toMatchObject({ code: '515001.SH', close: 1.02, shares: null, nav: null });
    expect(flash.leadingEtf?.change).toBeCloseTo(0.02, 12);
    expect(flash.crossings).toMatchObject([{ level: 4000, closedAbove: true, previousAbove: DAYS[2] }]);
    expect(eventsOf(flash, '600001.SH')).toEqual([
      ['RECORD_HIGH', null],
      ['LIMIT_UP_STREAK', 3],
    ]);
    expect(eventsOf(flash, '600007.SH')).toEqual([]); // 20.5, above its record of 20, comes a minute later
    expect(flash.notes[0]).toMatch(/the newest that had ended is that of 10:00/);
    expect(eventsOf(await flashAt('10:01'), '600007.SH')).toEqual([['RECORD_HIGH', null]]);
  });

  it('takes what daily bars lack from the minute bars of the day before', async () => {
    const flash = await flashAt('10:00');
    expect(eventsOf(flash, '600021.SH')).toEqual([['LIMIT_UP_STREAK', 3]]);
    expect(eventsOf(flash, '600022.SH')).toEqual([['LIMIT_UP', 1]]);
    expect(eventsOf(flash, '600023.SH')).toEqual([['LIMIT_DOWN', 1]]);
    expect(eventsOf(flash, '600024.SH')).toEqual([]);
    expect(flash.day.fund('512002.SH')?.change).toBeCloseTo(0.01, 12);
    expect(flash.notes).toContain(
      `limits of 3 stocks without daily prices as traded are taken from their last bar of ${DAYS[4]}`,
    );
    expect(flash.notes).toContain(`no limits of 1 stocks: there is no price of theirs as traded of ${DAYS[4]}`);
    expect(eventsOf(await flashAt('15:00'), '600021.SH')).toEqual([]); // at the close daily bars speak
  });

  it('has no change of a fund that split or merged, which would lead all others', async () => {
    const { day, leadingEtf } = await flashAt('10:00');
    expect(day.fund('515009.SH')).toMatchObject({ close: 2, change: null, changeSeries: null });
    expect(leadingEtf?.code).toBe('515001.SH');
  });

  it('is the same where nothing later was ever loaded', async () => {
    const whole = await flashAt('10:00');
    const cut = await truncated.services.marketFacts.flash(truncated.market, new Date(`${TODAY}T10:00:00+08:00`));
    const facts = ({ at, crossings, events, leadingEtf, notes, day }: Flash) => ({
      at,
      crossings,
      events,
      leadingEtf,
      notes,
      funds: day.funds,
      themes: day.themes,
    });
    expect(facts(whole)).toEqual(facts(cut));
    expect(services.marketFacts.headline(whole, 'zh')).toBe(truncated.services.marketFacts.headline(cut, 'zh'));
  });
});

describe('a moment without data of its day', () => {
  it.each([
    ['before the open', `${TODAY}T09:00:00+08:00`, DAYS[4]],
    ['on a Sunday', '2025-03-09T12:00:00+08:00', DAYS[4]],
    ['in the future', '2030-01-01T12:00:00+08:00', LATER],
    ['on a day without minute bars', `${LATER}T10:00:00+08:00`, TODAY],
  ])('%s is answered as of the last close before, and says so', async (_, at, date) => {
    const flash = await services.marketFacts.flash(market, new Date(at));
    expect(flash.moment).toMatchObject({ date, session: null, minute: 900 });
    expect(flash.notes[0]).toMatch(new RegExp(`Shanghai time\\): answered as of the close of ${date}$`));
  });

  it('none given is the newest close, which needs no note', async () => {
    const { moment } = await services.marketFacts.flash(market, null);
    expect(moment).toMatchObject({ date: LATER as LocalDate, notes: [] });
  });
});
