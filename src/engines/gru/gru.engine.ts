import { LundongError } from '../../domain/errors.js';
import { EventLoopTurns } from '../../domain/event-loop-turns.js';
import { canonicalGruParams, type GruParams } from '../../domain/gru-params.js';
import type { IndustryScheme } from '../../domain/industry.js';
import { FEATURE_SPEC_VERSION } from '../../domain/intraday-features.js';
import type { LocalDate } from '../../domain/local-date.js';
import { type ModelVersion, modelFor } from '../../domain/model-version.js';
import type { Market } from '../../lake/market.js';
import type { MarketChange } from '../../lake/market-change.js';
import { dayBefore } from '../dated-memberships.js';
import { driftedStretches } from '../drifted-stretches.js';
import type { ChangeContext, DateRange, FactorEngine, FactorRow } from '../factor-engine.js';
import { reachedRanges } from '../reached-ranges.js';
import type { FeatureSource, FeatureWindow } from './feature-source.js';
import { featureStaleDates } from './feature-stale-dates.js';
import { emptyRow, GruReason, IndustryMeans, type ScoredDate } from './industry-means.js';
import type { ModelFiles } from './model-files.js';
import type { ScorePool } from './score-pool.js';
import { DRIFT_CLOSE_DAYS } from './weight-drift.js';

const DATASET = 'minute_bar';

/** Of what is made of the scores; what they are made of has a version of its own. */
const MEANS_VERSION = 1;

/** Windows that are scored while the next is put together: 10 MB each with 5,000 stocks. */
const DATES_IN_FLIGHT = 3;

/** The GRU factor: the mean score that a recurrent network over minute bars gives an industry's members. */
export class GruEngine implements FactorEngine<GruParams> {
  readonly dataset = DATASET;
  readonly key = 'gru';
  readonly name = 'GRU factor';
  readonly description =
    'Mean score of an industry’s members, by free-float capitalisation (or all alike). The score is a recurrent network’s ' +
    'forecast, from 40 days of features of 15-minute bars, of a stock’s return over the next days against the other ' +
    'stocks’; its scale is the model’s own. Each date is scored by the newest model whose training ends before it. The ' +
    'specification is ours: of the published factor neither formula nor network are known.';
  readonly version = 1000 * MEANS_VERSION + FEATURE_SPEC_VERSION;
  readonly datesAtOnce = 20;

  private readonly turns = new EventLoopTurns();

  constructor(
    private readonly features: FeatureSource,
    private readonly files: ModelFiles,
    private readonly pool: ScorePool,
  ) {}

  canonical(market: Market, params: unknown): GruParams {
    const canonical = canonicalGruParams((params ?? {}) as Partial<GruParams>);
    const { model } = canonical;
    // Refused, and not answered without values: these would be kept for every name that anybody makes up.
    if (model !== null && !market.models.some(({ name }) => name === model))
      throw new LundongError(
        'INVALID_ARGUMENT',
        `No model "${model}" is registered; name one of the query models, or none for the newest of each date.`,
      );
    return canonical;
  }

  async compute(
    market: Market,
    scheme: IndustryScheme,
    params: GruParams,
    dates: readonly LocalDate[],
    signal?: AbortSignal,
  ): Promise<FactorRow[]> {
    const codes = market.industriesOf(scheme).map((industry) => industry.code);
    const models = market.models.filter(({ name }) => params.model === null || name === params.model);
    const modelOf = new Map(dates.map((date) => [date, modelFor(models, date)]));
    const rows = dates
      .filter((date) => modelOf.get(date) === null)
      .map((date) => emptyRow(date, codes, GruReason.NO_MODEL));
    const means = new IndustryMeans(market, scheme, codes, params.weighting);
    const finishing: Promise<void>[] = [];
    const scorable = dates.filter((date) => modelOf.get(date) !== null);
    for await (const window of this.features.windows(market, scorable, signal)) {
      const model = modelOf.get(window.date) as ModelVersion;
      const finish = this.score(model, window, signal).then(async (scored) => {
        await this.turns.next();
        rows.push(await means.row(scored));
      });
      finish.catch(() => undefined); // it is awaited below, or another has failed before
      finishing.push(finish);
      if (finishing.length >= DATES_IN_FLIGHT) await finishing.at(-DATES_IN_FLIGHT);
    }
    await Promise.all(finishing);
    return rows.sort((a, b) => (a.date < b.date ? -1 : 1));
  }

  private async score(
    model: ModelVersion,
    window: FeatureWindow,
    signal: AbortSignal | undefined,
  ): Promise<ScoredDate> {
    const { name, sha256 } = model;
    const scores = await this.pool
      .score({ path: this.files.path(sha256), sha256 }, window.x, window.codes.length, signal)
      .catch((error: unknown) => {
        if (!(error instanceof LundongError) || error.code !== 'MODEL_INVALID') throw error;
        const message = `The model "${name}" cannot score ${window.date}: ${error.message} \`lundong model withdraw ${name}\` leaves it out.`;
        throw new LundongError('MODEL_INVALID', message, { model: name, date: window.date }, { cause: error });
      });
    return {
      model: name,
      window,
      scores: new Map(window.codes.map((code, index) => [code, scores[index] as number])),
    };
  }

  describeReason(reason: number, { model }: GruParams): string {
    switch (reason) {
      case GruReason.NO_MEMBERS:
        return 'no members are known on this date; import members, or declare a snapshot valid from earlier';
      case GruReason.NO_WEIGHTS:
        return 'no member weights are known on this date; import a snapshot with weights, or ask for weighting EQUAL';
      case GruReason.NO_MODEL:
        return model === null
          ? 'no registered model may score this date; the query models tells which dates each may'
          : `no registered model "${model}" may score this date; the query models tells which dates each may`;
      case GruReason.SHORT_HISTORY:
        return 'no member has minute bars on this date and on at least 32 of the 40 trading days up to it';
      case GruReason.TOO_FEW_STOCKS:
        return 'fewer than 20 stocks have minute bars on this date: features across stocks would mean nothing';
      default:
        return 'no member has minute bars on this date';
    }
  }

  async staleDates(
    params: GruParams,
    scheme: IndustryScheme,
    change: MarketChange,
    { calendar, memberships }: ChangeContext,
  ): Promise<DateRange[]> {
    const reached = featureStaleDates(change, calendar);
    if (change.kind === 'models') return [{ from: change.validFrom, to: change.validTo }];
    if (change.kind === 'members')
      return change.scheme === scheme ? [{ from: change.from, to: dayBefore(change.to) }] : reached;
    if (change.kind !== 'closes' || change.series.dataset !== 'stock_daily' || params.weighting === 'EQUAL')
      return reached;
    const stretches = await driftedStretches(change, await memberships(scheme));
    return [
      ...reached,
      ...reachedRanges(calendar, change.dates, [[0, DRIFT_CLOSE_DAYS]]),
      ...stretches.map(({ inDate, outDate }) => ({ from: inDate, to: dayBefore(outDate) })),
    ];
  }

  /** Its threads are the pool's, which belongs to the workspace. */
  async close(): Promise<void> {}
}
