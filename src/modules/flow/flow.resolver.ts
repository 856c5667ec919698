import { Arg, Ctx, Query, Resolver } from 'type-graphql';
import type { LocalDate as LocalDateValue } from '../../domain/local-date.js';
import type { RequestContext } from '../../graphql/context.js';
import { Repeatable } from '../../graphql/plugins/repeatable.plugin.js';
import { RequiresScope } from '../../graphql/schema-extensions.js';
import { LocalDate } from '../../graphql/types/scalars.js';
import { EtfType } from '../etf/etf.type.js';
import type { EtfWeekFlow, EtfWeekReport, FlowService } from './flow.service.js';
import { EtfFlowReportType, type EtfFlowType } from './flow.type.js';

@Resolver(() => EtfFlowReportType)
export class FlowResolver {
  constructor(private readonly flowService: FlowService) {}

  @RequiresScope('read')
  @Query(() => EtfFlowReportType, { complexity: 200, description: 'Where money went among the funds in a week.' })
  @Repeatable()
  async etfFlows(
    @Arg('weekEnding', () => LocalDate, {
      nullable: true,
      description:
        'Last day of the week; no trading day means the last one before it. Default: the newest day with shares.',
    })
    weekEnding: LocalDateValue | null | undefined,
    @Ctx() { market }: RequestContext,
  ): Promise<EtfFlowReportType> {
    return toEtfFlowReportType(await this.flowService.report(market, weekEnding ?? null));
  }
}

export function toEtfFlowReportType({ day, inflows, outflows, ...report }: EtfWeekReport): EtfFlowReportType {
  const toType = ({ figures, ...flow }: EtfWeekFlow): EtfFlowType => ({ ...flow, etf: new EtfType(figures, day) });
  return { ...report, inflows: inflows.map(toType), outflows: outflows.map(toType) };
}
