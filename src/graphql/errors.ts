import { randomUUID } from 'node:crypto';
import { ApolloServerValidationErrorCode } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { LundongError } from '../domain/errors.js';

/** Codes that the server itself gives to requests it cannot even begin; their messages hold nothing of the inside. */
export const REQUEST_CODES: ReadonlySet<unknown> = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
]);

/** A message repeats what was sent, and that may be a megabyte. */
const LONGEST_MESSAGE = 500;

/**
 * What a caller sees of an error: ours whole, those of the request as they are, and of anything else only an id, under
 * which the log has the rest.
 */
export function errorFormatter(
  log: (error: unknown, id: string) => void,
): (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError {
  return (formatted, error) => {
    const original = error instanceof GraphQLError ? (error.originalError ?? error) : error;
    const place = {
      ...(formatted.locations === undefined ? {} : { locations: formatted.locations }),
      ...(formatted.path === undefined ? {} : { path: formatted.path }),
    };
    if (original instanceof LundongError)
      return { message: cut(original.message), ...place, extensions: { code: original.code, ...original.details } };
    const code = requestCode(formatted, error);
    if (code !== null) return { message: cut(formatted.message), ...place, extensions: { code } };
    const id = randomUUID();
    log(original, id);
    return {
      message: `Something went wrong on our side; please report it with the id ${id}.`,
      ...place,
      extensions: { code: 'INTERNAL', id },
    };
  };
}

/** The code of an error that the request itself is to blame for; null for any other. */
function requestCode(formatted: GraphQLFormattedError, error: unknown): string | null {
  const { code, validationErrorCode } = formatted.extensions ?? {};
  if (validationErrorCode === ApolloServerValidationErrorCode.MAX_RECURSIVE_SELECTIONS_EXCEEDED) return 'COST_LIMIT';
  if (REQUEST_CODES.has(code)) return String(code);
  // Apollo refuses some requests with a status but without a code.
  const status = error instanceof GraphQLError ? (error.extensions.http as { status?: number } | undefined)?.status : 0;
  return status !== undefined && status >= 400 && status < 500 ? 'BAD_REQUEST' : null;
}

function cut(message: string): string {
  return message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}…` : message;
}
