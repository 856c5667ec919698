import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Series of minute bars, whose files hold a day where those of daily bars hold a year. */
export class MinuteBars1764100000000 implements MigrationInterface {
  readonly name = 'MinuteBars1764100000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE price_series
        ADD COLUMN bar_minutes smallint CHECK (bar_minutes IN (1, 5, 15)),
        DROP CONSTRAINT price_series_dataset_source_adjustment_key,
        ADD UNIQUE NULLS NOT DISTINCT (dataset, source, adjustment, bar_minutes);
      COMMENT ON COLUMN price_series.bar_minutes IS 'Minutes that a bar spans; NULL = a row a day';

      ALTER TABLE lake_file RENAME COLUMN year TO period;
      ALTER TABLE lake_file ALTER COLUMN period TYPE integer;
      COMMENT ON COLUMN lake_file.period IS 'What the file holds: a year as 2025, or a day of minute bars as 20251121';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DELETE FROM import_log USING price_series WHERE series_id = price_series.id AND bar_minutes IS NOT NULL;
      DELETE FROM lake_file USING price_series WHERE series_id = price_series.id AND bar_minutes IS NOT NULL;
      DELETE FROM price_series WHERE bar_minutes IS NOT NULL;

      ALTER TABLE lake_file ALTER COLUMN period TYPE smallint;
      ALTER TABLE lake_file RENAME COLUMN period TO year;
      COMMENT ON COLUMN lake_file.year IS NULL;

      ALTER TABLE price_series DROP COLUMN bar_minutes, ADD UNIQUE (dataset, source, adjustment);
    `);
  }
}
