import { Field, Float, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { LocalDate as LocalDateValue } from '../../domain/local-date.js';
import type { NetValueSeries } from '../../domain/net-value-series.js';
import type { PerformanceMetrics } from '../../domain/performance-metrics.js';
import type { RebalanceFrequency } from '../../domain/rebalance-schedule.js';
import type { TradingCalendar } from '../../domain/trading-calendar.js';
import { ListSize } from '../../graphql/schema-extensions.js';
import { connectionType } from '../../graphql/types/connection.js';
import { NodeType } from '../../graphql/types/node.type.js';
import { LocalDate } from '../../graphql/types/scalars.js';
import { TableType } from '../../graphql/types/table.type.js';
import { IndustryType } from '../industry/industry.type.js';
import { navTable, periodsTable } from './portfolio.tables.js';
import type { PortfolioDefinition, SelectionRuleName } from './portfolio-definition.js';

export const SelectionRuleEnum: { [K in SelectionRuleName]: K } = {
  TOP_N: 'TOP_N',
  SWAP: 'SWAP',
  SCHEDULE: 'SCHEDULE',
};
registerEnumType(SelectionRuleEnum, {
  name: 'SelectionRule',
  description: 'How a portfolio chooses its industries.',
  valuesConfig: {
    TOP_N: { description: 'The `size` highest factor values; equal values by code.' },
    SWAP: {
      description:
        'Up to `swapsPerRebalance` times the best-ranked industry not held replaces the worst-ranked held, while it ranks better.',
    },
    SCHEDULE: { description: 'Holdings given by date.' },
  },
});

export const RebalanceFrequencyEnum: { [K in RebalanceFrequency]: K } = { WEEKLY: 'WEEKLY', MONTHLY: 'MONTHLY' };
registerEnumType(RebalanceFrequencyEnum, {
  name: 'RebalanceFrequency',
  description: 'When a portfolio is rebalanced: at the close of the last trading day of the period.',
  valuesConfig: {
    WEEKLY: { description: 'Every week; weeks that a closure of seven days or more tears apart are one.' },
    MONTHLY: { description: 'Every month.' },
  },
});

@ObjectType('Portfolio', {
  description: 'An equal-weight portfolio of industries, rebalanced by a rule.',
  implements: NodeType,
  simpleResolvers: true,
})
export class PortfolioType extends NodeType {
  @Field(() => String, { description: 'What the portfolio is asked for by.' })
  readonly key: string;

  @Field(() => String, { description: 'Name.' })
  readonly name: string;

  @Field(() => SelectionRuleEnum, { description: 'How it chooses its industries.' })
  readonly rule: SelectionRuleName;

  @Field(() => Int, { description: 'Number of industries held; for SCHEDULE the most held at once.' })
  readonly size: number;

  @Field(() => RebalanceFrequencyEnum, { description: 'When it is rebalanced.' })
  readonly rebalance: RebalanceFrequency;

  @Field(() => Float, {
    description: 'Cost in basis points of traded value (10 = 0.1 %), the first purchase included.',
  })
  readonly costBps: number;

  constructor(readonly definition: PortfolioDefinition) {
    super();
    this.key = definition.key;
    this.name = definition.name;
    this.rule = definition.rule;
    this.size = definition.size;
    this.rebalance = definition.rebalance;
    this.costBps = definition.costBps;
  }

  protected override get identity(): { type: string; key: string } {
    return { type: 'Portfolio', key: this.key };
  }
}

export const PortfolioConnection = connectionType(PortfolioType, 'Portfolio');

const NOTES = {
  description:
    'What must be said beside it: which prices, what hindsight in the factor. A note that holds for some signals (days on which holdings were chosen) only says for which.',
} as const;

@ObjectType('Holding', { description: 'An industry in a portfolio on a date.', simpleResolvers: true })
export class HoldingType {
  @Field(() => IndustryType, { description: 'The industry, as of the date of the holdings.' })
  industry!: IndustryType;

  @Field(() => Float, {
    description: 'Share of the net value at the close, drifted since the last rebalance; a fraction.',
  })
  weight!: number;

  @Field(() => Float, { description: 'Share set at the last rebalance; a fraction.' })
  targetWeight!: number;
}

@ObjectType('Holdings', { description: 'What a portfolio holds at the close of a date.', simpleResolvers: true })
export class HoldingsType {
  @Field(() => LocalDate, { description: 'Trading day.' })
  asOf!: LocalDateValue;

  @Field(() => LocalDate, { description: 'Day of the last rebalance.' })
  since!: LocalDateValue;

  @ListSize(10)
  @Field(() => [HoldingType], { description: 'The holdings, by industry code.' })
  items!: HoldingType[];

  @Field(() => [String], NOTES)
  notes!: readonly string[];
}

@ObjectType('Rebalance', { description: 'A rebalance, at the close of its day.', simpleResolvers: true })
export class RebalanceType {
  @Field(() => LocalDate, { description: 'Trading day of the fill.' })
  date!: LocalDateValue;

  @Field(() => LocalDate, { description: 'Trading day at whose close it was chosen.' })
  signal!: LocalDateValue;

  @ListSize(6)
  @Field(() => [IndustryType], { description: 'Industries bought that were not held.' })
  entered!: IndustryType[];

  @ListSize(6)
  @Field(() => [IndustryType], { description: 'Industries sold altogether.' })
  left!: IndustryType[];

  @ListSize(6)
  @Field(() => [IndustryType], { description: 'Industries chosen but without a price on the day, and so not bought.' })
  unpriced!: IndustryType[];

  @Field(() => Float, {
    description:
      'Half the sum of absolute differences of drifted and target weights, a fraction; the first purchase counts 0.5.',
  })
  turnover!: number;

  @Field(() => Float, { description: 'Cost as a fraction of the value before it.' })
  cost!: number;

  @Field(() => [String], {
    description: 'What must be said beside the factor’s values that it was chosen by; none without a factor.',
  })
  notes!: readonly string[];
}

const EXCESS = 'difference of the portfolio’s and the benchmark’s return, a fraction';

@ObjectType('PeriodTable', {
  description:
    'The weekly table: returns and excesses as in the published report. The benchmark is all industries of the scheme, equal weight, reset on the portfolio’s own rebalance dates and drifting between; this convention is recovered from published figures.',
  simpleResolvers: true,
})
export class PeriodTableType {
  @Field(() => LocalDate, { description: 'Trading day the table is as of.' })
  weekEnding!: LocalDateValue;

  @Field(() => Float, { description: 'Return since the last trading day of the week before, a fraction.' })
  weekReturn!: number;

  @Field(() => Float, { description: 'The benchmark’s return over the week, a fraction.' })
  benchmarkWeekReturn!: number;

  @Field(() => Float, { description: `Week: ${EXCESS}.` })
  weekExcess!: number;

  @Field(() => Float, { description: 'Compounded return since the last trading day of the month before, a fraction.' })
  monthReturn!: number;

  @Field(() => Float, { description: `Month, each compounded, then subtracted: ${EXCESS}.` })
  monthExcess!: number;

  @Field(() => Float, { description: 'Compounded return since the last trading day of the year before, a fraction.' })
  yearReturn!: number;

  @Field(() => Float, { description: `Year, each compounded, then subtracted: ${EXCESS}.` })
  yearExcess!: number;

  @Field(() => [String], NOTES)
  notes!: readonly string[];
}

@ObjectType('MetricConvention', { description: 'What the yearly figures beside it rest on.', simpleResolvers: true })
export class MetricConventionType {
  @Field(() => String, { description: '`GEOMETRIC`: net values grow by multiplication.' })
  compounding!: string;

  @Field(() => Float, { description: 'Trading days that count as a year.' })
  periodsPerYear!: number;

  @Field(() => Float, { description: 'Risk-free return per year, a fraction.' })
  riskFreeRate!: number;

  @Field(() => String, { description: 'Whose trading days the net values lie on.' })
  calendar!: string;
}

@ObjectType('Metrics', {
  description:
    'Risk and return of a net value, from daily returns r, the benchmark’s b and the risk-free f; standard deviations with ddof 1; p = periodsPerYear, n = days.',
  simpleResolvers: true,
})
export class MetricsType {
  @Field(() => MetricConventionType, { description: 'What the yearly figures rest on.' })
  convention!: MetricConventionType;

  @Field(() => Float, { description: 'V(n)/V(0) − 1, a fraction.' })
  totalReturn!: number;

  @Field(() => Float, { description: '(V(n)/V(0))^(p/n) − 1, a fraction per year.' })
  annualizedReturn!: number;

  @Field(() => Float, { description: 'sd(r)·√p, a fraction per year.' })
  annualizedVolatility!: number;

  @Field(() => Float, { nullable: true, description: 'mean(r − f)/sd(r)·√p; null without volatility.' })
  sharpe!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'mean(r − f)/√mean(min(r − f, 0)²)·√p over all days; null without a loss.',
  })
  sortino!: number | null;

  @Field(() => Float, { description: 'Deepest fall from a peak, a fraction at most 0.' })
  maxDrawdown!: number;

  @Field(() => LocalDate, {
    nullable: true,
    description: 'Day of the peak before the deepest fall; null without a fall.',
  })
  maxDrawdownFrom!: LocalDateValue | null;

  @Field(() => LocalDate, { nullable: true, description: 'Day of the trough; null without a fall.' })
  maxDrawdownTo!: LocalDateValue | null;

  @Field(() => LocalDate, {
    nullable: true,
    description: 'First day back at the peak; null where it has not been reached.',
  })
  recoveredOn!: LocalDateValue | null;

  @Field(() => Float, { nullable: true, description: 'annualizedReturn/|maxDrawdown|; null without a fall.' })
  calmar!: number | null;

  @Field(() => Float, { nullable: true, description: 'sd(r − b)·√p, a fraction per year.' })
  trackingError!: number | null;

  @Field(() => Float, { nullable: true, description: 'mean(r − b)/sd(r − b)·√p; null without a difference.' })
  informationRatio!: number | null;

  @Field(() => Float, { nullable: true, description: 'cov(r, b)/var(b); null where the benchmark stands still.' })
  beta!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Share of weeks with a return above the benchmark’s, a fraction.',
  })
  winRateWeekly!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Share of months with a return above the benchmark’s, a fraction.',
  })
  winRateMonthly!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Sum of turnovers after the first purchase, per year; a fraction.',
  })
  annualTurnover!: number | null;
}

