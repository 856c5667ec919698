import { createHash } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { LundongError } from '../../domain/errors.js';
import { isOfThisSpec, type ModelManifest, type ModelVersion } from '../../domain/model-version.js';
import { Slots } from '../../domain/slots.js';
import type { Invalidate } from '../../lake/import/importer.js';
import { recordAudit } from '../../store/access-audit.repository.js';
import * as marketData from '../../store/market-data.repository.js';
import * as models from '../../store/model.repository.js';
import { ADVISORY_LOCK, type Store, withAdvisoryLock } from '../../store/store.js';
import type { ModelFiles } from './model-files.js';
import { readModelManifest } from './model-manifest.js';
import { tryModel } from './model-trial.js';
import { ScorePool } from './score-pool.js';

/** Each waits on a connection to the database for the import that may be under way. */
const WAITING_REGISTRATIONS = 8;

/** A model, and what was found wrong with it; null where nothing is. */
export interface ModelCheck {
  readonly model: ModelVersion;
  readonly problem: LundongError | null;
}

/** The models there are: takes new ones in, once they have proved that they can be run as their manifest says. */
export class ModelRegistry {
  private readonly turns = new Slots(1, WAITING_REGISTRATIONS, 'models to be registered');

  constructor(
    private readonly store: Store,
    private readonly files: ModelFiles,
    private readonly pool: ScorePool,
    private readonly invalidate: Invalidate,
  ) {}

  /**
   * Registers a model. The same one again changes nothing, but puts its file back where that was lost.
   *
   * @param actor who registers it, for the audit
   * @param given the manifest, parsed JSON
   * @param bytes the ONNX file
   * @throws LundongError MODEL_INVALID, KEY_TAKEN where another model has the name, OVERLOADED, TIMEOUT
   */
  async register(actor: string, given: unknown, bytes: Uint8Array): Promise<ModelVersion> {
    const manifest = readModelManifest(given);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (sha256 !== manifest.sha256)
      throw new LundongError(
        'MODEL_INVALID',
        `sha256: the manifest says ${manifest.sha256}, and the file has ${sha256}; they do not belong together.`,
        { fields: ['sha256'] },
      );
    return this.turns.use(async () => {
      refuseAnother(manifest, await models.findModel(this.store.manager, manifest.name));
      const file = await this.files.stage(sha256, bytes);
      try {
        await tryModel(this.pool, { path: file.path, sha256 }, manifest.featureSpec);
        await file.commit();
      } finally {
        await file.discard();
      }
      return this.land(actor, manifest);
    });
  }

  /**
   * Leaves a model out of scoring for good; what it scored is computed anew with the others. Once more changes nothing.
   *
   * @throws LundongError INVALID_ARGUMENT where no model has the name
   */
  withdraw(actor: string, name: string): Promise<ModelVersion> {
    return withAdvisoryLock(this.store.dataSource, ADVISORY_LOCK.import, async () => {
      const known = await models.findModel(this.store.manager, name);
      if (known === null)
        throw new LundongError(
          'INVALID_ARGUMENT',
          `No model "${name}" is registered; \`lundong model list\` shows which are.`,
        );
      if (known.withdrawnAt !== null) return known;
      return this.change(
        actor,
        'model.withdraw',
        known,
        async (manager) => (await models.withdrawModel(manager, name)) ?? known,
      );
    });
  }

  /** Every model that was ever registered, by name; withdrawn ones too. */
  list(): Promise<ModelVersion[]> {
    return models.listModels(this.store.manager);
  }

  /** Hashes every registered model that is not withdrawn anew and runs it; one of another version of its features cannot be used. */
  async verify(): Promise<ModelCheck[]> {
    const pool = new ScorePool({ threads: 1 }); // of its own: one in use has sessions already, and reads no files
    try {
      const checks: ModelCheck[] = [];
      for (const model of (await this.list()).filter(({ withdrawnAt }) => withdrawnAt === null))
        checks.push({ model, problem: await this.problemOf(model, pool) });
      return checks;
    } finally {
      await pool.close();
    }
  }

  private async problemOf(model: ModelVersion, pool: ScorePool): Promise<LundongError | null> {
    const { sha256, featureSpec, specVersion } = model;
    if (!isOfThisSpec(model))
      return new LundongError(
        'MODEL_INVALID',
        `It was trained on version ${specVersion} of ${featureSpec}, which is no longer what is computed, and scores no date; train it anew.`,
      );
    try {
      await tryModel(pool, { path: this.files.path(sha256), sha256 }, featureSpec);
      return null;
    } catch (error) {
      if (error instanceof LundongError) return error;
      throw error;
    }
  }

  private land(actor: string, manifest: ModelManifest): Promise<ModelVersion> {
    // An import that is under way was prepared on the version of its beginning, and must land on it.
    return withAdvisoryLock(this.store.dataSource, ADVISORY_LOCK.import, async () => {
      const known = await models.findModel(this.store.manager, manifest.name);
      refuseAnother(manifest, known);
      if (known !== null) return known;
      return this.change(actor, 'model.register', manifest, (manager) => models.insertModel(manager, manifest));
    });
  }

  /** One transaction: the model, its entry in the audit, the new version of the data; the values that it may replace go. */
  private async change<T>(
    actor: string,
    action: 'model.register' | 'model.withdraw',
    { name, sha256, validFrom, validTo }: ModelManifest,
    write: (manager: EntityManager) => Promise<T>,
  ): Promise<T> {
    const { dataVersion } = await marketData.marketState(this.store.manager);
    return this.store.dataSource.transaction(async (manager) => {
      await marketData.raiseDataVersion(manager, dataVersion);
      await this.invalidate(manager, { kind: 'models', validFrom, validTo });
      await recordAudit(manager, { actor, action, subject: `${name} ${sha256}`, outcome: 'ok' });
      return write(manager);
    });
  }
}

/** @throws LundongError KEY_TAKEN */
function refuseAnother(manifest: ModelManifest, known: ModelVersion | null): void {
  if (known === null) return;
  const { registeredAt, withdrawnAt, ...same } = known;
  if (withdrawnAt !== null)
    throw new LundongError(
      'KEY_TAKEN',
      `The model "${manifest.name}" was withdrawn on ${withdrawnAt.toISOString().slice(0, 10)}; register under a new name.`,
    );
  if (JSON.stringify(same) === JSON.stringify(manifest)) return;
  throw new LundongError(
    'KEY_TAKEN',
    `Another model was registered as "${manifest.name}" on ${registeredAt.toISOString().slice(0, 10)}` +
      `${same.sha256 === manifest.sha256 ? ', with the same file and another manifest' : ''}; ` +
      'a name never changes its meaning: choose a new one.',
  );
}
