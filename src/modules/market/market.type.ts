import { Field, Float, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { LocalDate as LocalDateValue } from '../../domain/local-date.js';
import { ListSize } from '../../graphql/schema-extensions.js';
import { DateTime, LocalDate } from '../../graphql/types/scalars.js';
import { EtfType, ThemeType } from '../etf/etf.type.js';
import type { Flash } from './market.service.js';
import type { MarketEventKind } from './stock-events.js';

export const MarketEventKindEnum: { [K in MarketEventKind]: K } = {
  RECORD_HIGH: 'RECORD_HIGH',
  LIMIT_UP: 'LIMIT_UP',
  LIMIT_UP_STREAK: 'LIMIT_UP_STREAK',
  LIMIT_DOWN: 'LIMIT_DOWN',
};
registerEnumType(MarketEventKindEnum, {
  name: 'MarketEventKind',
  description: 'What happened to a stock.',
  valuesConfig: {
    RECORD_HIGH: {
      description: 'Its adjusted high exceeds every earlier one of the data (`since`), across ex-dividend days.',
    },
    LIMIT_UP: {
      description:
        'It closed (during a day: stands) at its upper limit price, for the first session. Limits go by board, date, listing and risk warning.',
    },
    LIMIT_UP_STREAK: {
      description: 'The same for at least the second session in a row; days without trading neither break nor count.',
    },
    LIMIT_DOWN: { description: 'It closed (during a day: stands) at its lower limit price.' },
  },
});

@ObjectType('LevelCross', {
  description: 'A round level that an index rose through: close of the day before < level ≤ high of the day.',
  simpleResolvers: true,
})
export class LevelCrossType {
  @Field(() => String, { description: 'Code of the index, 000001.SH.' })
  index!: string;

  @Field(() => String, { description: 'Chinese name; the code where it is not known.' })
  nameZh!: string;

  @Field(() => String, { description: 'English name; the code where it is not known.' })
  nameEn!: string;

  @Field(() => Float, {
    description:
      'Index points: a multiple of 100, of an index above 5,000 points of 500, above 25,000 of 1000 (our choice).',
  })
  level!: number;

  @Field(() => Boolean, { description: 'Whether the high reached it; true of every crossing.' })
  touched!: boolean;

  @Field(() => Boolean, { description: 'Whether the close (during a day: the last price) is not below it.' })
  closedAbove!: boolean;

  @Field(() => LocalDate, {
    nullable: true,
    description: 'Last earlier day whose close was not below it; null where the data hold none.',
  })
  previousAbove!: LocalDateValue | null;
}

@ObjectType('MarketEvent', { description: 'Something that happened to a stock.', simpleResolvers: true })
export class MarketEventType {
  @Field(() => MarketEventKindEnum, { description: 'What happened.' })
  kind!: MarketEventKind;

  @Field(() => String, { description: 'Code of the stock, 600519.SH.' })
  code!: string;

  @Field(() => String, { nullable: true, description: 'Name; null where no list of stocks has it.' })
  name!: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Sessions in a row at the limit, this one included; null for a record high.',
  })
  streak!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Close (during a day: last price) as traded, yuan; null where no such prices are loaded.',
  })
  close!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'Change against the close before, less the right on an ex-right day, a fraction; null where it is not known.',
  })
  change!: number | null;

  @Field(() => LocalDate, {
    nullable: true,
    description: 'Of a record high: the first day whose highs are known; null otherwise.',
  })
  since!: LocalDateValue | null;
}

@ObjectType('MarketFlash', {
  description: 'Facts of the market at a close, or at a minute from bars that had ended by then.',
  simpleResolvers: true,
})
export class MarketFlashType {
  @Field(() => DateTime, { description: 'The moment: 15:00 in Shanghai for a close, else the minute.' })
  readonly at: Date;

  @Field(() => LocalDate, { description: 'Trading day of the moment, in Shanghai.' })
  readonly date: LocalDateValue;

  @Field(() => Boolean, { description: 'Whether it is of a close; else from minute bars.' })
  readonly closed: boolean;

  @ListSize(10)
  @Field(() => [LevelCrossType], { description: 'Round levels that indices rose through, by index and level.' })
  readonly levels: readonly LevelCrossType[];

  @Field(() => EtfType, {
    nullable: true,
    description: 'The fund of the list with the highest change, equals by code; null where none has a change.',
  })
  readonly leadingEtf: EtfType | null;

  @ListSize(30)
  @Field(() => [ThemeType], { description: 'All themes, the strongest change first, those without one last.' })
  readonly themes: readonly ThemeType[];

  @Field(() => [String], { description: 'What must be said beside the facts: which bars, what is missing and why.' })
  readonly notes: readonly string[];

  constructor(readonly flash: Flash) {
    const { at, moment, crossings, leadingEtf, day, notes } = flash;
    this.at = at;
    this.date = moment.date;
    this.closed = moment.session === null;
    this.levels = crossings;
    this.leadingEtf = leadingEtf === null ? null : new EtfType(leadingEtf, day);
    this.themes = day.themes.map((theme) => new ThemeType(theme, day));
    this.notes = notes;
  }
}
