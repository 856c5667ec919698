import { normaliseIndustryCode } from '../../domain/codes.js';
import { LundongError } from '../../domain/errors.js';
import type { IndustryScheme } from '../../domain/industry.js';
import type { LocalDate } from '../../domain/local-date.js';
import type { RebalanceFrequency } from '../../domain/rebalance-schedule.js';
import { scheduleSelection } from '../../domain/schedule-selection.js';
import type { FactorPanel, SelectionRule } from '../../domain/selection.js';
import { swapSelection } from '../../domain/swap-selection.js';
import { topSelection } from '../../domain/top-selection.js';
import type { Market } from '../../lake/market.js';
import type { FactorService } from '../factor/factor.service.js';

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

/** A portfolio as a caller describes it. */
export interface PortfolioDescription {
  readonly key: string;
  readonly name?: string | null;
  readonly factor?: string | null;
  readonly params?: Readonly<Record<string, object | null | undefined>> | null;
  readonly rule: SelectionRuleName;
  readonly size: number;
  readonly swapsPerRebalance: number;
  readonly excluded: readonly string[];
  readonly rebalance: RebalanceFrequency;
  readonly costBps: number;
  readonly executionLagDays: number;
  readonly scheme: IndustryScheme;
  readonly schedule?: readonly { readonly date: LocalDate; readonly industries: readonly string[] }[] | null;
}

const KEY = /^[a-z0-9][a-z0-9-]{0,63}$/;
const LONGEST_LAG = 250;

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
  if (!KEY.test(given.key))
    throw invalid('key', JSON.stringify(given.key.slice(0, 80)), 'use 1 to 64 lower-case letters, digits and hyphens');
  if (!(given.costBps >= 0 && given.costBps < 10_000))
    throw invalid('costBps', given.costBps, 'give basis points from 0 to below 10000');
  if (given.executionLagDays < 0 || given.executionLagDays > LONGEST_LAG)
    throw invalid('executionLagDays', given.executionLagDays, `give 0 to ${LONGEST_LAG} trading days`);
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
  const factor = given.factor ?? null;
  const question = { key: factor ?? '', scheme: given.scheme, params: given.params ?? {} };
  if (scheduled && given.params) throw invalid('params', 'given', 'the rule SCHEDULE uses no factor; leave them out');
  const definition: PortfolioDefinition = {
    key: given.key,
    name: given.name || given.key,
    factor,
    params: factor === null ? null : factors.understand(question).params,
    rule: given.rule,
    size: given.size,
    swapsPerRebalance: given.swapsPerRebalance,
    excluded: given.excluded.map(canonicalIndustry),
    rebalance: given.rebalance,
    costBps: given.costBps,
    executionLagDays: given.executionLagDays,
    scheme: given.scheme,
    schedule:
      given.schedule?.map(({ date, industries }) => ({ date, industries: industries.map(canonicalIndustry) })) ?? null,
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

function invalid(field: string, value: unknown, remedy: string): LundongError {
  return new LundongError('INVALID_ARGUMENT', `portfolio ${field}: ${value} is not possible; ${remedy}.`);
}
