import type { EntityManager } from 'typeorm';

export type JobStatus = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';

/** A piece of long work, waiting, under way or done. */
export interface JobRow {
  readonly id: string;
  readonly kind: string;
  readonly input: unknown;
  readonly inputHash: string;
  /** Of the data at submission; once it has succeeded, of the data it was computed on. */
  readonly dataVersion: number;
  readonly status: JobStatus;
  readonly attempts: number;
  /** 0 to 1; never falls. */
  readonly progress: number;
  readonly message: string | null;
  readonly error: string | null;
  /** As PostgreSQL writes it, to the microsecond: pages continue after it. */
  readonly createdAt: string;
}

/** Tells every process that something about a job has changed; the payload is its id. */
export const JOB_CHANNEL = 'lundong_job';

/** In the statement that makes the change: whoever dies right after it has told of it all the same. */
const TELL = `pg_notify('${JOB_CHANNEL}', id::text)`;

const COLUMNS = `id, kind, input, input_hash AS "inputHash", data_version AS "dataVersion", status, attempts, progress,
  message, error, created_at::text AS "createdAt"`;

/** Results as the workers wrote them, JSON text by id; jobs without one are left out. */
export async function readResults(manager: EntityManager, ids: readonly string[]): Promise<Map<string, string>> {
  const rows: { id: string; result: string }[] = await manager.query(
    'SELECT id, result FROM job WHERE id = ANY($1) AND result IS NOT NULL',
    [ids],
  );
  return new Map(rows.map((row) => [row.id, row.result]));
}

/**
 * Enqueues a job, or finds the one that is as good: the one with the same idempotency key or, on the same data, one
 * with the same input that has not failed and was not cancelled. The lock makes equal submissions that come at the same
 * time see each other.
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
): Promise<JobRow> {
  return connection.transaction(async (manager) => {
    await manager.query(
      'SELECT pg_advisory_xact_lock(hashtextextended($1, 0)), pg_advisory_xact_lock(hashtextextended($2, 0))',
      [`lundong job input ${job.inputHash}`, `lundong job key ${job.idempotencyKey ?? job.inputHash}`],
    );
    const [known] = await manager.query(
      `SELECT ${COLUMNS} FROM job
       WHERE idempotency_key = $1
          OR (kind = $2 AND input_hash = $3 AND data_version = $4 AND status NOT IN ('FAILED', 'CANCELLED'))
       ORDER BY (idempotency_key = $1) DESC NULLS LAST, created_at LIMIT 1`,
      [job.idempotencyKey, job.kind, job.inputHash, job.dataVersion],
    );
    if (known !== undefined) return known;
    const [created] = await manager.query(
      `INSERT INTO job (id, kind, input, input_hash, idempotency_key, data_version, status)
       VALUES ($1, $2, $3, $4, $5, $6, 'QUEUED') RETURNING ${COLUMNS}`,
      [job.id, job.kind, JSON.stringify(job.input), job.inputHash, job.idempotencyKey, job.dataVersion],
    );
    await tell(manager, job.id);
    return created;
  });
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

/**
 * Takes the oldest job that waits, or that a worker died over: a job under way is owned by whoever holds its advisory
 * lock, which PostgreSQL gives back the moment the owner's connection ends. The caller's connection keeps the lock until
 * `releaseJob`.
 */
export async function claimJob(connection: EntityManager, kinds: readonly string[]): Promise<JobRow | null> {
  const waiting: { id: string }[] = await connection.query(
    `SELECT id FROM job WHERE status IN ('QUEUED', 'RUNNING') AND kind = ANY($1) ORDER BY created_at, id LIMIT 50`,
    [kinds],
  );
  for (const { id } of waiting) {
    const [{ taken }] = await connection.query('SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS taken', [
      lockName(id),
    ]);
    if (!taken) continue;
    // Its owner may have finished it between the two statements.
    const [[job]] = await connection.query(
      `UPDATE job SET status = 'RUNNING', attempts = attempts + 1
       WHERE id = $1 AND status IN ('QUEUED', 'RUNNING') RETURNING ${COLUMNS}`,
      [id],
    );
    if (job !== undefined) {
      await tell(connection, id);
      return job;
    }
    await releaseJob(connection, id);
  }
  return null;
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

function tell(manager: EntityManager, id: string): Promise<unknown> {
  return manager.query('SELECT pg_notify($1, $2)', [JOB_CHANNEL, id]);
}

function lockName(id: string): string {
  return `lundong job ${id}`;
}
