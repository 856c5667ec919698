import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { cacheLookups, factorDates, inferences, lakeQueries, toldErrors } from '../../domain/measurements.js';
import type { JobCounts } from '../../store/job.repository.js';
import { SeriesCounter } from './series-counter.js';

/** What is asked of others whenever somebody reads the metrics. */
export interface MetricSources {
  /** Jobs by state, and how long the oldest of those that wait has; rejects where the database is away. */
  readonly countJobs: () => Promise<JobCounts>;
  readonly dataVersion: () => number;
}

/** How long whoever reads the metrics waits for the database. */
const DATABASE_PATIENCE_MS = 2000;

/**
 * All metrics of a server; docs/metrics.md has a row for each. Labels take values from bounded sets only. What lower
 * layers tell is told of the process: two servers in one would both count it.
 */
export class Metrics {
  readonly registry = new Registry();
  readonly contentType = this.registry.contentType;

  readonly operations = new SeriesCounter(
    this.registry,
    { name: 'lundong_operations_total', help: 'GraphQL operations that were answered or refused' },
    ['operation', 'transport', 'outcome'],
  );

  readonly rootFields = new SeriesCounter(
    this.registry,
    { name: 'lundong_root_field_uses_total', help: 'Root fields asked for in operations that were answered' },
    ['caller', 'field'],
  );

  readonly cacheLookups = new SeriesCounter(
    this.registry,
    { name: 'lundong_cache_lookups_total', help: 'Values looked for in a cache in memory' },
    ['cache', 'outcome'],
  );

  readonly durations = new Histogram({
    name: 'lundong_operation_duration_seconds',
    help: 'Time from the headers of a request to the last byte of its answer, of operations that were executed',
    labelNames: ['operation'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [this.registry],
  });

  readonly costs = new Histogram({
    name: 'lundong_operation_cost_points',
    help: 'Estimated cost of operations that were executed',
    buckets: [10, 50, 100, 500, 1000, 2000, 5000, 10_000, 20_000],
    registers: [this.registry],
  });

  private readonly errors = new SeriesCounter(
    this.registry,
    { name: 'lundong_errors_total', help: 'Errors that callers were told' },
    ['code'],
  );

  private readonly factorDates = new SeriesCounter(
    this.registry,
    { name: 'lundong_factor_dates_total', help: 'Dates of a factor asked for, by where their values came from' },
    ['from'],
  );

  private readonly inferenceSequences = new SeriesCounter(
    this.registry,
    { name: 'lundong_inference_sequences_total', help: 'Sequences scored by GRU models' },
    [],
  );

  private countSockets: () => number = () => 0;
  private readonly stopListening: readonly (() => void)[];

  constructor(sources: MetricSources) {
    collectDefaultMetrics({ register: this.registry });
    this.gauges(sources);
    this.stopListening = this.listen();
  }

  /** @param count how many WebSockets are open */
  watchSockets(count: () => number): void {
    this.countSockets = count;
  }

  /** Hears of lower layers no more. */
  close(): void {
    for (const stop of this.stopListening) stop();
  }

  /** What layers below tell while they work. */
  private listen(): (() => void)[] {
    const queries = this.seconds('lundong_lake_query_seconds', 'Time that one use of a DuckDB connection took');
    const waits = this.seconds(
      'lundong_lake_wait_seconds',
      'Time that it waited for one of the two connections before',
    );
    const scoring = this.seconds('lundong_inference_seconds', 'Time that a request to the GRU models took');
    return [
      lakeQueries.listen(({ waitedSeconds, seconds }) => {
        waits.observe(waitedSeconds);
        queries.observe(seconds);
      }),
      inferences.listen(({ seconds, sequences }) => {
        scoring.observe(seconds);
        this.inferenceSequences.with().count += sequences;
      }),
      factorDates.listen(({ from, dates }) => {
        this.factorDates.with(from).count += dates;
      }),
      cacheLookups.listen(({ cache, hits, misses }) => {
        if (hits > 0) this.cacheLookups.with(cache, 'hit').count += hits;
        if (misses > 0) this.cacheLookups.with(cache, 'miss').count += misses;
      }),
      toldErrors.listen(({ code }) => {
        this.errors.with(code).count++;
      }),
    ];
  }

  private seconds(name: string, help: string): Histogram {
    const buckets = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60];
    return new Histogram({ name, help, buckets, registers: [this.registry] });
  }

  private gauges({ countJobs, dataVersion }: MetricSources): void {
    const counted = shared(() => inTime(countJobs()));
    this.gauge('lundong_open_websockets', 'WebSockets that are open', (gauge) => gauge.set(this.countSockets()));
    this.gauge(
      'lundong_data_version',
      'Version of the data that answers rest on; rises by one with every import',
      (gauge) => gauge.set(dataVersion()),
    );
    this.gauge('lundong_database_up', '1 where PostgreSQL answers, else 0', async (gauge) =>
      gauge.set((await counted()) === null ? 0 : 1),
    );
    // Without the database there is no count: an old one would look like a queue that stands still.
    this.gauge(
      'lundong_jobs',
      'Jobs by state',
      async (gauge) => {
        gauge.reset();
        for (const [state, count] of Object.entries((await counted())?.byStatus ?? {}))
          gauge.set({ state: state.toLowerCase() }, count);
      },
      ['state'],
    );
    this.gauge(
      'lundong_job_oldest_wait_seconds',
      'How long the oldest job that waits has waited; 0 where none does',
      async (gauge) => gauge.set((await counted())?.oldestWaitSeconds ?? Number.NaN),
    );
  }

  private gauge<Label extends string = never>(
    name: string,
    help: string,
    collect: (gauge: Gauge<Label>) => void | Promise<void>,
    labelNames: Label[] = [],
  ): void {
    const gauge: Gauge<Label> = new Gauge<Label>({
      name,
      help,
      labelNames,
      registers: [this.registry],
      collect: () => collect(gauge),
    });
  }
}

/** The same work for all who ask while it goes on: one reading of the metrics asks the database once. */
function shared<T>(work: () => Promise<T>): () => Promise<T> {
  let going: Promise<T> | null = null;
  return () => {
    going ??= work().finally(() => {
      going = null;
    });
    return going;
  };
}

/** What was counted; null where the database is away or lets one wait. */
function inTime(counts: Promise<JobCounts>): Promise<JobCounts | null> {
  const impatience = new Promise<null>((resolve) => {
    setTimeout(() => resolve(null), DATABASE_PATIENCE_MS).unref();
  });
  return Promise.race([counts.catch(() => null), impatience]);
}
