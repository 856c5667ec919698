import type { FastifyRequest } from 'fastify';
import { LundongError } from '../../domain/errors.js';

/** What a caller wants exported. */
export interface ExportRequest {
  readonly query: string;
  readonly operationName?: string;
  readonly variables: Record<string, unknown>;
  /** Name of a documented operation; null where the document was sent. */
  readonly name: string | null;
  /** Whether a CSV is to begin with a byte-order mark, by which Excel knows UTF-8. */
  readonly hasMark: boolean;
}

const FIELDS = ['operation', 'query', 'operationName', 'variables', 'bom'];

/**
 * @param operations documents by name
 * @returns what is wanted, or what is wrong with the request: for people
 * @throws LundongError UNKNOWN_OPERATION
 */
export function readExportRequest(
  { method, headers, query: search, body }: FastifyRequest,
  operations: ReadonlyMap<string, string>,
): ExportRequest | string {
  if (!isDeliberate(method, headers))
    return 'A page of another site could have sent this; send the header apollo-require-preflight: 1 with GET.';
  const inUrl = search as Record<string, unknown>;
  const sent: Record<string, unknown> = method === 'GET' ? inUrl : { ...inUrl, ...(isObject(body) ? body : {}) };
  if (method !== 'GET' && !isObject(body)) return 'The body must be an object: {"query": "…"} or {"operation": "…"}.';
  const unknown = Object.keys(sent).find((field) => !FIELDS.includes(field));
  if (unknown !== undefined) return `"${unknown.slice(0, 40)}" is unknown here; there are ${FIELDS.join(', ')}.`;
  const { operation, query, operationName, bom } = sent;
  const variables = readVariables(sent.variables);
  if (variables === null) return 'variables must be an object; in a URL, as JSON.';
  if (![operation, query, operationName].every((one) => one === undefined || one === null || typeof one === 'string'))
    return 'operation, query and operationName must be texts, each given once.';
  if (!['true', 'false', true, false, undefined].includes(bom as string | boolean | undefined))
    return 'bom must be true or false.';
  const hasMark = String(bom) === 'true';
  if (typeof operation === 'string') {
    if (typeof query === 'string') return 'Send a query, or the name of an operation, not both.';
    const known = operations.get(operation);
    if (known === undefined)
      throw new LundongError(
        'UNKNOWN_OPERATION',
        `There is no operation ${JSON.stringify(operation.slice(0, 40))}; the names are those of the files in schema/operations.`,
      );
    return { query: known, variables, name: operation, hasMark };
  }
  if (typeof query !== 'string')
    return 'Send a query, or the name of an operation: {"query": "…"} or {"operation": "…"}.';
  const named = typeof operationName === 'string' ? { operationName } : {};
  return { query, ...named, variables, name: null, hasMark };
}

/**
 * Whether only a program, or a page that was allowed to, can have sent the request: browsers ask the server before they
 * send such a header, or JSON, for another site. The same rule as that of /graphql; and a key is never sent unasked.
 */
function isDeliberate(method: string, headers: FastifyRequest['headers']): boolean {
  const proofs = ['authorization', 'apollo-require-preflight', 'x-apollo-operation-name'];
  return (
    proofs.some((name) => Boolean(headers[name])) ||
    (method !== 'GET' && /^application\/json\b/.test(headers['content-type'] ?? ''))
  );
}

function readVariables(sent: unknown): Record<string, unknown> | null {
  if (sent === undefined || sent === null || sent === '') return {};
  if (typeof sent !== 'string') return isObject(sent) ? sent : null;
  try {
    const parsed: unknown = JSON.parse(sent);
    return isObject(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
