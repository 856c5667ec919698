import { readFile } from 'node:fs/promises';
import { type Config, readConfig } from './config.js';
import { LundongError } from './domain/errors.js';
import { type EtfRules, parseEtfRules } from './domain/etf-rules.js';
import { createEngines } from './engines/engines.js';
import type { FactorEngine } from './engines/factor-engine.js';
import { factorInvalidation } from './engines/factor-invalidation.js';
import { ModelFiles } from './engines/gru/model-files.js';
import { ModelRegistry } from './engines/gru/model-registry.js';
import { ScorePool } from './engines/gru/score-pool.js';
import { dropStaleStockDays } from './engines/gru/stock-day-source.js';
import { DuckDb } from './lake/duckdb.js';
import { Importer } from './lake/import/importer.js';
import { MarketSource } from './lake/market-source.js';
import { Store } from './store/store.js';

/** Keeps an import below 1.5 GB and a server with every file loaded below 1 GB. */
const DUCKDB_MEMORY_MB = 500;

/** Store, lake and engines, opened from the configuration: what every command works with. */
export class Workspace {
  private constructor(
    readonly config: Config,
    readonly store: Store,
    readonly duckdb: DuckDb,
    readonly modelFiles: ModelFiles,
    /** Its threads start with the first request. */
    readonly scorePool: ScorePool,
    readonly engines: readonly FactorEngine[],
    readonly etfRules: EtfRules,
  ) {}

  static async open(config: Config = readConfig()): Promise<Workspace> {
    const { directories, databaseUrl } = config;
    const etfRules = await readEtfRules(config.etfRulesFile);
    const store = await Store.open({ databaseUrl, directory: directories.postgres });
    try {
      const duckdb = await DuckDb.open({
        temporaryDirectory: directories.temporary,
        memoryLimitMb: DUCKDB_MEMORY_MB,
      });
      const modelFiles = new ModelFiles(directories.models);
      const scorePool = new ScorePool();
      const engines = createEngines(store, duckdb, modelFiles, scorePool);
      return new Workspace(config, store, duckdb, modelFiles, scorePool, engines, etfRules);
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  importer(): Importer {
    const dropStaleFactorValues = factorInvalidation(this.engines);
    return new Importer(this.store, this.duckdb, this.config.directories, this.etfRules, async (manager, change) => {
      await dropStaleFactorValues(manager, change);
      await dropStaleStockDays(manager, change);
    });
  }

  modelRegistry(): ModelRegistry {
    return new ModelRegistry(this.store, this.modelFiles, this.scorePool, factorInvalidation(this.engines));
  }

  markets(): Promise<MarketSource> {
    return MarketSource.open(this.store, this.duckdb, this.config.directories.lake, this.etfRules);
  }

  async close(): Promise<void> {
    await Promise.all(this.engines.map((engine) => engine.close()));
    await this.scorePool.close();
    this.duckdb.close();
    await this.store.close();
  }
}

/** @throws LundongError INVALID_CONFIG for rules that cannot be read or make no sense */
async function readEtfRules(path: string): Promise<EtfRules> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new LundongError(
      'INVALID_CONFIG',
      `The ETF rules ${path} cannot be read: ${cause.code}. Set ETF_RULES_FILE to such a file, or leave it out.`,
      { path },
      { cause },
    );
  });
  return parseEtfRules(text);
}

/** Opens a workspace for one piece of work and closes it, whatever happens. */
export async function withWorkspace<T>(work: (workspace: Workspace) => Promise<T>): Promise<T> {
  const workspace = await Workspace.open();
  try {
    return await work(workspace);
  } finally {
    await workspace.close();
  }
}
