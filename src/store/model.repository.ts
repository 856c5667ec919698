import type { EntityManager } from 'typeorm';
import type { ModelManifest, ModelVersion } from '../domain/model-version.js';

interface ModelRow {
  readonly manifest: string;
  readonly registered_at: Date;
}

/** Every registered model, by name. */
export async function listModels(manager: EntityManager): Promise<ModelVersion[]> {
  const rows: ModelRow[] = await manager.query('SELECT manifest, registered_at FROM model_version ORDER BY name');
  return rows.map(toModelVersion);
}

export async function findModel(manager: EntityManager, name: string): Promise<ModelVersion | null> {
  const rows: ModelRow[] = await manager.query('SELECT manifest, registered_at FROM model_version WHERE name = $1', [
    name,
  ]);
  return rows.map(toModelVersion)[0] ?? null;
}

export async function insertModel(manager: EntityManager, manifest: ModelManifest): Promise<ModelVersion> {
  const { name, sha256, validFrom, validTo } = manifest;
  const rows: ModelRow[] = await manager.query(
    `INSERT INTO model_version (name, sha256, valid_from, valid_to, manifest) VALUES ($1, $2, $3, $4, $5)
     RETURNING manifest, registered_at`,
    [name, sha256, validFrom, validTo, JSON.stringify(manifest)],
  );
  return toModelVersion(rows[0] as ModelRow);
}

function toModelVersion({ manifest, registered_at: registeredAt }: ModelRow): ModelVersion {
  return { ...(JSON.parse(manifest) as ModelManifest), registeredAt };
}
