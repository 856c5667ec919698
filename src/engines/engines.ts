import type { DuckDb } from '../lake/duckdb.js';
import type { Store } from '../store/store.js';
import { DiffusionEngine } from './diffusion/diffusion.engine.js';
import type { FactorEngine } from './factor-engine.js';
import { FeatureSource } from './gru/feature-source.js';
import { GruEngine } from './gru/gru.engine.js';
import type { ModelFiles } from './gru/model-files.js';
import type { ScorePool } from './gru/score-pool.js';

/** Every factor there is: a new one is a folder beside this file and a line here. */
export function createEngines(
  store: Store,
  duckdb: DuckDb,
  modelFiles: ModelFiles,
  scorePool: ScorePool,
): readonly FactorEngine[] {
  return [new DiffusionEngine(), new GruEngine(new FeatureSource(store, duckdb), modelFiles, scorePool)];
}
