import { type Fill, keepAccount, type PortfolioAccount, type Positions, positionsAt } from '../../domain/accounting.js';
import { LundongError } from '../../domain/errors.js';
import type { LocalDate } from '../../domain/local-date.js';
import { type NetValueSeries, rowOnOrBefore } from '../../domain/net-value-series.js';
import { measurePerformance, type PerformanceMetrics } from '../../domain/performance-metrics.js';
import type { PricePanel } from '../../domain/price-panel.js';
import {
  type ChosenRebalance,
  chooseHoldings,
  equalWeightFills,
  type FactorPanel,
  type RebalanceRows,
} from '../../domain/selection.js';
import type { TradingCalendar } from '../../domain/trading-calendar.js';
import { type DatedNotes, mergeNotes } from '../../lake/range-notes.js';
import type { Benchmarks } from './benchmarks.js';
import { type PortfolioDefinition, selectionRule } from './portfolio-definition.js';

/** What portfolios of one scheme are computed on: the industries' closes over a range of trading days. */
export interface PortfolioGround {
  readonly calendar: TradingCalendar;
  /** Trading days, one per row of the prices. */
  readonly dates: readonly LocalDate[];
  /** Industries, one per column. */
  readonly codes: readonly string[];
  readonly prices: PricePanel;
  readonly benchmarks: Benchmarks;
  /** Rows on which weeks and months end. */
  readonly weekEnds: readonly number[];
  readonly monthEnds: readonly number[];
  /** Which series the closes are from. */
  readonly note: string;
}

/** A factor beside its ground, and what must be said of its values. */
export interface NotedFactor extends FactorPanel {
  /** Notes by row, of the rows on which any industry that may be bought has a value; null where no factor is asked. */
  readonly notes: ReadonlyMap<number, readonly string[]> | null;
}

/** One rebalance as it is told: what came, what went, what it cost. */
export interface RebalanceRecord {
  /** Of the fill. */
  readonly date: LocalDate;
  /** Day at whose close it was chosen. */
  readonly signal: LocalDate;
  readonly entered: readonly string[];
  readonly left: readonly string[];
  /** Chosen, but without a price on the day, and so not bought. */
  readonly unpriced: readonly string[];
  /** Half the L1 distance of drifted and target weights, a fraction. */
  readonly turnover: number;
  /** Fraction of the value before. */
  readonly cost: number;
  /** What must be said beside the factor's values that it was chosen by. */
  readonly notes: readonly string[];
}

const SILENT = 'the factor has no value of any industry that may be bought: the holdings are kept';

/** What must be said beside figures that rest on rebalances: of the prices, then of the factor, by its signals. */
export function notesOf(groundNote: string, signals: readonly DatedNotes[]): string[] {
  return [groundNote, ...mergeNotes(signals, 'signals')];
}

/** A portfolio lived through: its choices, its books and its benchmark, from its first purchase on. */
export class PortfolioRun {
  private constructor(
    private readonly ground: PortfolioGround,
    private readonly chosen: readonly ChosenRebalance[],
    private readonly fills: readonly Fill[],
    private readonly account: PortfolioAccount,
    /** Per fill what must be said of the factor's values that it was chosen by. */
    private readonly factorNotes: readonly (readonly string[])[],
    /** Net values of portfolio and benchmark per trading day, 1 at the first purchase less its cost. */
    readonly series: NetValueSeries,
  ) {}

  /**
   * @param factor values on the rows of the signals; what the rule does not ask for may be NaN
   * @throws LundongError INVALID_RANGE where nothing is ever bought; INVALID_ARGUMENT, UNKNOWN_INDUSTRY
   */
  static of(
    ground: PortfolioGround,
    definition: PortfolioDefinition,
    factor: NotedFactor,
    rebalances: readonly RebalanceRows[],
    initialHoldings: readonly string[] = [],
  ): PortfolioRun {
    const { prices, dates } = ground;
    const rule = selectionRule(definition, factor, dates, initialHoldings);
    const chosen = chooseHoldings(rule, prices, rebalances);
    const fills = equalWeightFills(chosen);
    const account = keepAccount(prices, fills, definition.costBps);
    const held = chosen.slice(chosen.length - fills.length);
    const isGiven = (index: number): boolean => index === 0 && initialHoldings.length > 0;
    const factorNotes = held.map(({ signal }, index) =>
      factor.notes === null || isGiven(index) ? [] : (factor.notes.get(signal) ?? [SILENT]),
    );
    return new PortfolioRun(ground, held, fills, account, factorNotes, {
      dates: dates.slice(account.firstRow),
      portfolio: account.netValues,
      benchmark: ground.benchmarks.netValues(fills.map(({ row }) => row)),
    });
  }

  /** What must be said beside its figures up to a date. */
  notes(until: LocalDate = this.lastDate): string[] {
    return notesOf(this.ground.note, this.signals(until));
  }

