import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When a fund was taken off the exchange: lists of later days do without it. */
export class EtfDelistDate1764800000000 implements MigrationInterface {
  readonly name = 'EtfDelistDate1764800000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE etf ADD delist_date date;
      COMMENT ON COLUMN etf.delist_date IS 'First day on which the fund is listed no more; NULL = listed still, or not known';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE etf DROP delist_date');
  }
}
