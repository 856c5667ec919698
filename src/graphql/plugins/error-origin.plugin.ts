import type { ApolloServerPlugin } from '@apollo/server';
import type { RequestContext } from '../context.js';

/** Remembers of each error which request it befell: whoever words errors is given nothing but the error. */
export class ErrorOrigins {
  private readonly contexts = new WeakMap<object, RequestContext>();

  /** Null for an error that no plugin was told of. */
  of(error: unknown): RequestContext | null {
    return (typeof error === 'object' && error !== null && this.contexts.get(error)) || null;
  }

  note(error: object, context: RequestContext): void {
    this.contexts.set(error, context);
  }

  /** Notes in the context, too, which codes the caller is told. */
  readonly plugin: ApolloServerPlugin<RequestContext> = {
    requestDidStart: async () => ({
      didEncounterErrors: async ({ errors, contextValue }) => {
        for (const error of errors) this.note(error, contextValue);
      },
      willSendResponse: async ({ response, contextValue: { answer } }) => {
        if (response.body.kind !== 'single') return;
        const { errors = [] } = response.body.singleResult;
        answer.errorCodes = errors.map(({ extensions }) => String(extensions?.code));
      },
    }),
  };
}
