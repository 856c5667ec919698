import type { ApolloServerPlugin } from '@apollo/server';
import { LundongError } from '../../domain/errors.js';
import type { RequestContext } from '../context.js';
import { refusalOf } from '../errors.js';
import type { OperationGuard } from '../operation-guard.js';

/** Operations from this cost on are counted: a caller may have few of them under way at once. */
export const HEAVY_COST = 2000;

/** Puts the guard before every operation that Apollo executes. It runs once the operation and its variables are known. */
export function operationGuardPlugin(guard: OperationGuard): ApolloServerPlugin<RequestContext> {
  return {
    async requestDidStart() {
      let endHeavy = (): void => undefined;
      return {
        async didResolveOperation({ source, document, operation, request, contextValue: context }) {
          if (!operation) return;
          try {
            const profile = guard.check(context, {
              source,
              document,
              operation,
              variables: request.variables ?? {},
            });
            // An export is counted by its door, for as long as it is carried.
            const isExport = context.origin.takeTable !== undefined;
            if (profile.cost >= HEAVY_COST && !isExport) endHeavy = context.origin.rates.beginHeavy(context.caller);
            guard.charge(context, profile);
          } catch (error) {
            throw error instanceof LundongError ? refusalOf(error) : error;
          }
        },
        async willSendResponse({ response, contextValue: { answer } }) {
          endHeavy();
          if (response.body.kind !== 'single' || answer.profile === null) return;
          const result = response.body.singleResult;
          result.extensions = { ...result.extensions, cost: answer.profile.cost };
        },
      };
    },
  };
}
