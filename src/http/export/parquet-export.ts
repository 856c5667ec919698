import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { TableType } from '../../graphql/types/table.type.js';
import type { DuckDb } from '../../lake/duckdb.js';
import { convertToParquet, type FileColumn } from '../../lake/parquet-file.js';
import { describeTable, PLAIN_CSV, writeText } from './table-text.js';

const PREFIX = 'export-';
/** No export takes this long: what is older was left behind by a process that died. */
const LEFTOVER_AFTER_MS = 24 * 3600_000;

const FILE_TYPES: Readonly<Record<string, FileColumn['type']>> = { LocalDate: 'DATE', Float: 'DOUBLE', Int: 'BIGINT' };

/** Tables as Parquet. The format has its directory at the end and its values by column: it is made in a file first. */
export class ParquetExport {
  constructor(
    private readonly duckdb: DuckDb,
    private readonly temporaryDirectory: string,
  ) {}

  async *write(table: TableType, signal: AbortSignal): AsyncGenerator<Buffer> {
    const directory = await this.makeDirectory();
    try {
      const [csv, parquet] = [join(directory, 'table.csv'), join(directory, 'table.parquet')];
      await pipeline(Readable.from(writeText(table, PLAIN_CSV, signal)), createWriteStream(csv), { signal });
      const columns = table.columns.map(({ name, type }) => ({ name, type: FILE_TYPES[type] ?? 'VARCHAR' }));
      await convertToParquet(this.duckdb, csv, parquet, columns, JSON.stringify(describeTable(table)), signal);
      await rm(csv);
      for await (const bytes of createReadStream(parquet)) yield bytes as Buffer;
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  private async makeDirectory(): Promise<string> {
    await mkdir(this.temporaryDirectory, { recursive: true });
    for (const name of await readdir(this.temporaryDirectory)) {
      if (!name.startsWith(PREFIX)) continue;
      const path = join(this.temporaryDirectory, name);
      const made = await stat(path).catch(() => null);
      if (made !== null && Date.now() - made.mtimeMs > LEFTOVER_AFTER_MS)
        await rm(path, { recursive: true, force: true });
    }
    return mkdtemp(join(this.temporaryDirectory, PREFIX));
  }
}
