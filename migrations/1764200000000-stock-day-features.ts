import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is computed from one day's minute bars, kept by date for the features of models. */
export class StockDayFeatures1764200000000 implements MigrationInterface {
  readonly name = 'StockDayFeatures1764200000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE stock_day (
        spec text NOT NULL,
        spec_version smallint NOT NULL,
        series_id integer NOT NULL REFERENCES price_series,
        date date NOT NULL,
        codes text NOT NULL,
        figures bytea NOT NULL,
        PRIMARY KEY (spec, spec_version, series_id, date)
      );
      -- Doubles do not compress; trying costs more than writing them.
      ALTER TABLE stock_day ALTER COLUMN figures SET STORAGE EXTERNAL;
      COMMENT ON TABLE stock_day IS 'Raw figures of stocks by date, computed from that date''s minute bars alone';
      COMMENT ON COLUMN stock_day.codes IS 'Stocks, ascending, with a blank between them';
      COMMENT ON COLUMN stock_day.figures IS 'Little-endian float64, figures × stocks, figure by figure; NaN = missing';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE stock_day');
  }
}
