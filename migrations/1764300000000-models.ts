import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Models that score stocks; their bytes lie in files, under their hash. */
export class Models1764300000000 implements MigrationInterface {
  readonly name = 'Models1764300000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE model_version (
        name text PRIMARY KEY,
        sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
        valid_from date NOT NULL,
        valid_to date CHECK (valid_to >= valid_from),
        manifest text NOT NULL,
        registered_at timestamptz(3) NOT NULL DEFAULT clock_timestamp()
      );
      COMMENT ON COLUMN model_version.manifest IS 'JSON in the order of its fields, so that equal manifests are equal texts';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE model_version');
  }
}
