/** Figures as the report prints them. What there is not is a dash, never a zero. */

const NOTHING = '–';
const YUAN_PER_YI = 1e8;
/** Decimals that values of a factor are published with, by its key. */
const FACTOR_DECIMALS: Readonly<Record<string, number>> = { diffusion: 3, gru: 2 };
const DECIMALS = 3;

/** A fraction in percent with two decimals; what rounds to zero from below prints as -0.00. */
export function percent(fraction: number | null): string {
  return fraction === null ? NOTHING : (100 * fraction).toFixed(2);
}

/** Yuan in 100 million (亿元), with two decimals. */
export function money(yuan: number | null): string {
  return yuan === null ? NOTHING : (yuan / YUAN_PER_YI).toFixed(2);
}

/** Index points with two decimals. */
export function points(close: number): string {
  return close.toFixed(2);
}

/** A factor's value with the decimals it is published with, three unless known otherwise. */
export function factorValue(factor: string, value: number): string {
  return value.toFixed(FACTOR_DECIMALS[factor] ?? DECIMALS);
}

/** The same with its sign. */
export function factorChange(factor: string, change: number | null): string {
  if (change === null) return NOTHING;
  const text = factorValue(factor, change);
  return change > 0 ? `+${text}` : text;
}
