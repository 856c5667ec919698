import type { LocalDate } from '../../domain/local-date.js';
import type { PerformanceMetrics } from '../../domain/performance-metrics.js';
import { type ColumnValues, makeTable, type TableType } from '../../graphql/types/table.type.js';
import type { SweepOutline } from './backtest.service.js';

/** What a sweep leaves, as JSON. Its combinations are those of its input, in the order of `combinationAt`. */
export interface SweepResult {
  /** Names of the metrics, one per column of the pages. */
  readonly metrics: readonly string[];
  /**
   * The metrics' columns of PAGE_ROWS combinations each (the last may be shorter), as JSON text: an answer parses the
   * pages it tells of and no others. All combinations of a large sweep would hold the event loop.
   */
  readonly pages: readonly string[];
  readonly lastDate: LocalDate;
  readonly notes: readonly string[];
}

const PAGE_ROWS = 500;

/** What is told of each combination, and in which unit. */
const SWEPT_METRICS = {
  totalReturn: 'fraction',
  annualizedReturn: 'fraction per year',
  annualizedVolatility: 'fraction per year',
  sharpe: null,
  sortino: null,
  maxDrawdown: 'fraction',
  calmar: null,
  trackingError: 'fraction per year',
  informationRatio: null,
  beta: null,
  winRateWeekly: 'fraction',
  winRateMonthly: 'fraction',
  annualTurnover: 'fraction per year',
} as const satisfies Partial<Record<keyof PerformanceMetrics, string | null>>;

const METRICS = Object.keys(SWEPT_METRICS) as (keyof typeof SWEPT_METRICS)[];

/** Writes the metrics of one combination after the other into pages. */
export class SweepPages {
  private readonly full: string[] = [];
  private page: (number | null)[][] = METRICS.map(() => []);
  private count = 0;

  /** Number of combinations so far. */
  get rows(): number {
    return this.count;
  }

  /** @param metrics null where nothing was ever bought or too few days followed */
  add(metrics: PerformanceMetrics | null): void {
    METRICS.forEach((name, column) => {
      (this.page[column] as (number | null)[]).push(metrics?.[name] ?? null);
    });
    this.count++;
    if (this.count % PAGE_ROWS > 0) return;
    this.full.push(JSON.stringify(this.page));
    this.page = METRICS.map(() => []);
  }

  finish(): Pick<SweepResult, 'metrics' | 'pages'> {
    const rest = this.count % PAGE_ROWS > 0 ? [JSON.stringify(this.page)] : [];
    return { metrics: METRICS, pages: [...this.full, ...rest] };
  }
}

export function combinationsOf({ lookbacks, sizes, rebalances, weightings }: SweepOutline): number {
  return (lookbacks?.length ?? 1) * sizes.length * rebalances.length * weightings.length;
}

/** The combination of a row: sizes change fastest, then rebalances, weightings and lookbacks. */
function combinationAt(
  { lookbacks, weightings, rebalances, sizes }: SweepOutline,
  row: number,
): (string | number | undefined)[] {
  const bySize = Math.floor(row / sizes.length);
  const byRebalance = Math.floor(bySize / rebalances.length);
  const byWeighting = Math.floor(byRebalance / weightings.length);
  return [
    lookbacks?.[byWeighting],
    sizes[row % sizes.length] as number,
    rebalances[bySize % rebalances.length] as string,
    weightings[byRebalance % weightings.length] as string,
  ];
}

/** So many rows of a sweep's table from an offset on; `truncated` where others follow. */
export function sweepTable(
  work: SweepOutline,
  { metrics, pages, lastDate, notes }: SweepResult,
  { limit, offset }: { limit: number; offset: number },
  dataVersion: number,
): TableType {
  const total = combinationsOf(work);
  const [start, end] = [Math.min(offset, total), Math.min(offset + limit, total)];
  const combinations = Array.from({ length: end - start }, (_, index) => combinationAt(work, start + index));
  const firstPage = Math.floor(start / PAGE_ROWS);
  const read = pages
    .slice(firstPage, Math.ceil(end / PAGE_ROWS))
    .map((page) => JSON.parse(page) as (number | null)[][]);
  const [from, to] = [start - firstPage * PAGE_ROWS, end - firstPage * PAGE_ROWS];
  // concat copies whole arrays: thirty times as fast as flatMap
  const values = metrics.map((_, column) =>
    ([] as (number | null)[]).concat(...read.map((page) => page[column] as (number | null)[])).slice(from, to),
  );
  const described = (name: string, type: string, unit: string | null, values: ColumnValues) => ({
    name,
    type,
    unit,
    description: null,
    values,
  });
  const key = (name: string, type: string, unit: string | null, place: number) =>
    described(
      name,
      type,
      unit,
      combinations.map((one) => one[place] as string | number),
    );
  const table = makeTable(
    [
      ...(work.lookbacks === null ? [] : [key('lookback', 'Int', 'trading days', 0)]),
      key('size', 'Int', 'industries', 1),
      key('rebalance', 'String', null, 2),
      key('weighting', 'String', null, 3),
      ...metrics.map((name, index) =>
        described(
          name,
          'Float',
          SWEPT_METRICS[name as keyof typeof SWEPT_METRICS] ?? null,
          values[index] as ColumnValues,
        ),
      ),
    ],
    { asOf: lastDate, dataVersion, notes },
  );
  return { ...table, truncated: end < total };
}
