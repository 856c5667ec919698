import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { LocalDate } from '../../domain/local-date.js';

/** A stock's stay in an industry: half-open `[inDate, outDate)`, weight and stay as known on `knownOn`. */
@Entity('membership')
export class MembershipEntity {
  @PrimaryColumn('text', { name: 'industry_code' })
  industryCode!: string;

  @PrimaryColumn('text', { name: 'stock_code' })
  stockCode!: string;

  @PrimaryColumn('date', { name: 'in_date' })
  inDate!: LocalDate;

  @Column('date', { name: 'out_date', nullable: true })
  outDate!: LocalDate | null;

  @Column('date', { name: 'known_on' })
  knownOn!: LocalDate;

  @Column('text', { name: 'stock_name', nullable: true })
  stockName!: string | null;

  /** Share of the industry's free-float capitalisation on `knownOn`, a fraction; null where only membership is known. */
  @Column('double precision', { nullable: true })
  weight!: number | null;
}
