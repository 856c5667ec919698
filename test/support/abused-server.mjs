// The API in a process of its own, with the garbage collector at hand: tells its port, then, on request, its memory.
import { openApiServer } from '#lundong/cli/api-server.js';
import { Workspace } from '#lundong/workspace.js';

const workspace = await Workspace.open();
const { app, close } = await openApiServer(workspace, 'serve', { requestTimeoutMs: 2000 });
await app.listen({ host: '127.0.0.1', port: 0 });
process.send({ port: app.server.address().port });
process.on('message', async (message) => {
  if (message === 'memory') {
    globalThis.gc();
    globalThis.gc();
    process.send({ heapUsed: process.memoryUsage().heapUsed });
    return;
  }
  await close();
  await workspace.close();
  process.disconnect();
});
