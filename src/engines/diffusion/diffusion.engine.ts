import { Piscina } from 'piscina';
import { DiffusionReason, type DiffusionResult } from '../../domain/diffusion.js';
import type { DiffusionLayoutInput } from '../../domain/diffusion-layout.js';
import {
  canonicalDiffusionParams,
  type DiffusionParams,
  diffusionReach,
  rowsBeforeFirstValue,
} from '../../domain/diffusion-params.js';
import { LundongError } from '../../domain/errors.js';
import type { IndustryScheme } from '../../domain/industry.js';
import { type LocalDate, toDayNumber } from '../../domain/local-date.js';
import { type Membership, OPEN_END } from '../../domain/membership.js';
import { describeSeries, firstSeriesWith } from '../../domain/price-series.js';
import type { TradingCalendar } from '../../domain/trading-calendar.js';
import type { Market, MarketSeries } from '../../lake/market.js';
import type { MarketChange } from '../../lake/market-change.js';
import type { ChangeContext, DateRange, FactorEngine, FactorRow } from '../factor-engine.js';
import type { DiffusionTask } from './diffusion.worker.js';

const DATASET = 'stock_daily';

/** The diffusion index: which share of an industry's weight is in an upward trend. */
export class DiffusionEngine implements FactorEngine<DiffusionParams> {
  readonly key = 'diffusion';
  readonly name = 'Diffusion index';
  readonly description =
    'Share of an industry’s free-float capitalisation (or of its members) whose adjusted close stands above its close ' +
    '`lookback` trading days before (ROC) or above its mean of that many days (MA); from 0 to 1. The defaults – ROC, 220 ' +
    'days, cap weight, no smoothing – are recovered from published values, not stated by their publisher.';
  readonly version = 1;

  // One thread: the kernel fills a core for milliseconds, and a second thread would hold every panel a second time.
  private readonly worker = new Piscina<DiffusionTask, DiffusionResult | null>({
    filename: new URL('./diffusion.worker.js', import.meta.url).href,
    minThreads: 0,
    maxThreads: 1,
    maxQueue: 1000,
    idleTimeout: Number.POSITIVE_INFINITY,
  });

  canonical(params: unknown): DiffusionParams {
    return canonicalDiffusionParams((params ?? {}) as Partial<DiffusionParams>);
  }

  resolveDate(market: Market, asOf: LocalDate | null): LocalDate {
    return market.resolveDate(DATASET, asOf);
  }

  firstDate(market: Market): LocalDate {
    return market.firstDate(DATASET);
  }

  resolveRange(market: Market, from: LocalDate, to: LocalDate): LocalDate[] {
    return market.resolveRange(DATASET, from, to);
  }

