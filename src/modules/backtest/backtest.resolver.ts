import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root, Subscription } from 'type-graphql';
import { LundongError } from '../../domain/errors.js';
import type { LocalDate as LocalDateValue } from '../../domain/local-date.js';
import { type NetValueSeries, rowOnOrBefore } from '../../domain/net-value-series.js';
import type { PerformanceMetrics } from '../../domain/performance-metrics.js';
import { periodTable } from '../../domain/period-table.js';
import { loaderOf, type RequestContext } from '../../graphql/context.js';
import { ListSize, RequiresScope } from '../../graphql/schema-extensions.js';
import { type Connection, readCursor, requirePageSize, writeCursor } from '../../graphql/types/connection.js';
import { LocalDate } from '../../graphql/types/scalars.js';
import { TableType } from '../../graphql/types/table.type.js';
import type { JobQueue } from '../../jobs/job-queue.js';
import type { JobRow } from '../../store/job.repository.js';
import { toRebalanceType } from '../portfolio/portfolio.resolver.js';
import { navTable, periodsTable } from '../portfolio/portfolio.tables.js';
import { MetricsType, PeriodTableType, RebalanceType } from '../portfolio/portfolio.type.js';
import { notesOf } from '../portfolio/portfolio-run.js';
import { BacktestInput, SweepInput } from './backtest.args.js';
import type { BacktestResult } from './backtest.job.js';
import { BACKTEST, type BacktestService, SWEEP, type SweepOutline, UUID } from './backtest.service.js';
import { BacktestConnection, BacktestType, JobProgressType, SweepType } from './backtest.type.js';
import { type SweepResult, sweepTable } from './sweep-result.js';

/** Rows of a sweep in one answer: reading and writing more of them would hold the event loop. */
const MOST_ROWS = 2000;
/** As PostgreSQL writes a moment. */
const MOMENT = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?[+-]\d\d(:\d\d)?$/;

/** Starts backtests, tells of them and stops them. Results are fetched only when a field of one is asked for. */
@Resolver(() => BacktestType)
export class BacktestResolver {
  constructor(
    private readonly service: BacktestService,
    private readonly queue: JobQueue,
  ) {}

  @RequiresScope('compute')
  @Mutation(() => BacktestType, {
    complexity: 200,
    description:
      'Queues a backtest and answers at once. The same work on the same data is not done twice: its backtest is given again.',
  })
  async runBacktest(
    @Arg('input', () => BacktestInput, { description: 'What to compute.' }) input: BacktestInput,
    @Ctx() { market }: RequestContext,
  ): Promise<BacktestType> {
    const { portfolio, from, to, initialHoldings, idempotencyKey } = input;
    return new BacktestType(
      await this.service.submitBacktest(market, portfolio, from, to, initialHoldings ?? [], idempotencyKey ?? null),
    );
  }

  @RequiresScope('compute')
  @Mutation(() => Boolean, {
    description: 'Cancels a backtest or sweep that waits or is under way. False where it has ended already.',
  })
  async cancelJob(@Arg('id', () => ID, { description: 'Its id.' }) id: string): Promise<boolean> {
    const job = await this.service.findByGlobalId(id);
    return this.queue.cancel(job.id);
  }

  @RequiresScope('read')
  @Query(() => BacktestType, { nullable: true, description: 'One backtest. An unknown id is the error UNKNOWN_JOB.' })
  async backtest(@Arg('id', () => ID, { description: 'Its id.' }) id: string): Promise<BacktestType> {
    return new BacktestType(await this.service.findByGlobalId(id, BACKTEST));
  }

  @RequiresScope('read')
  @Query(() => BacktestConnection, { description: 'All backtests, newest first.' })
  async backtests(
    @Arg('first', () => Int, { defaultValue: 50, description: 'Page size, 1 to 500.' }) first: number,
    @Arg('after', () => String, { nullable: true, description: 'Cursor after which the page begins.' })
    after: string | null | undefined,
  ): Promise<Connection<BacktestType>> {
    requirePageSize(first);
    const place = after === null || after === undefined ? null : readCursor(after, ['', '']).map(String);
    if (place !== null && !(MOMENT.test(place[0] as string) && UUID.test(place[1] as string)))
      throw new LundongError(
        'INVALID_CURSOR',
        `after: "${after?.slice(0, 60)}" is no cursor; take one from pageInfo.endCursor.`,
      );
    const [jobs, totalCount] = await Promise.all([
      this.queue.list(
        BACKTEST,
        first + 1,
        place === null ? null : { createdAt: place[0] as string, id: place[1] as string },
      ),
      this.queue.count(BACKTEST),
    ]);
    const edges = jobs
      .slice(0, first)
      .map((job) => ({ node: new BacktestType(job), cursor: writeCursor([job.createdAt, job.id]) }));
    return {
      edges,
      totalCount,
      pageInfo: {
        hasNextPage: jobs.length > first,
        hasPreviousPage: place !== null && totalCount > 0,
        startCursor: edges[0]?.cursor ?? null,
        endCursor: edges.at(-1)?.cursor ?? null,
      },
    };
  }

