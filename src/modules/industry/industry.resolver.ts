import { Arg, Ctx, FieldResolver, Float, Int, Query, Resolver, Root } from 'type-graphql';
import type { IndustryScheme } from '../../domain/industry.js';
import type { LocalDate as LocalDateValue } from '../../domain/local-date.js';
import type { MembershipRow } from '../../domain/membership-history.js';
import type { Window } from '../../domain/trading-calendar.js';
import type { RequestContext } from '../../graphql/context.js';
import { Repeatable } from '../../graphql/plugins/repeatable.plugin.js';
import { ListSize, RequiresScope } from '../../graphql/schema-extensions.js';
import { type Connection, pageOf } from '../../graphql/types/connection.js';
import { LocalDate } from '../../graphql/types/scalars.js';
import { makeTable, TableType } from '../../graphql/types/table.type.js';
import type { IndustryService } from './industry.service.js';
import {
  IndustryMemberConnection,
  type IndustryMemberType,
  IndustrySchemeEnum,
  IndustryType,
  WindowEnum,
} from './industry.type.js';

@Resolver(() => IndustryType)
export class IndustryResolver {
  constructor(private readonly industriesService: IndustryService) {}

  @RequiresScope('read')
  @ListSize(31)
  @Query(() => [IndustryType], { description: 'All industries of a scheme, by code.' })
  @Repeatable()
  industries(
    @Arg('scheme', () => IndustrySchemeEnum, { defaultValue: 'CITIC_L1', description: 'Which classification.' })
    scheme: IndustryScheme,
    @Arg('asOf', () => LocalDate, {
      nullable: true,
      description: 'Date of every figure; no trading day means the last one before it. Default: the newest.',
    })
    asOf: LocalDateValue | null | undefined,
    @Ctx() { market }: RequestContext,
  ): IndustryType[] {
    const date = this.industriesService.resolveDate(market, asOf ?? null);
    return market.industriesOf(scheme).map((industry) => new IndustryType(industry, date));
  }

  @RequiresScope('read')
  @Query(() => IndustryType, {
    nullable: true,
    description: 'One industry. An unknown code is the error UNKNOWN_INDUSTRY.',
  })
  @Repeatable()
  industry(
    @Arg('code', () => String, { description: 'CI005001 or 801010; a vendor’s suffix (.CI, .WI, .SI) is allowed.' })
    code: string,
    @Arg('asOf', () => LocalDate, {
      nullable: true,
      description: 'Date of every figure; no trading day means the last one before it. Default: the newest.',
    })
    asOf: LocalDateValue | null | undefined,
    @Ctx() { market }: RequestContext,
  ): IndustryType {
    const industry = this.industriesService.find(market, code);
    return new IndustryType(industry, this.industriesService.resolveDate(market, asOf ?? null));
  }

  @FieldResolver(() => Float, { nullable: true, description: 'Close in index points; null where asOf has none.' })
  async close(@Root() industry: IndustryType, @Ctx() { market }: RequestContext): Promise<number | null> {
    return industry.asOf === null ? null : this.industriesService.close(market, industry.code, industry.asOf);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description:
      'The price series that `close` and every `return` of this object are from: the one that has the close on asOf and most of those that the windows start from. Null where asOf has no close.',
  })
  async priceSeries(@Root() industry: IndustryType, @Ctx() { market }: RequestContext): Promise<string | null> {
    return industry.asOf === null ? null : this.industriesService.priceSeries(market, industry.code, industry.asOf);
  }

  @FieldResolver(() => Float, {
    name: 'return',
    nullable: true,
    complexity: 10,
    description:
      'Price change over the window as a fraction (0.0123 = 1.23 %), close over close; null where `priceSeries` lacks one.',
  })
  async windowReturn(
    @Root() industry: IndustryType,
    @Arg('window', () => WindowEnum, { description: 'The period that ends on asOf.' }) window: Window,
    @Ctx() { market }: RequestContext,
  ): Promise<number | null> {
    return industry.asOf === null ? null : this.industriesService.return(market, industry.code, industry.asOf, window);
  }

  @FieldResolver(() => TableType, {
    complexity: 30,
    description: 'Daily closes: columns `date` and `close` (index points).',
  })
  async closes(
    @Root() industry: IndustryType,
    @Arg('from', () => LocalDate, { description: 'First date, inclusive.' }) from: LocalDateValue,
    @Arg('to', () => LocalDate, { description: 'Last date, inclusive.' }) to: LocalDateValue,
    @Ctx() { market }: RequestContext,
  ): Promise<TableType> {
    const { dates, closes, notes } = await this.industriesService.closes(market, industry.code, from, to);
    return makeTable(
      [
        { name: 'date', type: 'LocalDate', unit: null, description: 'Trading day.', values: dates },
        {
          name: 'close',
          type: 'Float',
          unit: 'index points',
          description: 'Close of the industry index.',
          values: closes,
        },
      ],
      { asOf: dates.at(-1) ?? null, dataVersion: market.dataVersion, notes },
    );
  }

  @FieldResolver(() => IndustryMemberConnection, {
    complexity: 100,
    description: 'Member stocks on asOf, heaviest first, then by code.',
  })
  members(
    @Root() industry: IndustryType,
    @Arg('first', () => Int, { defaultValue: 50, description: 'Page size, 1 to 500.' }) first: number,
    @Arg('after', () => String, { nullable: true, description: 'Cursor after which the page begins.' })
    after: string | null | undefined,
    @Ctx() { market }: RequestContext,
  ): Connection<IndustryMemberType> {
    const rows = this.industriesService.members(
      market,
      this.industriesService.find(market, industry.code),
      industry.asOf,
    );
    return pageOf(
      rows,
      (row) => [-(row.weight ?? -1), row.stockCode],
      (row) => toMember(row, industry.asOf),
      first,
      after,
    );
  }
}

function toMember(row: MembershipRow, asOf: LocalDateValue | null): IndustryMemberType {
  return {
    stock: row.stockCode,
    name: row.stockName,
    weight: row.weight,
    weightDate: row.knownOn,
    hindsight: asOf !== null && row.knownOn > asOf,
  };
}
