import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { LundongError } from '../../domain/errors.js';
import type { BadRow } from './import-report.js';
import type { ImportSession } from './import-session.js';

/** Of more the caller is told the number. */
export const SHOWN_BAD_ROWS = 20;

/** Writes the bad rows of an import to a file of their own. @throws LundongError IMPORT_REJECTED where it is not to go on without them */
export async function settleBadRows(
  { id, request }: ImportSession,
  folder: string,
  count: number,
  read: () => Promise<readonly BadRow[]>,
): Promise<{ rows: number; file: string | null }> {
  if (count === 0) return { rows: 0, file: null };
  const bad = await read();
  if (!request.quarantine) {
    const shown = bad.slice(0, SHOWN_BAD_ROWS);
    const lines = shown.map(
      (row) =>
        `  ${row.file}, line ${row.line}${row.column ? `, column ${row.column}` : ''}: ${JSON.stringify(row.value)} ${row.reason}`,
    );
    if (count > shown.length) lines.push(`  … and ${count - shown.length} more`);
    throw new LundongError(
      'IMPORT_REJECTED',
      `${count} bad ${count === 1 ? 'row' : 'rows'}; nothing was imported. Correct the file, or set the rows aside with --quarantine.\n${lines.join('\n')}`,
      { count, rows: shown },
    );
  }
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${id}.csv`);
  const cell = (value: string | number): string => `"${String(value).replaceAll('"', '""')}"`;
  await pipeline(function* () {
    yield 'file,line,column,value,reason\n';
    for (const row of bad) yield `${[row.file, row.line, row.column, row.value, row.reason].map(cell).join(',')}\n`;
  }, createWriteStream(file));
  return { rows: count, file };
}
