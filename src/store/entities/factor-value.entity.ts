import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { IndustryScheme } from '../../domain/industry.js';
import type { LocalDate } from '../../domain/local-date.js';

/** One way of computing a factor: engine, version, canonical parameters, scheme; `hash` is made of all four. */
@Entity('factor_parameters')
export class FactorParametersEntity {
  @PrimaryColumn('text')
  hash!: string;

  @Column('text')
  engine!: string;

  @Column('integer', { name: 'engine_version' })
  engineVersion!: number;

  @Column('text')
  scheme!: IndustryScheme;

  @Column('jsonb')
  params!: unknown;
}

/** All industries' values on one date, arrays in the order of `codes`. */
@Entity('factor_value')
export class FactorValueEntity {
  @PrimaryColumn('text')
  hash!: string;

  @PrimaryColumn('date')
  date!: LocalDate;

  @Column('text', { array: true })
  codes!: string[];

  @Column('double precision', { array: true })
  values!: number[];

  @Column('double precision', { array: true })
  coverage!: number[];

  @Column('smallint', { array: true })
  reasons!: number[];

  @Column('text', { array: true })
  notes!: string[];
}
