import type { ApolloServerPlugin } from '@apollo/server';
import { Kind } from 'graphql';
import { Extensions } from 'type-graphql';
import type { RequestContext } from '../context.js';

/** Marks a root query whose answer depends on its arguments and the data version, and on nothing else. */
export function Repeatable(): MethodDecorator {
  return Extensions({ repeatable: true });
}

/** Tells of each answer without errors whether it is made of repeatable root queries only. */
export const repeatablePlugin: ApolloServerPlugin<RequestContext> = {
  async requestDidStart() {
    return {
      async willSendResponse({ operation, schema, errors, contextValue }) {
        if (operation === undefined || operation.operation !== 'query' || errors !== undefined) return;
        const fields = schema.getQueryType()?.getFields() ?? {};
        contextValue.answer.isRepeatable = operation.selectionSet.selections.every(
          (selection) => selection.kind === Kind.FIELD && fields[selection.name.value]?.extensions.repeatable === true,
        );
      },
    };
  },
};
