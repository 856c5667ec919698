import { LundongError } from './errors.js';
import { type CompletePairs, completePairs, pearson, spearman } from './information-coefficient.js';
import type { LocalDate } from './local-date.js';
import { ascendingOrder } from './ranking.js';

/** Panels lie row by row, one row per date and one column per industry; NaN stands for "not known". */
export interface FactorEvaluationInput {
  readonly dates: readonly LocalDate[];
  /** Number of columns. */
  readonly industries: number;
  /** Factor values as of the close of each date, dates × industries. */
  readonly factor: Float64Array;
  /** Returns from the close of each date to h trading days later (0.01 = 1 %), dates × industries. */
  readonly forwardReturns: Float64Array;
  /** Number of equally filled groups the industries are sorted into; 5 by default. */
  readonly quantiles?: number;
}

export interface FactorEvaluation {
  /** Dates with an IC; every figure below rests on these alone. */
  readonly observations: number;
  readonly icMean: number;
  readonly icStd: number;
  readonly icir: number;
  readonly icTStatistic: number;
  readonly rankIcMean: number;
  readonly rankIcStd: number;
  readonly rankIcir: number;
  readonly rankIcTStatistic: number;
  /** Share of the observations with an IC (Pearson) above zero, 0 to 1. */
  readonly positiveShare: number;
  /** One entry per input date; IC and Rank IC are NaN on dates that are no observation. */
  readonly perDate: readonly DateEvaluation[];
  /** Mean return per group over one horizon, lowest factor values first. */
  readonly quantileReturns: readonly number[];
  /** Last quantile return minus the first. */
  readonly spread: number;
}

export interface DateEvaluation {
  readonly date: LocalDate;
  readonly ic: number;
  readonly rankIc: number;
  /** Industries with both a factor value and a return. */
  readonly pairs: number;
}

/**
 * How well a factor ordered the industries by the returns that followed. Per date, over the industries with both
 * figures, IC is the Pearson and Rank IC the Spearman correlation of factor and forward return; then over the n dates
 * with an IC
 *
 *     mean,  std (ddof 1),  ICIR = mean / std,  t = mean / (std / √n)
 *
 * neither annualised nor corrected for overlap: with a horizon of more than a day neighbouring returns share days, and
 * t overstates. Quantile returns weigh industries equally within a group and date, then dates equally; a date whose
 * ties leave a group empty does not count for that group. Groups are formed by {@link assignQuantiles}.
 *
 * NaN: means, shares and quantile returns without an observation; std with fewer than two; ICIR and t also where std
 * is zero.
 *
 * @throws RangeError where a panel is not dates × industries
 * @throws LundongError INVALID_ARGUMENT where `quantiles` is not a whole number from 2 on
 */
export function evaluateFactor(input: FactorEvaluationInput): FactorEvaluation {
  const { dates, industries, factor, forwardReturns, quantiles = 5 } = input;
  assertShape(factor, dates.length, industries);
  assertShape(forwardReturns, dates.length, industries);

  const groups = new QuantileMeans(quantiles);
  const perDate = dates.map((date, row): DateEvaluation => {
    const values = factor.subarray(row * industries, (row + 1) * industries);
    const returns = forwardReturns.subarray(row * industries, (row + 1) * industries);
    const pairs = completePairs(values, returns);
    const ic = pearson(values, returns);
    if (Number.isNaN(ic)) return { date, ic, rankIc: Number.NaN, pairs: pairs.x.length };
    groups.add(pairs);
    return { date, ic, rankIc: spearman(values, returns), pairs: pairs.x.length };
  });

  const observed = perDate.filter(({ ic }) => !Number.isNaN(ic));
  const ic = summarize(observed.map((day) => day.ic));
  const rankIc = summarize(observed.map((day) => day.rankIc));
  const quantileReturns = groups.means();
  return {
    observations: observed.length,
    icMean: ic.mean,
    icStd: ic.std,
    icir: ic.ratio,
    icTStatistic: ic.tStatistic,
    rankIcMean: rankIc.mean,
    rankIcStd: rankIc.std,
    rankIcir: rankIc.ratio,
    rankIcTStatistic: rankIc.tStatistic,
    positiveShare: observed.filter((day) => day.ic > 0).length / observed.length,
    perDate,
    quantileReturns,
    spread: quantileReturns[quantiles - 1] - quantileReturns[0],
  };
}

