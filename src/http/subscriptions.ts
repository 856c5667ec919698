import type { FastifyInstance } from 'fastify';
import { type DocumentNode, GraphQLError, type GraphQLSchema, getOperationAST, parse, validate } from 'graphql';
import { createHandler } from 'graphql-sse/lib/use/fastify';
import { useServer as serveProtocol } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { LundongError } from '../domain/errors.js';
import { type RequestContext, requestContext } from '../graphql/context.js';
import type { MarketSource } from '../lake/market.js';

const MAX_MESSAGE_BYTES = 64 * 1024;
const MAX_TOKENS = 500;
const KEEP_ALIVE_MS = 12_000;

/** Follows a job of the API until it has ended or the signal is raised. */
export type WatchJob = (id: string, signal: AbortSignal) => AsyncGenerator<unknown>;

/** What both protocols execute. */
interface PreparedSubscription {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operationName: string | null | undefined;
  readonly variableValues: Record<string, unknown> | null | undefined;
  readonly contextValue: Record<PropertyKey, unknown>;
}

/**
 * Subscriptions over WebSocket (the graphql-transport-ws protocol, at /graphql) and over server-sent events (at
 * /graphql/stream). Both take subscriptions only: queries and mutations have one door, with all its checks.
 */
export function serveSubscriptions(
  app: FastifyInstance,
  schema: GraphQLSchema,
  markets: MarketSource,
  watchJob: WatchJob,
): void {
  const prepare = (payload: {
    query: string;
    operationName?: string | null | undefined;
    variables?: Record<string, unknown> | null | undefined;
  }): PreparedSubscription | readonly GraphQLError[] => {
    try {
      const document = parse(payload.query, { maxTokens: MAX_TOKENS });
      const operation = getOperationAST(document, payload.operationName);
      if (operation?.operation !== 'subscription')
        return [refusal('Only subscriptions are served here; send queries and mutations as POST /graphql.')];
      const errors = validate(schema, document, undefined, { maxErrors: 20 });
      if (errors.length > 0) return errors;
      const contextValue: RequestContext = requestContext(markets.current(), (id) =>
        cancellable((signal) => toldInGraphql(watchJob(id, signal))),
      );
      return {
        schema,
        document,
        operationName: payload.operationName,
        variableValues: payload.variables,
        contextValue: { ...contextValue },
      };
    } catch (error) {
      return [error instanceof GraphQLError ? error : refusal('The operation cannot be read.')];
    }
  };

  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });
  const protocol = serveProtocol({ onSubscribe: (_context, _id, payload) => prepare(payload) }, sockets, KEEP_ALIVE_MS);
  app.server.on('upgrade', (request, socket, head) => {
    if (request.url?.split('?')[0] !== '/graphql') socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
    else sockets.handleUpgrade(request, socket, head, (client) => sockets.emit('connection', client, request));
  });
  app.addHook('preClose', async () => {
    await protocol.dispose();
  });

  const events = createHandler<Record<PropertyKey, unknown>>({
    onSubscribe: (_request, payload) => {
      const prepared = prepare(payload);
      return 'schema' in prepared ? prepared : { errors: prepared };
    },
  });
  app.all('/graphql/stream', (request, reply) => events(request, reply));
}

/**
 * A generator that can be left while it waits: `return` of a plain one would itself wait for the value that may never
 * come.
 */
function cancellable<T>(open: (signal: AbortSignal) => AsyncGenerator<T>): AsyncIterableIterator<T> {
  const controller = new AbortController();
  const generator = open(controller.signal);
  return {
    next: () => generator.next(),
    return: () => {
      controller.abort();
      return generator.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Errors of ours keep their code on their way out; what a fault of ours says stays inside. */
async function* toldInGraphql<T>(source: AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    yield* source;
  } catch (error) {
    if (error instanceof LundongError)
      throw new GraphQLError(error.message, { extensions: { code: error.code, ...error.details } });
    throw new GraphQLError('Something went wrong on our side.', { extensions: { code: 'INTERNAL' } });
  }
}

function refusal(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST' } });
}
