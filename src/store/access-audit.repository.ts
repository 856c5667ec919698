import { createHash } from 'node:crypto';
import type { EntityManager } from 'typeorm';

/** Something that was done and can be asked about later. */
export interface AuditEntry {
  /** `key:<id>`, `jwt:<subject>`, `address:<address>` or, for commands, `cli:<user>`. */
  readonly actor: string;
  /** `key.create`, `import`, `mutation` … */
  readonly action: string;
  /** What it was done to: a key's id, a data set, the mutation's fields. */
  readonly subject: string;
  /** Of a mutation: tells whether two were the same without keeping what was in them. */
  readonly variables?: unknown;
  /** `ok`, or the code of what went wrong. */
  readonly outcome: string;
}

export interface AuditRow {
  readonly at: Date;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly variablesHash: string | null;
  readonly outcome: string;
}

/** Rows are added and never changed. In a transaction it is kept if, and only if, what it tells of is. */
export async function recordAudit(
  manager: EntityManager,
  { actor, action, subject, variables, outcome }: AuditEntry,
): Promise<void> {
  const hash =
    variables === undefined
      ? null
      : createHash('sha256')
          .update(JSON.stringify(variables) ?? '')
          .digest('hex');
  await manager.query(
    'INSERT INTO access_audit (actor, action, subject, variables_hash, outcome) VALUES ($1, $2, $3, $4, $5)',
    [actor, action, subject, hash, outcome],
  );
}

/** The newest entries, newest first. */
export function readAudit(manager: EntityManager, last: number): Promise<AuditRow[]> {
  return manager.query(
    `SELECT at, actor, action, subject, variables_hash AS "variablesHash", outcome
     FROM access_audit ORDER BY id DESC LIMIT $1`,
    [last],
  );
}
