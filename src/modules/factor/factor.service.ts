import { LundongError } from '../../domain/errors.js';
import { evaluateFactor, type FactorEvaluation, forwardReturns } from '../../domain/factor-evaluation.js';
import type { Industry, IndustryScheme } from '../../domain/industry.js';
import type { LocalDate } from '../../domain/local-date.js';
import { basisNamedIn, describeSeries } from '../../domain/price-series.js';
import { rankDescending } from '../../domain/ranking.js';
import type { FactorCache } from '../../engines/factor-cache.js';
import type { FactorEngine, FactorRow } from '../../engines/factor-engine.js';
import { chooseSeries } from '../../lake/choose-series.js';
import type { Market } from '../../lake/market.js';
import { rangeNotes } from '../../lake/range-notes.js';

export interface RankedIndustry {
  readonly industry: Industry;
  readonly rank: number;
  readonly value: number;
  readonly coverage: number;
  readonly weekChange: number | null;
  readonly previousRank: number | null;
}

/** One industry's value, or why there is none. */
export interface IndustryFactor {
  readonly asOf: LocalDate;
  readonly value: number | null;
  readonly coverage: number;
  readonly reason: string | null;
  readonly notes: readonly string[];
}

export interface Ranking {
  readonly asOf: LocalDate;
  readonly previous: LocalDate | null;
  readonly items: readonly RankedIndustry[];
  readonly unavailable: readonly { industry: Industry; reason: string }[];
  readonly notes: readonly string[];
}

/** A factor with the scheme and parameters it is asked about. */
export interface FactorQuestion {
  readonly key: string;
  readonly scheme: IndustryScheme;
  /** By factor key, as given by the caller; null and absent fields mean their defaults. */
  readonly params: Readonly<Record<string, object | null | undefined>>;
}

const LONGEST_HORIZON = 250;

/** Rankings, histories and evaluations of any factor. */
export class FactorService {
  constructor(
    private readonly engines: readonly FactorEngine[],
    private readonly cache: FactorCache,
  ) {}

  list(): readonly FactorEngine[] {
    return this.engines;
  }

  /** @throws LundongError UNKNOWN_FACTOR */
  find(key: string): FactorEngine {
    const engine = this.engines.find((one) => one.key === key);
    if (engine === undefined)
      throw new LundongError(
        'UNKNOWN_FACTOR',
        `"${key.slice(0, 40)}" is no factor; there are: ${this.engines.map((one) => one.key).join(', ')}.`,
      );
    return engine;
  }

  /**
   * @param signal of the caller, here and below: leaves what it waits for, with its reason
   * @throws LundongError DATE_BEFORE_DATA, NO_DATA, INVALID_ARGUMENT
   */
  async ranking(
    market: Market,
    question: FactorQuestion,
    asOf: LocalDate | null,
    top: number | null,
    bottom: number | null,
    signal?: AbortSignal,
  ): Promise<Ranking> {
    const { engine, params } = this.understand(market, question);
    requireCount('top', top);
    requireCount('bottom', bottom);
    const date = market.resolveDate(engine.dataset, asOf);
    const previous = previousWeekEnd(market, engine, date);
    const rows = await this.cache.get(
      market,
      engine,
      question.scheme,
      params,
      previous === null ? [date] : [previous, date],
      signal,
    );
    const row = rows.at(-1) as FactorRow;
    const before = previous === null ? null : (rows[0] as FactorRow);
    const ranking = rankDescending(row.values, row.codes);
    const [basis, basisBefore] = [row, before].map((one) => basisNamedIn(one?.notes ?? []));
    // A difference of two series' values, or of two models', is no change of anything; ranks are each a figure of one.
    const isComparable = basis === basisBefore;
    const ranksBefore = before === null ? null : rankDescending(before.values, before.codes).ranks;
    const industryAt = (index: number): Industry => market.industries.get(row.codes[index] as string) as Industry;
    const items = ranking.order.map((index): RankedIndustry => {
      const value = row.values[index] as number;
      const valueBefore = before?.values[index] ?? Number.NaN;
      return {
        industry: industryAt(index),
        rank: ranking.ranks[index] as number,
        value,
        coverage: row.coverage[index] as number,
        weekChange: isComparable && !Number.isNaN(valueBefore) ? value - valueBefore : null,
        previousRank: ranksBefore?.[index] ?? null,
      };
    });
    const unavailable = row.codes.flatMap((_, index) =>
      ranking.ranks[index] === null
        ? [{ industry: industryAt(index), reason: engine.describeReason(row.reasons[index] as number, params) }]
        : [],
    );
    const ownNotes = new Set(row.notes);
    const notes = [
      ...ownNotes,
      ...(before?.notes ?? []).filter((note) => !ownNotes.has(note)).map((note) => `${previous}: ${note}`),
      ...(isComparable || before === null || !hasValue(before)
        ? []
        : [`week changes are not given: values of ${basis} and of ${basisBefore} cannot be compared`]),
    ];
    return { asOf: date, previous, items: selectEnds(items, top, bottom), unavailable, notes };
  }