/**
 * Simple return of each close to the one `horizon` rows later, close(t+h) / close(t) − 1; NaN where either is missing
 * or not positive, and in the last `horizon` rows.
 *
 * @param closes dates × industries, row by row, NaN where there is none
 * @param industries number of columns
 * @returns dates × industries
 * @throws LundongError INVALID_ARGUMENT where the horizon is not a whole number from 1 on
 */
export function forwardReturns(closes: Float64Array, industries: number, horizon: number): Float64Array {
  if (!Number.isInteger(horizon) || horizon < 1)
    throw new LundongError('INVALID_ARGUMENT', `The horizon must be a whole number of days from 1 on, not ${horizon}.`);
  const ahead = horizon * industries;
  return closes.map((close, i) => (close > 0 && closes[i + ahead] > 0 ? closes[i + ahead] / close - 1 : Number.NaN));
}

/**
 * Sorts values into groups as pandas `qcut` (and so alphalens) does: a value belongs to the first group whose upper
 * edge it does not exceed, group k of q ending at the k/q quantile, linearly interpolated. As no value lies inside the
 * gap an edge is interpolated over, the order statistic below the edge serves for it, exact where pandas rounds. Equal
 * values share a group, so ties may leave groups empty.
 *
 * @param values without NaN
 * @returns by position the group, 0 for the lowest values to `quantiles` − 1
 */
export function assignQuantiles(values: readonly number[], quantiles: number): number[] {
  const order = ascendingOrder(values);
  const upperEdge = (group: number) => values[order[Math.floor(((group + 1) * (values.length - 1)) / quantiles)]];
  const groups = values.slice();
  let group = 0;
  for (const position of order) {
    while (values[position] > upperEdge(group)) group++;
    groups[position] = group;
  }
  return groups;
}

/** Mean over dates of the mean return within each group. */
class QuantileMeans {
  readonly #sums: Float64Array;
  readonly #dates: Uint32Array;

  constructor(readonly quantiles: number) {
    if (!Number.isInteger(quantiles) || quantiles < 2)
      throw new LundongError('INVALID_ARGUMENT', `quantiles must be a whole number from 2 on, not ${quantiles}.`);
    this.#sums = new Float64Array(quantiles);
    this.#dates = new Uint32Array(quantiles);
  }

  add({ x: factor, y: returns }: CompletePairs): void {
    const groups = assignQuantiles(factor, this.quantiles);
    const sums = new Array<number>(this.quantiles).fill(0);
    const counts = new Array<number>(this.quantiles).fill(0);
    for (let i = 0; i < groups.length; i++) {
      sums[groups[i]] += returns[i];
      counts[groups[i]]++;
    }
    for (let group = 0; group < this.quantiles; group++) {
      if (counts[group] === 0) continue;
      this.#sums[group] += sums[group] / counts[group];
      this.#dates[group]++;
    }
  }

  means(): number[] {
    return Array.from(this.#sums, (sum, group) => sum / this.#dates[group]);
  }
}

interface Summary {
  readonly mean: number;
  readonly std: number;
  readonly ratio: number;
  readonly tStatistic: number;
}

function summarize(values: readonly number[]): Summary {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const std = n < 2 ? Number.NaN : Math.sqrt(squares / (n - 1));
  const ratio = std === 0 ? Number.NaN : mean / std;
  return { mean, std, ratio, tStatistic: ratio * Math.sqrt(n) };
}

function assertShape(panel: Float64Array, dates: number, industries: number): void {
  if (panel.length !== dates * industries)
    throw new RangeError(`a panel of ${panel.length} values is not ${dates} dates × ${industries} industries`);
}
