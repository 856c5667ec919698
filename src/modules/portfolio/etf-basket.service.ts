import { LundongError } from '../../domain/errors.js';
import type { Industry } from '../../domain/industry.js';
import type { LocalDate } from '../../domain/local-date.js';
import { A_SHARE_CONVENTION } from '../../domain/performance-metrics.js';
import { basketTracking, type TrackingLeg } from '../../domain/tracking-error.js';
import type { Market } from '../../lake/market.js';
import type { EtfService } from '../etf/etf.service.js';
import type { EtfDay, EtfFigures } from '../etf/etf-day.js';
import type { EtfPrices } from '../etf/etf-quotes.js';
import { type EtfIndustry, fundReturns, industryReturns, lastDays } from '../etf/etf-relations.js';
import type { PortfolioService } from './portfolio.service.js';
import type { PortfolioDefinition } from './portfolio-definition.js';

/** What a fund must be to stand in for an industry. */
export interface BasketTerms {
  /** Yuan a day on the mean of 20 trading days. */
  readonly minAmount: number;
  /** 0 to 1. */
  readonly minCorrelation: number;
}

/** A holding with the fund that stands in for it, or the reason why none does. */
export interface BasketItem {
  readonly industry: Industry;
  /** Share of the portfolio, a fraction. */
  readonly weight: number;
  readonly fund: EtfFigures | null;
  readonly relation: EtfIndustry | null;
  /** Yuan. */
  readonly meanAmount: number | null;
  readonly reason: string | null;
}

export interface EtfBasket {
  readonly day: EtfDay;
  readonly asOf: LocalDate;
  readonly items: readonly BasketItem[];
  /** Share of the portfolio that funds stand in for. */
  readonly coveredWeight: number;
  readonly trackingError: number | null;
  readonly observations: number;
}

const AMOUNT_DAYS = 20;
/** A mean of fewer days says little about what can be traded. */
const LEAST_AMOUNT_DAYS = 10;

/** Funds to buy in place of a portfolio of industries, which no one can buy. */
export class EtfBasketService {
  constructor(
    private readonly portfolios: PortfolioService,
    private readonly etfs: EtfService,
  ) {}

  /**
   * For each industry held on a date the fund that goes with it most closely over 250 trading days, of those traded
   * enough.
   *
   * @throws LundongError INVALID_ARGUMENT, DATE_BEFORE_DATA
   */
  async basket(
    market: Market,
    definition: PortfolioDefinition,
    asOf: LocalDate | null,
    terms: BasketTerms,
    signal?: AbortSignal,
  ): Promise<EtfBasket> {
    requireTerms(terms);
    const run = await this.portfolios.run(market, definition, signal);
    await this.portfolios.turns.next();
    const date = run.resolveDate(asOf);
    const day = await this.etfs.day(market, date);
    const { prices } = await this.etfs.sourcesOf(market);
    const relations = await day.relations(definition.scheme);
    const amountDates = market.calendar.between(market.calendar.shift(date, 1 - AMOUNT_DAYS), date);
    const standInFor = ({ code, weight }: { readonly code: string; readonly weight: number }): BasketItem => {
      const industry = market.industries.get(code) as Industry;
      const candidates = day.funds.flatMap((fund, position) => {
        const relation = fund.outside === null ? relations.with(position, code) : null;
        return relation?.correlation === null || relation === null
          ? []
          : [{ fund, relation, at: relation.correlation }];
      });
      candidates.sort((a, b) => b.at - a.at || (a.fund.code < b.fund.code ? -1 : 1));
      const close = candidates.filter(({ at }) => at >= terms.minCorrelation);
      for (const { fund, relation } of close) {
        const meanAmount = meanAmountOf(prices, fund.code, amountDates);
        if (meanAmount !== null && meanAmount >= terms.minAmount)
          return { industry, weight, fund, relation, meanAmount, reason: null };
      }
      const reason = whyNone(candidates[0], close.length, terms);
      return { industry, weight, fund: null, relation: null, meanAmount: null, reason };
    };
    const items: BasketItem[] = [];
    for (const held of run.holdings(date).items) {
      await this.etfs.turns.next();
      items.push(standInFor(held));
    }
    await this.etfs.turns.next();
    return {
      day,
      asOf: date,
      items,
      coveredWeight: coveredWeight(items),
      ...(await tracking(market, prices, items, date)),
    };
  }
}

function requireTerms({ minAmount, minCorrelation }: BasketTerms): void {
  if (!(minAmount >= 0))
    throw new LundongError('INVALID_ARGUMENT', `minAmount: ${minAmount} is not possible; give 0 yuan or more.`);
  if (!(minCorrelation >= 0 && minCorrelation <= 1))
    throw new LundongError('INVALID_ARGUMENT', `minCorrelation: ${minCorrelation} is not possible; give 0 to 1.`);
}

/** Yuan a day, from the series that has the most of the days; null where none has ten. */
function meanAmountOf(prices: readonly EtfPrices[], code: string, dates: readonly LocalDate[]): number | null {
  const known = prices
    .map(({ panel }) => panel.valuesOf('amount', [code], dates).filter((value) => !Number.isNaN(value)))
    .reduce((best, values) => (values.length > best.length ? values : best), new Float64Array());
  return known.length < LEAST_AMOUNT_DAYS ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

function whyNone(
  closest: { fund: EtfFigures; at: number } | undefined,
  close: number,
  { minAmount, minCorrelation }: BasketTerms,
): string {
  if (closest === undefined) return 'no fund has enough daily returns in common with the industry';
  if (close === 0)
    return `the closest fund, ${closest.fund.code}, has a correlation of ${closest.at.toFixed(3)}, below ${minCorrelation}`;
  return `${close} funds have a correlation of at least ${minCorrelation}, none of them a mean amount of ${minAmount} yuan over ${AMOUNT_DAYS} trading days`;
}

function coveredWeight(items: readonly BasketItem[]): number {
  return items.reduce((sum, { weight, fund }) => sum + (fund === null ? 0 : weight), 0);
}

async function tracking(market: Market, prices: readonly EtfPrices[], items: readonly BasketItem[], date: LocalDate) {
  const dates = lastDays(market, date);
  const targets = await industryReturns(
    market,
    items.map(({ industry }) => industry),
    dates,
  );
  const legs = items.map(
    ({ weight, fund }, item): TrackingLeg => ({
      weight,
      target: targets.returns.subarray(item * targets.days, (item + 1) * targets.days),
      standIn: fund === null ? null : fundReturns(market, prices, [fund.code], dates).returns,
    }),
  );
  return basketTracking(legs, A_SHARE_CONVENTION.periodsPerYear);
}
