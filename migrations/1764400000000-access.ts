import type { MigrationInterface, QueryRunner } from 'typeorm';

/** API keys, who did what, and what each caller has spent in a minute. */
export class Access1764400000000 implements MigrationInterface {
  readonly name = 'Access1764400000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE api_key (
        id text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{12}$'),
        name text NOT NULL,
        secret_hash bytea NOT NULL,
        scopes text[] NOT NULL CHECK (scopes <@ ARRAY['read', 'compute', 'admin'] AND scopes <> '{}'),
        points_per_minute integer CHECK (points_per_minute > 0),
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz,
        revoked_at timestamptz,
        last_used_at timestamptz,
        replaces text REFERENCES api_key
      );
      COMMENT ON COLUMN api_key.secret_hash IS
        'SHA-256 of the secret. A slow hash protects secrets that can be guessed; 256 random bits cannot';

      CREATE TABLE access_audit (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        actor text NOT NULL,
        action text NOT NULL,
        subject text NOT NULL,
        variables_hash text,
        outcome text NOT NULL
      );

      -- Worth a minute: after a crash of the server everybody begins anew.
      CREATE UNLOGGED TABLE access_usage (
        caller text NOT NULL,
        minute bigint NOT NULL,
        points bigint NOT NULL,
        PRIMARY KEY (caller, minute)
      );
      CREATE INDEX access_usage_by_minute ON access_usage (minute);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE access_usage, access_audit, api_key');
  }
}
