import type { ApolloServerPlugin } from '@apollo/server';
import { LundongError } from '../../domain/errors.js';
import type { RequestContext } from '../context.js';
import { refusalOf } from '../errors.js';
import type { OperationGuard } from '../operation-guard.js';

/** Puts the guard before every operation that Apollo executes. It runs once the operation and its variables are known. */
export function operationGuardPlugin(guard: OperationGuard): ApolloServerPlugin<RequestContext> {
  return {
    async requestDidStart() {
      let end = (): void => undefined;
      return {
        async didResolveOperation({ source, document, operation, request, contextValue: context }) {
          // What has been executed has been admitted.
          if (!operation || context.answer.result !== null) return;
          try {
            end = guard.admit(context, { source, document, operation, variables: request.variables ?? {} });
          } catch (error) {
            throw error instanceof LundongError ? refusalOf(error) : error;
          }
        },
        async willSendResponse({ response, contextValue: { answer } }) {
          end();
          if (response.body.kind !== 'single' || answer.profile === null) return;
          const result = response.body.singleResult;
          result.extensions = { ...result.extensions, cost: answer.profile.cost };
        },
      };
    },
  };
}
