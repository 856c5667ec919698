// The server under load, in a process of its own: argument 1 is "api" or "bare", argument 2 the bytes for "bare".
// Tells its port, and on request its longest event-loop stall since the last request.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import Fastify from 'fastify';

const [kind, bytes] = process.argv.slice(2);
const delay = monitorEventLoopDelay({ resolution: 1 });

async function openApi() {
  const { Workspace } = await import('../dist/src/workspace.js');
  const { openApiServer } = await import('../dist/src/cli/api-server.js');
  const workspace = await Workspace.open();
  const { app, close } = await openApiServer(workspace);
  return { app, close: () => close().then(() => workspace.close()) };
}

async function openBare() {
  const app = Fastify();
  app.post('/graphql', async (_request, reply) => reply.type('application/json; charset=utf-8').send(bytes));
  return { app, close: () => app.close() };
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
    await close();
    process.disconnect();
  }
});
