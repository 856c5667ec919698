import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const SOAK = fileURLToPath(new URL('../../bench/soak/run.mjs', import.meta.url));

test('under mixed load, with imports, PostgreSQL and a worker killed, no answer is wrong or fails unannounced', async () => {
  const child = spawn(process.execPath, [SOAK, '--minutes', '0.6'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [told, faults] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => {
    told += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    faults += text;
  });
  const [code] = await once(child, 'close');
  expect({ code, faults }).toEqual({ code: 0, faults: '' });
  const summary = JSON.parse(told);
  console.log(told);
  expect(summary).toMatchObject({ faults: 0, kills: ['PostgreSQL', 'worker'] });
  for (const count of ['right', 'verified', 'jobs', 'imports', 'streams'])
    expect(summary[count], count).toBeGreaterThan(0);
}, 600_000);
