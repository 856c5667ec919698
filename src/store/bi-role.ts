import { randomBytes } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { LundongError } from '../domain/errors.js';
import { recordAudit } from './access-audit.repository.js';

/** Whom BI tools log in as: it reads the views of the schema bi and nothing else. */
export const BI_ROLE = 'lundong_bi';

const MOST_CONNECTIONS = 10;
const STATEMENT_TIMEOUT = '60s';
/** What a forgotten transaction holds back: the locks of a migration, and the room that deleted rows take. */
const IDLE_TIMEOUT = '300s';
/** What one session may spill to the disk that the server shares. */
const SPILL_LIMIT = '1GB';

/**
 * What PostgreSQL lets every role do that no reader needs: to hold the locks by which imports, migrations and jobs keep
 * out of each other's way, and to fill the disk past its tables.
 */
const BEYOND_READING =
  '^(pg_(try_)?advisory_(xact_)?lock(_shared)?|lo_creat|lo_create|lo_from_bytea|pg_logical_emit_message)$';

/**
 * Makes the role, which may not log in yet, and lets it read the views. Where this database's own role may not make any,
 * as on some managed servers, nothing is done: the views are there, and `openBiLogin` says what is left to do.
 */
export async function grantBiRole(query: (sql: string) => Promise<unknown>): Promise<void> {
  await query(`
    DO $$
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${BI_ROLE}') THEN
        CREATE ROLE ${BI_ROLE} NOLOGIN CONNECTION LIMIT ${MOST_CONNECTIONS};
        ALTER ROLE ${BI_ROLE} SET default_transaction_read_only = on;
        ALTER ROLE ${BI_ROLE} SET statement_timeout = '${STATEMENT_TIMEOUT}';
        ALTER ROLE ${BI_ROLE} SET search_path = bi;
      END IF;
    EXCEPTION
      WHEN insufficient_privilege THEN RAISE NOTICE 'no right to make the role ${BI_ROLE}: the views of bi have no reader';
      WHEN duplicate_object OR unique_violation THEN NULL; -- another database of the server made it in this moment
    END $$`);
  await query(`
    DO $$
    BEGIN
      IF EXISTS (SELECT FROM pg_roles WHERE rolname = '${BI_ROLE}') THEN
        GRANT USAGE ON SCHEMA bi TO ${BI_ROLE};
        GRANT SELECT ON ALL TABLES IN SCHEMA bi TO ${BI_ROLE};
      END IF;
    END $$`);
}

/**
 * Takes from the role what it may have given itself, since a role may change its own settings, and from everybody but the
 * database's superusers what is beyond reading. Only a superuser may do the latter, as lundong is in the embedded
 * PostgreSQL; elsewhere docs/bi.md tells an administrator how.
 */
async function confineBiRole(query: (sql: string) => Promise<unknown>): Promise<void> {
  await query(`
    ALTER ROLE ${BI_ROLE} RESET ALL;
    ALTER ROLE ${BI_ROLE} SET default_transaction_read_only = on;
    ALTER ROLE ${BI_ROLE} SET statement_timeout = '${STATEMENT_TIMEOUT}';
    ALTER ROLE ${BI_ROLE} SET idle_in_transaction_session_timeout = '${IDLE_TIMEOUT}';
    ALTER ROLE ${BI_ROLE} SET search_path = bi`);
  await query(`
    DO $$
    DECLARE
      beyond regprocedure;
    BEGIN
      IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN RETURN; END IF;
      ALTER ROLE ${BI_ROLE} SET temp_file_limit = '${SPILL_LIMIT}';
      FOR beyond IN
        SELECT oid FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proname ~ '${BEYOND_READING}'
      LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', beyond);
      END LOOP;
      EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
      REVOKE CONNECT ON DATABASE template1 FROM PUBLIC;
    END $$`);
}

/**
 * Gives the role a new password and lets it log in; the one before is good no more.
 *
 * @param url of the database, as lundong itself connects
 * @returns the URL for BI tools, with the password
 * @throws LundongError DATABASE_UNAVAILABLE where the database's own role may not make or alter roles
 */
export async function openBiLogin(connection: EntityManager, url: string, actor: string): Promise<string> {
  const password = randomBytes(24).toString('hex');
  try {
    await connection.transaction(async (manager) => {
      await grantBiRole((sql) => manager.query(sql));
      await confineBiRole((sql) => manager.query(sql));
      // Utility statements take no parameters; the password is of hexadecimal digits.
      await manager.query(`ALTER ROLE ${BI_ROLE} LOGIN PASSWORD '${password}'`);
      await recordAudit(manager, { actor, action: 'bi.open', subject: BI_ROLE, outcome: 'ok' });
    });
  } catch (cause) {
    throw refused(cause);
  }
  const own = new URL(url);
  own.username = BI_ROLE;
  own.password = password;
  // The driver takes these in place of what stands before the host; they are the owner's.
  for (const name of ['user', 'password']) own.searchParams.delete(name);
  return own.href;
}

/**
 * Lets the role log in no more, and ends its sessions.
 *
 * @throws LundongError DATABASE_UNAVAILABLE as `openBiLogin`
 */
export async function closeBiLogin(connection: EntityManager, actor: string): Promise<void> {
  try {
    await connection.transaction(async (manager) => {
      await manager.query(`ALTER ROLE ${BI_ROLE} NOLOGIN PASSWORD NULL`);
      await recordAudit(manager, { actor, action: 'bi.close', subject: BI_ROLE, outcome: 'ok' });
    });
    await connection.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [BI_ROLE]);
  } catch (cause) {
    throw refused(cause);
  }
}

function refused(cause: unknown): LundongError {
  return new LundongError(
    'DATABASE_UNAVAILABLE',
    `The role ${BI_ROLE} cannot be changed: ${cause instanceof Error ? cause.message : cause}. Have an administrator of the server run the statements in docs/bi.md.`,
    {},
    { cause },
  );
}
