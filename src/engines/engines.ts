import { DiffusionEngine } from './diffusion/diffusion.engine.js';
import type { FactorEngine } from './factor-engine.js';

/** Every factor there is: a new one is a folder beside this file and a line here. */
export function createEngines(): readonly FactorEngine[] {
  return [new DiffusionEngine()];
}