  async compute(
    market: Market,
    scheme: IndustryScheme,
    params: DiffusionParams,
    dates: readonly LocalDate[],
  ): Promise<FactorRow[]> {
    const codes = market.industriesOf(scheme).map((industry) => industry.code);
    const bySeries = new Map<MarketSeries | null, LocalDate[]>();
    for (const date of dates) {
      const series = chooseSeries(market, params, date);
      bySeries.set(series, [...(bySeries.get(series) ?? []), date]);
    }
    const parts = await Promise.all(
      [...bySeries].map(([series, ownDates]) =>
        series === null
          ? ownDates.map((date) => emptyRow(date, codes))
          : this.computeOnSeries(market, scheme, codes, params, series, ownDates),
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
  ): Promise<FactorRow[]> {
    const panel = await series.closes();
    const layoutKey = `${market.dataVersion} ${scheme} ${series.id}`;
    const fromRow = panel.row(dates[0] as LocalDate);
    const task = { layoutKey, params, fromRow, toRow: panel.row(dates.at(-1) as LocalDate) + 1 };
    const input = (): DiffusionLayoutInput => ({
      dates: panel.days,
      codes: panel.codes,
      closes: panel.closes,
      industries: codes,
      memberships: membershipsOf(market, scheme),
    });
    const result =
      (await this.run({ ...task, input: null })) ?? ((await this.run({ ...task, input: input() })) as DiffusionResult);
    const provenance = `closes: ${describeSeries(series)}`;
    const unadjusted = series.adjustment === 'none' ? ['closes are unadjusted: dividends look like falls'] : [];
    return dates.map((date) => {
      const start = (panel.row(date) - fromRow) * codes.length;
      const end = start + codes.length;
      const hindsight = result.hindsight.subarray(start, end).some((flag) => flag === 1);
      return {
        date,
        codes,
        values: result.values.subarray(start, end),
        coverage: result.coverage.subarray(start, end),
        reasons: result.reasons.subarray(start, end),
        notes: [provenance, ...unadjusted, ...(hindsight ? [HINDSIGHT_NOTE] : [])],
      };
    });
  }

  private async run(task: DiffusionTask): Promise<DiffusionResult | null> {
    try {
      return await this.worker.run(task);
    } catch (error) {
      if (error instanceof Error && error.message === 'Task queue is at limit')
        throw new LundongError('OVERLOADED', 'Too many factor computations are waiting; try again in a few seconds.');
      throw error;
    }
  }

  describeReason(reason: DiffusionReason, params: DiffusionParams): string {
    switch (reason) {
      case DiffusionReason.NO_MEMBERS:
        return 'no members are known on this date; import members, or declare a snapshot valid from earlier';
      case DiffusionReason.NO_WEIGHTS:
        return 'no member weights are known on this date; import a snapshot with weights, or ask for weighting EQUAL';
      case DiffusionReason.SHORT_HISTORY:
        return `the closes reach back less than the look-back of ${params.lookback} trading days${params.smoothing.length > 0 ? ` and the smoothing of ${params.smoothing.join(' and ')}` : ''}`;
      default:
        return 'no member has a close on this date and over the look-back';
    }
  }

  async staleDates(
    params: DiffusionParams,
    scheme: IndustryScheme,
    change: MarketChange,
    context: ChangeContext,
  ): Promise<DateRange[]> {
    const { calendar } = context;
    const { smoothing } = rowsBeforeFirstValue(params);
    switch (change.kind) {
      case 'calendar':
        return [{ from: change.from, to: null }];
      case 'members':
        if (change.scheme !== scheme) return [];
        return [{ from: change.from, to: change.to === null ? null : laterBy(calendar, change.to, smoothing) }];
      case 'closes': {
        if (change.series.dataset !== DATASET) return [];
        const reached = reachedRanges(calendar, change.dates, diffusionReach(params));
        if (params.weighting === 'EQUAL') return reached;
        const memberships = await context.memberships(scheme);
        const touched = new Set(await change.touchedReferences([...new Set(memberships.map((row) => row.knownOn))]));
        const drifting = memberships.filter((row) => touched.has(row.knownOn));
        const stretches = new Map(drifting.map((row) => [`${row.inDate} ${row.outDate}`, row]));
        return [
          ...reached,
          ...[...stretches.values()].map(({ inDate, outDate }) => ({
            from: inDate,
            to: outDate === null ? null : laterBy(calendar, outDate, smoothing),
          })),
        ];
      }
    }
  }

  async close(): Promise<void> {
    await this.worker.close();
  }
}

const HINDSIGHT_NOTE =
  'members or weights became known only after this date and were declared valid for it: hindsight, not point in time';

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

function membershipsOf(market: Market, scheme: IndustryScheme): Membership[] {
  return (market.memberships.get(scheme) ?? []).map((row) => ({
    industry: row.industryCode,
    stock: row.stockCode,
    inDate: toDayNumber(row.inDate),
    outDate: row.outDate === null ? OPEN_END : toDayNumber(row.outDate),
    weight: row.weight,
    weightDate: toDayNumber(row.knownOn),
  }));
}

/** The trading day `days` after the last one on or before `date`. */
function laterBy(calendar: TradingCalendar, date: LocalDate, days: number): LocalDate {
  return calendar.shift(calendar.lastOnOrBefore(date), days);
}

/** Trading days that lie the given numbers of days after one of the dates, as ranges. */
function reachedRanges(
  calendar: TradingCalendar,
  dates: readonly LocalDate[],
  reach: readonly (readonly [from: number, to: number])[],
): DateRange[] {
  const indexes = dates.map((date) => calendar.indexOf(date));
  const spans = reach
    .flatMap(([from, to]) => indexes.map((index): [number, number] => [index + from, index + to]))
    .sort((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const span of spans) {
    const last = merged.at(-1);
    if (last !== undefined && span[0] <= last[1] + 1) last[1] = Math.max(last[1], span[1]);
    else merged.push([...span]);
  }
  const origin = dates[0] as LocalDate;
  const at = (index: number): LocalDate => calendar.shift(origin, index - (indexes[0] as number));
  return merged.map(([from, to]) => ({ from: at(from), to: at(to) }));
}
