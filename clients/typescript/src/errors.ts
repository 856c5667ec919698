import type { ServerErrorCode } from './generated/error-codes.js';

/**
 * What went wrong: a code of the server; `NETWORK`, when no answer came; `BAD_ANSWER`, when what came is no answer of
 * the API, as that of a proxy in between. Newer servers may have codes that this client does not know.
 */
export type ErrorCode = ServerErrorCode | 'NETWORK' | 'BAD_ANSWER' | (string & Record<never, never>);

/** An error as the server tells it. */
export interface ErrorBody {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: { readonly code?: string } & Readonly<Record<string, unknown>>;
}

/** What came with the error. */
export interface Circumstances {
  /** Of the answer; null where there is none. */
  readonly status?: number | null;
  readonly requestId?: string | null;
  readonly retryAfterMs?: number | null;
  readonly errors?: readonly ErrorBody[];
  readonly data?: unknown;
  readonly cause?: unknown;
}

/** Whatever the API refuses or fails at. Programs go by `code`; the message is for people. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** What the error says beside code and message: `scope`, `cost`, `limit`, `first`, `last` … */
  readonly details: Readonly<Record<string, unknown>>;
  /** Where in the answer it befell, `['factor', 'ranking']`; empty where the whole request was refused. */
  readonly path: readonly (string | number)[];
  /** HTTP status; null where no answer came. */
  readonly status: number | null;
  /** What the server's log has the request under, to be quoted in a report; null where it was not told. */
  readonly requestId: string | null;
  /** How long to wait before another try, as the server asks for; null where it asks for nothing. */
  readonly retryAfterMs: number | null;
  /** Every error of the answer; this one is about the first. */
  readonly errors: readonly ErrorBody[];
  /** What there was of the answer all the same, with nulls in place of what failed; null where there is nothing. */
  readonly data: unknown;

  constructor(
    readonly code: ErrorCode,
    message: string,
    { status = null, requestId = null, retryAfterMs = null, errors = [], data = null, cause }: Circumstances = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    const { code: _, ...details } = errors[0]?.extensions ?? {};
    this.details = details;
    this.path = errors[0]?.path ?? [];
    this.status = status;
    this.requestId = requestId ?? (typeof details.id === 'string' ? details.id : null);
    this.retryAfterMs = retryAfterMs ?? (typeof details.retryAfter === 'number' ? details.retryAfter * 1000 : null);
    this.errors = errors;
    this.data = data;
  }

  /** Whether the same request may succeed a little later, nothing having been done about it now. */
  get isTransient(): boolean {
    return this.status === 429 || this.status === 503 || this.code === 'OVERLOADED';
  }
}

/** What the server calls the request; null where it does not say. */
export function requestIdOf({ headers }: Response): string | null {
  return headers.get('x-request-id');
}

/** What the head of an answer says of it. */
export function circumstancesOf(response: Response): Circumstances {
  const retryAfterMs = retryAfterOf(response.headers.get('retry-after'));
  return { status: response.status, requestId: requestIdOf(response), retryAfterMs };
}

/** @param header seconds, or a date */
function retryAfterOf(header: string | null): number | null {
  if (header === null) return null;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? null : Math.max(ms, 0);
}
