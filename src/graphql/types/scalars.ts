import { GraphQLError, GraphQLScalarType, Kind, print } from 'graphql';
import { GraphQLDateTime } from 'graphql-scalars';
import { type LocalDate as LocalDateValue, tryParseLocalDate } from '../../domain/local-date.js';

const LONGEST_MOMENT = 40;

function parse(value: unknown): LocalDateValue {
  // Only the one form of the contract: the importer's compact dates are no part of the API.
  const date = typeof value === 'string' && value.length === 10 ? tryParseLocalDate(value) : null;
  if (date === null)
    throw new GraphQLError(
      `${JSON.stringify(value)?.slice(0, 40)} is not a date; write it as YYYY-MM-DD, e.g. "2025-11-21".`,
    );
  return date;
}

export const LocalDate = new GraphQLScalarType<LocalDateValue, string>({
  name: 'LocalDate',
  description: 'A calendar date without time or zone, YYYY-MM-DD. Trading dates are those of the Shanghai exchange.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize: (value) => String(value),
  parseValue: parse,
  parseLiteral: (node) => parse(node.kind === Kind.STRING ? node.value : print(node)),
});

function parseMoment(value: unknown): Date {
  // Years below 1000 are none of LocalDate.
  if (typeof value === 'string' && value.length <= LONGEST_MOMENT && /^[1-9]/.test(value))
    try {
      return GraphQLDateTime.parseValue(value);
    } catch {
      // told below, with what to do
    }
  throw new GraphQLError(
    `${JSON.stringify(value)?.slice(0, 40)} is not a moment; write it with seconds and zone, e.g. "2025-11-21T10:30:00+08:00".`,
  );
}

/** The library's own, but for its messages, which say neither what a moment looks like nor that a zone is missing. */
export const DateTime = new GraphQLScalarType<Date, Date>({
  ...GraphQLDateTime.toConfig(),
  parseValue: parseMoment,
  parseLiteral: (node) => parseMoment(node.kind === Kind.STRING ? node.value : print(node)),
});

export { GraphQLJSON as Json } from 'graphql-scalars';
