import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { type DuckDBConnection, type DuckDBDataChunk, DuckDBInstance } from '@duckdb/node-api';
import { lakeQueries } from '../domain/measurements.js';
import { Slots } from '../domain/slots.js';

/** DuckDB occupies libuv's threads while it works: more than two queries at once would starve files, DNS and crypto. */
const CONCURRENT_QUERIES = 2;

/** Some seconds of work for two at a time. */
const LONGEST_LINE = 500;

/** An interrupt that comes between two statements is lost: it is sent until the work has ended. */
const INTERRUPT_EVERY_MS = 20;

/** An in-memory DuckDB over the Parquet files of the lake; spills to `temporaryDirectory` past its memory limit. */
export class DuckDb {
  private readonly slots: Slots;

  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly temporaryDirectory: string,
    longestLine: number,
  ) {
    this.slots = new Slots(CONCURRENT_QUERIES, longestLine, 'queries of market data');
  }

  static async open(options: {
    temporaryDirectory: string;
    memoryLimitMb: number;
    /** Queries that may wait; more are refused. */
    longestLine?: number;
  }): Promise<DuckDb> {
    await mkdir(options.temporaryDirectory, { recursive: true });
    const { temporaryDirectory, memoryLimitMb, longestLine = LONGEST_LINE } = options;
    const threads = Math.min(4, availableParallelism());
    const instance = await createInstance(temporaryDirectory, memoryLimitMb, threads);
    return new DuckDb(instance, temporaryDirectory, longestLine);
  }

  /** How many queries wait for others to end. */
  get queued(): number {
    return this.slots.queued;
  }

  /**
   * Runs `work` on a connection of its own, at most two at a time; the rest wait in order.
   *
   * @param signal interrupts the query that is under way, or leaves the line; its reason is what this ends with then
   * @throws LundongError OVERLOADED
   */
  use<T>(work: (connection: DuckDBConnection) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const asked = performance.now();
    return this.slots.use(async () => {
      const begun = performance.now();
      const connection = await this.instance.connect();
      const stopInterrupting = interruptWhen(connection, signal);
      try {
        return await work(connection);
      } catch (error) {
        signal?.throwIfAborted();
        throw error;
      } finally {
        stopInterrupting();
        connection.closeSync();
        lakeQueries.tell({ waitedSeconds: (begun - asked) / 1000, seconds: (performance.now() - begun) / 1000 });
      }
    }, signal);
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

  /** Whether it answers; asked past the line, since long queries are no fault. */
  async ping(): Promise<void> {
    const connection = await this.instance.connect();
    try {
      await connection.run('SELECT 1');
    } finally {
      connection.closeSync();
    }
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

/** @returns a function that ends it */
function interruptWhen(connection: DuckDBConnection, signal: AbortSignal | undefined): () => void {
  if (signal === undefined) return () => undefined;
  let timer: NodeJS.Timeout | undefined;
  const interrupt = (): void => {
    connection.interrupt();
    timer = setTimeout(interrupt, INTERRUPT_EVERY_MS);
  };
  if (signal.aborted) interrupt();
  else signal.addEventListener('abort', interrupt, { once: true });
  return () => {
    signal.removeEventListener('abort', interrupt);
    clearTimeout(timer);
  };
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
