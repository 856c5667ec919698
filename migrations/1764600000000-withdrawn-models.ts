import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A model that turned out wrong is left out of scoring, but stays: values were once told in its name. */
export class WithdrawnModels1764600000000 implements MigrationInterface {
  readonly name = 'WithdrawnModels1764600000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE model_version ADD withdrawn_at timestamptz(3)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE model_version DROP withdrawn_at');
  }
}
