import { channel } from 'node:diagnostics_channel';

/**
 * Something that lower layers tell of their work, to whoever in the process listens: they know neither metrics nor HTTP.
 * Where nobody does, as in commands, telling is one comparison.
 */
export class Measurement<T extends object> {
  private readonly channel;

  constructor(name: string) {
    this.channel = channel(`lundong:${name}`);
  }

  tell(value: T): void {
    if (this.channel.hasSubscribers) this.channel.publish(value);
  }

  /** @returns what ends it */
  listen(listener: (value: T) => void): () => void {
    const onMessage = (value: unknown): void => listener(value as T);
    this.channel.subscribe(onMessage);
    return () => void this.channel.unsubscribe(onMessage);
  }
}

/** What is kept in memory besides whole answers and factor values, by the name under which it is counted. */
export type MemoryCache = 'panel' | 'report' | 'portfolio_run' | 'portfolio_ground' | 'stock_day' | 'cross_section';

/** One use of a connection to DuckDB: its statements and the reading of what they gave, and the wait for a place before. */
export const lakeQueries = new Measurement<{ readonly waitedSeconds: number; readonly seconds: number }>('lake-query');

/** A request to the GRU models that was answered, its wait for threads included. */
export const inferences = new Measurement<{ readonly seconds: number; readonly sequences: number }>('inference');

/** Dates of a factor that somebody asked for, and where their values came from. */
export const factorDates = new Measurement<{
  readonly from: 'memory' | 'database' | 'computed';
  readonly dates: number;
}>('factor-dates');

/** Values looked for in memory: so many were there, so many had to be made. */
export const cacheLookups = new Measurement<{
  readonly cache: MemoryCache;
  readonly hits: number;
  readonly misses: number;
}>('cache-lookup');

/** An error that a caller was told. */
export const toldErrors = new Measurement<{ readonly code: string }>('told-error');
