import type { EntityManager } from 'typeorm';
import { overloaded } from '../domain/errors.js';

export type JobStatus = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';

/** A piece of long work, waiting, under way or done. */
export interface JobRow {
  readonly id: string;
  readonly kind: string;
  /** The input without its portfolio, whose schedule may be thousands of lines long. */
  readonly outline: unknown;
  /** Of the data at submission; once it has succeeded, of the data it was computed on. */
  readonly dataVersion: number;
  readonly status: JobStatus;
  /** How many workers have begun it, less those that gave it back; while one is at it, the others died over it. */
  readonly attempts: number;
  /** 0 to 1; never falls. */
  readonly progress: number;
  readonly message: string | null;
  readonly error: string | null;
  /** As PostgreSQL writes it, to the microsecond: pages continue after it. */
  readonly createdAt: string;
}

/** A job as its worker has it. */
export interface ClaimedJob extends JobRow {
  readonly input: unknown;
}

/** Tells every process that something about a job has changed; the payload is its id. */
export const JOB_CHANNEL = 'lundong_job';

/** In the statement that makes the change: whoever dies right after it has told of it all the same. */
const TELL = `pg_notify('${JOB_CHANNEL}', id::text)`;

/** How many jobs a worker looks at with one statement when it wants one. */
const CLAIM_PAGE = 50;

const COLUMNS = `id, kind, outline, data_version AS "dataVersion", status, attempts, progress, message, error,
  created_at::text AS "createdAt"`;

/** Results as the workers wrote them, JSON text by id; jobs without one are left out. */
export async function readResults(manager: EntityManager, ids: readonly string[]): Promise<Map<string, string>> {
  const rows: { id: string; result: string }[] = await manager.query(
    'SELECT id, result FROM job WHERE id = ANY($1) AND result IS NOT NULL',
    [ids],
  );
  return new Map(rows.map((row) => [row.id, row.result]));
}

/**
 * Enqueues a job, or finds the one that is as good: the one that the idempotency key was first sent with or, on the same
 * data, one with the same input that has not failed and was not cancelled. Either way the key is that job's from now on.
 * The locks make equal submissions that come at the same time see each other.
 *
 * @param longestLine jobs that may wait
 * @returns the job, and whether it is for this work: the key's may be for other work
 * @throws LundongError OVERLOADED
 */
export async function submitJob(
  connection: EntityManager,
  job: {
    id: string;
    kind: string;
    input: object;
    inputHash: string;
    idempotencyKey: string | null;
    dataVersion: number;
  },
  longestLine: number,
): Promise<{ job: JobRow; isSame: boolean }> {
  const { inputHash, idempotencyKey } = job;
  return connection.transaction(async (manager) => {
    // Always in this order: where keys and inputs cross, nobody waits in a circle.
    await lockUntilCommit(manager, `lundong job input ${inputHash}`);
    if (idempotencyKey !== null) {
      await lockUntilCommit(manager, `lundong job key ${idempotencyKey}`);
      const [known] = await manager.query(
        `SELECT ${COLUMNS}, "isSame"
         FROM job JOIN (SELECT job_id, input_hash = $2 AS "isSame" FROM job_key WHERE idempotency_key = $1) AS own ON id = job_id`,
        [idempotencyKey, inputHash],
      );
      if (known !== undefined) {
        const { isSame, ...row } = known;
        return { job: row, isSame };
      }
    }
    const row = (await findSame(manager, job)) ?? (await insertJob(manager, job, longestLine));
    if (idempotencyKey !== null)
      await manager.query('INSERT INTO job_key (idempotency_key, job_id, input_hash) VALUES ($1, $2, $3)', [
        idempotencyKey,
        row.id,
        inputHash,
      ]);
    return { job: row, isSame: true };
  });
}

async function findSame(
  manager: EntityManager,
  { kind, inputHash, dataVersion }: { kind: string; inputHash: string; dataVersion: number },
): Promise<JobRow | null> {
  const [known] = await manager.query(
    `SELECT ${COLUMNS} FROM job
     WHERE kind = $1 AND input_hash = $2 AND data_version = $3 AND status NOT IN ('FAILED', 'CANCELLED')
     ORDER BY created_at LIMIT 1`,
    [kind, inputHash, dataVersion],
  );
  return known ?? null;
}

