import type { ApolloServerPlugin } from '@apollo/server';
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getArgumentValues,
  getNamedType,
  getNullableType,
  getVariableValues,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { Extensions } from 'type-graphql';
import { LundongError } from '../../domain/errors.js';
import type { RequestContext } from '../context.js';
import { MARKET_PAGE_LIMIT } from '../types/connection.js';

/** Bounds parsing and validation, some rules of which take quadratic time. */
export const MAX_TOKENS = 2000;

/** Fields of an operation with its fragments written out: bounds its compilation, about 0.2 ms a field. */
export const MAX_SELECTIONS = 300;

/** Set so that the dearest operation allowed holds the event loop for some 50 ms. */
const COST_LIMIT = 20_000;

/** What a list is taken to hold where no page size says: the industries of a scheme. */
const LIST_SIZE = 30;
const INTROSPECTION_COST = 1000;

/** Declares how many items a list without pages holds at most, where that is far fewer than the industries of a scheme. */
export function HoldsAtMost(items: number): PropertyDecorator & MethodDecorator {
  return Extensions({ holdsAtMost: items });
}

/**
 * Refuses operations that ask for too much at once. A field costs its `complexity`, 1 unless declared; lists multiply what
 * is asked of their items. No validation rule can count so: only once the operation is resolved are the variables known.
 */
export const operationLimitPlugin: ApolloServerPlugin<RequestContext> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ schema, document, operation, request }) {
        if (!operation) return;
        const cost = operationCost(schema, document, operation, request.variables ?? {});
        if (cost <= COST_LIMIT) return;
        const refusal = new LundongError(
          'COST_LIMIT',
          `This operation would cost about ${cost}, and ${COST_LIMIT} is the most; ask for fewer aliases, shorter pages or fewer nested lists, or send several operations.`,
          { cost, limit: COST_LIMIT },
        );
        throw new GraphQLError(refusal.message, { originalError: refusal, extensions: { http: { status: 400 } } });
      },
    };
  },
};

/** @returns an estimate; 0 where the variables are bad, which the executor will tell */
export function operationCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  given: Readonly<Record<string, unknown>>,
): number {
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], given, { maxErrors: 1 });
  if (coerced === undefined) return 0;
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);

  type Parent = GraphQLNamedType | undefined;

  /** @param page how many items a list among the fields is taken to hold */
  const costOf = ({ selections }: SelectionSetNode, type: Parent, page: number): number =>
    selections.reduce((sum, node) => {
      if (node.kind === Kind.FIELD) return sum + costOfField(node, type, page);
      const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : fragments.get(node.name.value);
      if (fragment === undefined) return sum;
      const on = fragment.typeCondition?.name.value;
      return sum + costOf(fragment.selectionSet, on === undefined ? type : schema.getType(on), page);
    }, 0);

  const costOfField = (node: FieldNode, parent: Parent, page: number): number => {
    if (node.name.value.startsWith('__')) return node.selectionSet ? INTROSPECTION_COST : 1;
    const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined;
    if (field === undefined) return 1;
    const own = Number(field.extensions.complexity ?? 1);
    if (node.selectionSet === undefined) return own;
    const items = isListType(getNullableType(field.type)) ? Number(field.extensions.holdsAtMost ?? page) : 1;
    return own + items * costOf(node.selectionSet, getNamedType(field.type), pageSize(field, node, coerced));
  };

  return costOf(operation.selectionSet, schema.getRootType(operation.operation) ?? undefined, LIST_SIZE);
}

function pageSize(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  variables: Readonly<Record<string, unknown>>,
): number {
  if (!field.args.some((arg) => arg.name === 'first')) return LIST_SIZE;
  try {
    const { first } = getArgumentValues(field, node, variables);
    return Math.min(Math.max(Number(first), 1), MARKET_PAGE_LIMIT);
  } catch {
    return LIST_SIZE; // a null where none may be: the executor will tell
  }
}