/** Its tables are made when they are asked for: many a view wants the metrics alone. */
@ObjectType('Performance', { description: 'How a portfolio did over a range.', simpleResolvers: true })
export class PerformanceType {
  private readonly tables = new Map<string, TableType>();

  constructor(
    private readonly series: NetValueSeries,
    private readonly performanceMetrics: PerformanceMetrics,
    private readonly calendar: TradingCalendar,
    private readonly origin: { dataVersion: number; notes: readonly string[] },
  ) {}

  @Field(() => LocalDate, { description: 'Day of the first net value, the base of the first return.' })
  get from(): LocalDateValue {
    return this.series.dates[0] as LocalDateValue;
  }

  @Field(() => LocalDate, { description: 'Day of the last net value.' })
  get to(): LocalDateValue {
    return this.series.dates.at(-1) as LocalDateValue;
  }

  @Field(() => MetricsType, { description: 'Risk and return.' })
  get metrics(): MetricsType {
    return this.performanceMetrics;
  }

  @Field(() => [String], NOTES)
  get notes(): readonly string[] {
    return this.origin.notes;
  }

  @Field(() => TableType, {
    description:
      'Columns `date`, `portfolio`, `benchmark` (net values, 1 at the start), `excess` (their difference), `drawdown` (fraction, at most 0).',
  })
  get nav(): TableType {
    return this.table('nav', () => navTable(this.series, this.origin));
  }

  @Field(() => TableType, {
    description:
      'Columns `year`, `portfolio`, `benchmark`, `excess` (fractions); the first and last year may be parts of one.',
  })
  get yearly(): TableType {
    return this.table('yearly', () => periodsTable(this.series, this.calendar, 'YEAR', this.origin));
  }

  @Field(() => TableType, {
    description:
      'Columns `month` (YYYY-MM), `portfolio`, `benchmark`, `excess` (fractions); the first and last month may be parts of one.',
  })
  get monthly(): TableType {
    return this.table('monthly', () => periodsTable(this.series, this.calendar, 'MONTH', this.origin));
  }

  /** Once, however often the executor reads the field. */
  private table(name: string, make: () => TableType): TableType {
    const known = this.tables.get(name) ?? make();
    this.tables.set(name, known);
    return known;
  }
}
