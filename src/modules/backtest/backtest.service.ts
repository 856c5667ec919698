import { LundongError } from '../../domain/errors.js';
import { EventLoopTurns } from '../../domain/event-loop-turns.js';
import type { LocalDate } from '../../domain/local-date.js';
import { isPlainName, PLAIN_NAME_RULE } from '../../domain/plain-name.js';
import type { RebalanceFrequency } from '../../domain/rebalance-schedule.js';
import { fromGlobalId } from '../../graphql/types/node.type.js';
import type { JobQueue } from '../../jobs/job-queue.js';
import type { Market } from '../../lake/market.js';
import type { JobRow } from '../../store/job.repository.js';
import type { PortfolioService } from '../portfolio/portfolio.service.js';
import {
  canonicalIndustry,
  DATASET,
  type PortfolioDefinition,
  type PortfolioDescription,
  selectionRule,
} from '../portfolio/portfolio-definition.js';
import { combinationsOf } from './sweep-result.js';

export const BACKTEST = 'backtest';
export const SWEEP = 'sweep';

/** The input of a backtest job, canonical: equal backtests are equal JSON. */
export interface BacktestWork {
  readonly portfolio: PortfolioDefinition;
  readonly from: LocalDate;
  readonly to: LocalDate;
  readonly initialHoldings: readonly string[];
}

/** The input of a sweep job, canonical. Every combination of its lists is one backtest. */
export interface SweepWork {
  readonly portfolio: PortfolioDefinition;
  readonly from: LocalDate;
  readonly to: LocalDate;
  /** null for a factor without look-back. */
  readonly lookbacks: readonly number[] | null;
  readonly sizes: readonly number[];
  readonly rebalances: readonly RebalanceFrequency[];
  readonly weightings: readonly ('EQUAL' | 'CAP')[];
}

/** A sweep's input without its portfolio: what every look at the job brings. */
export type SweepOutline = Omit<SweepWork, 'portfolio'>;

/** What a caller wants swept; what is left out is the portfolio's own. */
export interface SweepLists {
  readonly lookbacks?: readonly number[] | null;
  readonly sizes?: readonly number[] | null;
  readonly rebalances?: readonly RebalanceFrequency[] | null;
  readonly weightings?: readonly ('EQUAL' | 'CAP')[] | null;
}

type SweptValue<K extends keyof SweepLists> = NonNullable<SweepLists[K]>[number];

const MOST_COMBINATIONS = 20_000;

/** Checks what is to be computed, before it is queued, and finds what became of it. */
export class BacktestService {
  private readonly turns = new EventLoopTurns();

  constructor(
    private readonly queue: JobQueue,
    private readonly portfolios: PortfolioService,
  ) {}

  /** @throws LundongError for whatever the run itself would refuse, as far as it can be told beforehand; KEY_TAKEN */
  submitBacktest(
    market: Market,
    given: PortfolioDescription,
    from: LocalDate,
    to: LocalDate,
    initialHoldings: readonly string[],
    idempotencyKey: string | null,
  ): Promise<JobRow> {
    if (idempotencyKey !== null && !isPlainName(idempotencyKey))
      throw new LundongError(
        'INVALID_ARGUMENT',
        `idempotencyKey ${JSON.stringify(idempotencyKey.slice(0, 80))} is not possible; ${PLAIN_NAME_RULE}, or leave it out.`,
      );
    const portfolio = this.portfolios.define(market, given);
    requireTradingDays(market, from, to);
    const holdings = initialHoldings.map(canonicalIndustry);
    if (holdings.length > 0 && portfolio.rule !== 'SWAP')
      throw new LundongError(
        'INVALID_ARGUMENT',
        `initialHoldings are for the rule SWAP; ${portfolio.rule} chooses anew each time. Leave them out.`,
      );
    const codes = market.industriesOf(portfolio.scheme).map((industry) => industry.code);
    selectionRule(portfolio, { codes, values: new Float64Array(0) }, [], holdings);
    const work: BacktestWork = { portfolio, from, to, initialHoldings: holdings };
    return this.submit(BACKTEST, work, market, idempotencyKey);
  }

