import type { EtfClass, EtfRules, EtfTheme } from './etf-rules.js';

/** What the rules make of one fund. */
export interface EtfClassification {
  /** One of the rules' categories; null where none fits or the fund is known to lie outside all of them. */
  readonly category: string | null;
  /** Why it lies outside (bond, broad index, …); null with a category, and where no rule knows the name. */
  readonly outside: string | null;
  /** Every theme that fits, in the order of the rules. Funds outside the categories have themes, too. */
  readonly themes: readonly EtfTheme[];
}

export interface EtfToClassify {
  /** With or without exchange. */
  readonly code: string;
  /** Short or full name, in Chinese as the exchange lists it. */
  readonly name: string;
}

const UNKNOWN = { category: null, outside: null } as const;

/** Sorts a fund by its name; a name that no rule knows gets neither category nor `outside` and is never guessed at. */
export function classifyEtf(rules: EtfRules, { code, name }: EtfToClassify): EtfClassification {
  const plain = rules.ignored.reduce((rest, text) => rest.replaceAll(text, ' '), name.toUpperCase());
  const fits = ({ words, except }: EtfTheme | EtfRules['categoryRules'][number]): boolean =>
    words.some((word) => plain.includes(word)) && !except.some((word) => plain.includes(word));
  const found: EtfClass | typeof UNKNOWN =
    rules.exceptions.get(code.slice(0, 6)) ?? rules.categoryRules.find(fits) ?? UNKNOWN;
  return { category: found.category, outside: found.outside, themes: rules.themes.filter(fits) };
}

/** Funds whose names no rule knows: neither in a category nor known to lie outside. For whoever keeps the rules. */
export function unknownEtfs<Etf extends EtfToClassify>(rules: EtfRules, etfs: readonly Etf[]): Etf[] {
  return etfs.filter((etf) => {
    const { category, outside } = classifyEtf(rules, etf);
    return category === null && outside === null;
  });
}
