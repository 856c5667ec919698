import type { EntityManager } from 'typeorm';

/** Points that one caller has spent in one minute. */
export interface Usage {
  readonly caller: string;
  /** Whole minutes since 1970. */
  readonly minute: number;
  readonly points: number;
}

/**
 * Adds what this process has seen spent to what all have.
 *
 * @param spent one a caller and minute, in any order
 * @returns the sums over all processes
 */
export async function addUsage(manager: EntityManager, spent: readonly Usage[]): Promise<Usage[]> {
  // In one order for everybody: two processes would else wait for each other's rows.
  const rows = spent.toSorted((a, b) => (a.caller < b.caller ? -1 : a.caller > b.caller ? 1 : a.minute - b.minute));
  const sums: { caller: string; minute: string; points: string }[] = await manager.query(
    `INSERT INTO access_usage AS kept (caller, minute, points)
     SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[])
     ON CONFLICT (caller, minute) DO UPDATE SET points = kept.points + excluded.points
     RETURNING caller, minute, points`,
    [rows.map((row) => row.caller), rows.map((row) => row.minute), rows.map((row) => row.points)],
  );
  return sums.map(({ caller, minute, points }) => ({ caller, minute: Number(minute), points: Number(points) }));
}

/** Forgets minutes before this one. */
export async function forgetUsage(manager: EntityManager, minute: number): Promise<void> {
  await manager.query('DELETE FROM access_usage WHERE minute < $1', [minute]);
}
