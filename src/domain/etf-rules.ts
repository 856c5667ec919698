import { z } from 'zod';
import { LundongError } from './errors.js';

/**
 * The rules that sort exchange-traded funds by their names, as read from `config/etf-rules.json`.
 *
 * A name is compared in capitals and without the `ignored` texts. A rule fits a name that holds one of its words and none
 * of its exceptions, wherever in the name they stand.
 */
export interface EtfRules {
  readonly categories: readonly string[];
  /** Texts taken out of a name before anything is compared: they hold a rule's word by accident. */
  readonly ignored: readonly string[];
  /** Asked in order; the first that fits decides. */
  readonly categoryRules: readonly EtfCategoryRule[];
  /** Each asked by itself: a fund has every theme that fits. */
  readonly themes: readonly EtfTheme[];
  /** By six-digit code, before any rule: what a name does not tell. */
  readonly exceptions: ReadonlyMap<string, EtfClass>;
}

interface NameRule {
  readonly words: readonly string[];
  readonly except: readonly string[];
}

/** Where a fund belongs: one of the categories, or a known kind that is none of them (bonds, gold, broad indices, …). */
export type EtfClass =
  | { readonly category: string; readonly outside: null }
  | { readonly category: null; readonly outside: string };

export type EtfCategoryRule = NameRule & EtfClass;

export interface EtfTheme extends NameRule {
  readonly key: string;
  readonly nameZh: string;
  readonly nameEn: string;
}

const text = z.string().trim().min(1);
const words = z.array(text.transform((word) => word.toUpperCase())).min(1);
const ruleShape = { words, except: words.default([]), note: z.string().optional() };
const classShape = { category: text.optional(), outside: text.optional() };

const FILE = z.strictObject({
  note: z.string().optional(),
  categories: z.array(text).min(1),
  ignored: words.default([]),
  categoryRules: z.array(z.strictObject({ ...classShape, ...ruleShape })),
  themes: z.array(
    z.strictObject({ key: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/), nameZh: text, nameEn: text, ...ruleShape }),
  ),
  exceptions: z
    .array(z.strictObject({ code: z.string().regex(/^\d{6}$/), ...classShape, note: z.string().optional() }))
    .default([]),
});

/**
 * Reads the rules out of the file's text.
 *
 * @throws LundongError INVALID_CONFIG naming the place: no JSON, a wrong shape or field, a category that is not listed, a
 *   rule with both or neither of `category` and `outside`, a theme key or a code that comes twice
 */
export function parseEtfRules(json: string): EtfRules {
  const { categories, ignored, categoryRules, themes, exceptions } = readShape(json);
  const classOf = (
    at: string,
    { category, outside }: { category?: string | undefined; outside?: string | undefined },
  ) => toClass(at, categories, category, outside);
  for (const [name, keys] of [
    ['categories', categories],
    ['themes', themes.map(({ key }) => key)],
    ['exceptions', exceptions.map(({ code }) => code)],
  ] as const) {
    const twice = keys.find((key, index) => keys.indexOf(key) !== index);
    if (twice !== undefined) throw invalid(name, `"${twice}" comes twice`);
  }
  return {
    categories,
    ignored,
    categoryRules: categoryRules.map((rule, index) => ({
      words: rule.words,
      except: rule.except,
      ...classOf(`categoryRules.${index}`, rule),
    })),
    themes: themes.map(({ key, nameZh, nameEn, words, except }) => ({ key, nameZh, nameEn, words, except })),
    exceptions: new Map(exceptions.map((each, index) => [each.code, classOf(`exceptions.${index}`, each)])),
  };
}

function readShape(json: string): z.infer<typeof FILE> {
  let value: unknown;
  try {
    value = JSON.parse(json.replace(/^\uFEFF/, '')); // editors on Windows put a mark first
  } catch (cause) {
    throw invalid('the file', `it is not JSON: ${(cause as Error).message}`);
  }
  const { success, data, error } = FILE.safeParse(value);
  if (success) return data;
  const [issue] = error.issues;
  throw invalid(issue.path.join('.') || 'the file', issue.message);
}

function toClass(at: string, categories: readonly string[], category?: string, outside?: string): EtfClass {
  if (category !== undefined && outside === undefined) {
    if (!categories.includes(category)) throw invalid(at, `"${category}" is none of the categories`);
    return { category, outside: null };
  }
  if (outside !== undefined && category === undefined) return { category: null, outside };
  throw invalid(at, 'give either category or outside');
}

function invalid(at: string, problem: string): LundongError {
  return new LundongError('INVALID_CONFIG', `The ETF rules cannot be used, at ${at}: ${problem}.`, { at });
}
