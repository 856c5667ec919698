import { ApiError, type Circumstances, circumstancesOf, type ErrorBody, requestIdOf } from './errors.js';

/** What the server says beside the data. */
export interface AnswerExtensions {
  /** Version of the data that the answer rests on; rises with every import. */
  readonly dataVersion?: number;
  /** Points that the operation was estimated to cost. */
  readonly cost?: number;
}

/** An answer without errors. */
export interface Answer<Data> {
  readonly data: Data;
  readonly extensions: AnswerExtensions;
  readonly requestId: string | null;
}

/** A body as GraphQL has it. */
export interface AnswerBody {
  readonly data?: unknown;
  readonly errors?: readonly ErrorBody[];
  readonly extensions?: AnswerExtensions;
}

/** Longer ones are cut by servers and proxies. */
export const LONGEST_URL = 8000;

/** Reads an answer. @throws ApiError for one that has errors, or is none */
export async function readAnswer<Data>(response: Response, signal: AbortSignal | undefined): Promise<Answer<Data>> {
  const told = circumstancesOf(response);
  let text: string;
  try {
    text = await response.text();
  } catch (error) {
    throw asLost(error, signal);
  }
  const body = parseBody(text);
  if (body === null || (!response.ok && !body.errors))
    throw new ApiError(
      'BAD_ANSWER',
      `Status ${response.status} came with something that is no answer of the API: ${text.slice(0, 200)}`,
      told,
    );
  return { ...answerOf<Data>(body, told), requestId: requestIdOf(response) };
}

/** @throws ApiError for a body with errors */
export function answerOf<Data>(
  { data, errors, extensions }: AnswerBody,
  told: Circumstances = {},
): Omit<Answer<Data>, 'requestId'> {
  const first = errors?.[0];
  if (first !== undefined) {
    const code: unknown = first.extensions?.code;
    const circumstances = { ...told, errors: errors ?? [], data };
    throw new ApiError(typeof code === 'string' ? code : 'BAD_ANSWER', first.message, circumstances);
  }
  return { data: data as Data, extensions: extensions ?? {} };
}

/** What the caller aborted is told with the caller's reason, anything else as a fault of the network. */
export function asLost(error: unknown, signal: AbortSignal | null | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  const { message, cause } = error as Error;
  const why = cause instanceof Error ? `${message}: ${cause.message}` : message;
  return new ApiError('NETWORK', `No answer came: ${why}`, { cause: error });
}

/** Null for what is no answer of the API, whoever in between may have given it. */
export function parseBody(text: string): AnswerBody | null {
  try {
    const body: unknown = JSON.parse(text);
    return isAnswerBody(body) ? body : null;
  } catch {
    return null;
  }
}

function isAnswerBody(body: unknown): body is AnswerBody {
  if (typeof body !== 'object' || body === null) return false;
  const { errors } = body as { readonly errors?: unknown };
  if (errors === undefined || errors === null) return 'data' in body;
  return Array.isArray(errors) && errors.length > 0 && errors.every((error) => typeof error?.message === 'string');
}
