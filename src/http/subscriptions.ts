import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import {
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  parse,
  subscribe,
  validate,
} from 'graphql';
import { createHandler } from 'graphql-sse/lib/use/fastify';
import { useServer as serveProtocol } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { type RequestContext, requestContext } from '../graphql/context.js';
import { errorFormatter } from '../graphql/errors.js';
import type { MarketSource } from '../lake/market.js';

const MAX_MESSAGE_BYTES = 64 * 1024;
const MAX_TOKENS = 500;
const MAX_SUBSCRIPTIONS_PER_SOCKET = 100;
const KEEP_ALIVE_MS = 12_000;
/** How long a socket may be there without saying what it wants. */
const INIT_TIMEOUT_MS = 3000;
/** How long a client may take to say goodbye when the server closes. */
const GOODBYE_MS = 1000;

/** Follows a job of the API until it has ended or the signal is raised. */
export type WatchJob = (id: string, signal: AbortSignal) => AsyncGenerator<unknown>;

/** What a client sends, over whatever protocol. */
interface Payload {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
}

/** What both protocols execute. */
interface PreparedSubscription extends ExecutionArgs {
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
  const format = errorFormatter((error, id) => app.log.error({ err: error, id }, 'subscription failed'));
  const tell = (error: unknown): GraphQLError => {
    const told = error instanceof GraphQLError ? error : new GraphQLError('', { originalError: error as Error });
    const { message, extensions, path } = format(told.toJSON(), told);
    return new GraphQLError(message, { path, extensions });
  };
  const streams = new Set<AbortController>();

  const prepare = (payload: Payload): PreparedSubscription | readonly GraphQLError[] => {
    try {
      const document = parse(payload.query, { maxTokens: MAX_TOKENS });
      const operation = getOperationAST(document, payload.operationName);
      if (operation?.operation !== 'subscription')
        return [
          refusal('BAD_REQUEST', 'Only subscriptions are served here; send queries and mutations as POST /graphql.'),
        ];
      const errors = validate(schema, document, undefined, { maxErrors: 20 });
      if (errors.length > 0) return errors.map(({ message }) => tell(refusal('GRAPHQL_VALIDATION_FAILED', message)));
      const contextValue: RequestContext = requestContext(markets.current(), (id) =>
        cancellable(streams, (signal) => watchJob(id, signal)),
      );
      return {
        schema,
        document,
        operationName: payload.operationName,
        variableValues: payload.variables,
        contextValue: { ...contextValue },
      };
    } catch (error) {
      if (!(error instanceof GraphQLError)) return [refusal('BAD_REQUEST', 'The operation cannot be read.')];
      if (/Parsing aborted/.test(error.message))
        return [refusal('COST_LIMIT', `${error.message} A subscription may have ${MAX_TOKENS} tokens.`)];
      return [tell(refusal('GRAPHQL_PARSE_FAILED', error.message))];
    }
  };

  /** Executes for both protocols. An error ends the stream as its last result, in the form of every other answer. */
  const execute = async (args: ExecutionArgs): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> => {
    const outcome = await subscribe(args);
    if (Symbol.asyncIterator in outcome) return mapped(outcome, masked, (error) => ({ errors: [tell(error)] }));
    // What GraphQL itself has to say before the stream begins is about the variables.
    const errors = outcome.errors?.map((error) =>
      error.originalError === undefined || error.originalError instanceof GraphQLError
        ? tell(refusal('BAD_USER_INPUT', error.message))
        : tell(error),
    );
    return { ...outcome, errors: errors ?? [] };
  };
  const masked = (result: ExecutionResult): ExecutionResult =>
    result.errors === undefined ? result : { ...result, errors: result.errors.map(tell) };

  // Streams would keep the server from closing for as long as their jobs take.
  app.addHook('preClose', async () => {
    for (const stream of streams) stream.abort();
  });
  serveWebSockets(app, prepare, execute);
  serveEvents(app, prepare, execute);
}

type Prepare = (payload: Payload) => PreparedSubscription | readonly GraphQLError[];
type Execute = (args: ExecutionArgs) => Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult>;

