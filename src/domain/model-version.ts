import { FEATURE_SPEC, FEATURE_SPEC_VERSION, FEATURES, WINDOW_DAYS } from './intraday-features.js';
import type { LocalDate } from './local-date.js';

/** What a model may be called: it stands in file names, addresses and parameters. */
export const MODEL_NAME = /^[a-z0-9][a-z0-9.-]{0,63}$/;

/** What a model reads of one stock on one date: `window` trading days, oldest first, of `features` numbers each. */
export interface FeatureSpec {
  /** Raised when its numbers come to mean something else: a model reads those it was trained on, or none. */
  readonly version: number;
  readonly window: number;
  readonly features: number;
}

/** The inputs a model may be trained on, by id; what the numbers mean is told where they are computed. */
export const FEATURE_SPECS: Readonly<Record<string, FeatureSpec>> = {
  [FEATURE_SPEC]: { version: FEATURE_SPEC_VERSION, window: WINDOW_DAYS, features: FEATURES.length },
};

/** What the one who trained a model says of it. */
export interface ModelManifest {
  readonly name: string;
  /** The ONNX file, beside the manifest. */
  readonly file: string;
  /** Of the ONNX file, 64 hexadecimal digits. */
  readonly sha256: string;
  readonly featureSpec: string;
  /** Of the feature spec it was trained on. */
  readonly specVersion: number;
  readonly window: number;
  readonly features: number;
  /** Which stocks it was trained on, in words. */
  readonly universe: string;
  /** What it foretells, in words. */
  readonly label: string;
  /** Trading days that the label looks ahead. */
  readonly horizonDays: number;
  /** Trading days left out between training and validation samples. */
  readonly embargoDays: number;
  /** First and last feature date of a training or validation sample. */
  readonly trainedFrom: LocalDate;
  readonly trainedTo: LocalDate;
  /** The last date whose prices any label used. */
  readonly labelsTo: LocalDate;
  /** The dates it may score, both inclusive; null = without end. */
  readonly validFrom: LocalDate;
  readonly validTo: LocalDate | null;
  readonly seed: number;
  readonly architecture: Readonly<Record<string, unknown>>;
  /** What made it, in words. */
  readonly framework: string;
  readonly trainedAt: LocalDate;
  readonly metrics: Readonly<Record<string, unknown>>;
}

/** A registered model. */
export interface ModelVersion extends ModelManifest {
  readonly registeredAt: Date;
  /** Since when it scores no date any more; null = it does. */
  readonly withdrawnAt: Date | null;
}

/** Whether a model reads the features that are computed here, and not those of an earlier version of them. */
export function isOfThisSpec({
  featureSpec,
  specVersion,
}: Pick<ModelManifest, 'featureSpec' | 'specVersion'>): boolean {
  return FEATURE_SPECS[featureSpec]?.version === specVersion;
}

/**
 * The model that scores a date: of those valid on it the one valid from the latest date, of equals the one registered
 * last. None that was withdrawn; never one that has seen a price of the date or of a later one, whatever its validity
 * says, and never one that was trained on another version of its features: it would read numbers that mean something else.
 *
 * @returns null where no model may score the date
 */
export function modelFor(models: readonly ModelVersion[], date: LocalDate): ModelVersion | null {
  return models
    .filter(isOfThisSpec)
    .filter(
      ({ validFrom, validTo, labelsTo, withdrawnAt }) =>
        withdrawnAt === null && validFrom <= date && (validTo === null || date <= validTo) && labelsTo < date,
    )
    .reduce<ModelVersion | null>((best, model) => (best === null || precedes(model, best) ? model : best), null);
}

function precedes(a: ModelVersion, b: ModelVersion): boolean {
  if (a.validFrom !== b.validFrom) return a.validFrom > b.validFrom;
  const later = a.registeredAt.getTime() - b.registeredAt.getTime();
  return later === 0 ? a.name > b.name : later > 0;
}
