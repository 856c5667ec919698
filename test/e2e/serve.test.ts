import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestWorkspace, type TestWorkspace } from '../support/database.js';

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

let opened: TestWorkspace;
beforeAll(async () => {
  opened = await openTestWorkspace();
});
afterAll(() => opened.close());

test('serve on a port that is taken ends at once, says so and names the remedy', async () => {
  const occupant = createServer();
  occupant.listen(0, '127.0.0.1');
  await once(occupant, 'listening');
  const port = String((occupant.address() as AddressInfo).port);
  const child = spawn(process.execPath, [MAIN, 'serve'], {
    env: { ...process.env, ...opened.environment, HOST: '127.0.0.1', PORT: port, WORKERS: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    complaint += text;
  });
  const patience = setTimeout(() => child.kill('SIGKILL'), 10_000);
  try {
    const [code, signal] = await once(child, 'close');
    expect({ code, signal }).toEqual({ code: 1, signal: null });
    expect(complaint).toBe(
      `INVALID_CONFIG: The server cannot listen on 127.0.0.1:${port}: another program listens there already. ` +
        'Set PORT=0 for any free port, or another PORT or HOST.\n',
    );
  } finally {
    clearTimeout(patience);
    occupant.close();
  }
});
