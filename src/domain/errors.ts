/**
 * Every way a caller or an operator can be told "no". The code is for programs and never changes its meaning; the
 * message is for people and always names the value that was wrong and the remedy. `docs/errors.md` has a row for each.
 */
export const ERROR_CODES = [
  'INVALID_ARGUMENT',
  'INVALID_DATE',
  'INVALID_RANGE',
  'DATE_BEFORE_DATA',
  'UNKNOWN_INDUSTRY',
  'UNKNOWN_FACTOR',
  'UNKNOWN_PORTFOLIO',
  'UNKNOWN_ETF',
  'UNKNOWN_THEME',
  'KEY_TAKEN',
  'UNKNOWN_JOB',
  'UNKNOWN_OPERATION',
  'NOT_ONE_TABLE',
  'NO_DATA',
  'MODEL_INVALID',
  'INVALID_CURSOR',
  'COST_LIMIT',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'AUTHENTICATION_UNAVAILABLE',
  'RATE_LIMITED',
  'TIMEOUT',
  'INTROSPECTION_OFF',
  'UNTRUSTED_DOCUMENT',
  'UNKNOWN_KEY',
  'INVALID_CONFIG',
  'IMPORT_REJECTED',
  'FILE_UNREADABLE',
  'DATABASE_UNAVAILABLE',
  'STORAGE_UNAVAILABLE',
  'OVERLOADED',
  'STOPPING',
  'SCHEMA_DRIFT',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** The one error class that may reach a caller; anything else is masked before it leaves the process. */
export class LundongError extends Error {
  override readonly name = 'LundongError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Seconds in which a line has moved on. */
const RETRY_AFTER_S = 2;

/** @param what waits, in the plural */
export function overloaded(what: string): LundongError {
  return new LundongError('OVERLOADED', `Too many ${what} are waiting; try again in ${RETRY_AFTER_S} seconds.`, {
    retryAfter: RETRY_AFTER_S,
  });
}
