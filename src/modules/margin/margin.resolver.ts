import { Arg, Ctx, Query, Resolver } from 'type-graphql';
import type { IndustryScheme } from '../../domain/industry.js';
import type { LocalDate as LocalDateValue } from '../../domain/local-date.js';
import type { RequestContext } from '../../graphql/context.js';
import { Repeatable } from '../../graphql/plugins/repeatable.plugin.js';
import { RequiresScope } from '../../graphql/schema-extensions.js';
import { LocalDate } from '../../graphql/types/scalars.js';
import { makeTable, type TableType } from '../../graphql/types/table.type.js';
import { IndustrySchemeEnum, IndustryType } from '../industry/industry.type.js';
import type { IndustryMargin, MarginDays, MarginReport, MarginService } from './margin.service.js';
import { type IndustryMarginType, MarginFinancingType } from './margin.type.js';

@Resolver(() => MarginFinancingType)
export class MarginResolver {
  constructor(private readonly marginService: MarginService) {}

  @RequiresScope('read')
  @Query(() => MarginFinancingType, {
    complexity: 200,
    description: 'Margin financing over a range; for a week, from its first to its last trading day.',
  })
  @Repeatable()
  async marginFinancing(
    @Arg('from', () => LocalDate, { description: 'First date, inclusive.' }) from: LocalDateValue,
    @Arg('to', () => LocalDate, { description: 'Last date, inclusive.' }) to: LocalDateValue,
    @Arg('scheme', () => IndustrySchemeEnum, {
      defaultValue: 'CITIC_L1',
      description: 'Whose industries the rises and falls are of.',
    })
    scheme: IndustryScheme,
    @Ctx() { market }: RequestContext,
  ): Promise<MarginFinancingType> {
    const report = await this.marginService.report(market, from, to, scheme);
    return toMarginFinancingType(report, market.dataVersion);
  }
}

export function toMarginFinancingType(
  { days, rises, falls, ...report }: MarginReport,
  dataVersion: number,
): MarginFinancingType {
  const toType = (margin: IndustryMargin): IndustryMarginType => ({
    ...margin,
    industry: new IndustryType(margin.industry, report.asOf),
  });
  return {
    ...report,
    market: marketTable(days, report.asOf, dataVersion),
    rises: rises.map(toType),
    falls: falls.map(toType),
  };
}

function marketTable({ dates, values }: MarginDays, asOf: LocalDateValue | null, dataVersion: number): TableType {
  const column = (name: string, figure: keyof MarginDays['values'], unit: string, description: string) => ({
    name,
    type: 'Float',
    unit,
    description,
    values: values[figure],
  });
  return makeTable(
    [
      { name: 'date', type: 'LocalDate', unit: null, description: 'Trading day.', values: dates },
      column('balance', 'financing_balance', 'yuan', 'Financing balance.'),
      column('change', 'change', 'yuan', 'Against the trading day before.'),
      column('bought', 'financing_bought', 'yuan', 'Bought with borrowed money on the day.'),
      column('repaid', 'financing_repaid', 'yuan', 'Repaid on the day.'),
      column('lendingBalance', 'lending_balance', 'yuan', 'Value of the securities lent.'),
      column('maintenanceRatio', 'maintenance_ratio', 'fraction', 'Assets over debt of all accounts.'),
    ],
    { asOf, dataVersion },
  );
}
