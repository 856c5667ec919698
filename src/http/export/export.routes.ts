import { Readable } from 'node:stream';
import type { GraphQLResponse } from '@apollo/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLFormattedError, GraphQLSchema } from 'graphql';
import { LundongError, overloaded } from '../../domain/errors.js';
import type { RequestContext } from '../../graphql/context.js';
import { statusOfRefusal } from '../../graphql/errors.js';
import type { RateLimits } from '../../graphql/rate-limits.js';
import type { TableType } from '../../graphql/types/table.type.js';
import type { MarketSource } from '../../lake/market-source.js';
import type { Access } from '../access/access.js';
import { authenticateRequests } from '../access/authentication.js';
import { chargeRefused, tellRate } from '../charges.js';
import { asErrors } from '../failures.js';
import type { OperationObserver } from '../observability/operation-observer.js';
import { endWithCaller, openContext, whenOver } from '../request-context.js';
import { type ExportRequest, readExportRequest } from './export-request.js';
import { requireOneTable } from './exported-table.js';
import type { ParquetExport } from './parquet-export.js';
import { csv, ndjson, writeText } from './table-text.js';

/** Exports under way at once, of all callers; each holds one piece of its table. */
const MOST_EXPORTS = 32;
/** How long a reader may take nothing. */
const STALL_MS = 60_000;

/** Executes an operation as POST /graphql does: with its guard, its time limit and the words of its errors. */
export type ExecuteOperation = (
  request: { query: string; operationName?: string; variables: Record<string, unknown> },
  context: RequestContext,
) => Promise<Pick<GraphQLResponse, 'body' | 'http'>>;

export interface ExportOptions {
  readonly schema: GraphQLSchema;
  readonly markets: MarketSource;
  readonly access: Access;
  readonly observer: OperationObserver;
  readonly rates: RateLimits;
  readonly execute: ExecuteOperation;
  /** The documented operations, by name. */
  readonly operations: ReadonlyMap<string, string>;
  readonly parquet: ParquetExport;
  readonly stallMs?: number;
}

interface Format {
  readonly type: string;
  readonly write: (
    table: TableType,
    request: ExportRequest,
    parquet: ParquetExport,
    signal: AbortSignal,
  ) => AsyncGenerator<string | Buffer>;
}

const FORMATS: ReadonlyMap<string, Format> = new Map([
  [
    'csv',
    {
      type: 'text/csv; charset=utf-8; header=present',
      write: (table, { hasMark }, _, signal) => writeText(table, csv(table, hasMark), signal),
    },
  ],
  [
    'ndjson',
    {
      type: 'application/x-ndjson; charset=utf-8',
      write: (table, _, __, signal) => writeText(table, ndjson(table), signal),
    },
  ],
  [
    'parquet',
    { type: 'application/vnd.apache.parquet', write: (table, _, parquet, signal) => parquet.write(table, signal) },
  ],
] satisfies [string, Format][]);

/**
 * Tables for BI at /export/csv, /export/ndjson and /export/parquet: the values of the one table of a query, of any length,
 * carried as fast as they are taken (docs/adr/0017).
 */
export async function exportRoutes(app: FastifyInstance, options: ExportOptions): Promise<void> {
  app.addHook('onRequest', async (_, reply) => {
    reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
  });
  authenticateRequests(app, options.access);
  app.decorateRequest('graphql');
  app.decorateRequest('responseKey', null);
  options.observer.observe(app, 'export');
  let underWay = 0;
  app.route<{ Params: { format: string } }>({
    method: ['GET', 'POST'],
    url: '/export/:format',
    handler: async (request, reply) => {
      const format = FORMATS.get(request.params.format);
      if (format === undefined) {
        const message = `There is no format ${JSON.stringify(request.params.format.slice(0, 40))}; there are ${[...FORMATS.keys()].join(', ')}.`;
        return reply.code(404).send(asErrors('NOT_FOUND', message));
      }
      if (underWay >= MOST_EXPORTS) throw overloaded('exports');
      underWay++;
      whenOver(reply, () => underWay--);
      return exportTable(request, reply, request.params.format, format, options);
    },
  });
}