  /** @throws LundongError like `submitBacktest` */
  submitSweep(
    market: Market,
    given: PortfolioDescription,
    from: LocalDate,
    to: LocalDate,
    lists: SweepLists,
  ): Promise<JobRow> {
    const portfolio = this.portfolios.define(market, given);
    requireTradingDays(market, from, to);
    const { factor } = portfolio;
    if (factor === null)
      throw new LundongError(
        'INVALID_ARGUMENT',
        'A sweep varies how a portfolio chooses by its factor; the rule SCHEDULE uses none. Name another rule and a factor.',
      );
    const own = portfolio.params as { lookback?: number; weighting: 'EQUAL' | 'CAP' };
    if (own.lookback === undefined && lists.lookbacks != null)
      throw new LundongError(
        'INVALID_ARGUMENT',
        `lookbacks are for the factor "diffusion"; "${factor}" has no look-back. Leave them out.`,
      );
    const list = <K extends keyof SweepLists>(name: K, own: SweptValue<K>): SweptValue<K>[] => {
      const values = (lists[name] ?? [own]) as readonly SweptValue<K>[];
      if (values.length === 0)
        throw new LundongError(
          'INVALID_ARGUMENT',
          `${name}: an empty list leaves nothing to compute; name values, or leave it out for the portfolio’s own.`,
        );
      return [...new Set(values)];
    };
    const work: SweepWork = {
      portfolio,
      from,
      to,
      lookbacks: own.lookback === undefined ? null : list('lookbacks', own.lookback).sort((a, b) => a - b),
      sizes: list('sizes', portfolio.size).sort((a, b) => a - b),
      rebalances: list('rebalances', portfolio.rebalance).sort(),
      weightings: list('weightings', own.weighting).sort(),
    };
    const count = combinationsOf(work);
    if (count > MOST_COMBINATIONS)
      throw new LundongError(
        'INVALID_ARGUMENT',
        `The sweep has ${count} combinations, and ${MOST_COMBINATIONS} are the most; shorten its lists.`,
      );
    for (const lookback of work.lookbacks ?? [])
      this.portfolios.define(market, { ...given, params: { [factor]: { ...own, lookback } } });
    for (const size of work.sizes) this.portfolios.define(market, { ...given, size });
    return this.submit(SWEEP, work, market, null);
  }

  /**
   * The job behind an id of the API.
   *
   * @param kind where only one will do
   * @throws LundongError UNKNOWN_JOB, INVALID_ARGUMENT for a text that is no id
   */
  async findByGlobalId(id: string, kind?: string): Promise<JobRow> {
    const { type, key } = fromGlobalId(id);
    const wanted = KIND_OF_TYPE[type];
    const job =
      wanted !== undefined && (kind ?? wanted) === wanted && UUID.test(key) ? await this.queue.find(key) : null;
    if (job === null || job.kind !== wanted)
      throw new LundongError(
        'UNKNOWN_JOB',
        `There is no ${kind ?? 'job'} with the id "${id.slice(0, 80)}"; ids come from the answer of the mutation that started it.`,
      );
    return job;
  }

  /** The job as it is now and after every change, until it has ended. */
  async *watch(id: string, signal: AbortSignal): AsyncGenerator<JobRow> {
    const job = await this.findByGlobalId(id);
    yield* this.queue.watch(job.id, signal);
  }

  /** Parsed results by job id, for a loader, so that each is parsed once a request; null where there is none. */
  readonly loadResults = async (ids: readonly string[]): Promise<(object | null)[]> => {
    const found = await this.queue.results(ids);
    const parsed: (object | null)[] = [];
    for (const id of ids) {
      const text = found.get(id);
      // Some milliseconds each: a page of backtests must not hold the event loop for all of them together.
      if (text !== undefined) await this.turns.next();
      parsed.push(text === undefined ? null : JSON.parse(text));
    }
    return parsed;
  };

  /** @returns the result; null until the job has succeeded */
  async result<R>(job: JobRow, loader: { load(id: string): Promise<object | null> }): Promise<R | null> {
    return job.status === 'SUCCEEDED' ? ((await loader.load(job.id)) as R | null) : null;
  }

  private async submit(kind: string, work: object, market: Market, idempotencyKey: string | null): Promise<JobRow> {
    const { job, isSame } = await this.queue.submit(kind, work, market.dataVersion, idempotencyKey);
    if (!isSame)
      throw new LundongError(
        'KEY_TAKEN',
        `The idempotency key "${idempotencyKey?.slice(0, 80)}" belongs to another ${job.kind}; use a new key for new work.`,
      );
    return job;
  }
}

/** @throws LundongError INVALID_RANGE, DATE_BEFORE_DATA where a run over the range would find no day to begin on */
function requireTradingDays(market: Market, from: LocalDate, to: LocalDate): void {
  if (market.resolveRange(DATASET, from, to).length > 0) return;
  const last = market.resolveDate(DATASET, null);
  throw new LundongError(
    'INVALID_RANGE',
    from > last
      ? `from ${from} lies after the data: ${DATASET} ends on ${last}; begin earlier.`
      : `No trading day of the data lies between ${from} and ${to}; widen the range.`,
    { from, to, last },
  );
}

/** Which type of the API a kind of job is shown as. */
const KIND_OF_TYPE: Readonly<Record<string, string>> = { Backtest: BACKTEST, Sweep: SWEEP };

/** What ids of jobs look like. */
export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
