import { LundongError } from './errors.js';
import { MODEL_NAME } from './model-version.js';

export interface GruParams {
  /** Name of the one model to score with; null = on each date the newest that is valid there. */
  readonly model: string | null;
  /** How the members of an industry count. */
  readonly weighting: 'EQUAL' | 'CAP';
}

/** @throws LundongError INVALID_ARGUMENT */
export function canonicalGruParams({ model = null, weighting = 'CAP' }: Partial<GruParams> = {}): GruParams {
  if (model !== null && !(typeof model === 'string' && MODEL_NAME.test(model)))
    throw new LundongError(
      'INVALID_ARGUMENT',
      `GRU model ${JSON.stringify(model).slice(0, 80)} is no name of a model; name one of the query models.`,
    );
  if (weighting !== 'EQUAL' && weighting !== 'CAP')
    throw new LundongError('INVALID_ARGUMENT', `GRU weighting ${weighting} is not possible; give EQUAL or CAP.`);
  return { model, weighting };
}
