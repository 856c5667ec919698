// What is asked under load: the documented operations, on days and with parameters drawn from small pools, so that every
// question comes many times.
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

const FOLDER = new URL('../../schema/operations/', import.meta.url);
const DAYS = ['2025-12-31', '2025-12-26', '2025-12-19', '2025-11-21', '2025-10-10', '2025-08-29', '2025-06-20'];
const GRU_DAYS = ['2025-12-31', '2025-12-30', '2025-12-29', '2025-12-26', '2025-12-25', '2025-12-24'];
const LOOKBACKS = [20, 60, 120, 180, 220, 250];

const documents = new Map(
  readdirSync(FOLDER).map((file) => {
    const query = readFileSync(new URL(file, FOLDER), 'utf8');
    const variables = JSON.parse(/^# variables: (.*)$/m.exec(query)?.[1] ?? '{}');
    return [basename(file, '.graphql'), { query, variables }];
  }),
);

export const documentOf = (name) => documents.get(name).query;

const pick = (random, from) => from[Math.floor(random() * from.length)];

/** Name, weight, and what is varied of the documented variables. */
const KINDS = [
  ['best-industries', 6, (random) => ({ asOf: pick(random, DAYS), top: pick(random, [3, 6]) })],
  [
    'ranking-with-parameters',
    6,
    (random) => ({
      asOf: pick(random, DAYS),
      params: { diffusion: { lookback: pick(random, LOOKBACKS), weighting: pick(random, ['EQUAL', 'CAP']) } },
    }),
  ],
  ['diffusion-history', 2, (random) => ({ to: pick(random, ['2025-11-21', '2025-12-31']) })],
  ['diffusion-evaluation', 1, (random) => ({ horizonDays: pick(random, [5, 20]) })],
  ['gru-ranking', 4, (random) => ({ asOf: pick(random, GRU_DAYS) })],
  ['industries-week', 3, (random) => ({ asOf: pick(random, DAYS) })],
  ['industry-detail', 2, (random) => ({ code: pick(random, ['CI005027', 'CI005001', 'CI005014']) })],
  ['etf-list', 3, (random) => ({ asOf: pick(random, DAYS), first: pick(random, [5, 20]) })],
  ['etf-detail', 2, (random) => ({ asOf: pick(random, ['2025-11-20', '2025-11-21']) })],
  ['etf-flows', 2, (random) => ({ weekEnding: pick(random, ['2025-10-10', '2025-11-21', '2025-12-19']) })],
  ['themes', 1, (random) => ({ asOf: pick(random, DAYS) })],
  ['margin-financing', 2, () => ({})],
  ['market-flash', 1, () => ({})],
  ['portfolio-performance', 3, (random) => ({ to: pick(random, DAYS) })],
  ['portfolio-table', 2, (random) => ({ weekEnding: pick(random, DAYS) })],
  ['portfolio-changes', 1, () => ({})],
  [
    'weekly-report',
    1,
    (random) => ({ weekEnding: pick(random, DAYS.slice(0, 4)), language: pick(random, ['en', 'zh']) }),
  ],
];
const TOTAL = KINDS.reduce((sum, [, weight]) => sum + weight, 0);

/** A question drawn at random: name, query and variables. */
export function drawQuestion(random) {
  let at = random() * TOTAL;
  const [name, , vary] = KINDS.find(([, weight]) => {
    at -= weight;
    return at < 0;
  });
  const { query, variables } = documents.get(name);
  return { name, query, variables: { ...variables, ...vary(random) } };
}

/** The input of a backtest drawn at random. */
export function drawBacktest(random) {
  return {
    portfolio: {
      key: 'soak',
      factor: 'diffusion',
      params: { diffusion: { lookback: pick(random, LOOKBACKS) } },
      size: pick(random, [2, 4, 6, 8, 10]),
      rebalance: pick(random, ['WEEKLY', 'MONTHLY']),
      costBps: pick(random, [0, 5, 10]),
    },
    from: '2023-01-03',
    to: pick(random, ['2025-11-21', '2025-12-31']),
  };
}
