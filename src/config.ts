import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { LundongError } from './domain/errors.js';

/** Of the repository's and of the image's root, two folders above where this file is compiled to. */
const PACKAGED_ETF_RULES = fileURLToPath(new URL('../../config/etf-rules.json', import.meta.url));

/** Every setting, its default and its meaning; the README's table is checked against this. */
const SETTINGS = {
  PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(4000)
    .describe('port the server listens on; 0 = any free one'),
  HOST: z.string().min(1).default('127.0.0.1').describe('address the server listens on'),
  DATA_DIR: z
    .string()
    .min(1)
    .default('./.lundong')
    .describe('where the lake, the models, the embedded PostgreSQL and quarantined rows live'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe('an existing PostgreSQL to use instead of the embedded one, postgres://user:password@host:5432/database'),
  WORKERS: z.coerce
    .number()
    .int()
    .min(0)
    .max(1)
    .default(1)
    .describe('worker processes that serve starts beside itself, 0 or 1; more run as lundong worker'),
  ACCESS: z
    .enum(['keys', 'open'])
    .optional()
    .describe(
      'keys: every caller needs a key; open: nobody does; else open to this machine alone while there is no key, and to nobody without one where HOST is reachable from elsewhere',
    ),
  JWT_ISSUER: z.string().min(1).optional().describe('issuer whose tokens (JWT) are accepted besides keys'),
  JWT_AUDIENCE: z.string().min(1).optional().describe('audience that tokens must be made for'),
  JWT_JWKS_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('where the issuer publishes the keys that its tokens are checked with'),
  JWT_SCOPE_CLAIM: z.string().min(1).default('scope').describe('claim of a token that names its scopes'),
  RATE_LIMIT: z.coerce
    .number()
    .int()
    .min(0)
    .max(2_000_000_000)
    .default(200_000)
    .describe('points that a caller may spend in a minute unless its key says otherwise; 0 = no limit'),
  HEAVY_OPERATIONS: z.coerce
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(8)
    .describe('operations of 2,000 points or more that a caller may have under way at once in each server process'),
  QUERY_TIMEOUT: z.coerce.number().positive().max(3600).default(30).describe('seconds that an operation may take'),
  STOP_TIMEOUT: z.coerce
    .number()
    .positive()
    .max(3600)
    .default(10)
    .describe('seconds that what is under way may take when the server is told to stop; what is left is broken off'),
  INTROSPECTION: z.enum(['on', 'off']).default('on').describe('whether the schema may be asked for'),
  TRUSTED_DOCUMENTS: z
    .enum(['off', 'warn', 'enforce'])
    .default('off')
    .describe(
      'what is done about operations that do not lie in schema/operations: nothing, a line in the log, refusal',
    ),
  ETF_RULES_FILE: z
    .string()
    .min(1)
    .optional()
    .describe('rules that sort ETFs by name into categories and themes, in place of config/etf-rules.json'),
  SLOW_OPERATION_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(3_600_000)
    .default(1000)
    .describe('milliseconds from which on an operation is told of in the log, with what it asked for'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'where traces are sent by OpenTelemetry’s protocol over HTTP, http://host:4318; none are made without it',
    ),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent'])
    .default('info')
    .describe('how much is logged'),
} as const;

/** Settings that may hold a password. */
const HAS_PASSWORD: ReadonlySet<string> = new Set(['DATABASE_URL', 'OTEL_EXPORTER_OTLP_ENDPOINT']);

export const SETTING_DESCRIPTIONS: readonly { name: string; description: string }[] = Object.entries(SETTINGS).map(
  ([name, schema]) => ({ name, description: schema.description ?? '' }),
);

export interface Config {
  readonly port: number;
  readonly host: string;
  readonly workers: number;
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent';
  readonly databaseUrl: string | null;
  /** Null: as it follows from HOST and whether there are keys. */
  readonly access: 'keys' | 'open' | null;
  /** Null where no tokens are accepted. */
  readonly jwt: {
    readonly issuer: string;
    readonly audience: string;
    readonly jwksUrl: string;
    readonly scopeClaim: string;
  } | null;
  /** Points a minute; null for no limit. */
  readonly rateLimit: number | null;
  readonly heavyOperations: number;
  /** Seconds. */
  readonly queryTimeout: number;
  /** Seconds. */
  readonly stopTimeout: number;
  readonly introspection: boolean;
  readonly trustedDocuments: 'off' | 'warn' | 'enforce';
  readonly etfRulesFile: string;
  readonly slowOperationMs: number;
  /** Null where no traces are made. */
  readonly tracesEndpoint: string | null;
  readonly directories: {
    readonly lake: string;
    readonly models: string;
    readonly postgres: string;
    readonly quarantine: string;
    readonly temporary: string;
  };
}

/**
 * The one place that reads the environment. An empty variable counts as not set.
 *
 * @throws LundongError INVALID_CONFIG naming each bad variable
 */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const given = Object.fromEntries(Object.keys(SETTINGS).map((name) => [name, environment[name] || undefined]));
  const parsed = z.object(SETTINGS).safeParse(given);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => {
      const name = String(issue.path[0]);
      return `${name}="${HAS_PASSWORD.has(name) ? '…' : given[name]}": ${issue.message}`;
    });
    throw new LundongError(
      'INVALID_CONFIG',
      `The environment has settings that cannot be used: ${problems.join('; ')}.`,
    );
  }
  const { PORT, HOST, DATA_DIR, DATABASE_URL, WORKERS, ETF_RULES_FILE, LOG_LEVEL, ...access } = parsed.data;
  const root = resolve(DATA_DIR);
  return {
    port: PORT,
    host: HOST,
    workers: WORKERS,
    logLevel: LOG_LEVEL,
    databaseUrl: DATABASE_URL ?? null,
    access: access.ACCESS ?? null,
    jwt: readJwt(access),
    rateLimit: access.RATE_LIMIT === 0 ? null : access.RATE_LIMIT,
    heavyOperations: access.HEAVY_OPERATIONS,
    queryTimeout: access.QUERY_TIMEOUT,
    stopTimeout: access.STOP_TIMEOUT,
    introspection: access.INTROSPECTION === 'on',
    trustedDocuments: access.TRUSTED_DOCUMENTS,
    etfRulesFile: ETF_RULES_FILE === undefined ? PACKAGED_ETF_RULES : resolve(ETF_RULES_FILE),
    slowOperationMs: access.SLOW_OPERATION_MS,
    tracesEndpoint: access.OTEL_EXPORTER_OTLP_ENDPOINT ?? null,
    directories: {
      lake: join(root, 'lake'),
      models: join(root, 'models'),
      postgres: join(root, 'postgres'),
      quarantine: join(root, 'quarantine'),
      temporary: join(root, 'tmp'),
    },
  };
}

/** @throws LundongError INVALID_CONFIG where some of it is set and some is not */
function readJwt({
  JWT_ISSUER: issuer,
  JWT_AUDIENCE: audience,
  JWT_JWKS_URL: jwksUrl,
  JWT_SCOPE_CLAIM: scopeClaim,
}: {
  JWT_ISSUER?: string | undefined;
  JWT_AUDIENCE?: string | undefined;
  JWT_JWKS_URL?: string | undefined;
  JWT_SCOPE_CLAIM: string;
}): Config['jwt'] {
  if (issuer !== undefined && audience !== undefined && jwksUrl !== undefined)
    return { issuer, audience, jwksUrl, scopeClaim };
  if (issuer === undefined && audience === undefined && jwksUrl === undefined) return null;
  throw new LundongError(
    'INVALID_CONFIG',
    'Tokens are accepted with JWT_ISSUER, JWT_AUDIENCE and JWT_JWKS_URL together; set all three, or none.',
  );
}
