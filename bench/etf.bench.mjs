// Lists of 1,500 funds and the weekly report, each by the first request of a process and by later ones.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createRandom, median } from './measure.mjs';

const FUNDS = 1500;
const ROUNDS = 3;

const PAGE = `query ($orderBy: EtfOrder! = CHANGE_DESC) {
  etfs(orderBy: $orderBy, first: ${FUNDS}, asOf: "2025-11-21") {
    totalCount edges { node { code name category change amount shares nav size premium netFlow(window: WEEK) } }
  }
}`;
const THEMES = `{ themes(asOf: "2025-11-21") { key name change sizeWeightedChange etfCount risingAbove(change: 0.02) } }`;
const INDUSTRIES = `{ etfs(first: ${FUNDS}, asOf: "2025-11-21", filter: { industry: "CI005021" }) { totalCount } }`;
const REPORT = readFileSync(new URL('../schema/operations/weekly-report.graphql', import.meta.url), 'utf8');
const report = (weekEnding) => ({ query: REPORT, variables: { weekEnding, language: 'zh' } });

/** Each list is asked in a process of its own, since the first of it pays for what all share. */
const PROCESSES = [
  [
    { name: 'page of 1,500 funds, first of the process', query: PAGE },
    { name: 'page of 1,500 funds, again', query: PAGE },
    { name: 'page of 1,500 funds, by flow', query: PAGE, variables: { orderBy: 'FLOW_DESC' } },
    { name: 'funds that follow an industry, cold', query: INDUSTRIES },
    { name: 'funds that follow an industry, again', query: INDUSTRIES },
  ],
  [
    { name: 'themes, first of the process', query: THEMES },
    { name: 'themes, again', query: THEMES },
  ],
  [
    { name: 'weekly report, first of the process', ...report('2025-11-21') },
    { name: 'weekly report, again', ...report('2025-11-21') },
    { name: 'weekly report, another week', ...report('2025-11-14') },
    { name: 'weekly report, and another', ...report('2025-10-31') },
    { name: 'weekly report, that one again', ...report('2025-10-31') },
  ],
];

export async function run() {
  const directory = await mkdtemp(join(tmpdir(), 'lundong-bench-'));
  process.env.DATA_DIR = directory;
  process.env.LOG_LEVEL = 'silent';
  process.env.RATE_LIMIT = '2000000000'; // counted, never reached
  try {
    await loadMarket(directory);
    const rows = [];
    for (const operations of PROCESSES) {
      const rounds = [];
      for (let round = 0; round < ROUNDS; round++) rounds.push(await measured(operations));
      operations.forEach(({ name }, index) => {
        const typical = (figure) => Number(median(rounds.map((results) => results[index][figure])).toFixed(1));
        rows.push({
          operation: name,
          ms: typical('ms'),
          'cpu ms': typical('cpuMs'),
          'longest turn, ms': typical('stallMs'),
          'SQL statements': typical('statements'),
          bytes: typical('bytes'),
        });
      });
    }
    console.table(rows);
    console.log(`medians of ${ROUNDS} processes; demo market with ${FUNDS} funds; nothing from the response cache`);
    console.log('on a machine that others use, too, the times of the processor say more than those of the clock');
    console.log('aims: at most 6 statements; the report at most 300 ms cold and 10 ms warm; no turn above 20 ms');
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function measured(operations) {
  const child = fork(new URL('./etf-process.mjs', import.meta.url), [JSON.stringify(operations)], {
    env: { ...process.env, NODE_ENV: 'production', UV_THREADPOOL_SIZE: '16' },
  });
  const [results] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`the measured process ended with ${code}`);
    }),
  ]);
  await once(child, 'exit');
  return results;
}

/** The demo market, and beside its funds as many more as make 1,500, with two years of prices and shares. */
async function loadMarket(directory) {
  const { withWorkspace } = await import('../dist/src/workspace.js');
  const { loadDemoMarket } = await import('../dist/src/cli/demo-market/load-demo-market.js');
  const { TradingCalendar } = await import('../dist/src/domain/trading-calendar.js');
  const days = TradingCalendar.of([]).between('2024-01-02', '2025-12-31');
  await withWorkspace(async (workspace) => {
    await loadDemoMarket(workspace, () => undefined);
    const known = (await workspace.markets()).current().etfs.size;
    const files = fundFiles(days, FUNDS - known);
    for (const [dataset, adjustment, lines] of files) {
      const path = join(directory, `${dataset}.csv`);
      await writeFile(path, `${lines.join('\n')}\n`);
      const request = { dataset, paths: [path], source: 'bench', adjustment, validFrom: null, barMinutes: null };
      await workspace.importer().run({ ...request, quarantine: false, actor: 'bench' });
      await rm(path);
    }
  });
}

function fundFiles(days, count) {
  const random = createRandom(5);
  const subjects = ['机械', '银行', '医药', '半导体', '人工智能', '算力', '红利', '军工', '煤炭', '光伏'];
  const funds = Array.from({ length: count }, (_, fund) => ({
    code: `${560_000 + fund}.SH`,
    name: `${subjects[fund % subjects.length]}ETF${fund}`,
  }));
  const bars = [];
  const shares = [];
  for (const { code } of funds) {
    let [price, outstanding] = [1 + random(), 1e8 * (1 + 50 * random())];
    for (const date of days) {
      price = Math.max(0.2, price * (1 + 0.03 * (random() - 0.5)));
      outstanding = Math.max(2e7, outstanding + 1e6 * Math.round(6 * (random() - 0.5)));
      bars.push(`${code},${date},${price.toFixed(3)},${Math.round(1e8 * random())}`);
      shares.push(`${code},${date},${Math.round(outstanding)},${price.toFixed(4)}`);
    }
  }
  return [
    ['etfs', null, ['code,name', ...funds.map(({ code, name }) => `${code},${name}`)]],
    ['etf_daily', 'none', ['code,date,close,amount', ...bars]],
    ['etf_share', null, ['code,date,shares,nav', ...shares]],
  ];
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await run();
