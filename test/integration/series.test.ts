import { graphql } from 'graphql';
import { afterAll, beforeAll, describe, expect, it, test, vi } from 'vitest';
import type { Industry } from '#lundong/domain/industry.js';
import type { LocalDate } from '#lundong/domain/local-date.js';
import { TradingCalendar } from '#lundong/domain/trading-calendar.js';
import { FactorCache } from '#lundong/engines/factor-cache.js';
import { requestContext } from '#lundong/graphql/context.js';
import { buildApiSchema } from '#lundong/graphql/schema.js';
import type { DatasetName } from '#lundong/lake/datasets.js';
import type { Market } from '#lundong/lake/market.js';
import { FactorService } from '#lundong/modules/factor/factor.service.js';
import { IndustryService } from '#lundong/modules/industry/industry.service.js';
import { PortfolioService } from '#lundong/modules/portfolio/portfolio.service.js';
import { createResolvers, RESOLVERS } from '#lundong/modules/resolvers.js';
import { createServices } from '#lundong/modules/services.js';
import { openTestWorkspace, type TestWorkspace } from '../support/database.js';
import { runImport, writeTable } from '../support/import-helpers.js';

vi.mock('graphql', async () => (await import('../support/one-graphql.js')).default);

// One market from many series, as users import them:
//   industry_daily  "sw" other codes, first imported; "new" CITIC from 2024-12-30; "old" CITIC to 2024-12-31
//   stock_daily     hfq to 2024-12-31; qfq throughout
const day = (text: string): LocalDate => text as LocalDate;
const DAYS = TradingCalendar.of([]).between(day('2024-06-03'), day('2025-03-31'));
const CODES = ['CI005001', 'CI005002', 'CI005003', 'CI005004'];
const STOCKS = CODES.flatMap((_, industry) => [0, 1, 2].map((number) => `600${number}0${industry}.SH`));
const OLD_END = day('2024-12-31');
const NEW_START = day('2024-12-30');
const PARAMS = { diffusion: { lookback: 20, weighting: 'EQUAL' } };

const wave = (column: number, row: number): string => (20 + column + 6 * Math.sin(row / 7 + column)).toFixed(4);
const table = (codes: readonly string[], dates: readonly LocalDate[], factor = 1): string[] => [
  'code,date,close',
  ...dates.flatMap((date) =>
    codes.map((code, column) => `${code},${date},${factor * Number(wave(column, DAYS.indexOf(date)))}`),
  ),
];
const upTo = DAYS.filter((date) => date <= OLD_END);

let opened: TestWorkspace;
let market: Market;
let factors: FactorService;
const industries = new IndustryService();
const industry = (code: string): Industry => market.industries.get(code) as Industry;

beforeAll(async () => {
  opened = await openTestWorkspace();
  const load = async (dataset: DatasetName, lines: readonly string[], options: object): Promise<void> => {
    await runImport(opened.workspace, dataset, writeTable(opened.directory, `${dataset}.csv`, lines), options);
  };
  await load('industry_daily', table(['801010'], DAYS), { source: 'sw' });
  await load(
    'industry_daily',
    table(
      CODES,
      DAYS.filter((date) => date >= NEW_START),
      10,
    ),
    { source: 'new' },
  );
  await load('industry_daily', table(CODES, upTo), { source: 'old' });
  await load('stock_daily', table(STOCKS, upTo), { source: 'test', adjustment: 'hfq' });
  await load('stock_daily', table(STOCKS, DAYS, 0.1), { source: 'test', adjustment: 'qfq' });
  const members = STOCKS.map((stock, index) => `${CODES[Math.floor(index / 3)]},${stock},${10 + index},2025-03-31`);
  await load('members', ['industry_code,stock,weight,as_of', ...members], { validFrom: DAYS[0] });
  market = (await opened.workspace.markets()).current();
  factors = new FactorService(opened.workspace.engines, new FactorCache(opened.workspace.store));
});
afterAll(() => opened?.close());

const question = { key: 'diffusion', scheme: 'CITIC_L1', params: PARAMS } as const;

