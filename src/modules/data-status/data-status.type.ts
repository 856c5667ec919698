import { Field, Float, Int, ObjectType } from 'type-graphql';
import type { LocalDate as LocalDateValue } from '../../domain/local-date.js';
import { ListSize } from '../../graphql/schema-extensions.js';
import { DateTime, LocalDate } from '../../graphql/types/scalars.js';

@ObjectType('DatasetStatus', { description: 'What is loaded of a data set.', simpleResolvers: true })
export class DatasetStatusType {
  @Field(() => String, { description: 'Name of the data set, as for `lundong import`.' })
  name!: string;

  @Field(() => Float, { description: 'Number of rows.' })
  rows!: number;

  @Field(() => Int, { description: 'Number of distinct codes; 0 where the data set has none.' })
  codes!: number;

  @Field(() => LocalDate, {
    nullable: true,
    description: 'First date; null where nothing is loaded or nothing is dated.',
  })
  from!: LocalDateValue | null;

  @Field(() => LocalDate, {
    nullable: true,
    description: 'Last date; null where nothing is loaded or nothing is dated.',
  })
  to!: LocalDateValue | null;

  @Field(() => DateTime, { nullable: true, description: 'When an import last changed it; null where none did.' })
  importedAt!: Date | null;
}

@ObjectType('DataStatus', { description: 'What the answers of this server rest on.', simpleResolvers: true })
export class DataStatusType {
  @Field(() => Int, { description: 'Rises by one with every import that changes something.' })
  dataVersion!: number;

  @ListSize(10)
  @Field(() => [DatasetStatusType], { description: 'Every data set.' })
  datasets!: readonly DatasetStatusType[];

  @Field(() => Boolean, { description: 'Whether any prices are those of the invented demo market.' })
  synthetic!: boolean;
}
