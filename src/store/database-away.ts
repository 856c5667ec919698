import { LundongError } from '../domain/errors.js';

/** SQLSTATEs of a server that ends, starts or has no room, and what sockets say of one that is not there. */
const AWAY_CODE = /^(57P0[1-3]|08|53300|ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)/;
/** What the driver and TypeORM say in words alone; a runner is released under its owner when its connection is lost. */
const AWAY_MESSAGE =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error|Client was closed|Query runner already released|Database connection provided by a query runner was already released)/;

/** Seconds after which it is worth asking again: PostgreSQL takes about as long to come back from a crash. */
const RETRY_AFTER_S = 5;

/** Whether a connection was lost or none could be had, as against a statement refused. */
export function isDatabaseAway(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, message } = error as { code?: unknown; message?: unknown };
  return AWAY_CODE.test(String(code)) || AWAY_MESSAGE.test(String(message));
}

/** What callers are told where the database is away. */
export function databaseAway(cause: unknown): LundongError {
  return new LundongError(
    'DATABASE_UNAVAILABLE',
    `The database does not answer at the moment; try again in ${RETRY_AFTER_S} seconds. A mutation may have been carried out.`,
    { retryAfter: RETRY_AFTER_S },
    { cause },
  );
}
