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
import { requestContext } from '../graphql/context.js';
import { errorFormatter, refusal } from '../graphql/errors.js';
import type { OperationGuard } from '../graphql/operation-guard.js';
import type { RateLimits } from '../graphql/rate-limits.js';
import type { MarketSource } from '../lake/market.js';
import type { Access } from './access/access.js';
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

/** Checks what a caller sent; errors are as the caller is to read them. */
export type Prepare = (payload: Payload, caller: Caller) => PreparedSubscription | readonly GraphQLError[];
export type Execute = (args: ExecutionArgs) => Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult>;

export interface SubscriptionOptions {
  readonly schema: GraphQLSchema;
  readonly markets: MarketSource;
  readonly watchJob: WatchJob;
  readonly access: Access;
  readonly guard: OperationGuard;
  readonly rates: RateLimits;
}

/**
 * Subscriptions over WebSocket (the graphql-transport-ws protocol, at /graphql) and over server-sent events (at
 * /graphql/stream). Both take subscriptions only: queries and mutations have one door, with all its checks.
 */
export function serveSubscriptions(
  app: FastifyInstance,
  { schema, markets, watchJob, access, guard, rates }: SubscriptionOptions,
): void {
  const format = errorFormatter((error, id) => app.log.error({ err: error, id }, 'subscription failed'));
  const tell = (error: unknown): GraphQLError => {
    const told = error instanceof GraphQLError ? error : new GraphQLError('', { originalError: error as Error });
    const { message, extensions, path } = format(told.toJSON(), told);
    return new GraphQLError(message, { path, extensions });
  };
  const streams = new OpenStreams();

  const prepare: Prepare = (payload, caller) => {
    try {
      const document = parse(payload.query, { maxTokens: MAX_TOKENS });
      const operation = getOperationAST(document, payload.operationName);
      if (operation?.operation !== 'subscription')
        return [
          refusal('BAD_REQUEST', 'Only subscriptions are served here; send queries and mutations as POST /graphql.'),
        ];
      const errors = validate(schema, document, undefined, { maxErrors: MAX_VALIDATION_ERRORS });
      if (errors.length > 0) return errors.map(({ message }) => tell(refusal('GRAPHQL_VALIDATION_FAILED', message)));
      const context = requestContext(markets.current(), {
        caller,
        rates,
        watchJob: (id) =>
          streams.cancellable(
            (signal) => watchJob(id, signal),
            (end) => access.whileValid(caller, end),
          ),
      });
      const variables = payload.variables ?? {};
      guard.charge(context, guard.check(context, { source: payload.query, document, operation, variables }));
      return {
        schema,
        document,
        operationName: payload.operationName,
        variableValues: payload.variables,
        contextValue: context as unknown as PreparedSubscription['contextValue'],
      };
    } catch (error) {
      if (error instanceof LundongError) return [tell(error)];
      if (!(error instanceof GraphQLError)) return [refusal('BAD_REQUEST', 'The operation cannot be read.')];
      if (/Parsing aborted/.test(error.message))
        return [refusal('COST_LIMIT', `${error.message} A subscription may have ${MAX_TOKENS} tokens.`)];
      return [tell(refusal('GRAPHQL_PARSE_FAILED', error.message))];
    }
  };

  /** Executes for both protocols. An error ends the stream as its last result, in the form of every other answer. */
  const execute: Execute = async (args) => {
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

  serveWebSockets(app, access, prepare, execute);
  // Streams would keep the server from closing for as long as their jobs take. Sockets are closed before: a client that
  // saw its subscription end would not take it up again elsewhere.
  app.addHook('preClose', async () => streams.endAll(stopping('The server is being stopped')));
  app.register(async (events) => serveEvents(events, access, prepare, execute));
}