  /**
   * One industry's value with default parameters.
   *
   * @throws LundongError UNKNOWN_FACTOR, DATE_BEFORE_DATA, NO_DATA
   */
  async ofIndustry(
    market: Market,
    key: string,
    industry: Industry,
    asOf: LocalDate | null,
    signal?: AbortSignal,
  ): Promise<IndustryFactor> {
    const { engine, params } = this.understand(market, { key, scheme: industry.scheme, params: {} });
    const date = market.resolveDate(engine.dataset, asOf);
    const [row] = (await this.cache.get(market, engine, industry.scheme, params, [date], signal)) as [FactorRow];
    const index = row.codes.indexOf(industry.code);
    const value = row.values[index] as number;
    return {
      asOf: date,
      value: Number.isNaN(value) ? null : value,
      coverage: row.coverage[index] as number,
      reason: Number.isNaN(value) ? engine.describeReason(row.reasons[index] as number, params) : null,
      notes: row.notes,
    };
  }

  /**
   * Every trading day of a range, and what must be said beside the values.
   *
   * @throws LundongError INVALID_RANGE, DATE_BEFORE_DATA, NO_DATA, INVALID_ARGUMENT
   */
  async history(
    market: Market,
    question: FactorQuestion,
    from: LocalDate,
    to: LocalDate,
    signal?: AbortSignal,
  ): Promise<{ rows: FactorRow[]; notes: string[] }> {
    const { engine, params } = this.understand(market, question);
    const dates = market.resolveRange(engine.dataset, from, to);
    const rows = await this.cache.get(market, engine, question.scheme, params, dates, signal);
    const data = { first: market.firstDate(engine.dataset), last: market.resolveDate(engine.dataset, null) };
    const notes = [
      ...new Set(rows.flatMap((row) => row.notes)),
      ...rangeNotes(market.calendar, { first: from, last: to }, data),
    ];
    return { rows, notes };
  }

  /**
   * @returns the evaluation, the dates looked at and what must be said beside it
   * @throws LundongError INVALID_RANGE, DATE_BEFORE_DATA, NO_DATA, INVALID_ARGUMENT
   */
  async evaluation(
    market: Market,
    question: FactorQuestion,
    from: LocalDate,
    to: LocalDate,
    horizonDays: number,
    signal?: AbortSignal,
  ): Promise<{ evaluation: FactorEvaluation; dates: LocalDate[]; notes: string[] }> {
    if (horizonDays < 1 || horizonDays > LONGEST_HORIZON)
      throw new LundongError(
        'INVALID_ARGUMENT',
        `horizonDays: ${horizonDays} is not possible; give 1 to ${LONGEST_HORIZON} trading days.`,
      );
    const { rows, notes } = await this.history(market, question, from, to, signal);
    const dates = rows.map((row) => row.date);
    if (dates.length === 0)
      throw new LundongError(
        'INVALID_RANGE',
        `No trading day of the data lies between ${from} and ${to}; widen the range.`,
      );
    const codes = (rows[0] as FactorRow).codes;
    const { returns, note } = await industryForwardReturns(market, codes, dates, horizonDays);
    const factor = new Float64Array(dates.length * codes.length);
    rows.forEach((row, index) => {
      factor.set(row.values, index * codes.length);
    });
    const evaluation = evaluateFactor({ dates, industries: codes.length, factor, forwardReturns: returns });
    return { evaluation, dates, notes: [...notes, note] };
  }

