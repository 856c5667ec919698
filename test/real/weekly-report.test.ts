import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseLocalDate } from '#lundong/domain/local-date.js';
import type { Market } from '#lundong/lake/market.js';
import type { PortfolioDescription } from '#lundong/modules/portfolio/portfolio-definition.js';
import type { ModelSection } from '#lundong/modules/report/model-section.js';
import type { WeeklyReport } from '#lundong/modules/report/report.service.js';
import { reportDocument } from '#lundong/modules/report/report-document.js';
import { reportMarkdown } from '#lundong/modules/report/report-markdown.js';
import { createServices, type Services } from '#lundong/modules/services.js';
import { type PublishedModel, publishedHoldings } from '../support/published-holdings.js';
import { openRealWorkspace, type RealWorkspace } from '../support/real-workspace.js';
import { sharedDataAvailable, sharedPath } from '../support/shared-data.js';

const WEEK = '2025-11-21';
const FREQUENCY = { diffusion: 'MONTHLY', gru: 'WEEKLY' } as const;

/** Closes of the CITIC file by industry code, on one date; read apart from the importer. */
function closesOn(date: string): Map<string, number> {
  const text = gunzipSync(readFileSync(sharedPath('data', 'citic_l1_close_2015_2025.csv.gz'))).toString();
  const rows: Record<string, string>[] = parse(text, { columns: true, bom: true });
  const row = rows.find((one) => Object.values(one).includes(date));
  if (row === undefined) throw new Error(`The file has no row of ${date}.`);
  return new Map(
    Object.entries(row)
      .filter(([code]) => code.startsWith('CI005'))
      .map(([code, close]) => [code.slice(0, 8), Number(close)]),
  );
}

describe.skipIf(!sharedDataAvailable('data'))('the weekly report of real data', () => {
  let real: RealWorkspace;
  let market: Market;
  let services: Services;
  let report: WeeklyReport;

  function published(model: PublishedModel): PortfolioDescription {
    const codes = new Map(market.industriesOf('CITIC_L1').map(({ nameZh, code }): [string, string] => [nameZh, code]));
    return {
      key: `report-of-published-${model}`,
      rule: 'SCHEDULE',
      rebalance: FREQUENCY[model],
      schedule: publishedHoldings(model).map(({ date, names }) => ({
        date: parseLocalDate(date),
        industries: names.map((name) => codes.get(name) as string),
      })),
      size: 6,
      swapsPerRebalance: 1,
      excluded: [],
      costBps: 0,
      executionLagDays: 0,
      scheme: 'CITIC_L1',
    };
  }

  const reportOf = (week: string): Promise<WeeklyReport> =>
    services.reports.report(market, parseLocalDate(week), [
      { portfolio: 'report-of-published-diffusion', factor: 'diffusion' },
      { portfolio: 'report-of-published-gru', factor: 'diffusion' },
    ]);

  beforeAll(async () => {
    real = await openRealWorkspace();
    market = (await real.workspace.markets()).current();
    services = createServices(real.workspace.store, real.workspace.engines, real.workspace.modelRegistry());
    for (const model of ['diffusion', 'gru'] as const) await services.portfolios.create(market, published(model));
    report = await reportOf(WEEK);
  });
  // The workspace is shared with other tests, and they are to find it as it was loaded.
  afterAll(async () => {
    await real?.workspace.store.manager.query(`DELETE FROM portfolio WHERE key LIKE 'report-of-published-%'`);
    await real?.workspace.close();
  });

  it('counts risers and fallers, and has every industry’s week, as the file’s closes say', () => {
    const [before, now] = [closesOn('2025-11-14'), closesOn(WEEK)];
    const weeks = [...now].map(([code, close]) => [code, close / (before.get(code) as number) - 1] as const);
    expect(weeks).toHaveLength(30);
    const { week, risers, fallers } = report.industries;
    expect([risers, fallers]).toEqual([weeks.filter(([, r]) => r > 0).length, weeks.filter(([, r]) => r < 0).length]);
    expect([risers, fallers]).toEqual([0, 30]);
    const expected = weeks.toSorted(([, a], [, b]) => b - a);
    expect(week.map(({ industry }) => industry.code)).toEqual(expected.map(([code]) => code));
    week.forEach((one, place) => {
      expect(one.return).toBeCloseTo(expected[place]?.[1] as number, 12);
    });
    expect(report).toMatchObject({ weekEnding: WEEK, previous: '2025-11-14', published: true });
  });

  it('prints the published week, excess and month of both portfolios', () => {
    const printed = ({ table }: ModelSection): string[] =>
      [table.weekReturn, table.weekExcess, table.monthExcess].map((one) => (100 * one).toFixed(2));
    const [diffusion, gru] = report.models as [ModelSection, ModelSection];
    expect(printed(diffusion)).toEqual(['-5.50', '-0.42', '-1.13']);
    expect(printed(gru)).toEqual(['-4.71', '0.35', '2.92']);
    const names = (industries: ModelSection['entered']): string[] => industries.map(({ nameZh }) => nameZh);
    expect([names(diffusion.entered), names(diffusion.left)]).toEqual([[], []]);
    expect([names(gru.entered), names(gru.left)]).toEqual([['传媒'], ['钢铁']]);
    const text = reportMarkdown(reportDocument(report, 'zh'));
    expect(text).toContain('| 本周 | -5.50 | -5.08 | -0.42 |');
    expect(text).toContain('本周调入：传媒。\n\n本周调出：钢铁。');
    expect(text).toContain('0个行业上涨，30个行业下跌。');
  });

  it('names the industries of the month to come at a month’s end', async () => {
    const [diffusion] = (await reportOf('2025-11-28')).models as [ModelSection];
    const december = publishedHoldings('diffusion').at(-1)?.names;
    expect(diffusion.next.map(({ nameZh }) => nameZh).sort()).toEqual([...(december ?? [])].sort());
    expect((100 * diffusion.table.weekReturn).toFixed(2)).toBe('3.53');
    expect((100 * diffusion.table.weekExcess).toFixed(2)).toBe('1.10');
  });

  it('has indices with their levels, and the margin of the market', () => {
    const index = report.indices.indices.find(({ code }) => code === '000300.SH');
    expect(index).toMatchObject({ nameZh: '沪深300', nextLevel: 4500, levelsCrossed: [4500, 4600] });
    expect(index?.gapToNextLevel).toBeCloseTo(4500 / (index?.close as number) - 1, 12);
    const { asOf, latestBalance, change } = report.margin;
    expect(asOf).toBe(WEEK);
    expect((latestBalance as number) / 1e12).toBeGreaterThan(2);
    expect(Math.abs(change as number)).toBeLessThan(1e11);
  });

  it('has sections without data: empty, and explained', () => {
    expect(report.etfFlows).toBeNull();
    expect(report.etfFlowNotes).toEqual([
      expect.stringMatching(/^no flows: 2025-11-21 lies before the data: etf_share/),
    ]);
    expect([report.margin.rises, report.margin.falls]).toEqual([[], []]);
    expect(report.margin.notes).toContain('no figures by industry: no margin_stock data are loaded');
    const text = reportMarkdown(reportDocument(report, 'en'));
    expect(text).toMatch(/## ETF flows\n\nNo data\.\n\n\*Notes\*\n\n- no flows: 2025-11-21 lies before the data/);
  });
});
