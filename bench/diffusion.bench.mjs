// The diffusion kernel against the speed of memory, and against a plain reading of the definitions.
import { fileURLToPath } from 'node:url';
import { computeDiffusion } from '../dist/src/domain/diffusion.js';
import { prepareDiffusionLayout } from '../dist/src/domain/diffusion-layout.js';
import { OPEN_END } from '../dist/src/domain/membership.js';
import { createRandom, medians, timed } from './measure.mjs';

const STOCKS = 5000;
const DAYS = 2500;
const INDUSTRIES = 30;
const GAPS = 0.03;
const LOOKBACK = 20;
const SMOOTHING = [5, 20];
const ROUNDS = 9;
const COMBINATIONS = [
  { rule: 'ROC', weighting: 'EQUAL' },
  { rule: 'ROC', weighting: 'CAP' },
  { rule: 'MA', weighting: 'EQUAL' },
  { rule: 'MA', weighting: 'CAP' },
];

function createPanel() {
  const random = createRandom(20251121);
  const codes = Array.from({ length: STOCKS }, (_, stock) => String(stock).padStart(6, '0'));
  const industries = Array.from({ length: INDUSTRIES }, (_, industry) => `I${industry}`);
  const closes = new Float64Array(new SharedArrayBuffer(8 * STOCKS * DAYS));
  const last = Float64Array.from(codes, () => 5 + 95 * random());
  for (let day = 0; day < DAYS; day++) {
    for (let stock = 0; stock < STOCKS; stock++) {
      last[stock] *= 1 + 0.04 * (random() - 0.499);
      closes[day * STOCKS + stock] = random() < GAPS ? Number.NaN : last[stock];
    }
  }
  const memberships = codes.map((stock) => ({
    industry: industries[Math.floor(random() * INDUSTRIES)],
    stock,
    inDate: 0,
    outDate: OPEN_END,
    weight: 1e8 + 1e11 * random(),
    weightDate: 0,
  }));
  return { dates: Int32Array.from({ length: DAYS }, (_, day) => day), codes, closes, industries, memberships };
}

/** The definitions, stock by stock and day by day, each window summed anew; not smoothed. */
function plainDiffusion({ dates, codes, closes, industries, memberships }, rule, weighting) {
  const values = new Float64Array(dates.length * industries.length).fill(Number.NaN);
  const columnOf = new Map(codes.map((code, column) => [code, column]));
  industries.forEach((industry, index) => {
    const members = memberships.filter((each) => each.industry === industry);
    for (let row = LOOKBACK; row < dates.length; row++) {
      let up = 0;
      let valid = 0;
      for (const { stock, weight } of members) {
        const column = columnOf.get(stock);
        const closeAt = (at) => closes[at * codes.length + column];
        let level = 0;
        if (rule === 'ROC') level = closeAt(row - LOOKBACK);
        else for (let back = 0; back < LOOKBACK; back++) level += closeAt(row - back) / LOOKBACK;
        if (Number.isNaN(level) || Number.isNaN(closeAt(row))) continue;
        const drifted = weighting === 'CAP' ? weight * closeAt(row) : 1;
        valid += drifted;
        if (closeAt(row) > level) up += drifted;
      }
      values[row * industries.length + index] = up / valid;
    }
  });
  return values;
}

/** Four sums side by side, so that memory and not the latency of an addition sets the pace. */
function sumPass(array) {
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < array.length; i += 4) {
    a += array[i];
    b += array[i + 1];
    c += array[i + 2];
    d += array[i + 3];
  }
  return a + b + c + d;
}

/** @returns rows of { name, ms, timesCopy, timesSum, fasterThanPlain } */
export async function run() {
  const panel = createPanel();
  let layout;
  const prepareMs = timed(() => {
    layout = prepareDiffusionLayout(panel);
  });
  const source = new Float64Array(panel.closes);
  const target = new Float64Array(source.length);
  const compute = (combination, smoothing) =>
    computeDiffusion(layout, { ...combination, lookback: LOOKBACK, smoothing }, 0, DAYS);
  const label = ({ rule, weighting }) => `${rule} ${weighting}`;

  const fast = medians(
    [
      { name: 'memory: copy of the panel', run: () => target.set(source) },
      { name: 'memory: sum of the panel', run: () => sumPass(source) },
      ...COMBINATIONS.map((each) => ({ name: `kernel: ${label(each)}`, run: () => compute(each, []) })),
      ...COMBINATIONS.map((each) => ({
        name: `kernel: ${label(each)}, smoothed ${SMOOTHING.join(', ')}`,
        run: () => compute(each, SMOOTHING),
      })),
    ],
    ROUNDS,
  );
  const slow = COMBINATIONS.map((each) => ({
    name: `plain: ${label(each)}`,
    ms: timed(() => plainDiffusion(panel, each.rule, each.weighting)),
  }));

  const [copy, sum] = fast;
  const prepare = { name: 'prepare the layout, once per panel', ms: prepareMs };
  const plainOf = (name) => slow.find((each) => name.startsWith(each.name.replace('plain', 'kernel')));
  const round = (value) => Number(value.toFixed(2));
  const rows = [...fast, prepare, ...slow].map(({ name, ms }) => ({
    name,
    ms: round(ms),
    timesCopy: round(ms / copy.ms),
    timesSum: round(ms / sum.ms),
    fasterThanPlain: plainOf(name) ? round(plainOf(name).ms / ms) : null,
  }));
  console.log(
    `Diffusion: ${STOCKS} stocks x ${DAYS} days x ${INDUSTRIES} industries, ${100 * GAPS} % gaps, N = ${LOOKBACK}`,
  );
  console.table(rows);
  return rows;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await run();
