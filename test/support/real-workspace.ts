import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { inject } from 'vitest';
import { readConfig } from '#lundong/config.js';
import type { LocalDate } from '#lundong/domain/local-date.js';
import type { ImportReport } from '#lundong/lake/import/import-report.js';
import type { ImportRequest } from '#lundong/lake/import/import-request.js';
import { Workspace } from '#lundong/workspace.js';
import { openCluster } from './cluster.js';
import { runImport } from './import-helpers.js';
import { sharedPath } from './shared-data.js';

/** The real files, in the order in which they are loaded. */
export const REAL_FILES: readonly { dataset: ImportRequest['dataset']; file: string; validFrom?: LocalDate }[] = [
  { dataset: 'calendar', file: 'trading_calendar_2010_2026.csv' },
  { dataset: 'industry_daily', file: 'citic_l1_close_2015_2025.csv.gz' },
  { dataset: 'industry_daily', file: 'citic_l1_daily_ohlcv_2015_2024.csv.gz' },
  { dataset: 'industry_daily', file: 'sw_l1_close_merged_20140102_20260318.csv.gz' },
  { dataset: 'index_daily', file: 'csi_index_daily_2015_20260821.csv.gz' },
  { dataset: 'members', file: 'citic_l1_members_20260127.csv.gz', validFrom: '2015-01-01' as LocalDate },
  { dataset: 'members', file: 'sw_classification_history_to_202409.csv.gz' },
  { dataset: 'stock_daily', file: 'a_share_hfq_close_2022_2024.csv.gz' },
  { dataset: 'stock_daily', file: 'mainboard_qfq_close_20240102_20260107.csv.gz' },
  { dataset: 'minute_bar', file: 'sse_15min_dev_4_per_citic.csv.gz' },
  { dataset: 'minute_bar', file: 'sample_600519_5min.csv.gz' },
  { dataset: 'minute_bar', file: 'sample_300766_5min.csv.gz' },
  { dataset: 'minute_bar', file: 'sample_600519_1min.csv.gz' },
  { dataset: 'etfs', file: 'etf_names_202507.csv' },
  { dataset: 'etfs', file: 'etf_flow_nav_shares_20260812_20260818.csv.gz' },
  { dataset: 'etf_daily', file: 'etf_qfq_daily_20220104_20250704.csv.gz' },
  { dataset: 'etf_share', file: 'etf_shares_20260514_20260821.csv.gz' },
  { dataset: 'etf_share', file: 'etf_flow_nav_shares_20260812_20260818.csv.gz' },
  { dataset: 'margin_market', file: 'margin_market_daily_20120927_20260820.csv' },
];

const DATABASE = 'real';
const LOADING = 'real_loading';
const LOAD_LOCK = 1;

export interface RealWorkspace {
  readonly workspace: Workspace;
  /** What each of REAL_FILES gave when it was loaded. */
  readonly reports: readonly ImportReport[];
}

/**
 * A workspace with every real file in it. The files are loaded once in a run of vitest, by the first test file that
 * asks; all share the result, so only read it. Ask only where `sharedDataAvailable('data')`, and close the workspace.
 */
export async function openRealWorkspace(): Promise<RealWorkspace> {
  const { url } = await openCluster(inject('runDirectory'));
  const directory = join(inject('runDirectory'), 'real');
  const environment = (database: string) => {
    const own = new URL(url);
    own.pathname = `/${database}`;
    return { DATA_DIR: directory, DATABASE_URL: own.href, LOG_LEVEL: 'silent' };
  };
  const reportFile = `${directory}.json`;
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`SELECT pg_advisory_lock(${LOAD_LOCK})`);
    const loaded = await client.query(`SELECT 1 FROM pg_database WHERE datname = '${DATABASE}'`);
    if (loaded.rowCount === 0) {
      await client.query(`DROP DATABASE IF EXISTS ${LOADING}`);
      await client.query(`CREATE DATABASE ${LOADING}`);
      await writeFile(reportFile, JSON.stringify(await loadRealFiles(environment(LOADING))));
      await client.query(`ALTER DATABASE ${LOADING} RENAME TO ${DATABASE}`);
    }
  } finally {
    await client.end();
  }
  return {
    workspace: await Workspace.open(readConfig(environment(DATABASE))),
    reports: JSON.parse(await readFile(reportFile, 'utf8')),
  };
}

async function loadRealFiles(environment: NodeJS.ProcessEnv): Promise<ImportReport[]> {
  const workspace = await Workspace.open(readConfig(environment));
  try {
    const reports: ImportReport[] = [];
    for (const { dataset, file, validFrom } of REAL_FILES)
      reports.push(await runImport(workspace, dataset, sharedPath('data', file), { validFrom: validFrom ?? null }));
    return reports;
  } finally {
    await workspace.close();
  }
}
