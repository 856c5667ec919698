import { randomUUID } from 'node:crypto';
import { HeaderMap } from '@apollo/server';
import { ApolloServerValidationErrorCode } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { type ErrorCode, LundongError } from '../domain/errors.js';
import { toldErrors } from '../domain/measurements.js';
import { redactSecrets } from '../domain/secrets.js';
import { databaseAway, isDatabaseAway } from '../store/database-away.js';
import { MAX_SELECTIONS } from './operation-profile.js';

/** Bounds parsing and validation, some rules of which take quadratic time. */
export const MAX_TOKENS = 2000;

/** Codes that the server itself gives to requests it cannot even begin; their messages hold nothing of the inside. */
export const REQUEST_CODES: ReadonlySet<unknown> = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
]);

/** Codes of requests that are answered before GraphQL sees them, and of faults of ours. */
export const TRANSPORT_CODES = [
  'BAD_REQUEST',
  'NOT_FOUND',
  'PAYLOAD_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'INTERNAL',
] as const;

export type TransportCode = (typeof TRANSPORT_CODES)[number];

/** A message repeats what was sent, and that may be a megabyte. */
const LONGEST_MESSAGE = 500;

/** Status of a request that is refused with one of our codes before it is executed; 400 for all others. */
const REFUSAL_STATUS: Readonly<Record<string, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  INTROSPECTION_OFF: 403,
  UNTRUSTED_DOCUMENT: 403,
  UNKNOWN_OPERATION: 404,
  RATE_LIMITED: 429,
  OVERLOADED: 503,
  DATABASE_UNAVAILABLE: 503,
  STOPPING: 503,
  AUTHENTICATION_UNAVAILABLE: 503,
  TIMEOUT: 504,
} satisfies Partial<Record<ErrorCode, number>>;

/** Status of a request that is refused with a code. */
export function statusOfRefusal(code: unknown): number {
  return REFUSAL_STATUS[String(code)] ?? 400;
}

/** Status and headers of a request that is refused before it is executed. */
export function httpOfRefusal({ code, details }: LundongError): { status: number; headers: [string, string][] } {
  const { retryAfter } = details;
  return {
    status: statusOfRefusal(code),
    headers: [
      ...(code === 'UNAUTHENTICATED' ? [['www-authenticate', 'Bearer realm="lundong"'] as [string, string]] : []),
      ...(retryAfter === undefined ? [] : [['retry-after', String(retryAfter)] as [string, string]]),
    ],
  };
}

/** An error of the request, for transports that Apollo does not serve. */
export function refusal(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}

/** The error as Apollo has to be given it to answer with the right status: anything thrown in a hook is a 500 else. */
export function refusalOf(error: LundongError): GraphQLError {
  const { status, headers } = httpOfRefusal(error);
  return new GraphQLError(error.message, {
    originalError: error,
    extensions: { http: { status, headers: new HeaderMap(headers) } },
  });
}

export type ErrorFormatter = (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;

/**
 * @param error the fault itself
 * @param id under which the caller was told of it
 * @param outer the error of the operation, which may be the fault's wrapping
 */
export type FaultLog = (error: unknown, id: string, outer: unknown) => void;

/**
 * What a caller sees of an error: ours whole, those of the request as they are, and of anything else only an id, under
 * which the log has the rest.
 */
export function errorFormatter(log: FaultLog): ErrorFormatter {
  const format = formatterOf(log);
  return (formatted, error) => {
    const told = format(formatted, error);
    toldErrors.tell({ code: String(told.extensions?.code) });
    return told;
  };
}

function formatterOf(log: FaultLog): ErrorFormatter {
  return (formatted, error) => {
    const original = whatToTell(error instanceof GraphQLError ? (error.originalError ?? error) : error);
    const place = {
      ...(formatted.locations === undefined ? {} : { locations: formatted.locations }),
      ...(formatted.path === undefined ? {} : { path: formatted.path }),
    };
    if (original instanceof LundongError)
      return {
        message: cut(original.message),
        ...place,
        extensions: { code: original.code, ...redactedDetails(original) },
      };
    if (isTooMuch(formatted))
      return {
        message: `${cut(formatted.message)} An operation may have ${MAX_TOKENS} tokens and, fragments written out, ${MAX_SELECTIONS} fields; send several.`,
        extensions: { code: 'COST_LIMIT' },
      };
    const code = requestCode(formatted, error);
    if (code !== null) return { message: cut(formatted.message), ...place, extensions: { code } };
    const id = randomUUID();
    log(original, id, error);
    return {
      message: `Something went wrong on our side; please report it with the id ${id}.`,
      ...place,
      extensions: { code: 'INTERNAL', id },
    };
  };
}

/** An error as it is, but for those by which the database says that it is away. */
export function whatToTell(error: unknown): unknown {
  return isDatabaseAway(error) ? databaseAway(error) : error;
}

/** The code of an error that the request itself is to blame for; null for any other. */
function requestCode(formatted: GraphQLFormattedError, error: unknown): string | null {
  const code = formatted.extensions?.code;
  if (REQUEST_CODES.has(code)) return String(code);
  // Apollo refuses some requests with a status but without a code.
  const status = error instanceof GraphQLError ? (error.extensions.http as { status?: number } | undefined)?.status : 0;
  return status !== undefined && status >= 400 && status < 500 ? 'BAD_REQUEST' : null;
}

/** Whether parser or validation gave up for the size of the document; the parser has no code for it. */
function isTooMuch({ message, extensions }: GraphQLFormattedError): boolean {
  const { code, validationErrorCode } = extensions ?? {};
  return (
    validationErrorCode === ApolloServerValidationErrorCode.MAX_RECURSIVE_SELECTIONS_EXCEEDED ||
    (code === 'GRAPHQL_PARSE_FAILED' && /Parsing aborted|Maximum call stack/.test(message)) ||
    (code === 'GRAPHQL_VALIDATION_FAILED' && message === 'Validation aborted.')
  );
}

/** The details of an error without the secrets that a caller may have put where a name or a code was asked for. */
export function redactedDetails({ details }: LundongError): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) => [name, typeof value === 'string' ? redactSecrets(value) : value]),
  );
}

function cut(told: string): string {
  const message = redactSecrets(told);
  return message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}…` : message;
}