  @RequiresScope('read')
  @Subscription(() => JobProgressType, {
    description: 'The progress of a backtest or sweep, from where it is now until it has ended.',
    subscribe: ({ args, context }) => (context as RequestContext).watchJob(args.id as string) as AsyncIterable<JobRow>,
  })
  jobProgress(@Arg('id', () => ID, { description: 'Its id.' }) id: string, @Root() job: JobRow): JobProgressType {
    return { id, status: job.status, progress: job.progress, message: job.message };
  }

  @FieldResolver(() => [String], {
    complexity: 20,
    description: 'What must be said beside its figures: which prices, what hindsight; none until it has succeeded.',
  })
  async notes(@Root() backtest: BacktestType, @Ctx() context: RequestContext): Promise<readonly string[]> {
    const result = await this.result(backtest, context);
    return result === null ? [] : origin(backtest.job, result).notes;
  }

  @FieldResolver(() => MetricsType, {
    complexity: 20,
    nullable: true,
    description: 'Risk and return; null until it has succeeded.',
  })
  async metrics(@Root() backtest: BacktestType, @Ctx() context: RequestContext): Promise<PerformanceMetrics | null> {
    return (await this.result(backtest, context))?.metrics ?? null;
  }

  @FieldResolver(() => TableType, {
    complexity: 20,
    nullable: true,
    description:
      'Columns `date`, `portfolio`, `benchmark` (net values of 1 invested, after cost), `excess` (their difference), `drawdown` (fraction, at most 0); null until it has succeeded.',
  })
  async nav(@Root() backtest: BacktestType, @Ctx() context: RequestContext): Promise<TableType | null> {
    const result = await this.result(backtest, context);
    return result === null ? null : navTable(seriesOf(result), origin(backtest.job, result));
  }

  @FieldResolver(() => TableType, {
    complexity: 20,
    nullable: true,
    description: 'Columns `year`, `portfolio`, `benchmark`, `excess` (fractions); null until it has succeeded.',
  })
  async yearly(@Root() backtest: BacktestType, @Ctx() context: RequestContext): Promise<TableType | null> {
    const result = await this.result(backtest, context);
    if (result === null) return null;
    return periodsTable(seriesOf(result), context.market.calendar, 'YEAR', origin(backtest.job, result));
  }

  @FieldResolver(() => TableType, {
    complexity: 20,
    nullable: true,
    description:
      'Columns `month` (YYYY-MM), `portfolio`, `benchmark`, `excess` (fractions); null until it has succeeded.',
  })
  async monthly(@Root() backtest: BacktestType, @Ctx() context: RequestContext): Promise<TableType | null> {
    const result = await this.result(backtest, context);
    if (result === null) return null;
    return periodsTable(seriesOf(result), context.market.calendar, 'MONTH', origin(backtest.job, result));
  }

  @ListSize(250)
  @FieldResolver(() => [RebalanceType], {
    complexity: 20,
    nullable: true,
    description: 'Every rebalance, oldest first; null until it has succeeded.',
  })
  async rebalances(@Root() backtest: BacktestType, @Ctx() context: RequestContext): Promise<RebalanceType[] | null> {
    const result = await this.result(backtest, context);
    return result?.rebalances.map((record) => toRebalanceType(context.market, record)) ?? null;
  }

