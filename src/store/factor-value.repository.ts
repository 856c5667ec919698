import type { EntityManager } from 'typeorm';
import type { IndustryScheme } from '../domain/industry.js';
import type { LocalDate } from '../domain/local-date.js';
import { FactorParametersEntity } from './entities/factor-parameters.entity.js';

/** One way of computing a factor, known by its hash. */
export interface FactorIdentity {
  readonly hash: string;
  readonly engine: string;
  readonly engineVersion: number;
  readonly scheme: IndustryScheme;
  readonly params: unknown;
}

/** All industries' values on one date, arrays in the order of `codes`. */
export interface FactorValues {
  readonly date: LocalDate;
  readonly codes: readonly string[];
  /** NaN = not available. */
  readonly values: ArrayLike<number>;
  /** Share of the industry's weight behind each value, 0 to 1. */
  readonly coverage: ArrayLike<number>;
  /** 0 where there is a value; else the engine's number for why there is none. */
  readonly reasons: ArrayLike<number>;
  /** What must be said beside the values: which prices, what hindsight. */
  readonly notes: readonly string[];
}

/**
 * Stored values of the given dates, but only as long as the data still have the version that is asked about. They come
 * as one JSON text: the driver's own reading of arrays held the event loop for 100 ms over four years.
 */
export async function readFactorValues(
  manager: EntityManager,
  hash: string,
  dates: readonly LocalDate[],
  dataVersion: number,
): Promise<FactorValues[]> {
  // The version is read in the same statement, hence on the same snapshot, as the values.
  const [{ stored }] = await manager.query(
    `SELECT coalesce(json_agg(json_build_array(date, codes, "values", coverage, reasons, notes))::text, '[]') AS stored
     FROM factor_value
     WHERE hash = $1 AND date = ANY($2::date[]) AND (SELECT data_version FROM market_state) = $3`,
    [hash, dates, dataVersion],
  );
  // JSON has no NaN: PostgreSQL writes "NaN", which Number understands.
  type Stored = [LocalDate, string[], (number | 'NaN')[], number[], number[], string[]];
  return (JSON.parse(stored) as Stored[]).map(([date, codes, values, coverage, reasons, notes]) => ({
    date,
    codes,
    values: Float64Array.from(values, Number),
    coverage: Float64Array.from(coverage),
    reasons: Uint8Array.from(reasons),
    notes,
  }));
}

/**
 * Stores values computed on `dataVersion`; does nothing where the data have moved on, or are about to: an import holds
 * the row of the version until it commits, and waiting for it would only be to find the values stale.
 */
export async function storeFactorValues(
  connection: EntityManager,
  identity: FactorIdentity,
  rows: readonly FactorValues[],
  dataVersion: number,
): Promise<void> {
  await connection.transaction(async (manager) => {
    const held = await manager.query('SELECT 1 FROM market_state WHERE data_version = $1 FOR SHARE SKIP LOCKED', [
      dataVersion,
    ]);
    if (held.length === 0) return;
    await manager.upsert(FactorParametersEntity, { ...identity, params: identity.params as object }, ['hash']);
    // Arrays of arrays do not unnest row by row: the rows travel as one JSON text.
    await manager.query(
      `INSERT INTO factor_value (hash, date, codes, "values", coverage, reasons, notes)
       SELECT $1, row.date, row.codes, row."values", row.coverage, row.reasons, row.notes
       FROM json_to_recordset($2::json)
         AS row(date date, codes text[], "values" float8[], coverage float8[], reasons smallint[], notes text[])
       ON CONFLICT (hash, date) DO UPDATE SET codes = EXCLUDED.codes, "values" = EXCLUDED."values",
         coverage = EXCLUDED.coverage, reasons = EXCLUDED.reasons, notes = EXCLUDED.notes`,
      [identity.hash, JSON.stringify(rows.map(toJson))],
    );
  });
}

function toJson({ date, codes, values, coverage, reasons, notes }: FactorValues): object {
  const shown = Array.from(values, (value) => (Number.isNaN(value) ? 'NaN' : value));
  return { date, codes, values: shown, coverage: Array.from(coverage), reasons: Array.from(reasons), notes };
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
