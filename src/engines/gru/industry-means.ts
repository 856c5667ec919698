import { groupBy } from '../../domain/group-by.js';
import type { GruParams } from '../../domain/gru-params.js';
import type { IndustryScheme } from '../../domain/industry.js';
import { type LocalDate, toDayNumber } from '../../domain/local-date.js';
import { type MemberMean, MemberMeanReason, memberMean } from '../../domain/member-mean.js';
import type { Membership } from '../../domain/membership.js';
import { firstSeriesWith, scoresNote } from '../../domain/price-series.js';
import type { Market } from '../../lake/market.js';
import {
  dayBefore,
  distantWeights,
  HINDSIGHT_NOTE,
  membershipsOf,
  notesOn,
  type RangeNote,
} from '../dated-memberships.js';
import type { FactorRow } from '../factor-engine.js';
import type { FeatureWindow, Unscored } from './feature-source.js';
import { DRIFT_CLOSE_DAYS, WeightDrift } from './weight-drift.js';

/** Why an industry has no value: the reasons of a mean, and the factor's own. */
export const GruReason = {
  ...MemberMeanReason,
  NO_MODEL: 10,
  NO_BARS: 11,
  SHORT_HISTORY: 12,
  TOO_FEW_STOCKS: 13,
} as const;

/** What a model says about a date. */
export interface ScoredDate {
  readonly model: string;
  readonly window: FeatureWindow;
  /** By stock. */
  readonly scores: ReadonlyMap<string, number>;
}

const UNDRIFTED_NOTE =
  'weights stand as on their weight dates: no daily closes are loaded for this date to drift them with';

/** From scores of stocks to values of industries, date by date. */
export class IndustryMeans {
  private readonly memberships: ReadonlyMap<string, readonly Membership[]>;
  private readonly drifts = new Map<number, Promise<{ drift: WeightDrift; distant: readonly RangeNote[] }>>();

  /** @param codes of the industries, in the order of the rows */
  constructor(
    private readonly market: Market,
    private readonly scheme: IndustryScheme,
    private readonly codes: readonly string[],
    private readonly weighting: GruParams['weighting'],
  ) {
    this.memberships = groupBy(membershipsOf(market, scheme), ({ industry }) => industry);
  }

  async row({ model, window, scores }: ScoredDate): Promise<FactorRow> {
    const { date, bars, unscored } = window;
    if (bars === null) return emptyRow(date, this.codes, GruReason.NO_BARS);
    const day = toDayNumber(date);
    const byCap = this.weighting === 'CAP';
    const drifting = byCap ? await this.drift(date) : null;
    const driftOf = byCap ? (member: Membership) => (drifting === null ? 1 : drifting.drift.of(member, date)) : null;
    const means = this.codes.map((code) => {
      const members = this.membersOf(code, day);
      const mean = memberMean(members, day, (stock) => scores.get(stock) ?? Number.NaN, driftOf);
      const reason = mean.reason === GruReason.NO_SCORES ? whyUnscored(members, unscored) : mean.reason;
      return { ...mean, reason };
    });
    return {
      date,
      codes: this.codes,
      values: Float64Array.from(means, ({ value }) => value),
      coverage: Float64Array.from(means, ({ coverage }) => coverage),
      reasons: Uint8Array.from(means, ({ reason }) => reason),
      notes: [
        scoresNote(model, bars),
        window.note,
        ...(drifting === null ? [] : notesOn(drifting.distant, date)),
        ...(byCap && drifting === null ? [UNDRIFTED_NOTE] : []),
        ...this.undriftedNote(means),
        ...(means.some(({ hindsight }) => hindsight) ? [HINDSIGHT_NOTE] : []),
      ],
    };
  }

  /** Drifted weights beside undrifted ones are no weights of one day: said with how many, and where they weigh most. */
  private undriftedNote(means: readonly Omit<MemberMean, 'reason'>[]): string[] {
    const count = (name: 'scored' | 'undrifted'): number => means.reduce((sum, mean) => sum + mean[name], 0);
    if (count('undrifted') === 0) return [];
    const shares = means.map(({ undriftedShare }) => undriftedShare);
    const most = Math.max(...shares);
    return [
      `weights of ${count('undrifted')} of ${count('scored')} scored members stand as on their weight dates, in ` +
        `${this.codes[shares.indexOf(most)]} ${(100 * most).toFixed(1)} % of the weight: no daily close of theirs is ` +
        `loaded for this date or the ${DRIFT_CLOSE_DAYS} trading days before it, or none to drift from`,
    ];
  }

  private membersOf(industry: string, day: number): Membership[] {
    const known = this.memberships.get(industry) ?? [];
    return known.filter(({ inDate, outDate }) => inDate <= day && day < outDate);
  }

  /** On the series of closes that serves the date alone; null where none has closes on it. */
  private async drift(date: LocalDate): Promise<{ drift: WeightDrift; distant: readonly RangeNote[] } | null> {
    const series = firstSeriesWith(this.market.series('stock_daily'), [date]);
    if (series === null) return null;
    const made =
      this.drifts.get(series.id) ??
      series.closes().then((panel) => ({
        drift: new WeightDrift(panel),
        distant: distantWeights(this.market, this.scheme, series, dayBefore),
      }));
    this.drifts.set(series.id, made);
    return made;
  }
}

/** No member has a score; of their reasons the one that is nearest to one. */
function whyUnscored(members: readonly Membership[], unscored: ReadonlyMap<string, Unscored>): number {
  const found = new Set(members.map(({ stock }) => unscored.get(stock)));
  const nearest = (['TOO_FEW_STOCKS', 'SHORT_HISTORY'] as const).find((reason) => found.has(reason));
  return GruReason[nearest ?? 'NO_BARS'];
}

/** A date on which no industry has a value, all for one reason. */
export function emptyRow(date: LocalDate, codes: readonly string[], reason: number): FactorRow {
  return {
    date,
    codes,
    values: new Float64Array(codes.length).fill(Number.NaN),
    coverage: new Float64Array(codes.length),
    reasons: new Uint8Array(codes.length).fill(reason),
    notes: [],
  };
}
