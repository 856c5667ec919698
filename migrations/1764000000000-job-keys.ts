import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Results of before go: they hold no notes, sweeps are kept by pages from now on, and those over several frequencies
 * rested on wrong factor values. Idempotency keys stand in a table of their own, since one job may have been asked for under several; and of every job's
 * input the part that is shown, apart from portfolios, whose schedules may be thousands of lines long.
 */
export class JobKeys1764000000000 implements MigrationInterface {
  readonly name = 'JobKeys1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DELETE FROM job WHERE kind IN ('backtest', 'sweep');

      CREATE TABLE job_key (
        idempotency_key text PRIMARY KEY,
        job_id uuid NOT NULL REFERENCES job ON DELETE CASCADE,
        input_hash text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp()
      );
      COMMENT ON COLUMN job_key.input_hash IS 'Of the work that the key was sent with';
      CREATE INDEX job_key_of_job ON job_key (job_id, created_at);

      INSERT INTO job_key (idempotency_key, job_id, input_hash, created_at)
      SELECT idempotency_key, id, input_hash, created_at FROM job WHERE idempotency_key IS NOT NULL;
      ALTER TABLE job
        DROP COLUMN idempotency_key,
        ADD COLUMN outline jsonb NOT NULL GENERATED ALWAYS AS (input - 'portfolio') STORED;
      COMMENT ON COLUMN job.outline IS 'The input without its portfolio: short enough to be read with every look';
    `);
  }

  /** Of the keys of one job the oldest is kept: there was room for one. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE job DROP COLUMN outline, ADD COLUMN idempotency_key text UNIQUE;
      UPDATE job SET idempotency_key = oldest.idempotency_key
      FROM (SELECT DISTINCT ON (job_id) job_id, idempotency_key FROM job_key ORDER BY job_id, created_at) AS oldest
      WHERE id = job_id;
      DROP TABLE job_key;
    `);
  }
}
