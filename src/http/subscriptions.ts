import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
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
import type { Caller } from '../domain/access.js';
import { LundongError } from '../domain/errors.js';
import { type RequestContext, requestContext } from '../graphql/context.js';
import { errorFormatter, refusal } from '../graphql/errors.js';
import type { OperationGuard } from '../graphql/operation-guard.js';
import type { ErrorOrigins } from '../graphql/plugins/error-origin.plugin.js';
import type { RateLimits } from '../graphql/rate-limits.js';
import type { MarketSource } from '../lake/market-source.js';
import type { Access } from './access/access.js';
import { chargeRefused } from './charges.js';
import type { Health } from './health.js';
import type { Metrics } from './observability/metrics.js';
import type { OperationObserver, Transport } from './observability/operation-observer.js';
import { serveEvents } from './server-sent-events.js';
import { mapped, OpenStreams } from './streams.js';
import { stopping } from './traffic.js';
import { serveWebSockets } from './web-sockets.js';

const MAX_TOKENS = 500;
const MAX_VALIDATION_ERRORS = 20;

/** Follows a job of the API until it has ended or the signal is raised. */
export type WatchJob = (id: string, signal: AbortSignal) => AsyncGenerator<unknown>;

/** What a client sends, over whatever protocol. */
export interface Payload {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
}

/** What both protocols execute. */
export interface PreparedSubscription extends ExecutionArgs {
  readonly contextValue: Record<PropertyKey, unknown>;
}

/** What brought it. */
export interface Arrival {
  readonly caller: Caller;
  readonly requestId: string;
  readonly transport: Transport;
}

/** Checks what a caller sent; errors are as the caller is to read them. */
export type Prepare = (payload: Payload, arrival: Arrival) => PreparedSubscription | readonly GraphQLError[];
export type Execute = (args: ExecutionArgs) => Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult>;

export interface SubscriptionOptions {
  readonly schema: GraphQLSchema;
  readonly markets: MarketSource;
  readonly watchJob: WatchJob;
  readonly access: Access;
  readonly health: Health;
  readonly guard: OperationGuard;
  readonly rates: RateLimits;
  readonly observer: OperationObserver;
  readonly metrics: Metrics;
  readonly origins: ErrorOrigins;
  /** The id of a request, or a new one. */
  readonly requestIdOf: (request: IncomingMessage) => string;
}

/**
 * Subscriptions over WebSocket (the graphql-transport-ws protocol, at /graphql) and over server-sent events (at
 * /graphql/stream). Both take subscriptions only: queries and mutations have one door, with all its checks.
 */
export function serveSubscriptions(
  app: FastifyInstance,
  {
    schema,
    markets,
    watchJob,
    access,
    health,
    guard,
    rates,
    observer,
    metrics,
    origins,
    requestIdOf,
  }: SubscriptionOptions,
): void {
  const format = errorFormatter((error, id, outer) =>
    observer.fault('subscription failed', error, id, origins.of(outer)),
  );
  const tell = (error: unknown, context: RequestContext | null): GraphQLError => {
    const told = error instanceof GraphQLError ? error : new GraphQLError('', { originalError: error as Error });
    if (context !== null) origins.note(told, context);
    const { message, extensions, path } = format(told.toJSON(), told);
    return new GraphQLError(message, { path, extensions });
  };
  const streams = new OpenStreams();

  const prepare: Prepare = (payload, { caller, requestId, transport }) => {
    let context: RequestContext | null = null;
    const refuse = (...errors: readonly GraphQLError[]): readonly GraphQLError[] => {
      observer.subscribed(context, transport, 'refused');
      chargeRefused(caller, rates);
      return errors.map((error) => tell(error, context));
    };
    try {
      const document = parse(payload.query, { maxTokens: MAX_TOKENS });
      const operation = getOperationAST(document, payload.operationName);
      if (operation?.operation !== 'subscription')
        return refuse(
          refusal('BAD_REQUEST', 'Only subscriptions are served here; send queries and mutations as POST /graphql.'),
        );
      const errors = validate(schema, document, undefined, { maxErrors: MAX_VALIDATION_ERRORS });
      if (errors.length > 0)
        return refuse(...errors.map(({ message }) => refusal('GRAPHQL_VALIDATION_FAILED', message)));
      context = requestContext(markets.current(), {
        caller,
        rates,
        requestId,
        watchJob: (id) =>
          streams.cancellable(
            (signal) => watchJob(id, signal),
            (end) => access.whileValid(caller, end),
          ),
      });
      const variables = payload.variables ?? {};
      guard.charge(context, guard.check(context, { source: payload.query, document, operation, variables }));
      observer.subscribed(context, transport, 'ok');
      return {
        schema,
        document,
        operationName: payload.operationName,
        variableValues: payload.variables,
        contextValue: context as unknown as PreparedSubscription['contextValue'],
      };
    } catch (error) {
      if (error instanceof LundongError) return refuse(new GraphQLError('', { originalError: error }));
      if (!(error instanceof GraphQLError)) return refuse(refusal('BAD_REQUEST', 'The operation cannot be read.'));
      if (/Parsing aborted/.test(error.message))
        return refuse(
          new GraphQLError('', {
            originalError: new LundongError(
              'COST_LIMIT',
              `${error.message} A subscription may have ${MAX_TOKENS} tokens.`,
            ),
          }),
        );
      return refuse(refusal('GRAPHQL_PARSE_FAILED', error.message));
    }
  };

  /** Executes for both protocols. An error ends the stream as its last result, in the form of every other answer. */
  const execute: Execute = async (args) => {
    const context = args.contextValue as RequestContext;
    const masked = (result: ExecutionResult): ExecutionResult =>
      result.errors === undefined ? result : { ...result, errors: result.errors.map((error) => tell(error, context)) };
    const outcome = await subscribe(args);
    if (Symbol.asyncIterator in outcome)
      return mapped(outcome, masked, (error) => ({ errors: [tell(error, context)] }));
    // What GraphQL itself has to say before the stream begins is about the variables.
    const errors = outcome.errors?.map((error) =>
      error.originalError === undefined || error.originalError instanceof GraphQLError
        ? tell(refusal('BAD_USER_INPUT', error.message), context)
        : tell(error, context),
    );
    return { ...outcome, errors: errors ?? [] };
  };

  serveWebSockets(app, { access, health, prepare, execute, metrics, requestIdOf });
  // Streams would keep the server from closing for as long as their jobs take. Sockets are closed before: a client that
  // saw its subscription end would not take it up again elsewhere.
  app.addHook('preClose', async () => streams.endAll(stopping('The server is being stopped')));
  app.register(async (events) => serveEvents(events, access, prepare, execute));
}
