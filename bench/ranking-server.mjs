// The server under load, in a process of its own: argument 1 is "api" or "bare", argument 2 the bytes for "bare".
// Tells its port, and on request its longest event-loop stall since the last request.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import Fastify from 'fastify';

const [kind, bytes] = process.argv.slice(2);
const delay = monitorEventLoopDelay({ resolution: 1 });

async function openApi() {
  const { Workspace } = await import('../dist/src/workspace.js');
  const { createServer } = await import('../dist/src/http/server.js');
  const { buildApiSchema } = await import('../dist/src/graphql/schema.js');
  const { createResolvers, RESOLVERS } = await import('../dist/src/modules/resolvers.js');
  const { FactorCache } = await import('../dist/src/engines/factor-cache.js');
  const workspace = await Workspace.open();
  const schema = buildApiSchema(RESOLVERS, createResolvers(workspace.engines, new FactorCache(workspace.store)));
  const markets = await workspace.markets();
  const app = await createServer({ schema, markets, logLevel: 'silent', isDatabaseReady: async () => true });
  return { app, close: () => workspace.close() };
}

async function openBare() {
  const app = Fastify();
  app.post('/graphql', async (_request, reply) => reply.type('application/json; charset=utf-8').send(bytes));
  return { app, close: async () => undefined };
}

const { app, close } = kind === 'api' ? await openApi() : await openBare();
await app.listen({ port: 0, host: '127.0.0.1' });
process.send({ port: app.server.address().port });
process.on('message', async (message) => {
  if (message === 'reset') {
    delay.enable();
    delay.reset();
    process.send({ ready: true });
  } else if (message === 'stall') process.send({ stallMs: delay.max / 1e6 });
  else {
    await app.close();
    await close();
    process.disconnect();
  }
});
