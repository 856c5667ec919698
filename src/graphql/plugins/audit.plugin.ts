import type { ApolloServerPlugin } from '@apollo/server';
import { Kind } from 'graphql';
import { toldErrors } from '../../domain/measurements.js';
import type { AuditEntry } from '../../store/access-audit.repository.js';
import { databaseAway, isDatabaseAway } from '../../store/database-away.js';
import type { RequestContext } from '../context.js';
import { tellUnavailable } from './unavailable.plugin.js';

/** Keeps who sent which mutation and what came of it, refused ones included, before the answer goes out. */
export function auditPlugin(record: (entry: AuditEntry) => Promise<void>): ApolloServerPlugin<RequestContext> {
  return {
    async requestDidStart() {
      return {
        async willSendResponse({ operation, request, response, contextValue: { caller } }) {
          if (operation?.operation !== 'mutation' || response.body.kind !== 'single') return;
          const fields = operation.selectionSet.selections.map((node) =>
            node.kind === Kind.FIELD ? node.name.value : '…',
          );
          const [error] = response.body.singleResult.errors ?? [];
          const recorded = record({
            actor: caller.name,
            action: 'mutation',
            subject: fields.join(' ').slice(0, 200),
            variables: request.variables ?? {},
            outcome: error === undefined ? 'ok' : String(error.extensions?.code),
          });
          // What could not be recorded is not confirmed: whoever asks again meets the same portfolio or job.
          await recorded.catch((failure: unknown) => {
            if (!isDatabaseAway(failure)) throw failure;
            const { code, message, details } = databaseAway(failure);
            toldErrors.tell({ code });
            const error = { message, extensions: { code, ...details } };
            response.body = { kind: 'single', singleResult: { errors: [error] } };
            tellUnavailable(response, details.retryAfter); // the other plugins have looked already
          });
        },
      };
    },
  };
}
