import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import { LundongError } from '../../domain/errors.js';
import type { RequestContext } from '../../graphql/context.js';
import { RequiresScope } from '../../graphql/schema-extensions.js';
import { fromGlobalId, NodeType } from '../../graphql/types/node.type.js';
import type { JobRow } from '../../store/job.repository.js';
import type { BacktestService } from '../backtest/backtest.service.js';
import { BacktestType, SweepType } from '../backtest/backtest.type.js';
import type { EtfService } from '../etf/etf.service.js';
import { EtfType, ThemeType } from '../etf/etf.type.js';
import type { IndustryService } from '../industry/industry.service.js';
import { IndustryType } from '../industry/industry.type.js';
import { ModelVersionType } from '../model/model.type.js';
import type { PortfolioService } from '../portfolio/portfolio.service.js';
import { PortfolioType } from '../portfolio/portfolio.type.js';

@Resolver()
export class NodeResolver {
  constructor(
    private readonly industryService: IndustryService,
    private readonly etfService: EtfService,
    private readonly portfolioService: PortfolioService,
    private readonly backtestService: BacktestService,
  ) {}

  @RequiresScope('read')
  @Query(() => NodeType, {
    nullable: true,
    description: 'Whatever has this id, as of the newest date; null where nothing has it.',
  })
  async node(
    @Arg('id', () => ID, { description: 'An id from an earlier answer.' }) id: string,
    @Ctx() { market }: RequestContext,
  ): Promise<NodeType | null> {
    const { type, key } = fromGlobalId(id);
    switch (type) {
      case 'Industry': {
        const industry = market.industries.get(key);
        return industry === undefined
          ? null
          : new IndustryType(industry, this.industryService.resolveDate(market, null));
      }
      case 'Etf': {
        if (!market.etfs.has(key)) return null;
        const day = await this.etfService.day(market, this.etfService.resolveDate(market, null));
        const figures = day.fund(key);
        return figures === null ? null : new EtfType(figures, day);
      }
      case 'Theme': {
        if (!market.etfRules.themes.some((theme) => theme.key === key)) return null;
        const day = await this.etfService.day(market, this.etfService.resolveDate(market, null));
        const figures = this.etfService.theme(day, key);
        return figures === null ? null : new ThemeType(figures, day);
      }
      case 'Portfolio': {
        const definition = await this.portfolioService.find(market, key);
        return definition === null ? null : new PortfolioType(definition);
      }
      case 'Backtest': {
        const job = await this.findJob(id);
        return job === null ? null : new BacktestType(job);
      }
      case 'Sweep': {
        const job = await this.findJob(id);
        return job === null ? null : new SweepType(job);
      }
      case 'ModelVersion': {
        const model = market.models.find(({ name }) => name === key);
        return model === undefined ? null : new ModelVersionType(model);
      }
      default:
        return null;
    }
  }

  private async findJob(id: string): Promise<JobRow | null> {
    try {
      return await this.backtestService.findByGlobalId(id);
    } catch (error) {
      if (error instanceof LundongError && error.code === 'UNKNOWN_JOB') return null;
      throw error;
    }
  }
}
