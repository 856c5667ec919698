import { randomUUID } from 'node:crypto';
import { unwrapResolverError } from '@apollo/server/errors';
import type { GraphQLFormattedError } from 'graphql';
import { LundongError } from '../domain/errors.js';

/** Codes that the server itself gives to requests it cannot even begin; their messages hold nothing of the inside. */
const REQUEST_CODES: ReadonlySet<unknown> = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
]);

/**
 * What a caller sees of an error: ours whole, those of the request as they are, and of anything else only an id, under
 * which the log has the rest.
 */
export function errorFormatter(
  log: (error: unknown, id: string) => void,
): (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError {
  return (formatted, error) => {
    const original = unwrapResolverError(error);
    const place = {
      ...(formatted.locations === undefined ? {} : { locations: formatted.locations }),
      ...(formatted.path === undefined ? {} : { path: formatted.path }),
    };
    if (original instanceof LundongError)
      return { message: original.message, ...place, extensions: { code: original.code, ...original.details } };
    const code = formatted.extensions?.code;
    if (REQUEST_CODES.has(code)) return { message: formatted.message, ...place, extensions: { code } };
    const id = randomUUID();
    log(original, id);
    return {
      message: `Something went wrong on our side; please report it with the id ${id}.`,
      ...place,
      extensions: { code: 'INTERNAL', id },
    };
  };
}
