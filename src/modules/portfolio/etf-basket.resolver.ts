import { Arg, Ctx, FieldResolver, Float, Resolver, Root } from 'type-graphql';
import type { LocalDate as LocalDateValue } from '../../domain/local-date.js';
import type { RequestContext } from '../../graphql/context.js';
import { LocalDate } from '../../graphql/types/scalars.js';
import { EtfType } from '../etf/etf.type.js';
import { IndustryType } from '../industry/industry.type.js';
import type { EtfBasketService } from './etf-basket.service.js';
import { EtfBasketType } from './etf-basket.type.js';
import { PortfolioType } from './portfolio.type.js';

@Resolver(() => PortfolioType)
export class EtfBasketResolver {
  constructor(private readonly basketService: EtfBasketService) {}

  @FieldResolver(() => EtfBasketType, {
    complexity: 200,
    description: 'Funds to buy in place of its holdings: for each industry the one that goes with it most closely.',
  })
  async etfBasket(
    @Root() { definition }: PortfolioType,
    @Arg('asOf', () => LocalDate, {
      nullable: true,
      description: 'The date; no trading day means the last one before it. Default: the newest.',
    })
    asOf: LocalDateValue | null | undefined,
    @Arg('minAmount', () => Float, {
      defaultValue: 5e7,
      description: 'Least mean amount over the last 20 trading days, yuan.',
    })
    minAmount: number,
    @Arg('minCorrelation', () => Float, { defaultValue: 0.8, description: 'Least correlation, 0 to 1.' })
    minCorrelation: number,
    @Ctx() { market, signal }: RequestContext,
  ): Promise<EtfBasketType> {
    const { day, items, ...basket } = await this.basketService.basket(
      market,
      definition,
      asOf ?? null,
      { minAmount, minCorrelation },
      signal,
    );
    return {
      ...basket,
      items: items.map(({ industry, weight, fund, relation, meanAmount, reason }) => ({
        industry: new IndustryType(industry, basket.asOf),
        weight,
        etf: fund === null ? null : new EtfType(fund, day),
        correlation: relation?.correlation ?? null,
        beta: relation?.beta ?? null,
        observations: relation?.observations ?? null,
        meanAmount,
        reason,
      })),
    };
  }
}
