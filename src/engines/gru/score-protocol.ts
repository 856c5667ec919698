// What the pool and its threads say to each other.

import type { ErrorCode } from '../../domain/errors.js';

/** An ONNX file, and the hash that its bytes must have. */
export interface ScoreModel {
  readonly path: string;
  readonly sha256: string;
}

/** Name, element type and shape of an input or output; a dimension that is free is a text. */
export interface TensorDescription {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

export interface ModelDescription {
  readonly inputs: readonly TensorDescription[];
  readonly outputs: readonly TensorDescription[];
}

/** `x` is null where only a description is asked for; else `count` sequences one after the other. */
export interface ScoreTask {
  readonly model: ScoreModel;
  readonly x: Float32Array<ArrayBuffer> | null;
  readonly count: number;
}

export type ScoreAnswer =
  | { readonly kind: 'scores'; readonly scores: Float32Array<ArrayBuffer> }
  | { readonly kind: 'description'; readonly description: ModelDescription }
  | { readonly kind: 'failure'; readonly code: ErrorCode; readonly message: string };

/** Sequences in one call of the runtime: what it works on then stays in the cache of a core. */
export const BATCH = 50;
