import { addDays, type LocalDate } from './local-date.js';
import type { Board } from './price-limit.js';

/** A stay under a risk warning (ST, *ST), half-open. */
export interface RiskWarning {
  readonly from: LocalDate;
  /** The first day without it; null = still under it. */
  readonly until: LocalDate | null;
}

export interface Stock {
  /** With its exchange, e.g. 600519.SH. */
  readonly code: string;
  /** The newest known. */
  readonly name: string;
  /** null = not known. */
  readonly listDate: LocalDate | null;
  /** null for what trades on none of the boards of A shares. */
  readonly board: Board | null;
  /** Ascending, apart from each other; empty also where no history of names is loaded. */
  readonly riskWarnings: readonly RiskWarning[];
}

export function isUnderRiskWarning({ riskWarnings }: Pick<Stock, 'riskWarnings'>, date: LocalDate): boolean {
  return riskWarnings.some(({ from, until }) => from <= date && (until === null || date < until));
}

/** A name that a stock bore from a day on. */
export interface NameStay {
  readonly name: string;
  readonly from: LocalDate;
  /** Its last day; null = open. */
  readonly to: LocalDate | null;
}

/** ST, *ST, and behind the letters of the share reform (S), an ex-right day (XR, XD, DR) or a first day (N). */
const RISK_WARNING_NAME = /^(?:S|N|XR|XD|DR)?\*?ST/i;

/** The stays under a risk warning that a stock's names tell. A name ends the one before it; stays that meet are one. */
export function riskWarningsOf(names: readonly NameStay[]): RiskWarning[] {
  const ordered = names.toSorted((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
  const stays: RiskWarning[] = [];
  ordered.forEach(({ name, from, to }, index) => {
    if (!RISK_WARNING_NAME.test(name.normalize('NFKC'))) return; // some vendors write letters and star full width
    const next = ordered.slice(index + 1).find((other) => other.from > from)?.from ?? null;
    const ends = [to === null ? null : addDays(to, 1), next].filter((end) => end !== null).sort();
    const until = ends[0] ?? null;
    const before = stays.at(-1);
    if (before !== undefined && (before.until === null || before.until >= from))
      stays[stays.length - 1] = { from: before.from, until: later(before.until, until) };
    else stays.push({ from, until });
  });
  return stays;
}

function later(a: LocalDate | null, b: LocalDate | null): LocalDate | null {
  return a === null || b === null ? null : a > b ? a : b;
}
