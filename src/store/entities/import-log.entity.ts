import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One landed import. */
@Entity('import_log')
export class ImportLogEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  dataset!: string;

  @Column('integer', { name: 'series_id', nullable: true })
  seriesId!: number | null;

  @Column('text', { array: true })
  files!: string[];

  @Column('timestamptz', { name: 'finished_at', default: () => 'now()' })
  finishedAt!: Date;

  @Column('integer', { name: 'rows_read' })
  rowsRead!: number;

  @Column('integer', { name: 'rows_new' })
  rowsNew!: number;

  @Column('integer', { name: 'rows_changed' })
  rowsChanged!: number;

  @Column('integer', { name: 'rows_unchanged' })
  rowsUnchanged!: number;

  @Column('integer', { name: 'rows_quarantined' })
  rowsQuarantined!: number;

  @Column('integer', { name: 'data_version' })
  dataVersion!: number;
}
