import { execFile, execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The system's Python first: Debian and CI have the packages there that training/README.md names. */
const CANDIDATES = ['/usr/bin/python3', 'python3'];

function hasPackages(python: string): boolean {
  try {
    execFileSync(python, ['-c', 'import numpy, onnx, torch'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/**
 * The Python that can train, or null; says so where there is none, as the tests that need it are skipped then.
 *
 * @throws where there is none in CI, which must leave nothing out
 */
export function findTrainingPython(): string | null {
  const python = CANDIDATES.find(hasPackages) ?? null;
  if (python === null) {
    const missing = 'no python3 with torch, onnx and numpy; training/README.md says how to install them';
    if (process.env.CI === 'true') throw new Error(`CI has ${missing}.`);
    console.log(`Skipped: ${missing}.`);
  }
  return python;
}

/** Runs `python3 <args>` at the root of the repository; throws with what it wrote to stderr where it fails. */
export async function runPython(python: string, args: readonly string[]): Promise<void> {
  await promisify(execFile)(python, args, {
    cwd: ROOT,
    // Compiled modules would otherwise be left in the working tree.
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
}
