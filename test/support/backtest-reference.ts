/**
 * Slow, literal definitions to hold the product's fast ones against: books over all industries, the cost equation by
 * bisection, rankings by sorting. NaN marks a missing value; panels are arrays of rows.
 */

export interface ReferenceFill {
  row: number;
  /** By industry, 0 where not held. */
  weights: number[];
}

export interface ReferenceAccount {
  netValues: number[];
  turnovers: number[];
  costs: number[];
}

/** The last close on or before the row, NaN before the first. */
export function carriedClose(closes: readonly number[][], row: number, industry: number): number {
  for (let at = row; at >= 0; at--) if (closes[at][industry] > 0) return closes[at][industry];
  return Number.NaN;
}

export function accountReference(
  closes: readonly number[][],
  fills: readonly ReferenceFill[],
  costBps: number,
): ReferenceAccount {
  const account: ReferenceAccount = { netValues: [], turnovers: [], costs: [] };
  let shares = closes[0].map(() => 0);
  let cash = 1;
  for (let row = fills[0].row; row < closes.length; row++) {
    const worths = shares.map((held, industry) => (held === 0 ? 0 : held * carriedClose(closes, row, industry)));
    let value = cash + total(worths);
    const fill = fills.find((each) => each.row === row);
    if (fill) {
      const after = bisect(value, (x) => x + (costBps / 10_000) * tradedAmount(fill.weights, worths, x) - value);
      account.turnovers.push(total(fill.weights.map((weight, i) => Math.abs(weight - worths[i] / value))) / 2);
      account.costs.push(1 - after / value);
      shares = fill.weights.map((weight, i) => (weight === 0 ? 0 : (weight * after) / carriedClose(closes, row, i)));
      cash = after - after * total(fill.weights);
      value = after;
    }
    account.netValues.push(value);
  }
  return account;
}

export function tradedAmount(weights: readonly number[], worths: readonly number[], value: number): number {
  return total(weights.map((weight, i) => Math.abs(weight * value - worths[i])));
}

/** The root between 0 and `high` of a function that rises through it. */
function bisect(high: number, rising: (x: number) => number): number {
  let low = 0;
  let top = high;
  for (let step = 0; step < 200; step++) {
    const middle = (low + top) / 2;
    if (rising(middle) > 0) top = middle;
    else low = middle;
  }
  return (low + top) / 2;
}

/** The market a rule chooses in, on one rebalance. */
export interface ReferenceMoment {
  codes: readonly string[];
  values: readonly number[];
  /** By industry: whether there is a price on the fill date. */
  priced: readonly boolean[];
  excluded: readonly string[];
  held: readonly number[];
}

/** Best first; those without a value last; equal values by code. */
function compareRank({ codes, values }: ReferenceMoment): (a: number, b: number) => number {
  const key = (industry: number) => (Number.isNaN(values[industry]) ? -Number.MAX_VALUE : values[industry]);
  return (a, b) => key(b) - key(a) || (codes[a] < codes[b] ? -1 : 1);
}

export function topReference(moment: ReferenceMoment, size: number): { columns: number[]; unpriced: number[] } {
  const { codes, values, priced, excluded, held } = moment;
  const ranking = codes
    .map((_, industry) => industry)
    .filter((industry) => !Number.isNaN(values[industry]) && !excluded.includes(codes[industry]))
    .sort(compareRank(moment));
  if (ranking.length === 0) return { columns: [...held], unpriced: [] };
  const columns: number[] = [];
  const unpriced: number[] = [];
  for (const industry of ranking) {
    if (columns.length === size) break;
    (priced[industry] || held.includes(industry) ? columns : unpriced).push(industry);
  }
  return { columns, unpriced };
}

/** Holdings short of `size` are filled up, then the best outside replaces the worst inside up to `swaps` times. */
export function swapReference(moment: ReferenceMoment, size: number, swaps: number): number[] {
  const rank = compareRank(moment);
  const holdings = [...moment.held];
  const buyable = topReference(moment, moment.codes.length).columns.filter(
    (industry) => !holdings.includes(industry) && moment.priced[industry],
  );
  while (holdings.length < size && buyable.length > 0) holdings.push(buyable.shift() as number);
  for (let swap = 0; swap < swaps && buyable.length > 0; swap++) {
    holdings.sort(rank);
    if (rank(buyable[0], holdings[holdings.length - 1]) > 0) break;
    holdings[holdings.length - 1] = buyable.shift() as number;
  }
  return holdings;
}

export interface ReferenceFigures {
  annualizedReturn: number;
  annualizedVolatility: number;
  sharpe: number;
  sortino: number;
  maxDrawdown: number;
  trackingError: number;
  informationRatio: number;
  beta: number;
}

export function figuresReference(
  portfolio: readonly number[],
  benchmark: readonly number[],
  periodsPerYear: number,
  riskFreeRate: number,
): ReferenceFigures {
  const [r, b] = [portfolio, benchmark].map((values) => values.slice(1).map((value, i) => value / values[i] - 1));
  const riskFree = (1 + riskFreeRate) ** (1 / periodsPerYear) - 1;
  const excess = r.map((value) => value - riskFree);
  const active = r.map((value, i) => value - b[i]);
  const root = Math.sqrt(periodsPerYear);
  const loss = Math.sqrt(average(excess.map((value) => (value < 0 ? value * value : 0))));
  const falls = portfolio.flatMap((high, from) => portfolio.slice(from).map((value) => value / high - 1));
  const centred = b.map((value) => value - average(b));
  return {
    annualizedReturn: Math.exp((Math.log(portfolio[r.length] / portfolio[0]) / r.length) * periodsPerYear) - 1,
    annualizedVolatility: deviation(r) * root,
    sharpe: (average(excess) / deviation(excess)) * root,
    sortino: (average(excess) / loss) * root,
    maxDrawdown: Math.min(...falls),
    trackingError: deviation(active) * root,
    informationRatio: (average(active) / deviation(active)) * root,
    beta: total(centred.map((value, i) => value * r[i])) / total(centred.map((value) => value * value)),
  };
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function average(values: readonly number[]): number {
  return total(values) / values.length;
}

function deviation(values: readonly number[]): number {
  const mean = average(values);
  return Math.sqrt(total(values.map((value) => (value - mean) ** 2)) / (values.length - 1));
}
