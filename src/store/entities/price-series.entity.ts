import { Column, Entity, OneToMany, PrimaryGeneratedColumn } from 'typeorm';
import type { Adjustment } from '../../domain/price-series.js';
import { LakeFileEntity } from './lake-file.entity.js';

/** One vendor's prices under one adjustment. Series are never mixed inside a figure; ADR 0003. */
@Entity('price_series')
export class PriceSeriesEntity {
  @PrimaryGeneratedColumn('identity')
  id!: number;

  @Column('text')
  dataset!: string;

  @Column('text')
  source!: string;

  @Column('text')
  adjustment!: Adjustment;

  @OneToMany(
    () => LakeFileEntity,
    (file) => file.series,
  )
  files!: LakeFileEntity[];
}
