import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Industry, IndustryScheme } from '../../domain/industry.js';

@Entity('industry')
export class IndustryEntity implements Industry {
  @PrimaryColumn('text')
  code!: string;

  @Column('text')
  scheme!: IndustryScheme;

  @Column('text', { name: 'name_zh' })
  nameZh!: string;

  @Column('text', { name: 'name_en' })
  nameEn!: string;
}
