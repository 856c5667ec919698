import type { EntityManager } from 'typeorm';
import type { ModelManifest, ModelVersion } from '../domain/model-version.js';

interface ModelRow {
  readonly manifest: string;
  readonly registered_at: Date;
  readonly withdrawn_at: Date | null;
}

const COLUMNS = 'manifest, registered_at, withdrawn_at';

/** Every model that was ever registered, by name. */
export async function listModels(manager: EntityManager): Promise<ModelVersion[]> {
  const rows: ModelRow[] = await manager.query(`SELECT ${COLUMNS} FROM model_version ORDER BY name`);
  return rows.map(toModelVersion);
}

export async function findModel(manager: EntityManager, name: string): Promise<ModelVersion | null> {
  const rows: ModelRow[] = await manager.query(`SELECT ${COLUMNS} FROM model_version WHERE name = $1`, [name]);
  return rows.map(toModelVersion)[0] ?? null;
}

export async function insertModel(manager: EntityManager, manifest: ModelManifest): Promise<ModelVersion> {
  const { name, sha256, validFrom, validTo } = manifest;
  const rows: ModelRow[] = await manager.query(
    `INSERT INTO model_version (name, sha256, valid_from, valid_to, manifest) VALUES ($1, $2, $3, $4, $5)
     RETURNING ${COLUMNS}`,
    [name, sha256, validFrom, validTo, JSON.stringify(manifest)],
  );
  return toModelVersion(rows[0] as ModelRow);
}

/** @returns the model as it is then; null where none has the name or it is withdrawn already */
export async function withdrawModel(manager: EntityManager, name: string): Promise<ModelVersion | null> {
  const [rows]: [ModelRow[], number] = await manager.query(
    `UPDATE model_version SET withdrawn_at = clock_timestamp() WHERE name = $1 AND withdrawn_at IS NULL
     RETURNING ${COLUMNS}`,
    [name],
  );
  return rows.map(toModelVersion)[0] ?? null;
}

function toModelVersion({ manifest, registered_at, withdrawn_at }: ModelRow): ModelVersion {
  return { ...(JSON.parse(manifest) as ModelManifest), registeredAt: registered_at, withdrawnAt: withdrawn_at };
}
