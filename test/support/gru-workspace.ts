import type { LocalDate } from '#lundong/domain/local-date.js';
import { FeatureSource } from '#lundong/engines/gru/feature-source.js';
import { GruEngine } from '#lundong/engines/gru/gru.engine.js';
import { DAYS, loadAdjusted, loadBars } from './bars-workspace.js';
import { openTestWorkspace, type TestWorkspace } from './database.js';
import { runImport, writeTable } from './import-helpers.js';
import { manifestFor, modelFixture } from './models.js';
import { QUARTERS, randomBars } from './random-bars.js';

// A random market with members and two models, on which the GRU factor has values.

export const dates = DAYS.slice(0, 90);
export const generated = randomBars({ seed: 5, dates, stocks: 30, minutes: QUARTERS, gaps: true });
export const stocks = [...new Set(generated.bars.map((bar) => bar.code))].sort();
export const on = (day: number): LocalDate => dates[day] as LocalDate;

export interface Member {
  readonly industry: string;
  readonly stock: string;
  readonly weight: number | null;
}

/** Two industries with bars and weights, one whose only member has no bars, one with members but no weights. */
export const WEIGHT_DATE = on(10);
export const members: readonly Member[] = [
  ...stocks.slice(0, 12).map((stock, index) => ({ industry: 'CI005001', stock, weight: 1 + index })),
  ...stocks.slice(12, 24).map((stock, index) => ({ industry: 'CI005002', stock, weight: 30 - index })),
  { industry: 'CI005003', stock: '600999.SH', weight: 100 },
  ...stocks.slice(24).map((stock) => ({ industry: 'CI005004', stock, weight: null })),
];

export const [good, other] = [modelFixture('good'), modelFixture('other')];
export const early = manifestFor(good, {
  name: 'early',
  trainedFrom: on(0),
  trainedTo: on(39),
  labelsTo: on(49),
  validFrom: on(50),
  validTo: on(75),
});
export const late = manifestFor(other, {
  ...early,
  ...{ name: 'late', sha256: other.sha256 },
  validFrom: on(70),
  validTo: on(85),
});

/** @param adjusted closes by "code date"; all that there are, unless given */
export async function openGruWorkspace(
  adjusted: ReadonlyMap<string, number> = generated.adjusted,
): Promise<TestWorkspace> {
  const opened = await openTestWorkspace();
  await loadSnapshot(opened, members, WEIGHT_DATE, on(0));
  await loadBars(opened, generated.bars);
  await loadAdjusted(opened, adjusted);
  await opened.workspace.modelRegistry().register('test', early, good.bytes);
  await opened.workspace.modelRegistry().register('test', late, other.bytes);
  return opened;
}

/** @param validFrom null = from its own date on */
export async function loadSnapshot(
  { workspace, directory }: TestWorkspace,
  snapshot: readonly Member[],
  asOf: LocalDate,
  validFrom: LocalDate | null = null,
): Promise<void> {
  const lines = snapshot.map(({ industry, stock, weight }) => `${industry},${stock},${weight ?? ''},${asOf}`);
  const path = writeTable(directory, 'members.csv', ['industry_code,stock,weight,as_of', ...lines]);
  await runImport(workspace, 'members', path, { validFrom });
}

/** The engine with nothing in memory, and no figures of stocks in PostgreSQL: whatever it says, it says of the lake. */
export async function forgetfulEngine({ workspace }: TestWorkspace): Promise<GruEngine> {
  const { store, duckdb, modelFiles, scorePool } = workspace;
  await store.manager.query('TRUNCATE stock_day');
  return new GruEngine(new FeatureSource(store, duckdb), modelFiles, scorePool);
}
