import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { RequestContext } from '../../graphql/context.js';
import { OTHER } from '../../graphql/operation-identity.js';
import { whenOver } from '../request-context.js';
import type { CallerLabels } from './caller-labels.js';
import { toldOf } from './log.js';
import type { Metrics } from './metrics.js';
import type { Tracing } from './tracing.js';

/** What brought an operation. */
export type Transport = 'http' | 'export' | 'websocket' | 'sse';

/**
 * What came of it: an answer without errors, worked out or kept; one with errors; a fault of ours among them, or a server
 * that could not; a refusal; or nobody waited for the end.
 */
export type Outcome = 'ok' | 'kept' | 'error' | 'failed' | 'refused' | 'abandoned';

export interface ObserverOptions {
  readonly log: FastifyBaseLogger;
  readonly metrics: Metrics;
  readonly callers: CallerLabels;
  /** From how many milliseconds on an operation is told of in the log. */
  readonly slowOperationMs: number;
  /** Null where nothing is traced. */
  readonly tracing: Tracing | null;
}

/** Sees every operation once it is over: counts it, and tells of it in the log and in traces. */
export class OperationObserver {
  private readonly tellsAll: boolean;

  constructor(private readonly options: ObserverOptions) {
    this.tellsAll = options.log.level === 'debug';
  }

  /** Sees what is answered by the routes of `app`; to be called after whatever makes the contexts of requests. */
  observe(app: FastifyInstance, transport: Transport): void {
    // Kept answers are sent before this is reached.
    app.addHook('preHandler', (request, reply, done) => {
      whenOver(reply, () => {
        if (!reply.raw.writableFinished) this.over(request, reply, transport, 'abandoned');
      });
      done();
    });
    app.addHook('onResponse', (request, reply, done) => {
      this.over(request, reply, transport, outcomeOf(request, reply));
      done();
    });
  }

  /** A subscription that began or was refused. */
  subscribed(context: RequestContext | null, transport: Transport, outcome: 'ok' | 'refused'): void {
    const label = context?.answer.operation?.label ?? OTHER;
    this.options.metrics.operations.with(label, transport, outcome).count++;
    if (context !== null && outcome === 'ok') this.countUses(context);
  }

  /** An operation that is none of the trusted ones and is executed all the same. */
  readonly untrusted = (context: RequestContext): void => {
    this.options.log.warn(toldOf(context), 'document is not trusted');
  };

  /** A fault of ours, of which the caller is told the id alone. */
  fault(message: string, error: unknown, id: string, context: RequestContext | null): void {
    this.options.log.error({ err: error, id, ...(context === null ? {} : toldOf(context)) }, message);
  }

  private over(request: FastifyRequest, reply: FastifyReply, transport: Transport, outcome: Outcome): void {
    const { metrics } = this.options;
    // Whoever is refused before the body is read has none.
    const context = request.graphql;
    if (context === undefined) {
      metrics.operations.with(OTHER, transport, outcome).count++;
      return;
    }
    const { answer } = context;
    const { operation, profile } = answer.kept ?? answer;
    const label = operation?.label ?? OTHER;
    metrics.operations.with(label, transport, outcome).count++;
    if (profile !== null) this.countUses(context);
    if (answer.kept !== null) metrics.cacheLookups.with('response', 'hit').count++;
    else if (profile !== null) {
      if (answer.isRepeatable && request.responseKey !== null) metrics.cacheLookups.with('response', 'miss').count++;
      metrics.durations.observe({ operation: label }, reply.elapsedTime / 1000);
      metrics.costs.observe(profile.cost);
      if (reply.elapsedTime >= this.options.slowOperationMs)
        this.tell('warn', context, outcome, reply.elapsedTime, 'slow operation');
    }
    if (this.tellsAll) this.tell('debug', context, outcome, reply.elapsedTime, 'operation answered');
    this.options.tracing?.record(request, context, { outcome, label, milliseconds: reply.elapsedTime });
  }

  private tell(
    level: 'warn' | 'debug',
    context: RequestContext,
    outcome: Outcome,
    elapsed: number,
    message: string,
  ): void {
    this.options.log[level]({ ...toldOf(context), outcome, milliseconds: Math.round(elapsed) }, message);
  }

  private countUses({ caller, answer }: RequestContext): void {
    const name = this.options.callers.of(caller);
    for (const field of (answer.kept ?? answer).profile?.rootFields ?? [])
      this.options.metrics.rootFields.with(name, field).count++;
  }
}

function outcomeOf(request: FastifyRequest, { statusCode }: FastifyReply): Outcome {
  const answer = request.graphql?.answer;
  if (answer?.kept) return 'kept';
  const codes = answer?.errorCodes ?? [];
  if (codes.includes('INTERNAL') || statusCode >= 500) return 'failed';
  if (statusCode >= 400) return 'refused';
  return codes.length > 0 ? 'error' : 'ok';
}
