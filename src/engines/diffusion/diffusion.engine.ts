import { Piscina } from 'piscina';
import { DiffusionReason, type DiffusionResult } from '../../domain/diffusion.js';
import type { DiffusionLayoutInput } from '../../domain/diffusion-layout.js';
import { canonicalDiffusionParams, type DiffusionParams, rowsBeforeFirstValue } from '../../domain/diffusion-params.js';
import { LundongError } from '../../domain/errors.js';
import type { IndustryScheme } from '../../domain/industry.js';
import type { LocalDate } from '../../domain/local-date.js';
import { firstSeriesWith, provenanceNote } from '../../domain/price-series.js';
import { Slots } from '../../domain/slots.js';
import type { Market } from '../../lake/market.js';
import type { MarketChange } from '../../lake/market-change.js';
import type { MarketSeries } from '../../lake/market-series.js';
import { distantWeights, HINDSIGHT_NOTE, membershipsOf, notesOn } from '../dated-memberships.js';
import type { ChangeContext, DateRange, FactorEngine, FactorRow } from '../factor-engine.js';
import type { DiffusionTask } from './diffusion.worker.js';
import { diffusionStaleDates, lastUse } from './diffusion-stale-dates.js';

const DATASET = 'stock_daily';

/** Some seconds of work. */
const LONGEST_LINE = 1000;
/** A computation over which the thread ends so often is taken to be the cause. */
const ATTEMPTS = 2;

/** The diffusion index: which share of an industry's weight is in an upward trend. */
export class DiffusionEngine implements FactorEngine<DiffusionParams> {
  readonly dataset = DATASET;
  readonly key = 'diffusion';
  readonly name = 'Diffusion index';
  readonly description =
    'Share of an industry’s free-float capitalisation (or of its members) whose adjusted close stands above its close ' +
    '`lookback` trading days before (ROC) or above its mean of that many days (MA); from 0 to 1. The defaults – ROC, 220 ' +
    'days, cap weight, no smoothing – are recovered from published values, not stated by their publisher.';
  readonly version = 3;

  private worker = startThread();
  private readonly line = new Slots(1, LONGEST_LINE, 'factor computations');

  canonical(_market: Market, params: unknown): DiffusionParams {
    return canonicalDiffusionParams((params ?? {}) as Partial<DiffusionParams>);
  }

  async compute(
    market: Market,
    scheme: IndustryScheme,
    params: DiffusionParams,
    dates: readonly LocalDate[],
    signal?: AbortSignal,
  ): Promise<FactorRow[]> {
    const codes = market.industriesOf(scheme).map((industry) => industry.code);
    const bySeries = new Map<MarketSeries | null, LocalDate[]>();
    for (const date of dates) {
      const series = chooseSeries(market, params, date);
      const known = bySeries.get(series);
      if (known === undefined) bySeries.set(series, [date]);
      else known.push(date);
    }
    const parts = await Promise.all(
      [...bySeries].map(([series, ownDates]) =>
        series === null
          ? ownDates.map((date) => emptyRow(date, codes))
          : this.computeOnSeries(market, scheme, codes, params, series, ownDates, signal),
      ),
    );
    return parts.flat().sort((a, b) => (a.date < b.date ? -1 : 1));
  }

  private async computeOnSeries(
    market: Market,
    scheme: IndustryScheme,
    codes: readonly string[],
    params: DiffusionParams,
    series: MarketSeries,
    dates: readonly LocalDate[],
    signal?: AbortSignal,
  ): Promise<FactorRow[]> {
    const panel = await series.closes(signal);
    const rowsOfDates = dates.map((date) => panel.row(date));
    const held = rowsOfDates.filter((row) => row !== null);
    if (held.length === 0) return dates.map((date) => emptyRow(date, codes));
    const layoutKey = `${market.dataVersion} ${scheme} ${series.id}`;
    const fromRow = held[0] as number;
    const task = { layoutKey, params, fromRow, toRow: (held.at(-1) as number) + 1 };
    const input = (): DiffusionLayoutInput => ({
      dates: panel.days,
      codes: panel.codes,
      closes: panel.closes,
      industries: codes,
      memberships: membershipsOf(market, scheme),
    });
    const result =
      (await this.run({ ...task, input: null }, signal)) ??
      ((await this.run({ ...task, input: input() }, signal)) as DiffusionResult);
    const provenance = provenanceNote(series);
    const unadjusted = series.adjustment === 'none' ? ['closes are unadjusted: dividends look like falls'] : [];
    const distant =
      params.weighting === 'CAP'
        ? distantWeights(market, scheme, series, (end) => lastUse(market.calendar, params, end))
        : [];
    return dates.map((date, index) => {
      const row = rowsOfDates[index] as number | null;
      if (row === null) return emptyRow(date, codes);
      const start = (row - fromRow) * codes.length;
      const end = start + codes.length;
      const hindsight = result.hindsight.subarray(start, end).some((flag) => flag === 1);
      return {
        date,
        codes,
        values: result.values.subarray(start, end),
        coverage: result.coverage.subarray(start, end),
        reasons: result.reasons.subarray(start, end),
        notes: [provenance, ...unadjusted, ...notesOn(distant, date), ...(hindsight ? [HINDSIGHT_NOTE] : [])],
      };
    });
  }