describe('a ranking', () => {
  it('whose weeks are of one series has week changes', async () => {
    const ranking = await factors.ranking(market, question, day('2024-12-20'), null, null);
    expect(ranking.items).toHaveLength(CODES.length);
    expect(ranking.items.every((item) => item.weekChange !== null)).toBe(true);
    expect(ranking.notes.filter((note) => note.startsWith('week changes'))).toEqual([]);
  });

  it('whose weeks are of two series has none, and says so', async () => {
    const ranking = await factors.ranking(market, question, day('2025-01-03'), null, null);
    expect(ranking.previous).toBe('2024-12-27');
    expect(ranking.items.map((item) => item.weekChange)).toEqual(CODES.map(() => null));
    expect(ranking.items.every((item) => item.previousRank !== null)).toBe(true);
    expect(ranking.notes).toContain('closes: stock_daily of source "test", adjustment qfq');
    expect(ranking.notes).toContain('2024-12-27: closes: stock_daily of source "test", adjustment hfq');
    expect(ranking.notes.at(-1)).toBe(
      'week changes are not given: values of stock_daily of source "test", adjustment qfq and of stock_daily of source "test", adjustment hfq cannot be compared',
    );
  });

  it('tells what must be said of the week before alone', async () => {
    // The weights are known from 2025-03-31, a Monday, on.
    const ranking = await factors.ranking(market, question, day('2025-03-31'), null, null);
    expect(ranking.notes.filter((note) => note.includes('hindsight'))).toEqual([
      expect.stringMatching(/^2025-03-28: members or weights became known only after/),
    ]);
  });
});

describe('weights', () => {
  it('that drift from closes far from their date are noted, on the series that is far and only there', async () => {
    const capped = { ...question, params: { diffusion: { lookback: 20 } } };
    const { rows } = await factors.history(market, capped, day('2024-12-30'), day('2025-01-02'));
    const notes = rows.map((row) => row.notes.filter((note) => note.startsWith('weights of')));
    const note = 'weights of 2025-03-31 drift from closes of 2024-12-31, the last before it in the series';
    expect(notes).toEqual([[note], [note], []]);
  });
});

describe('an evaluation', () => {
  it('takes returns from the series that has most closes of its own industries', async () => {
    const { evaluation, notes } = await factors.evaluation(market, question, day('2024-09-02'), day('2025-01-31'), 5);
    expect(evaluation.observations).toBeGreaterThan(60);
    expect(notes).toContain('forward returns: industry_daily of source "old", adjustment none');
  });

  it('of industries without closes says so', async () => {
    const shenwan = { ...question, scheme: 'SW_L1' } as const;
    const before = await factors.evaluation(market, question, day('2024-09-02'), day('2024-09-30'), 5);
    expect(before.notes.filter((note) => note.startsWith('forward returns: none'))).toEqual([]);
    const citicOnly = Object.assign(Object.create(market) as Market, {
      series: (dataset: string) => market.allSeries.filter((one) => one.dataset === dataset && one.source !== 'sw'),
    });
    const { notes } = await factors.evaluation(citicOnly, shenwan, day('2024-09-02'), day('2024-09-30'), 5);
    expect(notes).toContain(
      'forward returns: none, since no series of industry_daily has closes of these industries in the range',
    );
  });
});

describe('a portfolio', () => {
  it('stands on the series that has most closes of its own industries', async () => {
    const portfolios = new PortfolioService(opened.workspace.store, factors);
    const ground = await portfolios.ground(market, 'CITIC_L1', DAYS[0] as LocalDate, DAYS.at(-1) as LocalDate);
    expect(ground.note).toBe('closes: industry_daily of source "old", adjustment none, which ends on 2024-12-31');
    expect(ground.dates).toEqual(upTo);
  });
});

