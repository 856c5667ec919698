import { LundongError } from '../../domain/errors.js';

/** What the system calls say, and DuckDB after them: no room, more than a file may have, more than the account may. */
const SAID = /No space left on device|File too large|Disk quota exceeded|max_temp_directory_size|ENOSPC|EFBIG|EDQUOT/;
const DISK_FULL_STATE = '53100';

/**
 * An error as it is, but for those that say that a disk is full.
 *
 * @param directories where an import writes, besides PostgreSQL
 */
export function explainFullDisk(error: unknown, directories: readonly string[]): unknown {
  if (!(error instanceof Error) || error instanceof LundongError) return error;
  const { code } = error as { code?: unknown };
  if (code !== DISK_FULL_STATE && !SAID.test(error.message)) return error;
  const where =
    typeof code === 'string' && /^\w{5}$/.test(code)
      ? 'PostgreSQL’s disk'
      : `The disk of ${directories.join(' or of ')}`;
  return new LundongError(
    'STORAGE_UNAVAILABLE',
    `${where} is full: ${error.message.split('\n')[0]}. Nothing was imported, and what was loaded before is as it was; make room there and run the same import again.`,
    { directories },
    { cause: error },
  );
}
