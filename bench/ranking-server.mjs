// The server under load, in a process of its own: argument 1 names its kind, argument 2 the bytes that "bare" answers.
// All but "bare" answer from one workspace by the same resolvers. Tells its port, and on request its longest event-loop
// stall since the last request.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import Fastify from 'fastify';

const [kind, bytes] = process.argv.slice(2);
const delay = monitorEventLoopDelay({ resolution: 1 });

const KINDS = {
  /** lundong as it is served: keys, limits, headers and all. */
  api: () => onWorkspace(async (_parts, server) => server.app),

  /** Mercurius with its compiler from the first request on, without access or limits of any kind. */
  mercurius: () =>
    onWorkspace(async ({ schema, newContext }) => {
      const { default: mercurius } = await import('mercurius');
      const app = Fastify();
      await app.register(mercurius, { schema, jit: 1, path: '/graphql', context: newContext });
      app.graphql.addHook('onResolution', async (execution, context) => {
        execution.extensions = extensionsOf(context);
      });
      return app;
    }),

  /** Apollo Server as its documentation sets it up on Express, without access or limits of any kind. */
  express: () =>
    onWorkspace(async ({ schema, newContext }) => {
      const [{ default: express }, { ApolloServer }, { expressMiddleware }] = await Promise.all([
        import('express'),
        import('@apollo/server'),
        import('@as-integrations/express5'),
      ]);
      const tellExtensions = {
        requestDidStart: async () => ({
          willSendResponse: async ({ response, contextValue }) => {
            response.body.singleResult.extensions = extensionsOf(contextValue);
          },
        }),
      };
      const apollo = new ApolloServer({ schema, plugins: [tellExtensions], stopOnTerminationSignals: false });
      await apollo.start();
      const app = express();
      app.use('/graphql', express.json(), expressMiddleware(apollo, { context: async () => newContext() }));
      return asFastify(app, apollo);
    }),

  /** The same bytes from a route that knows nothing of GraphQL. */
  bare: async () => {
    const app = Fastify();
    app.post('/graphql', async (_request, reply) => reply.type('application/json; charset=utf-8').send(bytes));
    return { app, close: () => app.close() };
  },
};

/** What lundong tells beside the data, so that all answer the same bytes; its cost is told by the parent. */
const extensionsOf = ({ dataVersion }) => ({ cost: Number(process.env.COST), dataVersion });

async function onWorkspace(build) {
  const { Workspace } = await import('../dist/src/workspace.js');
  const { openApiServer } = await import('../dist/src/cli/api-server.js');
  const { requestContext } = await import('../dist/src/graphql/context.js');
  const { buildApiSchema } = await import('../dist/src/graphql/schema.js');
  const { createResolvers, RESOLVERS } = await import('../dist/src/modules/resolvers.js');
  const workspace = await Workspace.open();
  const server = await openApiServer(workspace);
  const app = await build(
    {
      schema: buildApiSchema(RESOLVERS, createResolvers(server.services)),
      newContext: () => requestContext(server.markets.current()),
    },
    server,
  );
  return {
    app,
    close: async () => {
      if (app !== server.app) await app.close();
      await server.close();
      await workspace.close();
    },
  };
}

/** An Express application with the three members of Fastify's that are used here. */
function asFastify(express, apollo) {
  const app = {
    server: null,
    listen: ({ port, host }) =>
      new Promise((resolve) => {
        app.server = express.listen(port, host, resolve);
      }),
    close: async () => {
      app.server.closeAllConnections();
      await new Promise((resolve) => app.server.close(resolve));
      await apollo.stop();
    },
  };
  return app;
}

const { app, close } = await KINDS[kind]();
await app.listen({ port: 0, host: '127.0.0.1' });
process.send({ port: app.server.address().port });
process.on('message', async (message) => {
  if (message === 'reset') {
    delay.enable();
    delay.reset();
    process.send({ ready: true });
  } else if (message === 'stall') process.send({ stallMs: delay.max / 1e6 });
  else {
    await close();
    process.disconnect();
  }
});
