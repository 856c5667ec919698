// The API over DATA_DIR in a process of its own. Tells its port, and on request its memory and the most it had since "reset".
const { Workspace } = await import('../dist/src/workspace.js');
const { openApiServer } = await import('../dist/src/cli/api-server.js');

import { monitorEventLoopDelay } from 'node:perf_hooks';

const delay = monitorEventLoopDelay({ resolution: 1 });
let most = 0;
const sample = () => {
  most = Math.max(most, process.memoryUsage.rss());
};
setInterval(sample, 5).unref();

const workspace = await Workspace.open();
const { app, close } = await openApiServer(workspace);
await app.listen({ port: 0, host: '127.0.0.1' });
process.send({ port: app.server.address().port });
process.on('message', async (message) => {
  if (message === 'reset') {
    globalThis.gc?.();
    most = 0;
    sample();
    delay.enable();
    delay.reset();
    process.send({ rss: process.memoryUsage.rss() });
  } else if (message === 'most') {
    sample();
    process.send({ rss: most, stallMs: delay.max / 1e6 });
  } else {
    await close();
    await workspace.close();
    process.disconnect();
  }
});
