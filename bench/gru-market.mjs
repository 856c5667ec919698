// A market of as many stocks as there are, invented: months of 15-minute bars with the closes and members that go with
// them, and the models of the project.
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readModelFiles } from '../dist/src/cli/model-files.js';
import { TradingCalendar } from '../dist/src/domain/trading-calendar.js';
import { literal, literals } from '../dist/src/lake/duckdb.js';

export const STOCKS = 5000;
const INDUSTRIES = 30;
const MODELS = fileURLToPath(new URL('../models/', import.meta.url));
/** 80 trading days: windows of 40 are full on the last 20, with the 20 days before them that features look back on. */
const DAYS = TradingCalendar.of([]).between('2025-09-01', '2025-12-31');
const BAR_ENDS = [585, 600, 615, 630, 645, 660, 675, 690, 795, 810, 825, 840, 855, 870, 885, 900];

export async function loadGruMarket(workspace, folder) {
  const bars = `
    SELECT stock, date, minute, round(price, 2) AS open, round(price * (1 + 0.004 * (hash(stock, date, minute, 1) % 100 / 100 - 0.5)), 2) AS close,
      100 * (1 + hash(stock, date, minute, 2) % 2000) AS volume
    FROM (
      SELECT stock, date, minute, 5 + stock % 60 + sin(stock + day / 5 + minute / 300) AS price
      FROM range(${STOCKS}) stocks(stock), (SELECT unnest(${literals(DAYS)}::DATE[]) AS date, unnest(range(${DAYS.length})) AS day),
        (SELECT unnest(${JSON.stringify(BAR_ENDS)}) AS minute)
    )`;
  const code = `(600000 + stock) || '.SH'`;
  const [barFile, closeFile, memberFile] = ['bars.parquet', 'closes.parquet', 'members.csv'].map((name) =>
    join(folder, name),
  );
  await workspace.duckdb.use(async (connection) => {
    await connection.run(`COPY (
      SELECT ${code} AS code, strftime(date + to_minutes(minute), '%Y-%m-%d %H:%M:%S') AS datetime, open, greatest(open, close) AS high,
        least(open, close) AS low, close, volume, volume * close AS amount
      FROM (${bars})) TO ${literal(barFile)}`);
    await connection.run(`COPY (
      SELECT ${code} AS code, strftime(date, '%Y-%m-%d') AS date, close FROM (${bars}) WHERE minute = 900) TO ${literal(closeFile)}`);
  });
  const members = Array.from({ length: STOCKS }, (_, stock) => {
    const industry = String((stock % INDUSTRIES) + 1).padStart(3, '0');
    return `CI005${industry},${600_000 + stock}.SH,${(100 * INDUSTRIES) / STOCKS},${DAYS[0]}`;
  });
  await writeFile(memberFile, `${['industry_code,stock,weight,as_of', ...members].join('\n')}\n`);
  const load = (dataset, path, adjustment) => {
    const request = { dataset, paths: [path], source: 'bench', adjustment, validFrom: null, barMinutes: null };
    return workspace.importer().run({ ...request, quarantine: false, actor: 'bench' });
  };
  await load('stock_daily', closeFile, 'hfq');
  await load('members', memberFile, null);
  await load('minute_bar', barFile, null);
  for (const name of (await readdir(MODELS)).filter((file) => file.endsWith('.json'))) {
    const { manifest, bytes } = await readModelFiles(join(MODELS, name));
    await workspace.modelRegistry().register('bench', manifest, bytes);
  }
}
