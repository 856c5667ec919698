import { describe, expect, it } from 'vitest';
import type { LocalDate } from '#lundong/domain/local-date.js';
import { createPricePanel } from '#lundong/domain/price-panel.js';
import { TradingCalendar } from '#lundong/domain/trading-calendar.js';
import { Benchmarks } from '#lundong/modules/portfolio/benchmarks.js';
import type { PortfolioDefinition } from '#lundong/modules/portfolio/portfolio-definition.js';
import { type PortfolioGround, PortfolioRun } from '#lundong/modules/portfolio/portfolio-run.js';

const codes = ['A', 'B', 'C'];
const calendar = TradingCalendar.of([]);
const dates = calendar.between('2025-03-03' as LocalDate, '2025-03-12' as LocalDate);
const prices = createPricePanel(Float64Array.from(dates.flatMap((_, row) => [10 + row, 20 - row, 30])), codes.length);
const ground: PortfolioGround = {
  calendar,
  dates,
  codes,
  prices,
  benchmarks: new Benchmarks(prices),
  weekEnds: [4],
  monthEnds: [],
  note: 'closes: of the ground',
};
const definition: PortfolioDefinition = {
  key: 'noted',
  name: 'noted',
  factor: 'diffusion',
  params: {},
  rule: 'TOP_N',
  size: 1,
  swapsPerRebalance: 1,
  excluded: [],
  rebalance: 'WEEKLY',
  costBps: 0,
  executionLagDays: 1,
  scheme: 'CITIC_L1',
  schedule: null,
};
/** Chosen on every second day, bought on the next. */
const rebalances = [0, 2, 4, 6].map((signal) => ({ signal, fill: signal + 1 }));
const SILENT = 'the factor has no value of any industry that may be bought: the holdings are kept';

/** @param said by signal: what the factor says there; null where it is silent */
function run(
  said: Readonly<Record<number, readonly string[] | null>>,
  other: Partial<PortfolioDefinition> = {},
  given: string[] = [],
) {
  const values = new Float64Array(dates.length * codes.length).fill(Number.NaN);
  const spoken = Object.entries(said).flatMap(([row, notes]) =>
    notes === null ? [] : [[Number(row), notes] as const],
  );
  for (const [row] of spoken) values.set([row, 3, 1], row * codes.length);
  return PortfolioRun.of(
    ground,
    { ...definition, ...other },
    { codes, values, notes: new Map(spoken) },
    rebalances,
    given,
  );
}

describe('the notes of a portfolio', () => {
  it('are those of the prices, then those of the factor on the signals, each said once', () => {
    const notes = run({ 0: ['x'], 2: ['x', 'hindsight'], 4: ['x', 'hindsight'], 6: ['x'] }).notes();
    expect(notes).toEqual(['closes: of the ground', 'x', 'hindsight (2 of 4 signals, 2025-03-05 … 2025-03-07)']);
  });

  it('are, as of a day, those of what had been bought by then', () => {
    const lived = run({ 0: ['x'], 2: ['hindsight'], 4: ['x'], 6: ['x'] });
    expect(lived.notes('2025-03-05' as LocalDate)).toEqual(['closes: of the ground', 'x']);
    expect(lived.notes('2025-03-06' as LocalDate)).toEqual([
      'closes: of the ground',
      'x (1 of 2 signals, 2025-03-03)',
      'hindsight (1 of 2 signals, 2025-03-05)',
    ]);
  });

  it.each(['TOP_N', 'SWAP'] as const)('tell of the days on which the factor was silent: %s', (rule) => {
    const lived = run({ 0: null, 2: ['x'], 4: null, 6: null }, { rule });
    expect(lived.firstDate).toBe('2025-03-06');
    expect(lived.notes()).toEqual([
      'closes: of the ground',
      'x (1 of 3 signals, 2025-03-05)',
      `${SILENT} (2 of 3 signals, 2025-03-07 … 2025-03-11)`,
    ]);
    const told = lived.rebalances(lived.firstDate, lived.lastDate);
    expect(told.map(({ signal, notes }) => [signal, notes])).toEqual([
      ['2025-03-05', ['x']],
      ['2025-03-07', [SILENT]],
      ['2025-03-11', [SILENT]],
    ]);
    expect(told.map(({ entered, left }) => [entered, left])).toEqual([
      [['B'], []],
      [[], []],
      [[], []],
    ]);
  });

  it('say nothing of the factor where it was not asked: on given holdings', () => {
    const lived = run({ 0: ['x'], 2: ['x'], 4: ['x'], 6: ['x'] }, { rule: 'SWAP' }, ['C']);
    expect(lived.notes()).toEqual(['closes: of the ground', 'x (3 of 4 signals, 2025-03-05 … 2025-03-11)']);
    expect(lived.rebalances(lived.firstDate, lived.firstDate)).toMatchObject([{ entered: ['C'], notes: [] }]);
  });
});

describe('benchmarks', () => {
  it('are shared by portfolios filled on the same rows, and by no others', () => {
    const { benchmarks } = ground;
    expect(benchmarks.netValues([1, 3])).toBe(benchmarks.netValues([1, 3]));
    expect(benchmarks.netValues([1, 3])).not.toEqual(benchmarks.netValues([1, 4]));
  });
});
