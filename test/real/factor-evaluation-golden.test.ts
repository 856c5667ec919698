import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { evaluateFactor, type FactorEvaluation, forwardReturns } from '#lundong/domain/factor-evaluation.js';
import { type LocalDate, parseLocalDate } from '#lundong/domain/local-date.js';
import { sharedDataAvailable, sharedPath } from '../support/shared-data.js';

interface Golden {
  n_dates: number;
  periods: Record<string, GoldenHorizon>;
}

interface GoldenHorizon {
  ic: { mean: number; std_ddof1: number; icir: number };
  rank_ic: { mean: number; std_ddof1: number; icir: number; t: number };
  ic_series: Record<string, number>;
  rank_ic_series: Record<string, number>;
  quantile_mean_raw: Record<string, number>;
  spread_top_bottom_mean: number;
}

interface Panel {
  dates: LocalDate[];
  industries: number;
  values: Float64Array;
}

function readPanel(file: string): Panel {
  const [header, ...rows] = readFileSync(sharedPath('reference', 'golden', file), 'utf8')
    .trim()
    .split(/\r?\n/);
  const cells = rows.map((row) => row.split(','));
  return {
    dates: cells.map(([date]) => parseLocalDate(date)),
    industries: header.split(',').length - 1,
    values: Float64Array.from(cells.flatMap(([, ...values]) => values.map(Number))),
  };
}

describe.skipIf(!sharedDataAvailable('reference', 'golden', 'factor_evaluation.json'))(
  'alphalens golden values',
  () => {
    let golden: Golden;
    let closes: Panel;
    let factor: Panel;

    beforeAll(() => {
      golden = JSON.parse(readFileSync(sharedPath('reference', 'golden', 'factor_evaluation.json'), 'utf8'));
      closes = readPanel('closes.csv');
      factor = readPanel('factor.csv');
    });

    /** alphalens keeps only the dates from which all its horizons, up to 20 days, have ended. */
    function evaluate(horizon: number): FactorEvaluation {
      const { industries } = closes;
      const cells = golden.n_dates * industries;
      return evaluateFactor({
        dates: factor.dates.slice(0, golden.n_dates),
        industries,
        factor: factor.values.subarray(0, cells),
        forwardReturns: forwardReturns(closes.values, industries, horizon).subarray(0, cells),
      });
    }

    it.each([1, 5, 20])('are met to 1e-9 at a horizon of %i days', (horizon) => {
      const expected = golden.periods[horizon];
      const actual = evaluate(horizon);
      const figures: [string, number, number][] = [
        ['IC mean', actual.icMean, expected.ic.mean],
        ['IC std', actual.icStd, expected.ic.std_ddof1],
        ['ICIR', actual.icir, expected.ic.icir],
        ['Rank IC mean', actual.rankIcMean, expected.rank_ic.mean],
        ['Rank IC std', actual.rankIcStd, expected.rank_ic.std_ddof1],
        ['Rank ICIR', actual.rankIcir, expected.rank_ic.icir],
        ['Rank IC t', actual.rankIcTStatistic, expected.rank_ic.t],
        ['spread', actual.spread, expected.spread_top_bottom_mean],
        ...actual.quantileReturns.map((value, group): [string, number, number] => [
          `quantile ${group + 1}`,
          value,
          expected.quantile_mean_raw[group + 1],
        ]),
        ...actual.perDate.map(({ date, ic }): [string, number, number] => [`IC ${date}`, ic, expected.ic_series[date]]),
        ...actual.perDate.map(({ date, rankIc }): [string, number, number] => [
          `Rank IC ${date}`,
          rankIc,
          expected.rank_ic_series[date],
        ]),
      ];
      expect(actual.observations).toBe(golden.n_dates);
      const differences = figures.map(([name, ours, theirs]) => ({ name, difference: Math.abs(ours - theirs) }));
      expect(differences.filter(({ difference }) => !(difference < 1e-9))).toEqual([]);
      const positive = Object.values(expected.ic_series).filter((ic) => ic > 0).length;
      expect(actual.positiveShare).toBe(positive / golden.n_dates);
      console.log(`h=${horizon}: largest difference ${Math.max(...differences.map(({ difference }) => difference))}`);
    });
  },
);