function serveWebSockets(app: FastifyInstance, prepare: Prepare, execute: Execute): void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });
  const protocol = serveProtocol(
    {
      isProd: true, // keeps what a fault of ours says out of the reason for closing
      connectionInitWaitTimeout: INIT_TIMEOUT_MS,
      onSubscribe: ({ subscriptions }, _id, payload) =>
        Object.keys(subscriptions).length > MAX_SUBSCRIPTIONS_PER_SOCKET
          ? [refusal('COST_LIMIT', `A socket may have ${MAX_SUBSCRIPTIONS_PER_SOCKET} subscriptions at once.`)]
          : prepare(payload),
      subscribe: execute,
    },
    sockets,
    KEEP_ALIVE_MS,
  );
  // The protocol's own listener writes every fault of a client to stderr; ws has closed the socket by itself.
  sockets.on('connection', (client) => {
    client.removeAllListeners('error').on('error', (error) => app.log.debug({ err: error }, 'socket closed'));
  });
  app.server.on('upgrade', (request, socket, head) => {
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      continueWithoutUpgrade(app, request, socket, head);
      return;
    }
    // From here on the socket is nobody's but ours, and a client may drop it at any moment.
    socket.on('error', () => socket.destroy());
    if (request.url?.split('?')[0] !== '/graphql')
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n', () => socket.destroy());
    else sockets.handleUpgrade(request, socket, head, (client) => sockets.emit('connection', client, request));
  });
  app.addHook('preClose', async () => {
    const impatience = setTimeout(() => {
      for (const client of sockets.clients) client.terminate();
    }, GOODBYE_MS);
    await protocol.dispose();
    clearTimeout(impatience);
  });
}

/**
 * A server may ignore an offer to upgrade, as to h2c, which Java's client makes with every first request; but Node hands
 * over the socket as soon as anybody listens for any upgrade. So the request is read once more, without the offer.
 */
function continueWithoutUpgrade(app: FastifyInstance, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const headers: string[] = [];
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    const [name, value] = request.rawHeaders.slice(at, at + 2) as [string, string];
    if (!/^(upgrade|connection|http2-settings)$/i.test(name)) headers.push(`${name}: ${value}\r\n`);
  }
  const start = `${request.method} ${request.url} HTTP/${request.httpVersion}\r\n${headers.join('')}\r\n`;
  socket.unshift(Buffer.concat([Buffer.from(start, 'latin1'), head]));
  app.server.emit('connection', socket);
}

function serveEvents(app: FastifyInstance, prepare: Prepare, execute: Execute): void {
  const handle = createHandler<Record<PropertyKey, unknown>>({
    // One stream, one subscription: the other mode keeps what clients announce, and would let one read along with others.
    authenticate: () => null,
    onSubscribe: (_request, { query, operationName, variables }) => {
      const prepared = prepare({ query, operationName, variables });
      return 'schema' in prepared ? prepared : [JSON.stringify({ errors: prepared }), BAD_REQUEST];
    },
    subscribe: execute,
  });
  app.route({
    method: ['GET', 'POST'],
    url: '/graphql/stream',
    handler: (request, reply) => {
      const payload = (request.method === 'GET' ? request.query : request.body) as Partial<Payload> | null | undefined;
      if (!request.headers.accept?.includes('text/event-stream'))
        return answerBadRequest(reply, 'This is a stream of events; ask for it with Accept: text/event-stream.');
      if (typeof payload?.query !== 'string')
        return answerBadRequest(reply, 'Send one subscription: {"query": "subscription …"}, or ?query=… with GET.');
      request.headers.accept = 'text/event-stream';
      // A connection that falls idle only after the server has stopped listening would be waited for.
      reply.raw.once('finish', () => app.server.listening || request.raw.socket.destroySoon());
      return handle(request, reply);
    },
  });
}

const BAD_REQUEST = {
  status: 400,
  statusText: 'Bad Request',
  headers: { 'content-type': 'application/json; charset=utf-8' },
};

function answerBadRequest(reply: FastifyReply, message: string): FastifyReply {
  return reply.code(BAD_REQUEST.status).send({ errors: [refusal('BAD_REQUEST', message)] });
}

/**
 * A generator that can be left while it waits: `return` of a plain one would itself wait for the value that may never
 * come.
 *
 * @param open where it is listed for as long as it lasts
 */
function cancellable<T>(
  open: Set<AbortController>,
  generate: (signal: AbortSignal) => AsyncGenerator<T>,
): AsyncIterableIterator<T> {
  const controller = new AbortController();
  const generator = generate(controller.signal);
  open.add(controller);
  const end = (): void => {
    open.delete(controller);
    controller.abort();
  };
  return {
    next: async () => {
      try {
        const result = await generator.next();
        if (result.done) end();
        return result;
      } catch (error) {
        end();
        throw error;
      }
    },
    return: () => {
      end();
      return generator.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** The same values, changed; an error becomes the last value. Leaving it leaves the source at once. */
function mapped<T>(
  source: AsyncGenerator<T, void, void>,
  change: (value: T) => T,
  last: (error: unknown) => T,
): AsyncGenerator<T, void, void> {
  let hasFailed = false;
  return {
    next: async () => {
      if (hasFailed) return { done: true, value: undefined };
      try {
        const result = await source.next();
        return result.done ? result : { done: false, value: change(result.value) };
      } catch (error) {
        hasFailed = true;
        return { done: false, value: last(error) };
      }
    },
    return: () => source.return(),
    throw: (error) => source.throw(error),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function refusal(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}
