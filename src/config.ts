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
    .describe('where the lake, the embedded PostgreSQL and quarantined rows live'),
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
  ETF_RULES_FILE: z
    .string()
    .min(1)
    .optional()
    .describe('rules that sort ETFs by name into categories and themes, in place of config/etf-rules.json'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent'])
    .default('info')
    .describe('how much is logged'),
} as const;

export const SETTING_DESCRIPTIONS: readonly { name: string; description: string }[] = Object.entries(SETTINGS).map(
  ([name, schema]) => ({ name, description: schema.description ?? '' }),
);

export interface Config {
  readonly port: number;
  readonly host: string;
  readonly workers: number;
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent';
  readonly databaseUrl: string | null;
  readonly etfRulesFile: string;
  readonly directories: {
    readonly lake: string;
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
      return `${name}="${name === 'DATABASE_URL' ? '…' : given[name]}": ${issue.message}`;
    });
    throw new LundongError(
      'INVALID_CONFIG',
      `The environment has settings that cannot be used: ${problems.join('; ')}.`,
    );
  }
  const { PORT, HOST, DATA_DIR, DATABASE_URL, WORKERS, ETF_RULES_FILE, LOG_LEVEL } = parsed.data;
  const root = resolve(DATA_DIR);
  return {
    port: PORT,
    host: HOST,
    workers: WORKERS,
    logLevel: LOG_LEVEL,
    databaseUrl: DATABASE_URL ?? null,
    etfRulesFile: ETF_RULES_FILE === undefined ? PACKAGED_ETF_RULES : resolve(ETF_RULES_FILE),
    directories: {
      lake: join(root, 'lake'),
      postgres: join(root, 'postgres'),
      quarantine: join(root, 'quarantine'),
      temporary: join(root, 'tmp'),
    },
  };
}
