import { Arg, Ctx, Int, Query, Resolver } from 'type-graphql';
import { LundongError } from '../../domain/errors.js';
import type { LocalDate as LocalDateValue } from '../../domain/local-date.js';
import type { Adjustment } from '../../domain/price-series.js';
import type { RequestContext } from '../../graphql/context.js';
import { Repeatable } from '../../graphql/plugins/repeatable.plugin.js';
import { RequiresScope } from '../../graphql/schema-extensions.js';
import { LocalDate } from '../../graphql/types/scalars.js';
import { makeStreamedTable, TableType } from '../../graphql/types/table.type.js';
import { AdjustmentEnum, BAR_DATASETS, type BarDataset } from './bar.args.js';
import type { BarService } from './bar.service.js';

/** Rows of an answer that is told whole: their text holds the event loop for some ten milliseconds. */
const MOST_ROWS = 10_000;
const FIGURES = ['open', 'high', 'low', 'close', 'volume', 'amount'] as const;

@Resolver()
export class BarResolver {
  constructor(private readonly barService: BarService) {}

  @RequiresScope('read')
  @Query(() => TableType, {
    complexity: 1000,
    description:
      'Daily bars of many codes, by code and date, from one price series: columns `code`, `date`, `open`, `high`, `low`, `close` (yuan or index points), `volume` (shares), `amount` (yuan). At /export every row; here as many as `limit` says.',
  })
  @Repeatable()
  async dailyBars(
    @Arg('dataset', () => BAR_DATASETS, { defaultValue: 'stock_daily', description: 'Whose bars.' })
    dataset: BarDataset,
    @Arg('codes', () => [String], { nullable: true, description: 'Which codes, 10,000 at most. Default: all.' })
    codes: string[] | null | undefined,
    @Arg('from', () => LocalDate, { description: 'First date, inclusive.' }) from: LocalDateValue,
    @Arg('to', () => LocalDate, { description: 'Last date, inclusive.' }) to: LocalDateValue,
    @Arg('adjustment', () => AdjustmentEnum, {
      nullable: true,
      description: 'Which prices. Default: the first of HFQ, QFQ and NONE that is loaded.',
    })
    adjustment: Adjustment | null | undefined,
    @Arg('source', () => String, {
      nullable: true,
      description: 'Whose prices, as named at their import. Default: those imported first.',
    })
    source: string | null | undefined,
    @Arg('limit', () => Int, {
      nullable: true,
      description:
        'Number of rows at most, from 1; `truncated` says where others follow. Default and most: 10,000. At /export there is neither.',
    })
    limit: number | null | undefined,
    @Ctx() { market, origin }: RequestContext,
  ): Promise<TableType> {
    const most = origin.takeTable === undefined ? MOST_ROWS : Number.MAX_SAFE_INTEGER;
    if (limit !== null && limit !== undefined && (limit < 1 || limit > most))
      throw new LundongError('INVALID_ARGUMENT', `limit ${limit} is out of bounds; it is 1 to ${most}.`);
    const { rows, lastDate, notes } = await this.barService.bars(market, {
      dataset,
      codes: codes ?? null,
      from,
      to,
      adjustment: adjustment ?? null,
      source: source ?? null,
    });
    const rowCount = Math.min(limit ?? most, rows.rowCount);
    const priceUnit = dataset === 'stock_daily' || dataset === 'etf_daily' ? 'yuan' : 'index points';
    const column = (name: string, type: string, unit: string | null, description: string) => ({
      name,
      type,
      unit,
      description,
    });
    return makeStreamedTable(
      [
        column('code', 'String', null, 'Whose bar.'),
        column('date', 'LocalDate', null, 'Trading day.'),
        column('open', 'Float', priceUnit, 'Open.'),
        column('high', 'Float', priceUnit, 'High.'),
        column('low', 'Float', priceUnit, 'Low.'),
        column('close', 'Float', priceUnit, 'Close.'),
        column('volume', 'Float', 'shares', 'Shares traded.'),
        column('amount', 'Float', 'yuan', 'Amount traded.'),
      ],
      async function* (signal) {
        for await (const batch of rows.read(FIGURES, rowCount, signal))
          yield [batch.codes, batch.dates, ...batch.figures];
      },
      {
        asOf: rowCount === 0 ? null : lastDate,
        dataVersion: market.dataVersion,
        notes,
        rowCount,
        truncated: rowCount < rows.rowCount,
      },
    );
  }
}
