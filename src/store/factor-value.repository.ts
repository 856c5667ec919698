import type { DataSource, EntityManager } from 'typeorm';
import type { IndustryScheme } from '../domain/industry.js';
import type { LocalDate } from '../domain/local-date.js';
import { FactorParametersEntity, FactorValueEntity } from './entities/factor-value.entity.js';
import { ADVISORY_LOCK } from './store.js';

/** One way of computing a factor, known by its hash. */
export interface FactorIdentity {
  readonly hash: string;
  readonly engine: string;
  readonly engineVersion: number;
  readonly scheme: IndustryScheme;
  readonly params: unknown;
}

/** Stored values of the given dates, but only as long as the data still have the version that is asked about. */
export async function readFactorValues(
  manager: EntityManager,
  hash: string,
  dates: readonly LocalDate[],
  dataVersion: number,
): Promise<FactorValueEntity[]> {
  return (
    manager
      .createQueryBuilder(FactorValueEntity, 'value')
      .where('value.hash = :hash AND value.date = ANY(:dates::date[])', { hash, dates })
      // In the same statement, hence on the same snapshot, as the values.
      .andWhere('(SELECT data_version FROM market_state) = :dataVersion', { dataVersion })
      .getMany()
  );
}

/**
 * Stores values computed on `dataVersion`; does nothing where the data have moved on, or are about to: an import holds
 * the row of the version until it commits, and waiting for it would only be to find the values stale.
 */
export async function storeFactorValues(
  connection: EntityManager,
  identity: FactorIdentity,
  values: readonly Omit<FactorValueEntity, 'hash'>[],
  dataVersion: number,
): Promise<void> {
  await connection.transaction(async (manager) => {
    const held = await manager.query('SELECT 1 FROM market_state WHERE data_version = $1 FOR SHARE SKIP LOCKED', [
      dataVersion,
    ]);
    if (held.length === 0) return;
    await manager.upsert(FactorParametersEntity, { ...identity, params: identity.params as object }, ['hash']);
    // One statement: arrays of different lengths cannot be nested, so the rows travel as JSON.
    await manager.query(
      `INSERT INTO factor_value (hash, date, codes, "values", coverage, reasons, notes)
       SELECT $1, row.date, $3::text[], row."values", row.coverage, row.reasons, row.notes
       FROM jsonb_to_recordset($2::jsonb) AS row(date date, "values" float8[], coverage float8[], reasons smallint[], notes text[])
       ON CONFLICT (hash, date) DO UPDATE SET codes = EXCLUDED.codes, "values" = EXCLUDED."values",
         coverage = EXCLUDED.coverage, reasons = EXCLUDED.reasons, notes = EXCLUDED.notes`,
      [
        identity.hash,
        JSON.stringify(
          values.map((row) => ({
            date: row.date,
            values: row.values.map((value) => (Number.isNaN(value) ? 'NaN' : value)),
            coverage: row.coverage,
            reasons: row.reasons,
            notes: row.notes,
          })),
        ),
        values[0]?.codes ?? [],
      ],
    );
  });
}

/**
 * Runs `work` while no other process computes the same factor. It gets the connection that holds the lock: a second one
 * from the pool might never come when as many factors are being computed as the pool has connections.
 */
export async function withFactorLock<T>(
  dataSource: DataSource,
  hash: string,
  work: (connection: EntityManager) => Promise<T>,
): Promise<T> {
  const runner = dataSource.createQueryRunner();
  await runner.connect();
  try {
    await runner.query('SELECT pg_advisory_lock($1, hashtext($2))', [ADVISORY_LOCK.factor, hash]);
    try {
      return await work(runner.manager);
    } finally {
      await runner.query('SELECT pg_advisory_unlock($1, hashtext($2))', [ADVISORY_LOCK.factor, hash]);
    }
  } finally {
    await runner.release();
  }
}

export async function loadFactorIdentities(manager: EntityManager): Promise<FactorIdentity[]> {
  return manager.find(FactorParametersEntity);
}

/** Forgets a way of computing and all its values. */
export async function deleteFactor(manager: EntityManager, hash: string): Promise<void> {
  await manager.delete(FactorParametersEntity, { hash });
}

/** @param ranges inclusive at both ends; null = without end */
export async function deleteFactorValues(
  manager: EntityManager,
  hash: string,
  ranges: readonly { from: LocalDate; to: LocalDate | null }[],
): Promise<void> {
  await manager.query(
    `DELETE FROM factor_value USING unnest($2::date[], $3::date[]) AS stale (first, last)
     WHERE hash = $1 AND date >= stale.first AND (stale.last IS NULL OR date <= stale.last)`,
    [hash, ranges.map((range) => range.from), ranges.map((range) => range.to)],
  );
}
