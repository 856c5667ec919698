import type { ApolloServerPlugin } from '@apollo/server';
import { LundongError } from '../domain/errors.js';
import type { CompiledExecutor, ExecutableOperation } from './compiled-executor.js';
import type { RequestContext } from './context.js';
import { documentCache } from './kept-documents.js';
import type { GuardedOperation, OperationGuard } from './operation-guard.js';
import { isRepeatable } from './plugins/repeatable.plugin.js';

/** A body as clients send it; nothing of it has been looked at. */
export interface SentOperation {
  readonly query?: unknown;
  readonly operationName?: unknown;
  readonly variables?: unknown;
  readonly extensions?: unknown;
}

interface KnownOperation extends ExecutableOperation {
  readonly isRepeatable: boolean;
}

/**
 * Queries that Apollo has parsed and found valid. Sent again, as the operations of a view are all day, they need nothing
 * of it but an answer: guard, execution and the members beside the data are the same. Whatever is refused and whatever
 * has errors goes through Apollo, which has the words for it, so nothing is told in two ways.
 */
export class KnownOperations {
  private readonly known = documentCache<KnownOperation>();

  constructor(
    private readonly executor: CompiledExecutor,
    private readonly guard: OperationGuard,
  ) {}

  /** Learns the queries that Apollo is about to execute. */
  learning(): ApolloServerPlugin<RequestContext> {
    return {
      requestDidStart: async () => ({
        didResolveOperation: async ({ source, request, document, operation, operationName, schema }) => {
          if (operation?.operation !== 'query') return;
          this.known.set(keyOf(source, request.operationName), {
            document,
            operation,
            operationName,
            isRepeatable: isRepeatable(operation, schema),
          });
        },
      }),
    };
  }

  /** @returns the answer to a query that is known and went well; null for whatever Apollo has to answer */
  async answer(sent: SentOperation, context: RequestContext): Promise<string | null> {
    const { query: source, operationName, variables = null, extensions = null } = sent;
    if (typeof source !== 'string' || !isTextOrNone(operationName)) return null;
    if (!isRecordOrNull(variables) || extensions !== null) return null;
    const known = this.known.get(keyOf(source, operationName));
    if (known === undefined) return null;
    const given = variables ?? {};
    const end = this.admit(context, { ...known, source, variables: given });
    if (end === null) return null;
    try {
      const result = await this.executor.execute(known, given, context);
      if (result.errors !== undefined) {
        context.answer.result = result;
        return null;
      }
      context.answer.isRepeatable = known.isRepeatable;
      const beside = { cost: context.answer.profile?.cost, dataVersion: context.dataVersion };
      return `${JSON.stringify({ data: result.data, extensions: beside })}\n`;
    } finally {
      end();
    }
  }

  private admit(context: RequestContext, guarded: GuardedOperation): (() => void) | null {
    try {
      return this.guard.admit(context, guarded);
    } catch (error) {
      if (error instanceof LundongError) return null;
      throw error;
    }
  }
}

/** No document holds a NUL, so no two keys are alike. */
function keyOf(source: string, operationName: string | null | undefined): string {
  return operationName === null || operationName === undefined ? source : `${source}\0${operationName}`;
}

function isTextOrNone(value: unknown): value is string | null | undefined {
  return value === null || value === undefined || typeof value === 'string';
}

function isRecordOrNull(value: unknown): value is Record<string, unknown> | null {
  return typeof value === 'object' && !Array.isArray(value);
}
