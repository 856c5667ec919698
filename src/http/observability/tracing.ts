import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { setGlobalErrorHandler, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { FastifyRequest } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import type { RequestContext } from '../../graphql/context.js';
import { OTHER } from '../../graphql/operation-identity.js';
import type { Outcome } from './operation-observer.js';
import { RootFieldTimes } from './root-field-times.js';

/** How long a collector may take for some spans, attempts included; a server that stops waits for it, too. */
const PATIENCE_MS = 3000;

/** How an operation ended. */
export interface TracedEnd {
  readonly outcome: Outcome;
  /** The name of the operation where it is one of ours. */
  readonly label: string;
  readonly milliseconds: number;
}

/**
 * Spans of operations and of their root fields, sent by OTLP over HTTP. They are made when an operation is over, of times
 * taken meanwhile; the trace is the one that the caller's `traceparent` names. Loaded only where traces are wanted.
 */
export class Tracing {
  private readonly provider: BasicTracerProvider;
  private readonly times: RootFieldTimes;
  private readonly propagator = new W3CTraceContextPropagator();

  /**
   * @param endpoint of the collector; traces go to `/v1/traces` below it
   * @param schema is changed: its root fields are timed from now on
   * @param onError hears that spans could not be sent; they are lost
   */
  constructor(
    endpoint: string,
    schema: GraphQLSchema,
    private readonly onError: (error: unknown) => void,
  ) {
    setGlobalErrorHandler(onError);
    this.times = new RootFieldTimes(schema);
    this.provider = new BasicTracerProvider({
      resource: resourceFromAttributes({ 'service.name': 'lundong' }).merge(
        detectResources({ detectors: [envDetector] }),
      ),
      spanProcessors: [
        new BatchSpanProcessor(
          new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces`, timeoutMillis: PATIENCE_MS }),
        ),
      ],
    });
  }

  /** Takes note of an operation that has just ended. */
  record({ headers, id }: FastifyRequest, context: RequestContext, { outcome, label, milliseconds }: TracedEnd): void {
    const { operation, profile } = context.answer.kept ?? context.answer;
    const tracer = this.provider.getTracer('lundong');
    const parent = this.propagator.extract(ROOT_CONTEXT, headers, {
      get: (carrier, name) => carrier[name],
      keys: Object.keys,
    });
    const end = performance.now();
    const type = operation?.type ?? 'operation';
    // No document and no variables: either may hold secrets.
    const span = tracer.startSpan(
      label === OTHER ? type : `${type} ${label}`,
      {
        kind: SpanKind.SERVER,
        startTime: sinceEpoch(end - milliseconds),
        attributes: {
          'graphql.operation.type': type,
          ...(label === OTHER ? {} : { 'graphql.operation.name': label }),
          'lundong.request_id': id,
          'lundong.operation_id': operation?.id,
          'lundong.caller': context.caller.name,
          'lundong.outcome': outcome,
          'lundong.cost': profile?.cost,
          'lundong.data_version': context.dataVersion,
        },
      },
      parent,
    );
    if (outcome === 'failed') span.setStatus({ code: SpanStatusCode.ERROR });
    const within = trace.setSpan(parent, span);
    for (const { name, begun, ended, failed } of this.times.of(context)) {
      const field = tracer.startSpan(name, { startTime: sinceEpoch(begun) }, within);
      if (failed) field.setStatus({ code: SpanStatusCode.ERROR });
      field.end(sinceEpoch(ended));
    }
    span.end(sinceEpoch(end));
  }

  /** Sends what has not been sent. */
  close(): Promise<void> {
    return this.provider.shutdown().catch(this.onError);
  }
}

/** Milliseconds since 1970 of a moment of `performance.now()`. */
function sinceEpoch(moment: number): number {
  return performance.timeOrigin + moment;
}
