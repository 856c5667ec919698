import { computeDiffusion, type DiffusionResult } from '../../domain/diffusion.js';
import {
  type DiffusionLayout,
  type DiffusionLayoutInput,
  prepareDiffusionLayout,
} from '../../domain/diffusion-layout.js';
import type { DiffusionParams } from '../../domain/diffusion-params.js';

export interface DiffusionTask {
  readonly layoutKey: string;
  /** Left out when the thread is thought to have the layout already. */
  readonly input: DiffusionLayoutInput | null;
  readonly params: DiffusionParams;
  readonly fromRow: number;
  readonly toRow: number;
}

/** A layout repeats the closes of its panel; more than these would be memory for series hardly anyone asks for. */
const KEPT_LAYOUTS = 3;

const layouts = new Map<string, DiffusionLayout>();

/** @returns null when this thread lacks the layout: the caller sends the task again with its input */
export default function run(task: DiffusionTask): DiffusionResult | null {
  const layout = layouts.get(task.layoutKey) ?? (task.input === null ? null : prepareDiffusionLayout(task.input));
  if (layout === null) return null;
  layouts.delete(task.layoutKey); // to the end: the least recently used one goes first
  layouts.set(task.layoutKey, layout);
  if (layouts.size > KEPT_LAYOUTS) layouts.delete(layouts.keys().next().value as string);
  return computeDiffusion(layout, task.params, task.fromRow, task.toRow);
}