  /**
   * Rows of the given trading days, without those that lie outside the factor's data.
   *
   * @param params in the engine's canonical form
   * @throws LundongError UNKNOWN_FACTOR, NO_DATA
   */
  rowsOn(
    market: Market,
    key: string,
    scheme: IndustryScheme,
    params: unknown,
    dates: readonly LocalDate[],
    signal?: AbortSignal,
  ): Promise<FactorRow[]> {
    const engine = this.find(key);
    const last = market.resolveDate(engine.dataset, null);
    const known = dates.filter((date) => date <= last && market.firstDate(engine.dataset) <= date);
    return this.cache.get(market, engine, scheme, params, known, signal);
  }

  /**
   * The engine, with its parameters complete and checked.
   *
   * @throws LundongError UNKNOWN_FACTOR, INVALID_ARGUMENT
   */
  understand(market: Market, question: FactorQuestion): { engine: FactorEngine; params: unknown } {
    const engine = this.find(question.key);
    const given = Object.entries(question.params).filter(([, value]) => value !== null && value !== undefined);
    const foreign = given.find(([key]) => key !== engine.key);
    if (foreign !== undefined)
      throw new LundongError(
        'INVALID_ARGUMENT',
        `params.${foreign[0]} is not for the factor ${engine.key}; use params.${engine.key}.`,
      );
    const own = given.find(([key]) => key === engine.key)?.[1] ?? {};
    return { engine, params: engine.canonical(market, withoutNulls(own)) };
  }
}

function withoutNulls(params: object): object {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== null && value !== undefined));
}

function requireCount(name: string, count: number | null): void {
  if (count !== null && count < 1)
    throw new LundongError(
      'INVALID_ARGUMENT',
      `${name}: ${count} is not possible; ask for 1 or more industries, or leave it out for all.`,
    );
}

/** The last trading day of the week before, where the factor's data reach back to it. */
function previousWeekEnd(market: Market, engine: FactorEngine, date: LocalDate): LocalDate | null {
  try {
    return market.resolveDate(engine.dataset, market.calendar.baseOf('WEEK', date));
  } catch (error) {
    if (error instanceof LundongError && error.code === 'DATE_BEFORE_DATA') return null;
    throw error;
  }
}

function hasValue(row: FactorRow): boolean {
  return Array.from(row.values).some((value) => !Number.isNaN(value));
}

function selectEnds<T>(items: readonly T[], top: number | null, bottom: number | null): readonly T[] {
  if (top === null && bottom === null) return items;
  const head = items.slice(0, top ?? 0);
  const tail = bottom === null ? [] : items.slice(Math.max(head.length, items.length - bottom));
  return [...head, ...tail];
}

/** Returns of industries from each date to `horizon` trading days later, dates × codes, from one series. */
async function industryForwardReturns(
  market: Market,
  codes: readonly string[],
  dates: readonly LocalDate[],
  horizon: number,
): Promise<{ returns: Float64Array; note: string }> {
  const [first, last] = [dates[0] as LocalDate, dates.at(-1) as LocalDate];
  const days = market.calendar.between(first, market.calendar.shift(last, horizon));
  const chosen = await chooseSeries(market, 'industry_daily', codes, days);
  if (chosen === null)
    return {
      returns: new Float64Array(dates.length * codes.length).fill(Number.NaN),
      note: 'forward returns: none, since no series of industry_daily has closes of these industries in the range',
    };
  const returns = forwardReturns(chosen.panel.closesOf(codes, days), codes.length, horizon);
  return {
    returns: returns.subarray(0, dates.length * codes.length),
    note: `forward returns: ${describeSeries(chosen.series)}`,
  };
}
