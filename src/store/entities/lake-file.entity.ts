import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import type { DayNumber } from '../../domain/local-date.js';
import { PriceSeriesEntity } from './price-series.entity.js';

/** A line of the manifest: the one Parquet file that holds a year of a series. */
@Entity('lake_file')
export class LakeFileEntity {
  @PrimaryColumn('integer', { name: 'series_id' })
  seriesId!: number;

  @PrimaryColumn('smallint')
  year!: number;

  /** Relative to the lake's root. */
  @Column('text')
  path!: string;

  @Column('integer')
  rows!: number;

  /** Dates with at least one row, ascending. */
  @Column('integer', { array: true })
  days!: DayNumber[];

  @ManyToOne(
    () => PriceSeriesEntity,
    (series) => series.files,
  )
  @JoinColumn({ name: 'series_id' })
  series!: Relation<PriceSeriesEntity>;
}