/** An export that can begin: what goes wrong from here on can only break it off. */
interface ReadyExport {
  readonly table: TableType;
  readonly name: string;
  readonly body: AsyncGenerator<string | Buffer>;
}

/** What is answered in place of one. */
interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

async function exportTable(
  request: FastifyRequest,
  reply: FastifyReply,
  ending: string,
  format: Format,
  options: ExportOptions,
): Promise<FastifyReply> {
  const { markets, rates, access } = options;
  const tables: TableType[] = [];
  const takeTable = (table: TableType): unknown => tables.push(table);
  const context = openContext(request, markets, { rates, takeTable });
  endWithCaller(reply, context);
  const release = access.whileValid(request.caller, (reason) => {
    context.abort(reason);
    // What has begun cannot be told of any more, and a reader who takes little could draw it out for hours.
    if (reply.raw.headersSent) reply.raw.destroy();
  });
  whenOver(reply, release);
  let outcome: ReadyExport | Refusal;
  try {
    outcome = await prepare(request, reply, format, tables, context, options);
  } finally {
    const { answer } = context;
    if (answer.profile === null && answer.rate === null) answer.rate = chargeRefused(request.caller, rates);
    tellRate(reply, answer.rate);
  }
  if ('status' in outcome) return reply.code(outcome.status).headers(outcome.headers).send(outcome.body);
  return reply
    .header('content-type', format.type)
    .header('content-disposition', `attachment; filename="${outcome.name}.${ending}"`)
    .header('lundong-table', tableHeader(outcome.table))
    .send(Readable.from(outcome.body));
}

async function prepare(
  request: FastifyRequest,
  reply: FastifyReply,
  format: Format,
  tables: readonly TableType[],
  context: RequestContext,
  { schema, rates, execute, operations, parquet, stallMs = STALL_MS }: ExportOptions,
): Promise<ReadyExport | Refusal> {
  const wanted = readExportRequest(request, operations);
  if (typeof wanted === 'string') return { status: 400, headers: {}, body: asErrors('BAD_REQUEST', wanted) };
  const operation = requireOneTable(schema, wanted);
  whenOver(reply, rates.beginHeavy(request.caller));
  const { body, http } = await execute(wanted, context);
  const errors = body.kind === 'single' ? (body.singleResult.errors ?? []) : [];
  if (errors.length > 0) {
    const retryAfter = http.headers.get('retry-after');
    const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
    return { status: statusOf(errors, http.status), headers, body: { errors } };
  }
  const [table] = tables;
  if (table === undefined)
    throw new LundongError(
      'NOT_ONE_TABLE',
      'There is no table: it is null, as that of a backtest which is under way, or its `data` was not asked for.',
      { tables: 0 },
    );
  const pieces = format.write(table, wanted, parquet, context.signal);
  // What goes wrong with the first piece can still be told in words.
  const first = await pieces.next();
  return {
    table,
    name: wanted.name ?? operation ?? 'table',
    body: paced(first, pieces, stallMs, () => reply.raw.destroy()),
  };
}

function statusOf(errors: readonly GraphQLFormattedError[], refusedWith: number | undefined): number {
  const code = errors[0]?.extensions?.code;
  return code === 'INTERNAL' ? 500 : (refusedWith ?? statusOfRefusal(code));
}

/** The pieces one after the other, unless whoever reads them takes none for too long. */
async function* paced(
  first: IteratorResult<string | Buffer>,
  rest: AsyncGenerator<string | Buffer>,
  stallMs: number,
  onStall: () => void,
): AsyncGenerator<string | Buffer> {
  try {
    for (let piece = first; !piece.done; piece = await rest.next()) {
      const timer = setTimeout(onStall, stallMs);
      try {
        yield piece.value;
      } finally {
        clearTimeout(timer);
      }
    }
  } finally {
    await rest.return(undefined);
  }
}

/** What a table is, short enough for a header and in ASCII, the only letters that headers carry. */
function tableHeader({ columns, rowCount, truncated, asOf, dataVersion }: TableType): string {
  const told = columns.map(({ name, type, unit }) => ({ name, type, unit }));
  return JSON.stringify({ columns: told, rowCount, truncated, asOf, dataVersion }).replace(
    /[^\x20-\x7e]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
