import { execFile } from 'node:child_process';
import { linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type DemoServer, openDemoServer } from '../support/demo-workspace.js';

vi.mock('graphql', async () => (await import('../support/one-graphql.js')).default);

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
const WEEK = '2025-11-21';
const goldenFile = (language: string): URL => new URL(`../golden/weekly-report.${language}.md`, import.meta.url);

let server: DemoServer;
beforeAll(async () => {
  server = await openDemoServer();
});
afterAll(() => server?.close());

/** The report's fields in `selection`, for arguments written as GraphQL. */
async function report(selection: string, args = `weekEnding: "${WEEK}"`) {
  const { body } = await server.graphql(`{ weeklyReport${args === '' ? '' : `(${args})`} { ${selection} } }`);
  expect(body.errors).toBeUndefined();
  return body.data.weeklyReport;
}

async function refusal(selection: string, args: string): Promise<{ code: string; message: string }> {
  const { body } = await server.graphql(`{ weeklyReport(${args}) { ${selection} } }`);
  return { code: body.errors?.[0]?.extensions.code, message: body.errors?.[0]?.message };
}

function lundongReport(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [MAIN, 'report', ...args],
      { env: { PATH: process.env.PATH, ...server.environment } },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

describe('weeklyReport', () => {
  test.each(['en', 'zh'])('is the committed Markdown in %s', async (language) => {
    const { markdown } = await report(`markdown(language: "${language}")`);
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(goldenFile(language), markdown);
    expect(markdown).toBe(readFileSync(goldenFile(language), 'utf8'));
  });

  test('gives the figures that other queries give', async () => {
    const own = await report(
      `previous risers fallers industriesWeek { return industry { code } }
       margin { latestBalance change rises { change industry { code } } }
       etfFlows { weekEnding inflows { netFlow etf { code } } categories { category netFlow } }
       models { holdings { since items { weight industry { code } } } table { weekReturn yearExcess } top { value industry { code } }
         bottom { rank } largestRises { weekChange } yearly { data } }`,
    );
    const { body } = await server.graphql(`{
      industries(asOf: "${WEEK}") { code return(window: WEEK) }
      marginFinancing(from: "2025-11-17", to: "${WEEK}") { latestBalance change rises { change industry { code } } }
      etfFlows(weekEnding: "${WEEK}") { weekEnding inflows { netFlow etf { code } } categories { category netFlow } }
      factor(key: "diffusion") { ranking(asOf: "${WEEK}") { previous items { value weekChange industry { code } } } }
      portfolio(key: "diffusion-monthly") {
        holdings(asOf: "${WEEK}") { since items { weight industry { code } } }
        table(weekEnding: "${WEEK}") { weekReturn yearExcess }
        performance(from: "2022-01-04", to: "${WEEK}") { yearly { data } } } }`);
    const { industries, marginFinancing, etfFlows, factor, portfolio } = body.data;
    const { items } = factor.ranking;
    expect(own.previous).toBe(factor.ranking.previous);
    expect(own.margin).toEqual(marginFinancing);
    expect(own.etfFlows).toEqual(etfFlows);
    const weeks: number[] = own.industriesWeek.map((one: { return: number }) => one.return);
    expect(weeks).toEqual(weeks.toSorted((a, b) => b - a));
    expect(own.industriesWeek).toHaveLength(30);
    for (const { return: change, industry } of own.industriesWeek)
      expect(change).toBe(industries.find(({ code }: { code: string }) => code === industry.code).return);
    expect([own.risers, own.fallers]).toEqual([
      weeks.filter((one) => one > 0).length,
      weeks.filter((one) => one < 0).length,
    ]);
    const [model] = own.models;
    expect(model.holdings).toEqual(portfolio.holdings);
    expect(model.table).toEqual(portfolio.table);
    expect(model.yearly).toEqual(portfolio.performance.yearly);
    expect(model.top).toEqual(items.slice(0, 6).map(({ value, industry }: never) => ({ value, industry })));
    expect(model.bottom.map(({ rank }: { rank: number }) => rank)).toEqual([30, 29, 28, 27, 26, 25]);
    const changes: number[] = items.map(({ weekChange }: { weekChange: number }) => weekChange);
    expect(model.largestRises.map(({ weekChange }: { weekChange: number }) => weekChange)).toEqual(
      changes.toSorted((a, b) => b - a).slice(0, 3),
    );
  });

  test('tells next holdings, and what came and went in the week of a rebalance', async () => {
    const names =
      'next { code } entered { code } left { code } top { industry { code } } holdings { since items { industry { code } } }';
    const codes = (industries: { code: string }[]): string[] => industries.map(({ code }) => code).sort();
    const [before] = (await report(`models { ${names} }`)).models;
    expect([before.entered, before.left]).toEqual([[], []]);
    expect(before.next).toEqual(before.top.map(({ industry }: never) => industry));

    const [after] = (await report(`models { ${names} }`, 'weekEnding: "2025-11-28"')).models;
    expect(after.holdings.since).toBe('2025-11-28');
    const held = codes(after.holdings.items.map(({ industry }: never) => industry));
    expect(codes(after.next)).toEqual(held);
    const heldBefore = codes(before.holdings.items.map(({ industry }: never) => industry));
    expect(codes(after.entered)).toEqual(held.filter((code) => !heldBefore.includes(code)));
    expect(codes(after.left)).toEqual(heldBefore.filter((code) => !held.includes(code)));
  });

  test('is published on the last trading day of a week, and as far as the week has come before it', async () => {
    expect(await report('weekEnding published notes', 'weekEnding: "2025-11-23"')).toMatchObject({
      weekEnding: WEEK,
      published: true,
    });
    const midweek = await report('weekEnding previous published notes', 'weekEnding: "2025-11-19"');
    expect(midweek).toMatchObject({ weekEnding: '2025-11-19', previous: '2025-11-14', published: false });
    expect(midweek.notes).toContain('the week does not end on 2025-11-19');
    const late = await report('weekEnding notes', 'weekEnding: "2030-01-04"');
    expect(late.weekEnding).toBe('2025-12-31');
    expect(late.notes).toContain('2030-01-04 was asked for, but the data end on 2025-12-31');
    expect(await report('weekEnding', '')).toEqual({ weekEnding: '2025-12-31' });
  });

  test('has every section before the data of funds and of the portfolio begin: empty, and explained', async () => {
    const early = await report(
      'etfFlows { weekEnding } etfFlowNotes margin { rises { change } notes } models { factor { key } } unavailableModels { reason portfolio { key } } markdown',
      'weekEnding: "2022-03-11"',
    );
    expect([early.etfFlows, early.margin.rises, early.models]).toEqual([null, [], []]);
    expect(early.etfFlowNotes).toEqual([expect.stringMatching(/^no flows: 2022-03-11 lies before the data/)]);
    expect(early.margin.notes.join()).toContain('no figures by industry');
    expect(early.unavailableModels).toEqual([
      { portfolio: { key: 'diffusion-monthly' }, reason: expect.stringContaining('first purchase on') },
      { portfolio: { key: 'gru-weekly' }, reason: expect.stringContaining('first purchase on') },
    ]);
    expect(early.markdown.match(/^## .*$/gm)).toEqual([
      '## Indices',
      '## Industries, week',
      '## Industries, year to date',
      '## Margin financing',
      '## ETF flows',
      '## Diffusion index · diffusion-monthly',
      '## GRU factor · gru-weekly',
    ]);
  });

  test('reports on the models that are named', async () => {
    const schedule = `[{ date: "2025-10-31", industries: ["CI005001", "CI005002"] }]`;
    const created = await server.graphql(
      `mutation { createPortfolio(input: { key: "given", rule: SCHEDULE, schedule: ${schedule} }) { key } }`,
    );
    expect(created.body.errors).toBeUndefined();
    const models = '[{ portfolio: "given", factor: "diffusion" }, { portfolio: "diffusion-monthly" }]';
    const named = await report(
      'models { portfolio { key factor { key } } factor { key } top { rank } holdings { items { industry { code } } } notes }',
      `weekEnding: "${WEEK}", models: ${models}`,
    );
    expect(named.models).toMatchObject([
      { portfolio: { key: 'given', factor: null }, factor: { key: 'diffusion' } },
      { portfolio: { key: 'diffusion-monthly', factor: { key: 'diffusion' } } },
    ]);
    expect(named.models[0].top).toHaveLength(6);
    expect(named.models[0].holdings.items).toHaveLength(2);
    expect(named.models[0].notes).toContain('the holdings were given, not chosen by diffusion');

    const nine = Array(9).fill('{ portfolio: "given", factor: "diffusion" }').join();
    for (const [wrong, code, named] of [
      ['[{ portfolio: "given" }]', 'INVALID_ARGUMENT', '"given" has no factor'],
      ['[{ portfolio: "nobody" }]', 'UNKNOWN_PORTFOLIO', '"nobody"'],
      ['[{ portfolio: "given", factor: "luck" }]', 'UNKNOWN_FACTOR', '"luck"'],
      ['[]', 'INVALID_ARGUMENT', '1 to 8'],
      [`[${nine}]`, 'INVALID_ARGUMENT', '1 to 8'],
    ]) {
      const { code: told, message } = await refusal('weekEnding', `models: ${wrong}`);
      expect([told, message]).toEqual([code, expect.stringContaining(named as string)]);
    }
  });

  test('refuses other languages, and dates before the data', async () => {
    expect(await refusal('markdown(language: "de")', `weekEnding: "${WEEK}"`)).toEqual({
      code: 'INVALID_ARGUMENT',
      message: 'language: "de" is not known; give "en" or "zh".',
    });
    expect((await refusal('weekEnding', 'weekEnding: "2010-01-08"')).code).toBe('DATE_BEFORE_DATA');
  });
});

describe('lundong report', () => {
  test('writes what the API answers, and a page with charts', async () => {
    const file = join(server.environment.DATA_DIR, 'report.md');
    const page = file.replace('.md', '.html');
    const [{ code, stdout, stderr }, paged] = await Promise.all([
      lundongReport('--week', WEEK, '--out', file, '--language', 'zh'),
      lundongReport('--week', WEEK, '--out', page),
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(`report: week to ${WEEK}, complete\n  file  ${file}\n`);
    expect(readFileSync(file, 'utf8')).toBe(readFileSync(goldenFile('zh'), 'utf8'));

    expect(paged.code).toBe(0);
    const html = readFileSync(page, 'utf8');
    // Industries' week, flows by category, and of each model the ranking and the net values.
    expect(html.match(/<svg/g)).toHaveLength(6);
    expect(html).toContain('<h1>Industry rotation, week to 2025-11-21</h1>');
  });

  test('puts a report in the place of the one before at once, or leaves that one', async () => {
    const folder = join(server.environment.DATA_DIR, 'reports');
    const [file, link, before] = ['week.md', 'newest.md', 'before.md'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    mkdirSync(join(folder, 'folder.md'), { recursive: true });
    writeFileSync(file, 'old');
    linkSync(file, before); // a file that is written over in place would change under this name, too
    symlinkSync('week.md', link);
    const [linked, { code, stderr }] = await Promise.all([
      lundongReport('--week', WEEK, '--out', link),
      lundongReport('--week', WEEK, '--out', join(folder, 'folder.md')),
    ]);
    expect(linked.code).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(readFileSync(goldenFile('en'), 'utf8'));
    expect(readFileSync(before, 'utf8')).toBe('old');
    expect(lstatSync(link).isSymbolicLink()).toBe(true);

    expect([code, stderr]).toEqual([1, expect.stringContaining('folder.md cannot be written: EISDIR')]);
    expect(readdirSync(folder).sort()).toEqual(['before.md', 'folder.md', 'newest.md', 'week.md']);
  });

  test('says what is wrong with a file or a date', async () => {
    const refusals = [
      [['--out', 'report.pdf'], 'INVALID_ARGUMENT: --out report.pdf: the name ends in neither .md nor .html'],
      [['--out', '/nowhere/at/all.md'], 'INVALID_ARGUMENT: --out /nowhere/at/all.md cannot be written: ENOENT'],
      [['--week', '2025-13-01', '--out', 'report.md'], 'INVALID_DATE: '],
    ] as const;
    const answers = await Promise.all(refusals.map(([args]) => lundongReport(...args)));
    expect(answers.map(({ code, stderr }) => [code, stderr])).toEqual(
      refusals.map(([, told]) => [1, expect.stringContaining(told)]),
    );
  });
});
