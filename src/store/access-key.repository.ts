import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { type ApiKey, formatApiKey, type Scope } from '../domain/access.js';
import { LundongError } from '../domain/errors.js';
import { recordAudit } from './access-audit.repository.js';

/** A key as it is kept: its secret cannot be had from it. */
export interface ApiKeyRow {
  readonly id: string;
  readonly name: string;
  readonly secretHash: Buffer;
  readonly scopes: readonly Scope[];
  readonly pointsPerMinute: number | null;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  /** To the minute. */
  readonly lastUsedAt: Date | null;
  /** Id of the key that it took the place of. */
  readonly replaces: string | null;
}

/** Tells every process that keys were made, revoked or have a new end. */
export const ACCESS_CHANNEL = 'lundong_access';

const COLUMNS = `id, name, secret_hash AS "secretHash", scopes, points_per_minute AS "pointsPerMinute",
  created_at AS "createdAt", expires_at AS "expiresAt", revoked_at AS "revokedAt", last_used_at AS "lastUsedAt", replaces`;

/** Every key there ever was, oldest first. */
export function listKeys(manager: EntityManager): Promise<ApiKeyRow[]> {
  return manager.query(`SELECT ${COLUMNS} FROM api_key ORDER BY created_at, id`);
}

/** @returns the key as its holder needs it: it can be had now and never again */
export function createKey(
  manager: EntityManager,
  actor: string,
  key: {
    readonly name: string;
    readonly scopes: readonly Scope[];
    readonly expiresAt: Date | null;
    readonly pointsPerMinute: number | null;
  },
): Promise<string> {
  return manager.transaction(async (connection) => {
    const made = await insertKey(connection, { ...key, replaces: null });
    await recordAudit(connection, { actor, action: 'key.create', subject: made.id, outcome: 'ok' });
    return formatApiKey(made);
  });
}

/**
 * Makes a key that may do what another may, for as long as that one was made for; that one stays good for a while, so that
 * its holders can change over.
 *
 * @param overlapHours 0 ends the old one at once
 * @throws LundongError UNKNOWN_KEY
 */
export function rotateKey(manager: EntityManager, actor: string, id: string, overlapHours: number): Promise<string> {
  return manager.transaction(async (connection) => {
    const [old]: ApiKeyRow[] = await connection.query(`SELECT ${COLUMNS} FROM api_key WHERE id = $1 FOR UPDATE`, [id]);
    if (old === undefined) throw unknownKey(id);
    if (old.revokedAt !== null)
      throw new LundongError('UNKNOWN_KEY', `The key ${id} is revoked; make a new one with lundong keys create.`);
    const lifetime = old.expiresAt === null ? null : old.expiresAt.getTime() - old.createdAt.getTime();
    const expiresAt = lifetime === null ? null : new Date(Date.now() + lifetime);
    const made = await insertKey(connection, { ...old, expiresAt, replaces: id });
    await connection.query(
      `UPDATE api_key SET expires_at = least(expires_at, now() + make_interval(hours => $2)) WHERE id = $1`,
      [id, overlapHours],
    );
    await recordAudit(connection, { actor, action: 'key.rotate', subject: `${id} -> ${made.id}`, outcome: 'ok' });
    return formatApiKey(made);
  });
}

/**
 * Ends a key at once, in every process. One that is revoked already stays so.
 *
 * @throws LundongError UNKNOWN_KEY
 */
export async function revokeKey(manager: EntityManager, actor: string, id: string): Promise<void> {
  await manager.transaction(async (connection) => {
    const [, changed]: [unknown, number] = await connection.query(
      'UPDATE api_key SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1',
      [id],
    );
    if (changed === 0) throw unknownKey(id);
    await tell(connection);
    await recordAudit(connection, { actor, action: 'key.revoke', subject: id, outcome: 'ok' });
  });
}

/** Notes that a key was used; writes at most once a minute, whoever asks. */
export async function noteKeyUse(manager: EntityManager, id: string): Promise<void> {
  await manager.query(
    `UPDATE api_key SET last_used_at = now()
     WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= now() - interval '1 minute')`,
    [id],
  );
}

/** Whether the secret is the key's; takes as long whatever is wrong with it. */
export function provesKey({ secretHash }: ApiKeyRow, secret: string): boolean {
  return timingSafeEqual(hashOf(secret), secretHash);
}

async function insertKey(
  connection: EntityManager,
  key: Pick<ApiKeyRow, 'name' | 'scopes' | 'expiresAt' | 'pointsPerMinute' | 'replaces'>,
): Promise<ApiKey> {
  const made: ApiKey = { id: randomBytes(6).toString('hex'), secret: randomBytes(32).toString('base64url') };
  await connection.query(
    `INSERT INTO api_key (id, name, secret_hash, scopes, points_per_minute, expires_at, replaces)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [made.id, key.name, hashOf(made.secret), key.scopes, key.pointsPerMinute, key.expiresAt, key.replaces],
  );
  await tell(connection);
  return made;
}

async function tell(connection: EntityManager): Promise<void> {
  await connection.query(`SELECT pg_notify('${ACCESS_CHANNEL}', '')`);
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

function unknownKey(id: string): LundongError {
  return new LundongError('UNKNOWN_KEY', `No key has the id "${id.slice(0, 20)}"; lundong keys list shows them.`);
}