  /** One task at a time, some milliseconds each: the line is ours, so that who leaves it costs no thread. */
  private run(task: DiffusionTask, signal: AbortSignal | undefined): Promise<DiffusionResult | null> {
    return this.line.use(async () => {
      for (let attempt = 1; ; attempt++)
        try {
          return await this.worker.run(task);
        } catch (error) {
          // What the kernel itself throws would be thrown again.
          if (!isThreadDeath(error)) throw error;
          void this.worker.destroy();
          this.worker = startThread();
          if (attempt < ATTEMPTS) continue;
          const message = `A thread ended in the middle of this computation, ${ATTEMPTS} times; try again, or ask for less at once.`;
          throw new LundongError('OVERLOADED', message, { retryAfter: 2 }, { cause: error });
        }
    }, signal);
  }

  describeReason(reason: DiffusionReason, params: DiffusionParams): string {
    switch (reason) {
      case DiffusionReason.NO_MEMBERS:
        return 'no members are known on this date; import members, or declare a snapshot valid from earlier';
      case DiffusionReason.NO_WEIGHTS:
        return 'no member weights are known on this date; import a snapshot with weights, or ask for weighting EQUAL';
      case DiffusionReason.SHORT_HISTORY:
        return `no member has the closes that the look-back of ${params.lookback} trading days${params.smoothing.length > 0 ? ` and the smoothing of ${params.smoothing.join(' and ')}` : ''} needs`;
      default:
        return 'no member has a close on this date';
    }
  }

  staleDates(
    params: DiffusionParams,
    scheme: IndustryScheme,
    change: MarketChange,
    context: ChangeContext,
  ): Promise<DateRange[]> {
    return diffusionStaleDates(DATASET, params, scheme, change, context);
  }

  async close(): Promise<void> {
    await this.worker.close();
  }
}

/** One thread: the kernel fills a core for milliseconds, and a second thread would hold every panel a second time. */
function startThread(): Piscina<DiffusionTask, DiffusionResult | null> {
  const pool = new Piscina<DiffusionTask, DiffusionResult | null>({
    filename: new URL('./diffusion.worker.js', import.meta.url).href,
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: Number.POSITIVE_INFINITY,
  });
  pool.on('error', () => undefined); // an idle thread that dies: the next task finds it gone
  return pool;
}

/** Whether the thread ended, for want of memory perhaps, as against its work having failed. */
function isThreadDeath(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return code === 'ERR_WORKER_OUT_OF_MEMORY' || /^(worker exited|Terminating worker)/.test(String(message));
}

/**
 * The series that serves a date: the first that holds both the date and the earliest one its value looks back to; else
 * the first that holds the date, whose values then are not available and say why.
 */
function chooseSeries(market: Market, params: DiffusionParams, date: LocalDate): MarketSeries | null {
  const series = market.series(DATASET);
  const { base, smoothing } = rowsBeforeFirstValue(params);
  const earliest = market.calendar.indexOf(date) - base - smoothing;
  if (earliest >= 0) {
    const chosen = firstSeriesWith(series, [date, market.calendar.shift(date, -base - smoothing)]);
    if (chosen !== null) return chosen;
  }
  return firstSeriesWith(series, [date]);
}

function emptyRow(date: LocalDate, codes: readonly string[]): FactorRow {
  return {
    date,
    codes,
    values: new Float64Array(codes.length).fill(Number.NaN),
    coverage: new Float64Array(codes.length),
    reasons: new Uint8Array(codes.length).fill(DiffusionReason.NO_PRICES),
    notes: [],
  };
}
