import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type DemoServer, openDemoServer } from '../support/demo-workspace.js';

vi.mock('graphql', async () => (await import('../support/one-graphql.js')).default);

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

let server: DemoServer;
beforeAll(async () => {
  server = await openDemoServer();
});
afterAll(() => server?.close());

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

const backtest = (...args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      [MAIN, 'backtest', ...args],
      { env: { PATH: process.env.PATH, ...server.environment } },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });

const percent = (fraction: number): string => `${(100 * fraction).toFixed(2)} %`;

describe('lundong backtest', () => {
  test('prints metrics, years and holdings of a kept portfolio, as the API gives them', async () => {
    const { code, stdout, stderr } = await backtest('--portfolio', 'diffusion-monthly', '--to', '2025-11-21');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { body } = await server.graphql(
      `{ portfolio(key: "diffusion-monthly") { performance(from: "2022-01-04", to: "2025-11-21") { from to yearly { data }
         metrics { totalReturn annualizedReturn sharpe maxDrawdown maxDrawdownFrom maxDrawdownTo annualTurnover } }
         holdings(asOf: "2025-11-21") { since items { weight industry { code nameZh nameEn } } } } }`,
    );
    const { performance, holdings } = body.data.portfolio;
    const { metrics } = performance;
    const lines = stdout.split('\n');
    expect(lines[0]).toBe(
      'Diffusion index, monthly top six: diffusion, TOP_N, 6 industries, MONTHLY, cost 0 basis points',
    );
    expect(lines[1]).toMatch(
      new RegExp(
        `^${performance.from} … ${performance.to}, \\d+ trading days; closes: industry_daily of source "synthetic"`,
      ),
    );
    expect(lines[2]).toBe('GEOMETRIC, 242 days a year, risk-free 0.00 %, Shanghai and Shenzhen trading days');
    const told = (name: string): string =>
      (lines.find((line) => line.startsWith(`  ${name} `)) ?? '').slice(2 + name.length).trim();
    expect(told('total return')).toBe(percent(metrics.totalReturn));
    expect(told('annualized return')).toBe(percent(metrics.annualizedReturn));
    expect(told('Sharpe')).toBe(metrics.sharpe.toFixed(2));
    expect(told('maximum drawdown').replace(/ {2,}/, ', ')).toBe(
      `${percent(metrics.maxDrawdown)}, ${metrics.maxDrawdownFrom} … ${metrics.maxDrawdownTo}`,
    );
    expect(told('annual turnover')).toBe(percent(metrics.annualTurnover));
    const [years, ...columns] = performance.yearly.data as [string[], ...number[][]];
    for (const [row, year] of years.entries())
      expect(told(year).split(/ {2,}/)).toEqual(columns.map((column) => percent(column[row] as number)));
    expect(stdout).toContain(`holdings on 2025-11-21, bought on ${holdings.since}\n`);
    for (const { weight, industry } of holdings.items)
      expect(stdout).toMatch(
        new RegExp(`${industry.code} +${percent(weight)} +${industry.nameZh} ${industry.nameEn}\n`),
      );
  });

  test('takes a portfolio by its description', async () => {
    const { code, stdout } = await backtest(
      ...['--factor', 'diffusion', '--lookback', '60', '--rule', 'SWAP', '--size', '4', '--rebalance', 'WEEKLY'],
      ...['--cost', '10', '--lag', '1', '--from', '2024-01-02', '--to', '2024-12-31', '--scheme', 'CITIC_L1'],
      ...['--exclude', 'CI005029', 'CI005030.CI'],
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^backtest: diffusion, SWAP, 4 industries, WEEKLY, cost 10 basis points\n2024-01-08 … 2024-12-31, /,
    );
    expect(stdout.match(/^ {2}CI005\d{3} /gm)).toHaveLength(4);
    expect(stdout).not.toMatch(/CI0050(29|30)/);
  });

  test.each<[string, string[], RegExp]>([
    ['an unknown portfolio', ['--portfolio', 'nobody'], /^UNKNOWN_PORTFOLIO: "nobody" is no portfolio/],
    ['an unknown factor', ['--factor', 'astrology'], /^UNKNOWN_FACTOR: "astrology"/],
    ['too many industries', ['--size', '31'], /^INVALID_ARGUMENT: size .* not 31/],
    ['a lag of half a day', ['--lag', '0.5'], /^INVALID_ARGUMENT: portfolio executionLagDays: 0\.5/],
    [
      'a cost that is no number',
      ['--cost', 'much'],
      /option '--cost <bps>' argument 'much' is invalid\. It is no number/,
    ],
    ['a date that is none', ['--from', '2025-02-30'], /^INVALID_DATE: .*2025-02-30/],
    ['a range the wrong way round', ['--from', '2025-02-01', '--to', '2025-01-01'], /^INVALID_RANGE: .* swap them/],
    ['an unknown rule', ['--rule', 'BEST'], /Allowed choices are TOP_N, SWAP/],
    [
      'a kept portfolio described besides',
      ['--portfolio', 'diffusion-monthly', '--size', '3'],
      /cannot be used with option '--size/,
    ],
    ['a look-back of nothing', ['--lookback', '0'], /^INVALID_ARGUMENT: .*lookback 0/],
  ])('refuses %s', async (_, args, says) => {
    const { code, stdout, stderr } = await backtest(...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.replace(/^error: /, '')).toMatch(says);
  });
});
