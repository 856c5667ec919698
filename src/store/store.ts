import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { DataSource, type EntityManager } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { MarketData1763800000000 } from '../../migrations/1763800000000-market-data.js';
import { PortfoliosAndJobs1763900000000 } from '../../migrations/1763900000000-portfolios-and-jobs.js';
import { JobKeys1764000000000 } from '../../migrations/1764000000000-job-keys.js';
import { MinuteBars1764100000000 } from '../../migrations/1764100000000-minute-bars.js';
import { StockDayFeatures1764200000000 } from '../../migrations/1764200000000-stock-day-features.js';
import { Models1764300000000 } from '../../migrations/1764300000000-models.js';
import { Access1764400000000 } from '../../migrations/1764400000000-access.js';
import { EtfsAndStocks1764500000000 } from '../../migrations/1764500000000-etfs-and-stocks.js';
import { ModelSpecVersion1764550000000 } from '../../migrations/1764550000000-model-spec-version.js';
import { WithdrawnModels1764600000000 } from '../../migrations/1764600000000-withdrawn-models.js';
import { BiViews1764700000000 } from '../../migrations/1764700000000-bi-views.js';
import { EtfDelistDate1764800000000 } from '../../migrations/1764800000000-etf-delist-date.js';
import { LundongError } from '../domain/errors.js';
import { unlessAborted } from '../domain/shared-work.js';
import { EmbeddedPostgres } from './embedded-postgres.js';
import { FactorParametersEntity } from './entities/factor-parameters.entity.js';
import { ImportLogEntity } from './entities/import-log.entity.js';
import { IndustryEntity } from './entities/industry.entity.js';
import { PriceSeriesEntity } from './entities/price-series.entity.js';
import { TradingDayEntity } from './entities/trading-day.entity.js';

// A date of the database is a LocalDate, a string: the driver's default would make it a moment in the local time zone.
const DATE_OID = 1082;
pg.types.setTypeParser(DATE_OID, (text) => text);

const CONNECT_WITHIN_MS = 10_000;
/** Idle connections are asked after this whether they still stand: routers forget them sooner than the system asks. */
const KEEP_ALIVE_MS = 60_000;
const RECONNECT_AFTER_MS = 500;
const CLOSE_WITHIN_MS = 1000;

/** Keys of the advisory locks that processes on one database hold against each other. */
export const ADVISORY_LOCK = { migrate: 7_100_001, import: 7_100_002, computation: 7_100_003 } as const;

/** The channel on which a landed import tells every process that the data have a new version. */
export const DATA_VERSION_CHANNEL = 'lundong_data_version';

/** The relational side: PostgreSQL, its own or an existing one, with every migration applied. */
export class Store {
  private constructor(
    readonly dataSource: DataSource,
    private readonly givenUrl: string | null,
    private readonly embedded: EmbeddedPostgres | null,
  ) {
    const pool = (dataSource.driver as PostgresDriver).master as pg.Pool;
    pool.on('acquire', (client) => this.atWork.add(client));
    pool.on('release', (_, client) => this.atWork.delete(client));
    if (embedded === null) return;
    embedded.onMoved = (moved) => {
      pool.options.connectionString = moved; // read for every new connection
    };
  }

  /** The connections of the pool that somebody has. */
  private readonly atWork = new Set<pg.PoolClient>();

  /** Where PostgreSQL is now: the embedded one may move when it is started anew. */
  get url(): string {
    return this.givenUrl ?? (this.embedded as EmbeddedPostgres).url;
  }

  /**
   * @param options.databaseUrl an existing PostgreSQL; without it one is started under `options.directory`
   * @throws LundongError DATABASE_UNAVAILABLE
   */
  static async open(options: { databaseUrl: string | null; directory: string }): Promise<Store> {
    const embedded = options.databaseUrl === null ? await EmbeddedPostgres.open(options.directory) : null;
    const url = options.databaseUrl ?? (embedded as EmbeddedPostgres).url;
    const dataSource = new DataSource({
      type: 'postgres',
      url,
      applicationName: 'lundong',
      entities: [IndustryEntity, TradingDayEntity, PriceSeriesEntity, ImportLogEntity, FactorParametersEntity],
      migrations: [
        MarketData1763800000000,
        PortfoliosAndJobs1763900000000,
        JobKeys1764000000000,
        MinuteBars1764100000000,
        StockDayFeatures1764200000000,
        Models1764300000000,
        Access1764400000000,
        EtfsAndStocks1764500000000,
        ModelSpecVersion1764550000000,
        WithdrawnModels1764600000000,
        BiViews1764700000000,
        EtfDelistDate1764800000000,
      ],
      extra: {
        max: 10,
        connectionTimeoutMillis: CONNECT_WITHIN_MS,
        keepAlive: true,
        idle_in_transaction_session_timeout: 600_000,
      },
    });
    try {
      await dataSource.initialize();
      await withAdvisoryLock(dataSource, ADVISORY_LOCK.migrate, () => dataSource.runMigrations());
    } catch (cause) {
      if (dataSource.isInitialized) await dataSource.destroy();
      throw new LundongError(
        'DATABASE_UNAVAILABLE',
        `PostgreSQL at ${withoutPassword(url)} cannot be used: ${cause instanceof Error ? cause.message : cause}. ` +
          'Check DATABASE_URL, or leave it out to use the embedded one.',
        {},
        { cause },
      );
    }
    return new Store(dataSource, options.databaseUrl, embedded);
  }

