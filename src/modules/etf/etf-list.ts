import { LundongError } from '../../domain/errors.js';
import type { EtfDay, EtfFigures } from './etf-day.js';

export type EtfOrder =
  | 'CHANGE_DESC'
  | 'CHANGE_ASC'
  | 'AMOUNT_DESC'
  | 'FLOW_DESC'
  | 'FLOW_ASC'
  | 'SIZE_DESC'
  | 'CODE_ASC';

/** What a list of funds is to hold; absent and null bounds are none. */
export interface EtfConditions {
  /** Key of a theme. */
  readonly theme?: string | null;
  readonly category?: string | null;
  /** Code of an industry, in the form of answers. */
  readonly industry?: string | null;
  readonly minChange?: number | null;
  readonly maxChange?: number | null;
  readonly minAmount?: number | null;
  readonly nameContains?: string | null;
}

/** A place in a list: which order it is of, whether the figure is missing, the figure in ascending sense, the code. */
export type EtfSortKey = readonly [order: EtfOrder, missing: number, figure: number, code: string];

export interface SortedEtf {
  readonly figures: EtfFigures;
  readonly key: EtfSortKey;
}

const LONGEST_NAME = 100;

/** The funds that meet the conditions, in order: those without the figure last, equals by code. */
export async function listEtfs(day: EtfDay, conditions: EtfConditions, order: EtfOrder): Promise<SortedEtf[]> {
  const figureOf = await sortFigures(day, order);
  const meets = await condition(day, conditions);
  return day.funds
    .flatMap((figures, fund) => {
      if (!meets(figures, fund)) return [];
      const figure = figureOf(figures, fund);
      const key: EtfSortKey = [order, figure === null ? 1 : 0, figure ?? 0, figures.code];
      return [{ figures, key }];
    })
    .sort(({ key: a }, { key: b }) => a[1] - b[1] || a[2] - b[2] || (a[3] < b[3] ? -1 : 1));
}

/** What is sorted by, so that the list ascends. */
async function sortFigures(
  day: EtfDay,
  order: EtfOrder,
): Promise<(figures: EtfFigures, fund: number) => number | null> {
  const negated = (value: number | null | undefined): number | null =>
    value === null || value === undefined ? null : 0 - value;
  switch (order) {
    case 'CHANGE_DESC':
      return ({ change }) => negated(change);
    case 'CHANGE_ASC':
      return ({ change }) => change;
    case 'AMOUNT_DESC':
      return ({ amount }) => negated(amount);
    case 'SIZE_DESC':
      return ({ size }) => negated(size);
    case 'CODE_ASC':
      return () => 0;
    case 'FLOW_DESC':
    case 'FLOW_ASC': {
      const flows = await day.flows('DAY');
      const flow = (fund: number): number | null => flows[fund]?.netFlow ?? null;
      return order === 'FLOW_ASC' ? (_, fund) => flow(fund) : (_, fund) => negated(flow(fund));
    }
  }
}

async function condition(
  day: EtfDay,
  { theme, category, industry, minChange, maxChange, minAmount, nameContains }: EtfConditions,
): Promise<(figures: EtfFigures, fund: number) => boolean> {
  if (isGiven(minChange) && isGiven(maxChange) && minChange > maxChange)
    throw new LundongError(
      'INVALID_ARGUMENT',
      `minChange ${minChange} is above maxChange ${maxChange}; swap them, or leave one out.`,
    );
  if (isGiven(nameContains) && nameContains.length > LONGEST_NAME)
    throw new LundongError(
      'INVALID_ARGUMENT',
      `nameContains has ${nameContains.length} characters; give at most ${LONGEST_NAME}.`,
    );
  const followed = isGiven(industry)
    ? await day.followedIndustries(industry.startsWith('CI') ? 'CITIC_L1' : 'SW_L1')
    : null;
  const name = nameContains?.toUpperCase();
  return (figures, fund) =>
    (!isGiven(theme) || figures.themes.some(({ key }) => key === theme)) &&
    (!isGiven(category) || figures.category === category) &&
    (followed === null || followed[fund] === industry) &&
    (!isGiven(minChange) || (figures.change !== null && figures.change >= minChange)) &&
    (!isGiven(maxChange) || (figures.change !== null && figures.change <= maxChange)) &&
    (!isGiven(minAmount) || (figures.amount !== null && figures.amount >= minAmount)) &&
    (name === undefined || figures.name.toUpperCase().includes(name));
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}