  @FieldResolver(() => PeriodTableType, {
    complexity: 20,
    nullable: true,
    description: 'Week, month and year as in the published report; null until it has succeeded.',
  })
  async table(
    @Root() backtest: BacktestType,
    @Arg('weekEnding', () => LocalDate, {
      nullable: true,
      description: 'Day the table is as of; no trading day means the last one before it. Default: the last.',
    })
    weekEnding: LocalDateValue | null | undefined,
    @Ctx() context: RequestContext,
  ): Promise<PeriodTableType | null> {
    const result = await this.result(backtest, context);
    if (result === null) return null;
    const series = seriesOf(result);
    const row = weekEnding ? rowOnOrBefore(series.dates, weekEnding) : series.dates.length - 1;
    if (row < 0)
      throw new LundongError(
        'DATE_BEFORE_DATA',
        `${weekEnding} lies before the first purchase of this backtest on ${series.dates[0]}.`,
      );
    const date = series.dates[row] as LocalDateValue;
    return { ...periodTable(series, context.market.calendar, date), notes: notesUntil(result, date) };
  }

  private result(backtest: BacktestType, context: RequestContext): Promise<BacktestResult | null> {
    return this.service.result<BacktestResult>(backtest.job, loaderOf(context, this.service.loadResults));
  }
}

/** Sweeps: many combinations, one table. */
@Resolver(() => SweepType)
export class SweepResolver {
  constructor(private readonly service: BacktestService) {}

  @RequiresScope('compute')
  @Mutation(() => SweepType, {
    complexity: 500,
    description: 'Queues a sweep and answers at once. The same work on the same data is not done twice.',
  })
  async runSweep(
    @Arg('input', () => SweepInput, { description: 'What to compute.' }) input: SweepInput,
    @Ctx() { market }: RequestContext,
  ): Promise<SweepType> {
    const { portfolio, from, to, ...lists } = input;
    return new SweepType(await this.service.submitSweep(market, portfolio, from, to, lists));
  }

  @RequiresScope('read')
  @Query(() => SweepType, { nullable: true, description: 'One sweep. An unknown id is the error UNKNOWN_JOB.' })
  async sweep(@Arg('id', () => ID, { description: 'Its id.' }) id: string): Promise<SweepType> {
    return new SweepType(await this.service.findByGlobalId(id, SWEEP));
  }

  @FieldResolver(() => [String], {
    complexity: 20,
    description:
      'What must be said beside its figures, as of a portfolio; a note stands where it holds for any combination. None until it has succeeded.',
  })
  async notes(@Root() sweep: SweepType, @Ctx() context: RequestContext): Promise<readonly string[]> {
    return (await this.result(sweep, context))?.notes ?? [];
  }

  @FieldResolver(() => TableType, {
    complexity: 2000,
    nullable: true,
    description:
      'One row per combination: `lookback` where the factor has one, `size`, `rebalance`, `weighting`, then the metrics; null metrics where nothing was bought or too few days followed. `truncated` where combinations follow after the last row. Null until it has succeeded.',
  })
  async results(
    @Root() sweep: SweepType,
    @Arg('limit', () => Int, {
      defaultValue: MOST_ROWS,
      description: `Number of combinations at most, 1 to ${MOST_ROWS}.`,
    })
    limit: number,
    @Arg('offset', () => Int, { defaultValue: 0, description: 'Number of combinations to leave out before them.' })
    offset: number,
    @Ctx() context: RequestContext,
  ): Promise<TableType | null> {
    if (limit < 1 || limit > MOST_ROWS)
      throw new LundongError('INVALID_ARGUMENT', `limit: ${limit} is not possible; ask for 1 to ${MOST_ROWS} rows.`);
    if (offset < 0)
      throw new LundongError('INVALID_ARGUMENT', `offset: ${offset} is not possible; give 0 or more rows.`);
    const result = await this.result(sweep, context);
    if (result === null) return null;
    return sweepTable(sweep.job.outline as SweepOutline, result, { limit, offset }, sweep.job.dataVersion);
  }

  private result(sweep: SweepType, context: RequestContext): Promise<SweepResult | null> {
    return this.service.result<SweepResult>(sweep.job, loaderOf(context, this.service.loadResults));
  }
}

function seriesOf({ dates, portfolio, benchmark }: BacktestResult): NetValueSeries {
  return { dates, portfolio: Float64Array.from(portfolio), benchmark: Float64Array.from(benchmark) };
}

function origin(job: JobRow, result: BacktestResult): { dataVersion: number; notes: readonly string[] } {
  return { dataVersion: job.dataVersion, notes: notesUntil(result, result.dates.at(-1) as LocalDateValue) };
}

function notesUntil({ groundNote, rebalances }: BacktestResult, until: LocalDateValue): string[] {
  const filled = rebalances.filter(({ date }) => date <= until);
  return notesOf(
    groundNote,
    filled.map(({ signal, notes }) => ({ date: signal, notes })),
  );
}
