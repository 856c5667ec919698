import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Manifests name the version of their feature spec; those registered before could only mean the first. */
export class ModelSpecVersion1764550000000 implements MigrationInterface {
  readonly name = 'ModelSpecVersion1764550000000';

  async up(runner: QueryRunner): Promise<void> {
    // Behind featureSpec, where new manifests have it: equal manifests are equal texts.
    await runner.query(`
      UPDATE model_version
      SET manifest = replace(manifest, '"featureSpec":"intraday-v1",', '"featureSpec":"intraday-v1","specVersion":1,')
      WHERE manifest NOT LIKE '%"specVersion":%'
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`UPDATE model_version SET manifest = replace(manifest, '"specVersion":1,', '')`);
  }
}
