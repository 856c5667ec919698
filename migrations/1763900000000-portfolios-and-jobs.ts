import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Portfolios that users defined, and the queue of long work with its results. */
export class PortfoliosAndJobs1763900000000 implements MigrationInterface {
  readonly name = 'PortfoliosAndJobs1763900000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE portfolio (
        key text PRIMARY KEY,
        definition jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      );

      CREATE TABLE job (
        id uuid PRIMARY KEY,
        kind text NOT NULL,
        input jsonb NOT NULL,
        input_hash text NOT NULL,
        idempotency_key text UNIQUE,
        data_version integer NOT NULL,
        status text NOT NULL CHECK (status IN ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
        attempts smallint NOT NULL DEFAULT 0,
        progress double precision NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 1),
        message text,
        error text,
        result text,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        finished_at timestamptz
      );
      COMMENT ON COLUMN job.data_version IS 'Of the data at submission, then of the data the result was computed on';
      COMMENT ON COLUMN job.result IS 'JSON as the worker wrote it, byte for byte';
      CREATE INDEX job_waiting ON job (created_at, id) WHERE status IN ('QUEUED', 'RUNNING');
      CREATE INDEX job_same_input ON job (kind, input_hash, data_version);
      CREATE INDEX job_by_kind ON job (kind, created_at, id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE job, portfolio');
  }
}
