import type { GatewayGraphQLRequestContext, GatewayInterface } from '@apollo/server-gateway-interface';
import {
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  getNullableType,
  getVariableValues,
  isInputObjectType,
  isListType,
  type NamedTypeNode,
  type OperationDefinitionNode,
  typeFromAST,
  valueFromASTUntyped,
} from 'graphql';
import { type CompiledQuery, compileQuery, isCompiledQuery } from 'graphql-jit';
import { LRUCache } from 'lru-cache';
import { type RequestContext, timeout } from './context.js';
import { refusalOf } from './errors.js';

type Result = ExecutionResult<Record<string, unknown>, Record<string, unknown>>;

/** Compiled operations kept; a view has a handful, an exploring user makes new ones all day. */
const KEPT_OPERATIONS = 1000;

/**
 * Executes operations as compiled functions, twice as fast as walking the schema for each. Apollo has one door for an
 * executor of one's own, that of its federation gateway; nothing else of a gateway is here.
 *
 * @param timeoutSeconds after which an operation is answered with TIMEOUT; its resolvers that have not begun never do
 */
export function compiledExecution(schema: GraphQLSchema, timeoutSeconds: number): GatewayInterface {
  const compiled = new LRUCache<string, { query: CompiledQuery | null }>({ max: KEPT_OPERATIONS });
  return {
    onSchemaLoadOrUpdate(callback) {
      callback({ apiSchema: schema, coreSupergraphSdl: '' });
      return () => undefined;
    },
    load: async () => ({
      executor: (request) =>
        inTime(request.context as RequestContext, timeoutSeconds, () => run(schema, compiled, request)),
    }),
    stop: async () => undefined,
  };
}

/** Gives up on work that takes too long, or that nobody waits for any more: no executor can be made to stop. */
async function inTime(context: RequestContext, seconds: number, work: () => Promise<Result>): Promise<Result> {
  const timer = setTimeout(() => context.abort(timeout(seconds)), seconds * 1000);
  try {
    return await new Promise<Result>((resolve, reject) => {
      context.onAbort((reason) => resolve({ errors: [refusalOf(reason)] }));
      work().then(resolve, reject);
    });
  } finally {
    clearTimeout(timer);
  }
}

async function run(
  schema: GraphQLSchema,
  compiled: LRUCache<string, { query: CompiledQuery | null }>,
  { document, operation, operationName, request, context, queryHash }: GatewayGraphQLRequestContext,
): Promise<Result> {
  // Which operation is meant cannot be told: GraphQL's own executor says so. Apollo's types deny that this happens.
  if ((operation as OperationDefinitionNode | undefined) === undefined)
    return execute({ schema, document, operationName: request.operationName }) as Result;
  // The compiled function words bad variables in its own way and without the code that clients know.
  const variables = getVariableValues(schema, operation.variableDefinitions ?? [], request.variables ?? {}, {
    maxErrors: 20,
  });
  if (variables.errors !== undefined) return { errors: variables.errors.map(asBadInput) };
  const key = `${queryHash} ${operationName ?? ''}`;
  let entry = compiled.get(key);
  if (entry === undefined) {
    const query = compileQuery(schema, document, operationName ?? undefined);
    entry = { query: isCompiledQuery(query) ? query : null };
    compiled.set(key, entry);
  }
  const result =
    entry.query === null
      ? await execute({
          schema,
          document,
          operationName,
          contextValue: context,
          variableValues: request.variables ?? {},
        })
      : await entry.query.query(undefined, context, withDefaults(schema, operation, request.variables ?? {}));
  return withGraphqlErrors(result as Result);
}

/**
 * The compiled function refuses what takes no null and is left out, even if it has a default: variables, and fields of
 * input objects in them.
 */
function withDefaults(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  given: Record<string, unknown>,
): Record<string, unknown> {
  const values = { ...given };
  for (const { variable, type, defaultValue } of variableDefinitions) {
    const name = variable.name.value;
    if (!Object.hasOwn(values, name) && defaultValue !== undefined) values[name] = valueFromASTUntyped(defaultValue);
    const inputType = typeFromAST(schema, type as NamedTypeNode) as GraphQLInputType | undefined;
    if (inputType !== undefined && Object.hasOwn(values, name)) values[name] = completed(inputType, values[name]);
  }
  return values;
}

/** A value with the defaults of the input fields that it leaves out, at every depth. */
function completed(type: GraphQLInputType, value: unknown): unknown {
  if (value === null || value === undefined) return value;
  const inner = getNullableType(type);
  if (isListType(inner))
    return Array.isArray(value) ? value.map((item) => completed(inner.ofType, item)) : completed(inner.ofType, value);
  if (!isInputObjectType(inner)) return value;
  const given = value as Record<string, unknown>;
  return Object.fromEntries(
    Object.values(inner.getFields()).flatMap(({ name, type: own, defaultValue }) => {
      const field = Object.hasOwn(given, name) ? given[name] : defaultValue;
      return field === undefined ? [] : [[name, completed(own, field)]];
    }),
  );
}

/** The compiled function's errors look like GraphQL's own but lack `extensions`, which Apollo reads unasked. */
function withGraphqlErrors<R extends Result>(result: R): R {
  if (result.errors === undefined) return result;
  const errors = result.errors.map(({ message, locations, path, originalError }) => {
    const error = new GraphQLError(message, { path: path ?? null, originalError: originalError ?? null });
    if (locations !== undefined) Object.defineProperty(error, 'locations', { value: locations, enumerable: true });
    // A null that a variable brings to an argument that takes none is found only now.
    const ofArgument = !(originalError instanceof Error) || originalError instanceof GraphQLError;
    return ofArgument && message.startsWith('Argument "') ? asBadInput(error) : error;
  });
  return { ...result, errors };
}

/** The same error, marked as the caller's. */
function asBadInput(error: GraphQLError): GraphQLError {
  error.extensions.code = 'BAD_USER_INPUT';
  return error;
}
