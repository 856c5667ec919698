import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { modelFixture } from '../support/models.js';

const RUNTIME = createRequire(import.meta.url).resolve('onnxruntime-node');
const SUBJECT = new URL('../../dist/src/cli/stuck-threads.js', import.meta.url).href;

/** Never returns from the runtime. */
const THREAD = `
  const { readFileSync } = require('node:fs');
  const { parentPort } = require('node:worker_threads');
  const { InferenceSession, Tensor } = require(${JSON.stringify(RUNTIME)});
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1 };
  InferenceSession.create(readFileSync(${JSON.stringify(modelFixture('loop').path)}), options).then((session) => {
    parentPort.postMessage('begins');
    return session.run({ x: new Tensor('float32', new Float32Array(480), [1, 40, 12]) });
  });`;

const PROGRAM = (isStuck: boolean): string => `
  import { once } from 'node:events';
  import { Worker } from 'node:worker_threads';
  import { killWhatIsStuck } from ${JSON.stringify(SUBJECT)};
  if (${isStuck}) {
    const thread = new Worker(${JSON.stringify(THREAD)}, { eval: true, execArgv: [] });
    await once(thread, 'message');
    await new Promise((resolve) => setTimeout(resolve, 500)); // it is within the runtime then
    void thread.terminate();
  }
  process.exitCode = 3;
  killWhatIsStuck(500);`;

test.each([
  ['a thread is stuck in', true, { code: null, signal: 'SIGKILL' }, /^A thread is stuck in the model runtime/],
  ['no thread is stuck in', false, { code: 3, signal: null }, /^$/],
])('a process that %s ends', async (_, isStuck, ending, says) => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM(isStuck)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    complaint += text;
  });
  const patience = setTimeout(() => child.kill('SIGINT'), 20_000);
  const [code, signal] = await once(child, 'close');
  clearTimeout(patience);
  expect({ code, signal }).toEqual(ending);
  expect(complaint).toMatch(says);
});
