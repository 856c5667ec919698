import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createGzip } from 'node:zlib';

/**
 * @param path ends in `.gz` where the file is to be compressed
 * @param chunks blocks of whole lines; large ones, for each costs a trip through the stream
 */
export async function writeCsv(path: string, columns: string, chunks: Iterable<string>): Promise<void> {
  const source = Readable.from(withHeader(columns, chunks));
  const target = createWriteStream(path);
  // Level 1: the files are read once and thrown away, and better levels take longer than making the data.
  if (path.endsWith('.gz')) await pipeline(source, createGzip({ level: 1, chunkSize: 1 << 18 }), target);
  else await pipeline(source, target);
}

async function* withHeader(columns: string, chunks: Iterable<string>): AsyncGenerator<string> {
  yield `${columns}\n`;
  for (const chunk of chunks) {
    yield chunk;
    await nextTurn(); // a progress bar or a signal must get its turn
  }
}
