// A server of its own process over the data of etf.bench.mjs: asks each operation of the argument in turn, past the
// response cache, and tells its parent how long each took, how long it held the event loop, and how many statements of
// SQL it sent.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openApiServer } from '../dist/src/cli/api-server.js';
import { Workspace } from '../dist/src/workspace.js';

const workspace = await Workspace.open();
const { app, close } = await openApiServer(workspace);
await app.ready();
let statements = 0;
const ignore = () => undefined;
workspace.store.dataSource.logger = {
  logQuery: () => {
    statements++;
  },
  logQueryError: ignore,
  logQuerySlow: ignore,
  logSchemaBuild: ignore,
  logMigration: ignore,
  log: ignore,
};

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const delay = monitorEventLoopDelay({ resolution: 1 });
const results = [];
for (const { name, query, variables } of JSON.parse(process.argv[2])) {
  await pause(50); // what the one before left behind is not this one's
  statements = 0;
  delay.enable();
  delay.reset();
  await pause(5); // the monitor measures from its second tick on
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  const { statusCode, body } = await app.inject({
    method: 'POST',
    url: '/graphql',
    headers: { 'cache-control': 'no-cache' },
    payload: { query, variables },
  });
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  const { user, system } = process.cpuUsage(cpu);
  await pause(5); // it must see the end of the last turn
  delay.disable();
  if (statusCode !== 200 || body.includes('"errors"')) throw new Error(`${name}: ${body.slice(0, 500)}`);
  results.push({
    name,
    ms,
    cpuMs: (user + system) / 1e3,
    stallMs: delay.max / 1e6,
    statements,
    bytes: Buffer.byteLength(body),
  });
}
process.send(results);
await close();
await workspace.close();
process.disconnect();
