import { normaliseIndustryCode } from '../../domain/codes.js';
import { LundongError } from '../../domain/errors.js';
import type { IndustryScheme } from '../../domain/industry.js';
import type { LocalDate } from '../../domain/local-date.js';
import { isPlainName, PLAIN_NAME_RULE } from '../../domain/plain-name.js';
import type { RebalanceFrequency } from '../../domain/rebalance-schedule.js';
import { scheduleSelection } from '../../domain/schedule-selection.js';
import type { FactorPanel, SelectionRule } from '../../domain/selection.js';
import { swapSelection } from '../../domain/swap-selection.js';
import { topSelection } from '../../domain/top-selection.js';
import type { Market } from '../../lake/market.js';
import type { FactorService } from '../factor/factor.service.js';

/** The data set that portfolios are computed on. */
export const DATASET = 'industry_daily';

export type SelectionRuleName = 'TOP_N' | 'SWAP' | 'SCHEDULE';

/** A portfolio in canonical form: complete, in fixed order, so that equal portfolios are equal JSON. */
export interface PortfolioDefinition {
  readonly key: string;
  readonly name: string;
  /** null for SCHEDULE, whose holdings are given. */
  readonly factor: string | null;
  /** Canonical parameters of the factor's engine; null without a factor. */
  readonly params: unknown;
  readonly rule: SelectionRuleName;
  readonly size: number;
  readonly swapsPerRebalance: number;
  readonly excluded: readonly string[];
  readonly rebalance: RebalanceFrequency;
  /** Basis points of traded value. */
  readonly costBps: number;
  readonly executionLagDays: number;
  readonly scheme: IndustryScheme;
  readonly schedule: readonly { readonly date: LocalDate; readonly industries: readonly string[] }[] | null;
}

/** A portfolio as a caller describes it: what has a default may be left out, parameters stand under the factor's key. */
export interface PortfolioDescription extends Omit<PortfolioDefinition, 'name' | 'factor' | 'params' | 'schedule'> {
  readonly name?: string | null;
  readonly factor?: string | null;
  readonly params?: Readonly<Record<string, object | null | undefined>> | null;
  readonly schedule?: PortfolioDefinition['schedule'];
}

const KEY = /^[a-z0-9][a-z0-9-]{0,63}$/;
const LONGEST_LAG = 250;
/** Forty years of weeks, or eight of days. */
const MOST_ENTRIES = 2000;

/** Whether a portfolio could have this key. */
export function isPortfolioKey(key: string): boolean {
  return KEY.test(key);
}

/**
 * Completes and checks a description. Whatever a run would refuse is refused here already, before anything is stored or
 * queued.
 *
 * @throws LundongError INVALID_ARGUMENT, UNKNOWN_FACTOR, UNKNOWN_INDUSTRY
 */
