import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { Adjustment, BarMinutes } from '../../domain/price-series.js';

/** One vendor's prices under one adjustment, bars of one length. Series are never mixed inside a figure; ADR 0003. */
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

  /** null = a row a day. */
  @Column('smallint', { name: 'bar_minutes', nullable: true })
  barMinutes!: BarMinutes | null;
}