async function insertJob(
  manager: EntityManager,
  job: { id: string; kind: string; input: object; inputHash: string; dataVersion: number },
  longestLine: number,
): Promise<JobRow> {
  // As many as come at the same time may go past the limit together.
  const [{ isFull }] = await manager.query(
    `SELECT count(*) >= $1 AS "isFull" FROM (SELECT FROM job WHERE status = 'QUEUED' LIMIT $1)`,
    [longestLine],
  );
  if (isFull) throw overloaded('jobs');
  const [created] = await manager.query(
    `INSERT INTO job (id, kind, input, input_hash, data_version, status)
     VALUES ($1, $2, $3, $4, $5, 'QUEUED') RETURNING ${COLUMNS}`,
    [job.id, job.kind, JSON.stringify(job.input), job.inputHash, job.dataVersion],
  );
  await tell(manager, job.id);
  return created;
}

export async function findJob(manager: EntityManager, id: string): Promise<JobRow | null> {
  const [job] = await manager.query(`SELECT ${COLUMNS} FROM job WHERE id = $1`, [id]);
  return job ?? null;
}

/** Newest first. */
export async function listJobs(
  manager: EntityManager,
  kind: string,
  limit: number,
  after: { createdAt: string; id: string } | null,
): Promise<JobRow[]> {
  return manager.query(
    `SELECT ${COLUMNS} FROM job WHERE kind = $1 AND ($2::timestamptz IS NULL OR (created_at, id) < ($2::timestamptz, $3::uuid))
     ORDER BY created_at DESC, id DESC LIMIT $4`,
    [kind, after?.createdAt ?? null, after?.id ?? null, limit],
  );
}

export async function countJobs(manager: EntityManager, kind: string): Promise<number> {
  const [{ count }] = await manager.query('SELECT count(*)::int AS count FROM job WHERE kind = $1', [kind]);
  return count;
}

/** How many jobs are in each state. */
export interface JobCounts {
  readonly byStatus: Readonly<Record<JobStatus, number>>;
  /** Of the oldest job that waits; 0 where none does. */
  readonly oldestWaitSeconds: number;
}

export async function countJobsByStatus(manager: EntityManager): Promise<JobCounts> {
  const rows: { status: JobStatus; count: number; oldest: number }[] = await manager.query(
    `SELECT status, count(*)::int AS count, extract(epoch FROM clock_timestamp() - min(created_at))::float8 AS oldest
     FROM job GROUP BY status`,
  );
  const none = { QUEUED: 0, RUNNING: 0, SUCCEEDED: 0, FAILED: 0, CANCELLED: 0 };
  return {
    byStatus: { ...none, ...Object.fromEntries(rows.map(({ status, count }) => [status, count])) },
    oldestWaitSeconds: rows.find(({ status }) => status === 'QUEUED')?.oldest ?? 0,
  };
}

/**
 * Takes the oldest job that waits, or that a worker died over: a job under way is owned by whoever holds its advisory
 * lock, which PostgreSQL gives back the moment the owner's connection ends. The caller's connection keeps the lock until
 * `releaseJob`.
 */
export async function claimJob(connection: EntityManager, kinds: readonly string[]): Promise<ClaimedJob | null> {
  let page: { id: string; createdAt: string }[];
  let last = { id: '00000000-0000-0000-0000-000000000000', createdAt: '-infinity' };
  do {
    page = await connection.query(
      `SELECT id, created_at::text AS "createdAt" FROM job
       WHERE status IN ('QUEUED', 'RUNNING') AND kind = ANY($1) AND (created_at, id) > ($2::timestamptz, $3::uuid)
       ORDER BY created_at, id LIMIT $4`,
      [kinds, last.createdAt, last.id, CLAIM_PAGE],
    );
    // One by one: within a larger statement PostgreSQL may try, and take, more locks than rows come of it.
    for (const { id } of page) {
      const job = await tryClaim(connection, id);
      if (job !== null) return job;
    }
    last = page.at(-1) ?? last;
  } while (page.length === CLAIM_PAGE);
  return null;
}

