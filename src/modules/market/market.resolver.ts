import { Arg, Ctx, FieldResolver, Float, Int, Query, Resolver, Root } from 'type-graphql';
import type { RequestContext } from '../../graphql/context.js';
import { Repeatable } from '../../graphql/plugins/repeatable.plugin.js';
import { RequiresScope } from '../../graphql/schema-extensions.js';
import { type Connection, requirePageSize } from '../../graphql/types/connection.js';
import { DateTime } from '../../graphql/types/scalars.js';
import { EtfConnection, type EtfType } from '../etf/etf.type.js';
import { AFTER, ETF_FIRST, etfPage } from '../etf/etf-page.js';
import type { MarketService } from './market.service.js';
import { MarketEventKindEnum, MarketEventType, MarketFlashType } from './market.type.js';
import type { MarketEvent, MarketEventKind } from './stock-events.js';

@Resolver(() => MarketFlashType)
export class MarketResolver {
  constructor(private readonly marketService: MarketService) {}

  @RequiresScope('read')
  @Query(() => MarketFlashType, {
    complexity: 300,
    description:
      'Facts of the market at a moment: from 15:00 (Shanghai) the close of the day, during a day with minute bars that minute, else the last close before, which a note says. Nothing later than the moment is looked at.',
  })
  @Repeatable()
  async marketFlash(
    @Arg('at', () => DateTime, { nullable: true, description: 'The moment. Default: the last close.' })
    at: Date | null | undefined,
    @Ctx() { market }: RequestContext,
  ): Promise<MarketFlashType> {
    return new MarketFlashType(await this.marketService.flash(market, at ?? null));
  }

  @FieldResolver(() => EtfConnection, {
    complexity: 50,
    description: 'Funds that rose by more than `change`, the highest first; `totalCount` is their number.',
  })
  etfsAbove(
    @Root() { flash }: MarketFlashType,
    @Arg('change', () => Float, { description: 'A fraction: 0.02 is 2 %.' }) change: number,
    @Arg('theme', () => String, { nullable: true, description: 'Key of a theme. Default: all funds.' })
    theme: string | null | undefined,
    @Arg('first', () => Int, ETF_FIRST(50)) first: number,
    @Arg('after', () => String, AFTER) after: string | null | undefined,
    @Ctx() { market }: RequestContext,
  ): Connection<EtfType> {
    return etfPage(
      flash.day,
      this.marketService.etfsAbove(market, flash, change, theme ?? null),
      (fund) => fund,
      (fund) => ['ABOVE', 0 - (fund.change ?? 0), fund.code],
      first,
      after,
    );
  }

  @FieldResolver(() => [MarketEventType], {
    complexity: 50,
    description:
      'What happened to stocks: by kind, longest streak, highest change and code. At most `first` of them; `eventCount` says how many there are.',
  })
  events(
    @Root() { flash }: MarketFlashType,
    @Arg('kinds', () => [MarketEventKindEnum], { nullable: true, description: 'Which kinds. Default: all.' })
    kinds: MarketEventKind[] | null | undefined,
    @Arg('first', () => Int, { defaultValue: 500, description: 'The most to list, 1 to 500.' }) first: number,
  ): MarketEvent[] {
    requirePageSize(first);
    return ofKinds(flash.events, kinds).slice(0, first);
  }

  @FieldResolver(() => Int, { description: 'Number of events.' })
  eventCount(
    @Root() { flash }: MarketFlashType,
    @Arg('kinds', () => [MarketEventKindEnum], { nullable: true, description: 'Which kinds. Default: all.' })
    kinds: MarketEventKind[] | null | undefined,
  ): number {
    return ofKinds(flash.events, kinds).length;
  }

  @FieldResolver(() => String, {
    complexity: 10,
    description:
      'One sentence from these facts alone: levels (of each index the highest), the two strongest themes, record highs, streaks and limit-ups, the leading fund, and how many funds of the strongest theme rose by more than 2 %.',
  })
  headline(
    @Root() { flash }: MarketFlashType,
    @Arg('language', () => String, { defaultValue: 'en', description: '`en` or `zh`.' }) language: string,
  ): string {
    return this.marketService.headline(flash, language);
  }
}

function ofKinds(events: readonly MarketEvent[], kinds: readonly MarketEventKind[] | null | undefined): MarketEvent[] {
  return events.filter(({ kind }) => kinds === null || kinds === undefined || kinds.includes(kind));
}
