import { describe, it } from 'vitest';
import { findTrainingPython, runPython } from '../support/training-python.js';

const python = findTrainingPython();

describe.skipIf(python === null)('training/', () => {
  it('passes its own tests', { timeout: 300_000 }, async () => {
    await runPython(python as string, [
      '-m',
      'unittest',
      'discover',
      '--start-directory',
      'training',
      '--top-level-directory',
      '.',
    ]);
  });
});
