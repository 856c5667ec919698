import { Entity, PrimaryColumn } from 'typeorm';
import type { LocalDate } from '../../domain/local-date.js';

@Entity('trading_day')
export class TradingDayEntity {
  @PrimaryColumn('date')
  date!: LocalDate;
}
