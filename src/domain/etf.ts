import { classifyEtf, type EtfClassification } from './etf-category.js';
import type { EtfRules } from './etf-rules.js';
import type { LocalDate } from './local-date.js';

/** An exchange-traded fund as a vendor's list has it; null where the list does not say. */
export interface EtfRecord {
  /** With its exchange, e.g. 510300.SH. */
  readonly code: string;
  readonly name: string;
  readonly manager: string | null;
  readonly indexCode: string | null;
  readonly indexName: string | null;
  readonly listDate: LocalDate | null;
  /** First day on which it is listed no more. */
  readonly delistDate: LocalDate | null;
  /** One of the rules' categories, in place of what the rules make of the name. */
  readonly category: string | null;
  /** Keys of the rules' themes, in place of what the rules make of the name. */
  readonly themes: readonly string[] | null;
}

/** A fund with its category and themes: its list's where that tells them, else those of the rules. */
export type Etf = Omit<EtfRecord, 'category' | 'themes'> & EtfClassification;

/** Whether the fund is listed on a day; one of unknown age is taken to have been listed always. */
export function isListed({ listDate, delistDate }: Pick<Etf, 'listDate' | 'delistDate'>, date: LocalDate): boolean {
  return (listDate === null || listDate <= date) && (delistDate === null || date < delistDate);
}

/** Keys of themes that the rules do not have (any more) are left out. */
export function sortedEtf(rules: EtfRules, { category, themes, ...fund }: EtfRecord): Etf {
  const byName = classifyEtf(rules, fund);
  return {
    ...fund,
    category: category ?? byName.category,
    outside: category === null ? byName.outside : null,
    themes: themes === null ? byName.themes : rules.themes.filter((theme) => themes.includes(theme.key)),
  };
}
