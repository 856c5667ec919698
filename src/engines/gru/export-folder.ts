import { lstat, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LundongError } from '../../domain/errors.js';

const UNFINISHED = '.part';

/** The folder of an export. Files are written under names of their own and take the true ones once all are whole. */
export class ExportFolder {
  private constructor(
    private readonly directory: string,
    private readonly names: readonly string[],
  ) {}

  /**
   * Makes the folder where it is not there yet, and removes what an export that died has left in it.
   *
   * @param names of the files that belong into it; the last one tells that the others are whole
   * @throws LundongError INVALID_ARGUMENT where the folder holds, or is, something else than an export
   */
  static async prepare(directory: string, names: readonly string[]): Promise<ExportFolder> {
    const refuse = (reason: string): never => {
      throw new LundongError('INVALID_ARGUMENT', `--out ${directory} ${reason}; name a new or an empty folder.`);
    };
    const folder = new ExportFolder(directory, names);
    const own = new Set(names.flatMap((name) => [name, `${name}${UNFINISHED}`]));
    const found = await readdir(directory).catch((error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' ? [] : refuse(`cannot be read as a folder (${error.code})`),
    );
    for (const name of found) {
      if (!own.has(name)) refuse(`holds "${name}", which is no part of an export`);
      // A link is never followed: what it leads to is somebody's.
      if (!(await folder.writing(() => lstat(join(directory, name)))).isFile())
        refuse(`holds "${name}", which is no regular file`);
    }
    await makeFolder(directory).catch((error: NodeJS.ErrnoException) => refuse(`cannot be made (${error.code})`));
    await folder.writing(() => folder.removeParts());
    return folder;
  }

  /** Where a file is written; to be opened as a new one. */
  part(name: string): string {
    return join(this.directory, `${name}${UNFINISHED}`);
  }

  /**
   * Runs work that writes into the folder.
   *
   * @throws LundongError INVALID_ARGUMENT where the file system refuses, a full disk included
   */
  async writing<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      if (!(cause instanceof Error && 'syscall' in cause)) throw cause;
      const message = `--out ${this.directory} cannot be written: ${cause.message}; mend that, or name another folder.`;
      throw new LundongError('INVALID_ARGUMENT', message, {}, { cause });
    }
  }

  /** Gives every file its name, in place of an earlier one; all of them must have been written. */
  async publish(): Promise<void> {
    await this.writing(async () => {
      await rm(join(this.directory, this.names.at(-1) as string), { force: true });
      for (const name of this.names) await rename(this.part(name), join(this.directory, name));
    });
  }

  /** Removes what is not finished. A file system that fails in this too has failed before, and that is told. */
  async discard(): Promise<void> {
    await this.removeParts().catch(() => undefined);
  }

  private async removeParts(): Promise<void> {
    for (const name of this.names) await rm(this.part(name), { force: true });
  }
}

/**
 * Makes a folder with those above it. The recursive `mkdir` of Node tries for ever where a folder exists in which none
 * can be made and the system says ENOENT, as in /proc.
 */
async function makeFolder(directory: string): Promise<void> {
  const missing: string[] = [];
  for (let path = directory; !(await exists(path)); path = dirname(path)) missing.push(path);
  for (const path of missing.reverse())
    await mkdir(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}
