import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LundongError } from '../../domain/errors.js';

/** What a process that died has left goes after this. */
const STRAY_FILE_GRACE_MS = 10 * 60_000;

/** A file that is there, but not yet under its name. */
export interface StagedFile {
  readonly path: string;
  /** Puts it in its place, over whatever is there; on the disk when this resolves. */
  commit(): Promise<void>;
  /** Deletes it; nothing where it was committed. */
  discard(): Promise<void>;
}

/** The bytes of the models: one file per hash. Every process on the same DATA_DIR and database finds them here. */
export class ModelFiles {
  private readonly looked = new Map<string, { readonly state: string; readonly isWhole: boolean }>();

  constructor(private readonly directory: string) {}

  /** Where the file of this hash is, if it is registered. */
  path(sha256: string): string {
    return join(this.directory, `${sha256}.onnx`);
  }

  /** Whether the file of this hash is there with these very bytes; read anew only where it has changed. */
  async isWhole(sha256: string): Promise<boolean> {
    const found = await stat(this.path(sha256)).catch(() => null);
    if (found === null) return false;
    const state = `${found.mtimeMs} ${found.size} ${found.ino}`;
    const known = this.looked.get(sha256);
    if (known?.state === state) return known.isWhole;
    const bytes = await readFile(this.path(sha256)).catch(() => null);
    const isWhole = bytes !== null && createHash('sha256').update(bytes).digest('hex') === sha256;
    this.looked.set(sha256, { state, isWhole });
    return isWhole;
  }

  /** @throws LundongError STORAGE_UNAVAILABLE; so does `commit` */
  stage(sha256: string, bytes: Uint8Array): Promise<StagedFile> {
    return this.written(() => this.write(sha256, bytes));
  }

  private async write(sha256: string, bytes: Uint8Array): Promise<StagedFile> {
    await mkdir(this.directory, { recursive: true });
    await this.sweep();
    const path = join(this.directory, `${randomUUID()}.tmp`);
    const file = await open(path, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    return {
      path,
      commit: () =>
        this.written(async () => {
          await rename(path, this.path(sha256));
          const folder = await open(this.directory);
          await folder.sync().finally(() => folder.close());
        }),
      discard: () => rm(path, { force: true }),
    };
  }

  /** The path is the cause's, for the operator: callers over the network are not told it. */
  private async written<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === undefined) throw cause;
      const message = `The folder of the models cannot be written (${code}); mend it, and register the model again.`;
      throw new LundongError('STORAGE_UNAVAILABLE', message, {}, { cause });
    }
  }

  private async sweep(): Promise<void> {
    for (const name of (await readdir(this.directory)).filter((one) => one.endsWith('.tmp'))) {
      const path = join(this.directory, name);
      const found = await stat(path).catch(() => null); // another process may commit it meanwhile
      if (found !== null && Date.now() - found.mtimeMs > STRAY_FILE_GRACE_MS) await rm(path, { force: true });
    }
  }
}