async function tryClaim(connection: EntityManager, id: string): Promise<ClaimedJob | null> {
  const [{ taken }] = await connection.query('SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS taken', [
    lockName(id),
  ]);
  if (!taken) return null;
  // Its owner may have finished it between the two statements.
  const [[job]] = await connection.query(
    `UPDATE job SET status = 'RUNNING', attempts = attempts + 1
     WHERE id = $1 AND status IN ('QUEUED', 'RUNNING') RETURNING ${COLUMNS}, input`,
    [id],
  );
  if (job === undefined) {
    await releaseJob(connection, id);
    return null;
  }
  await tell(connection, id);
  return job;
}

export async function releaseJob(connection: EntityManager, id: string): Promise<void> {
  await connection.query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', [lockName(id)]);
}

/**
 * This and what follows, up to the end of the job, go over the connection that holds its lock: where that is lost, so is
 * the job, and nothing is written over the work of whoever has taken it up.
 *
 * @returns false when the job is no longer under way: it was cancelled
 */
export async function reportProgress(
  manager: EntityManager,
  id: string,
  progress: number,
  message: string | null,
): Promise<boolean> {
  const [rows] = await manager.query(
    `UPDATE job SET progress = greatest(progress, $2), message = $3 WHERE id = $1 AND status = 'RUNNING'
     RETURNING ${TELL}`,
    [id, progress, message],
  );
  return rows.length > 0;
}

/** Gives a job back that its worker will not finish: it was told to stop, which is no fault of the job's. */
export async function requeueJob(manager: EntityManager, id: string): Promise<void> {
  await manager.query(
    `UPDATE job SET status = 'QUEUED', attempts = attempts - 1 WHERE id = $1 AND status = 'RUNNING' RETURNING ${TELL}`,
    [id],
  );
}

/**
 * Gives back the attempt of a worker that lives but has lost the connection that owned the job: only deaths are to count.
 * Whoever has the job by now keeps it. Where the answer to this is lost as well it may be done twice, and the job may
 * cost one worker more.
 */
export async function giveBackAttempt(manager: EntityManager, id: string): Promise<void> {
  await manager.query(
    `UPDATE job SET attempts = greatest(attempts - 1, 0) WHERE id = $1 AND status IN ('QUEUED', 'RUNNING')`,
    [id],
  );
}

/** Ends a job that is under way; one that was cancelled meanwhile stays cancelled. */
export async function finishJob(
  manager: EntityManager,
  id: string,
  outcome: { result: string; dataVersion: number } | { error: string },
): Promise<void> {
  if ('result' in outcome)
    await manager.query(
      `UPDATE job SET status = 'SUCCEEDED', progress = 1, message = NULL, result = $2, data_version = $3, finished_at = now()
       WHERE id = $1 AND status = 'RUNNING' RETURNING ${TELL}`,
      [id, outcome.result, outcome.dataVersion],
    );
  else
    await manager.query(
      `UPDATE job SET status = 'FAILED', error = $2, finished_at = now() WHERE id = $1 AND status = 'RUNNING'
       RETURNING ${TELL}`,
      [id, outcome.error],
    );
}

/** @returns whether there was anything to cancel */
export async function cancelJob(manager: EntityManager, id: string): Promise<boolean> {
  const [rows] = await manager.query(
    `UPDATE job SET status = 'CANCELLED', finished_at = now() WHERE id = $1 AND status IN ('QUEUED', 'RUNNING')
     RETURNING ${TELL}`,
    [id],
  );
  return rows.length > 0;
}

function lockUntilCommit(manager: EntityManager, name: string): Promise<unknown> {
  return manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [name]);
}

function tell(manager: EntityManager, id: string): Promise<unknown> {
  return manager.query('SELECT pg_notify($1, $2)', [JOB_CHANNEL, id]);
}

function lockName(id: string): string {
  return `lundong job ${id}`;
}
