import type { ApolloServerPlugin } from '@apollo/server';
import { type GraphQLSchema, Kind, type OperationDefinitionNode } from 'graphql';
import { Extensions } from 'type-graphql';
import type { RequestContext } from '../context.js';

/** Marks a root query whose answer depends on its arguments and the data version, and on nothing else. */
export function Repeatable(): MethodDecorator {
  return Extensions({ repeatable: true });
}

/** Whether an operation is made of repeatable root queries only. */
export function isRepeatable({ operation, selectionSet }: OperationDefinitionNode, schema: GraphQLSchema): boolean {
  const fields = schema.getQueryType()?.getFields() ?? {};
  return (
    operation === 'query' &&
    selectionSet.selections.every(
      (selection) => selection.kind === Kind.FIELD && fields[selection.name.value]?.extensions.repeatable === true,
    )
  );
}

/** Tells of each answer whether it is one without errors to a repeatable operation. */
export const repeatablePlugin: ApolloServerPlugin<RequestContext> = {
  async requestDidStart() {
    return {
      async willSendResponse({ operation, schema, errors, contextValue }) {
        contextValue.answer.isRepeatable =
          operation !== undefined && errors === undefined && isRepeatable(operation, schema);
      },
    };
  },
};