  get manager(): EntityManager {
    return this.dataSource.manager;
  }

  /**
   * Whether PostgreSQL takes a connection and answers on it. Past the pool: that all its connections are at work is no
   * fault of the database.
   *
   * @throws what the driver does; at the latest after the given time
   */
  async ping(withinMs: number): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url,
      application_name: 'lundong-health',
      connectionTimeoutMillis: withinMs,
      query_timeout: withinMs,
    });
    client.on('error', () => undefined); // what matters is told by the two calls
    try {
      await client.connect();
      await client.query('SELECT 1');
    } finally {
      void client.end().catch(() => undefined); // from a server that hangs no goodbye would come
    }
  }

  /**
   * Calls back with the new version after every landed import of any process, and with the current one when the
   * connection came back after a loss, since what was said meanwhile is gone.
   *
   * @returns a function that ends it
   */
  onDataVersion(listener: (version: number) => void): Promise<() => Promise<void>> {
    return this.listen(
      DATA_VERSION_CHANNEL,
      (payload) => listener(Number(payload)),
      async (client) => listener((await client.query('SELECT data_version FROM market_state')).rows[0].data_version),
    );
  }

  /**
   * Hears a channel for as long as the process lives, over losses of the connection.
   *
   * @param onConnected called whenever a connection stands, the first included: what was said before is not heard
   * @param onLost called whenever it is lost
   * @returns a function that ends it
   */
  async listen(
    channel: string,
    onMessage: (payload: string) => void,
    onConnected: (client: pg.Client) => Promise<void> | void = () => undefined,
    onLost: () => void = () => undefined,
  ): Promise<() => Promise<void>> {
    const connect = async (): Promise<{ client: pg.Client; lost: Promise<void> }> => {
      const client = new pg.Client({
        connectionString: this.url,
        application_name: 'lundong-listen',
        keepAlive: true,
        keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
        connectionTimeoutMillis: CONNECT_WITHIN_MS,
      });
      const lost = new Promise<void>((resolve) => {
        client.on('error', () => resolve());
        client.on('end', () => resolve());
      });
      client.on('notification', (message) => onMessage(message.payload ?? ''));
      try {
        await client.connect();
        await client.query(`LISTEN ${channel}`);
        await onConnected(client);
        return { client, lost };
      } catch (error) {
        await client.end().catch(() => undefined);
        throw error;
      }
    };
    const stop = new AbortController();
    // One loop that owns one client at a time: only it connects, and it ends every client before it goes on.
    const first = await connect();
    const listening = (async () => {
      for (let current: typeof first | null = first; ; current = await connect().catch(() => null)) {
        const event = current?.lost ?? sleep(RECONNECT_AFTER_MS, undefined, { ref: false });
        await unlessAborted(event, stop.signal).catch(() => undefined);
        if (current !== null) onLost();
        await current?.client.end().catch(() => undefined);
        if (stop.signal.aborted) return;
      }
    })();
    return async () => {
      stop.abort();
      await listening;
    };
  }

  /** Closes the connections, those at work after a moment as well, and stops the embedded server unless others use it. */
  async close(): Promise<void> {
    const closed = this.dataSource.destroy();
    const impatience = setTimeout(() => {
      for (const client of this.atWork) void (client as unknown as pg.Client).end().catch(() => undefined);
    }, CLOSE_WITHIN_MS);
    try {
      await closed;
    } finally {
      clearTimeout(impatience);
      await this.embedded?.close();
    }
  }
}

/** Runs `work` while no other process holds the lock; waits for it. */
export async function withAdvisoryLock<T>(dataSource: DataSource, key: number, work: () => Promise<T>): Promise<T> {
  const runner = dataSource.createQueryRunner();
  await runner.connect();
  try {
    await runner.query('SELECT pg_advisory_lock($1)', [key]);
    try {
      return await work();
    } finally {
      // Where this fails the connection is lost, and the lock with it; the work is done, or has its own error to tell.
      await runner.query('SELECT pg_advisory_unlock($1)', [key]).catch(() => undefined);
    }
  } finally {
    await runner.release();
  }
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//');
}
