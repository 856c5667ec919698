import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Real data that may not be part of the project lies in a folder beside the repository. */
const SHARED_ROOT = fileURLToPath(new URL('../../../shared', import.meta.url));

export function sharedPath(...parts: string[]): string {
  return join(SHARED_ROOT, ...parts);
}

/** Whether the file or folder is there; says so where it is not, as the tests that need it are skipped then. */
export function sharedDataAvailable(...parts: string[]): boolean {
  const available = existsSync(sharedPath(...parts));
  if (!available) console.log(`Skipped: ../shared/${parts.join('/')} is not beside the repository.`);
  return available;
}
