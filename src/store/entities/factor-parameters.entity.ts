import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { IndustryScheme } from '../../domain/industry.js';

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
