import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { type DuckDBConnection, type DuckDBDataChunk, DuckDBInstance } from '@duckdb/node-api';
import { lakeQueries } from '../domain/measurements.js';
import { Slots } from '../domain/slots.js';

/** DuckDB occupies libuv's threads while it works: more than two queries at once would starve files, DNS and crypto. */
const CONCURRENT_QUERIES = 2;

/** An in-memory DuckDB over the Parquet files of the lake; spills to `temporaryDirectory` past its memory limit. */
export class DuckDb {
  private readonly slots = new Slots(CONCURRENT_QUERIES);

  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly temporaryDirectory: string,
  ) {}

  static async open(options: { temporaryDirectory: string; memoryLimitMb: number }): Promise<DuckDb> {
    await mkdir(options.temporaryDirectory, { recursive: true });
    const { temporaryDirectory, memoryLimitMb } = options;
    return new DuckDb(
      await createInstance(temporaryDirectory, memoryLimitMb, Math.min(4, availableParallelism())),
      temporaryDirectory,
    );
  }

  /** Runs `work` on a connection of its own, at most two at a time; the rest wait in order. */
  use<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const asked = performance.now();
    return this.slots.use(async () => {
      const begun = performance.now();
      const connection = await this.instance.connect();
      try {
        return await work(connection);
      } finally {
        connection.closeSync();
        lakeQueries.tell({ waitedSeconds: (begun - asked) / 1000, seconds: (performance.now() - begun) / 1000 });
      }
    });
  }

  /**
   * Like `use`, on an instance of its own with one thread and little memory, which is given back at the end: each thread
   * that writes a file holds a piece of it.
   */
  apart<T>(memoryLimitMb: number, work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    return this.slots.use(async () => {
      const instance = await createInstance(this.temporaryDirectory, memoryLimitMb, 1);
      try {
        const connection = await instance.connect();
        try {
          return await work(connection);
        } finally {
          connection.closeSync();
        }
      } finally {
        instance.closeSync();
      }
    });
  }

  close(): void {
    this.instance.closeSync();
  }
}

function createInstance(temporaryDirectory: string, memoryLimitMb: number, threads: number): Promise<DuckDBInstance> {
  return DuckDBInstance.create(':memory:', {
    memory_limit: `${memoryLimitMb}MB`,
    temp_directory: temporaryDirectory,
    threads: String(threads),
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
}

/** A text as an SQL literal; with NULs, at which DuckDB's parser would end, as an expression that makes it. */
export function literal(text: string): string {
  const parts = text.split('\0').map((part) => `'${part.replaceAll("'", "''")}'`);
  return parts.length === 1 ? (parts[0] as string) : `(${parts.join(' || chr(0) || ')})`;
}

/** A list of texts as an SQL list literal. */
export function literals(texts: readonly string[]): string {
  return `[${texts.map(literal).join(', ')}]`;
}

/** Paths of files as an SQL list literal: these very files, where DuckDB would take a name for a pattern as well. */
export function fileList(...paths: readonly string[]): string {
  return literals(paths.map((path) => path.replaceAll(/[*?[]/g, '[$&]')));
}

/** Every row as an array of plain values; BIGINT and DATE come as strings. */
export async function rows(connection: DuckDBConnection, sql: string): Promise<unknown[][]> {
  return (await connection.runAndReadAll(sql)).getRowsJson() as unknown[][];
}

/**
 * A numeric column of a chunk as the typed array it is. The vector declares it private, but its accessor costs a call
 * and a validity check per value, ten times as much over millions of closes; NULLs must have been replaced in the query.
 */
export function numbers(chunk: DuckDBDataChunk, column: number): ArrayLike<number> {
  return (chunk.getColumnVector(column) as unknown as { items: ArrayLike<number> }).items;
}
