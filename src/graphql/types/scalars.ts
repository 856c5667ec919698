import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';
import { type LocalDate as LocalDateValue, tryParseLocalDate } from '../../domain/local-date.js';

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
  parseLiteral: (node) => parse(node.kind === Kind.STRING ? node.value : null),
});

export { GraphQLDateTime as DateTime, GraphQLJSON as Json } from 'graphql-scalars';
