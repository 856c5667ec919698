import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LundongError } from '../domain/errors.js';

/**
 * A manifest, and the ONNX file beside it that it names.
 *
 * @throws LundongError FILE_UNREADABLE
 */
export async function readModelFiles(path: string): Promise<{ manifest: unknown; bytes: Buffer }> {
  const text = await read(path);
  let manifest: unknown;
  try {
    manifest = JSON.parse(text.toString('utf8'));
  } catch (cause) {
    throw new LundongError('FILE_UNREADABLE', `${path} is no JSON: ${(cause as Error).message}.`, {}, { cause });
  }
  const file = (manifest as { file?: unknown } | null)?.file;
  // What is wrong with a name is told with the rest of the manifest; a file outside its folder is never read.
  const isName = typeof file === 'string' && !/[/\\]/.test(file) && file !== '';
  return { manifest, bytes: isName ? await read(join(dirname(path), file)) : Buffer.alloc(0) };
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new LundongError('FILE_UNREADABLE', `${path} cannot be read (${code}).`, {}, { cause });
  }
}