describe('the figures of an industry', () => {
  it('on one date are all from one series, the one that has most of them', async () => {
    // "new" comes first and could give close and day; only "old" has the month as well.
    const code = CODES[0] as string;
    const closes = await industries.closes(market, code, day('2024-11-29'), OLD_END);
    expect(await industries.priceSeries(market, code, OLD_END)).toBe('industry_daily of source "old", adjustment none');
    expect(await industries.close(market, code, OLD_END)).toBe(closes.closes.at(-1));
    const [last, first, before] = [closes.closes.at(-1), closes.closes[0], closes.closes.at(-2)] as [
      number,
      number,
      number,
    ];
    expect(await industries.return(market, code, OLD_END, 'MONTH')).toBe(last / first - 1);
    expect(await industries.return(market, code, OLD_END, 'DAY')).toBe(last / before - 1);
    expect(await industries.return(market, code, OLD_END, 'YEAR')).toBeNull();
  });

  it('are null where that series lacks one of the closes', async () => {
    const [code, date] = [CODES[0] as string, day('2025-01-02')];
    expect(await industries.priceSeries(market, code, date)).toBe('industry_daily of source "new", adjustment none');
    expect(await industries.return(market, code, date, 'DAY')).not.toBeNull();
    expect(await industries.return(market, code, date, 'WEEK')).toBeNull();
    expect(await industries.close(market, 'CI005030', date)).toBeNull();
    expect(await industries.priceSeries(market, 'CI005030', date)).toBeNull();
  });

  it('include a factor value with what must be said beside it', async () => {
    const known = await factors.ofIndustry(market, 'diffusion', industry(CODES[0] as string), day('2025-03-31'));
    expect(known).toMatchObject({ asOf: '2025-03-31', value: null, coverage: 0 });
    expect(known.reason).toBe('no member has the closes that the look-back of 220 trading days needs');
    expect(known.notes).toEqual(['closes: stock_daily of source "test", adjustment qfq']);
    const nobody = await factors.ofIndustry(market, 'diffusion', industry('CI005030'), day('2025-03-31'));
    expect(nobody.reason).toMatch(/^no members are known/);
  });
});

test('the API gives a value with all that must be said beside it', async () => {
  const { store, engines } = opened.workspace;
  const resolvers = createResolvers(createServices(store, engines, opened.workspace.modelRegistry()));
  const schema = buildApiSchema(RESOLVERS, { get: (type, data) => resolvers.get(type, data) });
  const source = `{
    industry(code: "CI005001", asOf: "2025-03-31") {
      priceSeries factorValue(factor: "diffusion") factor(factor: "diffusion") { asOf value coverage reason notes }
    }
  }`;
  const answer = await graphql({ schema, source, contextValue: requestContext(market) });
  expect(JSON.parse(JSON.stringify(answer))).toEqual({
    data: {
      industry: {
        priceSeries: 'industry_daily of source "new", adjustment none',
        factorValue: null,
        factor: {
          asOf: '2025-03-31',
          value: null,
          coverage: 0,
          reason: 'no member has the closes that the look-back of 220 trading days needs',
          notes: ['closes: stock_daily of source "test", adjustment qfq'],
        },
      },
    },
  });
});

describe('a range', () => {
  const first = DAYS[0] as LocalDate;

  it('that begins before the data says where its rows begin', async () => {
    const { rows, notes } = await factors.history(market, question, day('2024-01-02'), day('2024-07-01'));
    expect(rows[0]?.date).toBe(first);
    expect(notes).toContain(`rows begin on ${first}: the data begin there`);
    const closes = await industries.closes(market, CODES[0] as string, day('2024-01-02'), day('2024-07-01'));
    expect(closes.notes).toContain(`rows begin on ${first}: the data begin there`);
  });

  it('that begins on the days off before the data says nothing', async () => {
    const { notes } = await factors.history(market, question, day('2024-06-01'), day('2024-07-01'));
    expect(notes.filter((note) => note.startsWith('rows'))).toEqual([]);
  });

  it('after the data is empty and says where the data end', async () => {
    const { rows, notes } = await factors.history(market, question, day('2025-05-06'), day('2025-06-30'));
    expect({ rows, notes }).toEqual({ rows: [], notes: ['no rows: the data end on 2025-03-31'] });
    const closes = await industries.closes(market, CODES[0] as string, day('2025-05-06'), day('2025-06-30'));
    expect(closes).toEqual({ dates: [], closes: [], notes: ['no rows: the data end on 2025-03-31'] });
  });

  it('without a close of the industry says so', async () => {
    const closes = await industries.closes(market, 'CI005030', day('2024-07-01'), day('2024-07-31'));
    expect(closes.notes).toEqual(['no rows: no series of industry_daily has a close of CI005030 in the range']);
  });
});
