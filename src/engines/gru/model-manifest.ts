import { z } from 'zod';
import { LundongError } from '../../domain/errors.js';
import { addWeekdays, type LocalDate, tryParseLocalDate } from '../../domain/local-date.js';
import { FEATURE_SPECS, MODEL_NAME, type ModelManifest } from '../../domain/model-version.js';

/** Evaluations by month over decades are far below this. */
const LONGEST_METRICS = 200_000;
const LONGEST_ARCHITECTURE = 10_000;

/** Lists and objects in one another; whoever walks deeper ones by recursion runs out of stack. */
const DEEPEST = 32;

const date = z
  .string()
  .refine((text) => text.length === 10 && tryParseLocalDate(text) !== null, 'is no date; write it as YYYY-MM-DD')
  .transform((text) => text as LocalDate);
const words = z
  .string()
  .min(1, 'is empty; say it in words')
  .max(2000, 'is too long; keep to 2000 characters')
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'has control characters; leave them out');
const count = (least: number, most: number): z.ZodNumber => {
  const message = `is not possible; give a whole number from ${least} to ${most}`;
  return z.int(message).min(least, message).max(most, message);
};
const freely = (longest: number) =>
  z
    .record(z.string(), z.json(), 'is no JSON object')
    .refine((value) => JSON.stringify(value).length <= longest, `is too long; keep to ${longest} characters of JSON`);

const MANIFEST = z
  .strictObject({
    name: z.string().regex(MODEL_NAME, 'is no name; use 1 to 64 lower-case letters, digits, hyphens and dots'),
    file: z
      .string()
      .regex(/^\w[\w.-]{0,99}\.onnx$/, 'is no file name; write the name of the .onnx file, without folders'),
    sha256: z.string().regex(/^[0-9a-f]{64}$/, 'is no SHA-256; write it as 64 lower-case hexadecimal digits'),
    featureSpec: z
      .string()
      .refine(
        (id) => Object.hasOwn(FEATURE_SPECS, id),
        `is unknown; there is: ${Object.keys(FEATURE_SPECS).join(', ')}`,
      ),
    specVersion: count(1, 1_000_000),
    window: count(1, 1000),
    features: count(1, 1000),
    universe: words,
    label: words,
    horizonDays: count(1, 250),
    embargoDays: count(1, 250),
    trainedFrom: date,
    trainedTo: date,
    labelsTo: date,
    validFrom: date,
    validTo: date.nullable(),
    seed: count(0, Number.MAX_SAFE_INTEGER),
    architecture: freely(LONGEST_ARCHITECTURE),
    framework: words,
    trainedAt: date,
    metrics: freely(LONGEST_METRICS),
  })
  .check(({ value, issues }) => {
    const refuse = (field: keyof ModelManifest, message: string): void => {
      issues.push({ code: 'custom', path: [field], message, input: value[field] });
    };
    const spec = FEATURE_SPECS[value.featureSpec];
    if (spec !== undefined && value.specVersion !== spec.version)
      refuse('specVersion', `is not that of ${value.featureSpec}, which is ${spec.version}; train the model anew`);
    for (const field of ['window', 'features'] as const)
      if (spec !== undefined && value[field] !== spec[field])
        refuse(field, `is not that of ${value.featureSpec}, which is ${spec[field]}`);
    const { trainedFrom, trainedTo, labelsTo, validFrom, validTo, trainedAt, horizonDays, embargoDays } = value;
    if (trainedTo < trainedFrom) refuse('trainedTo', `lies before trainedFrom ${trainedFrom}`);
    // Trading days are weekdays; holidays can only make it later.
    const earliest = addWeekdays(trainedTo, horizonDays);
    if (labelsTo < earliest)
      refuse(
        'labelsTo',
        `lies before ${earliest}, where a label of ${horizonDays} trading days from trainedTo ${trainedTo} can end at the earliest`,
      );
    if (embargoDays < horizonDays)
      refuse(
        'embargoDays',
        `is less than horizonDays ${horizonDays}: labels of training samples reach into the validation`,
      );
    if (trainedAt < labelsTo)
      refuse('trainedAt', `lies before labelsTo ${labelsTo}: training cannot have used prices that were still to come`);
    if (validFrom <= labelsTo)
      refuse('validFrom', `does not lie after labelsTo ${labelsTo}: the model has seen prices of dates it is to score`);
    if (validTo !== null && validTo < validFrom) refuse('validTo', `lies before validFrom ${validFrom}`);
  });

/**
 * Checks a manifest and brings its fields into order.
 *
 * @param given parsed JSON
 * @throws LundongError MODEL_INVALID naming every field that is wrong
 */
export function readModelManifest(given: unknown): ModelManifest {
  if (isDeeperThan(DEEPEST + 1, given)) {
    const [deepest] = Object.entries(given as object).find(([, value]) => isDeeperThan(DEEPEST, value)) as [
      string,
      unknown,
    ];
    const field = deepest.slice(0, 60);
    throw new LundongError(
      'MODEL_INVALID',
      `The manifest of the model is not valid; correct it. ${field}: is nested too deep; keep to ${DEEPEST} levels.`,
      { fields: [field] },
    );
  }
  const parsed = MANIFEST.safeParse(given);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => ({ field: key, says: 'is no field of it' }));
    const field = issue.path.join('.');
    const value = issue.path.reduce<unknown>((inside, key) => (inside as Record<PropertyKey, unknown>)?.[key], given);
    if (value === undefined) return [{ field, says: 'is missing' }];
    const isOurs = issue.code !== 'invalid_type' || !issue.message.startsWith('Invalid input');
    const fault = isOurs ? issue.message : `is no ${issue.expected}`;
    return [{ field, says: `${shown(value)} ${fault}` }];
  });
  const told = problems.map(({ field, says }) => (field === '' ? says : `${field.slice(0, 60)}: ${says}`));
  throw new LundongError('MODEL_INVALID', `The manifest of the model is not valid; correct it. ${told.join('; ')}.`, {
    fields: problems.slice(0, 50).map(({ field }) => field.slice(0, 60)),
  });
}

/** Level by level, since recursion is what the limit guards against. */
function isDeeperThan(levels: number, value: unknown): boolean {
  const inside = (one: unknown): unknown[] => (one !== null && typeof one === 'object' ? Object.values(one) : []);
  let level = inside(value);
  for (let depth = 1; depth <= levels && level.length > 0; depth++) level = level.flatMap(inside);
  return level.length > 0;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