  /** The days on which its holdings up to a date were chosen, and what must be said of the factor's values there. */
  signals(until: LocalDate = this.lastDate): DatedNotes[] {
    const { dates } = this.ground;
    const count = this.fills.filter(({ row }) => (dates[row] as LocalDate) <= until).length;
    return this.chosen.slice(0, count).map(({ signal }, index) => ({
      date: dates[signal] as LocalDate,
      notes: this.factorNotes[index] as readonly string[],
    }));
  }

  get groundNote(): string {
    return this.ground.note;
  }

  get firstDate(): LocalDate {
    return this.series.dates[0] as LocalDate;
  }

  get lastDate(): LocalDate {
    return this.series.dates.at(-1) as LocalDate;
  }

  /**
   * The last trading day of the run on or before the date.
   *
   * @throws LundongError DATE_BEFORE_DATA before the first purchase
   */
  resolveDate(date: LocalDate | null): LocalDate {
    if (date === null) return this.lastDate;
    const row = rowOnOrBefore(this.series.dates, date);
    if (row < 0)
      throw new LundongError(
        'DATE_BEFORE_DATA',
        `${date} lies before the portfolio's first purchase on ${this.firstDate}.`,
        {
          date,
          first: this.firstDate,
        },
      );
    return this.series.dates[row] as LocalDate;
  }

  /** What is owned at the close of a trading day of the run, with drifted and target weights. */
  holdings(date: LocalDate): { since: LocalDate; items: { code: string; weight: number; targetWeight: number }[] } {
    const row = this.account.firstRow + rowOnOrBefore(this.series.dates, date);
    const fill = this.fills.findLast((each) => each.row <= row) as Fill;
    const positions: Positions = positionsAt(this.ground.prices, this.fills, this.account, row);
    return {
      since: this.ground.dates[fill.row] as LocalDate,
      items: fill.columns.map((column, index) => ({
        code: this.ground.codes[column] as string,
        weight: positions.weights[index] as number,
        targetWeight: fill.weights[index] as number,
      })),
    };
  }

  /** Rebalances filled within a range, both ends included. */
  rebalances(from: LocalDate, to: LocalDate): RebalanceRecord[] {
    const codes = (columns: readonly number[]): string[] =>
      columns.map((column) => this.ground.codes[column] as string);
    return this.fills.flatMap((fill, index) => {
      const date = this.ground.dates[fill.row] as LocalDate;
      if (date < from || date > to) return [];
      const before = this.fills[index - 1]?.columns ?? [];
      return [
        {
          date,
          signal: this.ground.dates[(this.chosen[index] as ChosenRebalance).signal] as LocalDate,
          entered: codes(fill.columns.filter((column) => !before.includes(column))),
          left: codes(before.filter((column) => !fill.columns.includes(column))),
          unpriced: codes((this.chosen[index] as ChosenRebalance).unpriced),
          turnover: this.account.turnovers[index] as number,
          cost: this.account.costs[index] as number,
          notes: this.factorNotes[index] as readonly string[],
        },
      ];
    });
  }

  /**
   * The stretch of the run within a range, from the last day on or before `from` (so that the first day's return counts)
   * or its beginning; net values are 1 on its first day.
   *
   * @throws LundongError INVALID_RANGE with fewer than three days, or where the range begins after the last one
   */
  performance(from: LocalDate, to: LocalDate): { series: NetValueSeries; metrics: PerformanceMetrics } {
    if (from > this.lastDate)
      throw new LundongError(
        'INVALID_RANGE',
        `from ${from} lies after the last net value on ${this.lastDate}; begin earlier.`,
        { from, last: this.lastDate },
      );
    const start = Math.max(0, rowOnOrBefore(this.series.dates, from));
    const end = rowOnOrBefore(this.series.dates, to) + 1;
    const series = {
      dates: this.series.dates.slice(start, end),
      portfolio: rebased(this.series.portfolio.subarray(start, end)),
      benchmark: rebased(this.series.benchmark.subarray(start, end)),
    };
    const { firstRow } = this.account;
    const turnovers = this.account.turnovers.filter((_, index) => {
      const { row } = this.fills[index] as Fill;
      return row > firstRow + start && row < firstRow + end;
    });
    const metrics = measurePerformance({
      series,
      turnovers,
      weekEnds: this.endsWithin(this.ground.weekEnds, start, end),
      monthEnds: this.endsWithin(this.ground.monthEnds, start, end),
    });
    return { series, metrics };
  }

  /** Period ends of the ground as rows of a stretch of the series; the stretch's last row ends a period for it. */
  private endsWithin(ends: readonly number[], start: number, end: number): number[] {
    const [first, last] = [this.account.firstRow + start, this.account.firstRow + end - 1];
    return [...ends.filter((row) => row >= first && row < last), last].map((row) => row - first);
  }
}

function rebased(values: Float64Array): Float64Array {
  const first = values[0] as number;
  return values.map((value) => value / first);
}