export function definePortfolio(
  market: Market,
  factors: FactorService,
  given: PortfolioDescription,
): PortfolioDefinition {
  if (!isPortfolioKey(given.key))
    throw invalid('key', quoted(given.key), 'use 1 to 64 lower-case letters, digits and hyphens, no hyphen first');
  const name = given.name || given.key;
  if (!isPlainName(name)) throw invalid('name', quoted(name), PLAIN_NAME_RULE);
  if (!(given.costBps >= 0 && given.costBps < 10_000))
    throw invalid('costBps', given.costBps, 'give basis points from 0 to below 10000');
  if (
    !(Number.isInteger(given.executionLagDays) && given.executionLagDays >= 0 && given.executionLagDays <= LONGEST_LAG)
  )
    throw invalid('executionLagDays', given.executionLagDays, `give 0 to ${LONGEST_LAG} trading days`);
  if (!(Number.isInteger(given.swapsPerRebalance) && given.swapsPerRebalance >= 1))
    throw invalid('swapsPerRebalance', given.swapsPerRebalance, 'give a whole number from 1 on');
  const scheduled = given.rule === 'SCHEDULE';
  if (scheduled && !given.schedule)
    throw invalid('schedule', 'nothing', 'the rule SCHEDULE needs the holdings by date');
  if (!scheduled && given.schedule)
    throw invalid(
      'schedule',
      'given',
      `the rule ${given.rule} chooses by a factor; use the rule SCHEDULE, or leave it out`,
    );
  if (scheduled && given.factor)
    throw invalid('factor', given.factor, 'the rule SCHEDULE uses no factor; leave it out');
  if (!scheduled && !given.factor)
    throw invalid('factor', 'nothing', `the rule ${given.rule} needs one, e.g. "diffusion"`);
  if (scheduled && given.excluded.length > 0)
    throw invalid('excluded', 'given', 'the rule SCHEDULE buys what its schedule names; leave them out');
  const factor = given.factor ?? null;
  const question = { key: factor ?? '', scheme: given.scheme, params: given.params ?? {} };
  if (scheduled && given.params) throw invalid('params', 'given', 'the rule SCHEDULE uses no factor; leave them out');
  const schedule = given.schedule ? canonicalSchedule(market, given.schedule) : null;
  const definition: PortfolioDefinition = {
    key: given.key,
    name,
    factor,
    params: factor === null ? null : factors.understand(market, question).params,
    rule: given.rule,
    // What a rule does not look at is the same in all its portfolios.
    size: schedule === null ? given.size : Math.max(0, ...schedule.map(({ industries }) => industries.length)),
    swapsPerRebalance: given.rule === 'SWAP' ? given.swapsPerRebalance : 1,
    excluded: given.excluded.map(canonicalIndustry).sort(),
    rebalance: given.rebalance,
    costBps: given.costBps,
    executionLagDays: given.executionLagDays,
    scheme: given.scheme,
    schedule,
  };
  const codes = market.industriesOf(given.scheme).map((industry) => industry.code);
  selectionRule(definition, { codes, values: new Float64Array(0) }, [], []);
  return definition;
}

/**
 * The rule by which a portfolio chooses.
 *
 * @param dates of the price panel's rows
 * @throws LundongError INVALID_ARGUMENT, UNKNOWN_INDUSTRY
 */
export function selectionRule(
  definition: PortfolioDefinition,
  factor: FactorPanel,
  dates: readonly LocalDate[],
  initialHoldings: readonly string[],
): SelectionRule {
  const { size, excluded, swapsPerRebalance, schedule } = definition;
  const named = [...excluded, ...initialHoldings, ...(schedule ?? []).flatMap(({ industries }) => industries)];
  const unknown = named.find((code) => !factor.codes.includes(code));
  if (unknown !== undefined)
    throw new LundongError(
      'UNKNOWN_INDUSTRY',
      `${quoted(unknown)} is none of the ${factor.codes.length} industries of the scheme ${definition.scheme}; take codes from the query industries.`,
    );
  switch (definition.rule) {
    case 'TOP_N':
      return topSelection({ factor, size, excluded });
    case 'SWAP':
      return swapSelection({ factor, size, excluded, swapsPerRebalance, initialHoldings });
    case 'SCHEDULE':
      return scheduleSelection({ schedule: schedule ?? [], codes: factor.codes, dates });
  }
}

/** Without a vendor's suffix; what is no code at all is left for the rule to refuse by name. */
export function canonicalIndustry(code: string): string {
  return normaliseIndustryCode(code) ?? code;
}

/**
 * By date, on trading days: a purchase on another day is made on the last one before it.
 *
 * @throws LundongError INVALID_RANGE, DATE_BEFORE_DATA for a date outside the data
 */
function canonicalSchedule(
  market: Market,
  schedule: NonNullable<PortfolioDescription['schedule']>,
): NonNullable<PortfolioDefinition['schedule']> {
  const last = market.resolveDate(DATASET, null);
  if (schedule.length > MOST_ENTRIES)
    throw invalid('schedule', `of ${schedule.length} dates`, `name at most ${MOST_ENTRIES}`);
  return schedule
    .map(({ date, industries }) => {
      if (date > last)
        throw new LundongError(
          'INVALID_RANGE',
          `The schedule names ${date}, but the data of ${DATASET} end on ${last}; leave it out, or import newer data first.`,
          { date, last },
        );
      return { date: market.resolveDate(DATASET, date), industries: industries.map(canonicalIndustry).sort() };
    })
    .sort((a, b) => (a.date < b.date ? -1 : 1));
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}

function invalid(field: string, value: unknown, remedy: string): LundongError {
  return new LundongError('INVALID_ARGUMENT', `portfolio ${field}: ${value} is not possible; ${remedy}.`);
}
