import { type Answer, answerOf, asLost, LONGEST_URL, parseBody, readAnswer } from './answer.js';
import { ApiError, requestIdOf } from './errors.js';
import { KeptAnswers } from './kept-answers.js';
import type { Arguments, Operation, OperationKind } from './operation.js';
import { pause, type RetryOptions, waitBefore, withRetries } from './retry.js';
import { readEvents } from './server-events.js';

export interface ClientOptions {
  /** Where the API is, `https://rotation.example/graphql`. */
  readonly url: string | URL;
  /** Left out where the server is open. */
  readonly apiKey?: string | undefined;
  /** Used in place of the global one. */
  readonly fetch?: typeof globalThis.fetch;
  /** What to do while the server has too much to do; mutations are sent once whatever it says. */
  readonly retry?: RetryOptions;
  /**
   * How many answers to keep. Queries then go as GET under the hash of their text, and an answer that has not changed
   * since is not sent again. Default: none; queries go as POST.
   */
  readonly keptAnswers?: number;
}

export interface Client {
  /** Asks, and gives the data. @throws ApiError */
  query<Data, Variables>(operation: Operation<'query', Data, Variables>, ...given: Arguments<Variables>): Promise<Data>;
  /** Asks once, and gives the data. @throws ApiError */
  mutate<Data, Variables>(
    operation: Operation<'mutation', Data, Variables>,
    ...given: Arguments<Variables>
  ): Promise<Data>;
  /**
   * Follows a subscription over server-sent events until it ends or the loop is left. A lost connection is made anew; what
   * happened in between is not told, but the first event after it says where things stand. @throws ApiError
   */
  subscribe<Data, Variables>(
    operation: Operation<'subscription', Data, Variables>,
    ...given: Arguments<Variables>
  ): AsyncGenerator<Data, void, undefined>;
  /** Asks, and gives the data with what the server says beside it. @throws ApiError */
  answer<Data, Variables>(
    operation: Operation<'query' | 'mutation', Data, Variables>,
    ...given: Arguments<Variables>
  ): Promise<Answer<Data>>;
}

/** @param options where the API is, and how to be told by it */
export function createClient(options: ClientOptions): Client {
  return new HttpClient(options);
}

const JSON_ACCEPTED = 'application/graphql-response+json, application/json';

class HttpClient implements Client {
  private readonly endpoint: string;
  private readonly authorization: Readonly<Record<string, string>>;
  private readonly fetch: typeof globalThis.fetch;
  private readonly retry: RetryOptions;
  private readonly kept: KeptAnswers | null;

  constructor({ url, apiKey, fetch, retry = {}, keptAnswers = 0 }: ClientOptions) {
    this.endpoint = String(url).replace(/\/$/, '');
    this.authorization = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
    // Called as a function: the one of browsers refuses to be called as a method.
    this.fetch = (input, init) => (fetch ?? globalThis.fetch)(input, init);
    this.retry = retry;
    this.kept = keptAnswers > 0 ? new KeptAnswers(keptAnswers) : null;
  }

  async query<Data, Variables>(
    operation: Operation<'query', Data, Variables>,
    ...given: Arguments<Variables>
  ): Promise<Data> {
    return (await this.answer(operation, ...given)).data;
  }

  async mutate<Data, Variables>(
    operation: Operation<'mutation', Data, Variables>,
    ...given: Arguments<Variables>
  ): Promise<Data> {
    return (await this.answer(operation, ...given)).data;
  }

  answer<Data, Variables>(
    operation: Operation<'query' | 'mutation', Data, Variables>,
    ...[variables, { signal } = {}]: Arguments<Variables>
  ): Promise<Answer<Data>> {
    if (operation.kind === 'mutation') return this.post<Data>(operation, variables, signal);
    return withRetries(() => this.ask<Data>(operation, variables, signal), this.retry, signal);
  }

  async *subscribe<Data, Variables>(
    operation: Operation<'subscription', Data, Variables>,
    ...[variables, { signal } = {}]: Arguments<Variables>
  ): AsyncGenerator<Data, void, undefined> {
    const { attempts = 3 } = this.retry;
    for (let lost = 0; ; lost++) {
      try {
        const stream = await withRetries(() => this.open(operation, variables, signal), this.retry, signal);
        for await (const { name, data } of readEvents(stream)) {
          if (name === 'complete') return;
          if (name !== 'next') continue;
          const body = parseBody(data);
          if (body === null)
            throw new ApiError('BAD_ANSWER', `An event came that is none of the API: ${data.slice(0, 200)}`);
          lost = 0;
          yield answerOf<Data>(body).data;
        }
        throw new TypeError('the stream of events broke off');
      } catch (error) {
        const why = error instanceof ApiError ? error : asLost(error, signal);
        if (!(why instanceof ApiError) || why.code !== 'NETWORK' || lost >= attempts) throw why;
      }
      await pause(waitBefore(lost), signal);
    }
  }

  /** Asks for an answer that may be kept, or else as `post` does. */
  private async ask<Data>(operation: AnyOperation, variables: unknown, signal: Signal): Promise<Answer<Data>> {
    const { name, text, sha256 } = operation;
    if (this.kept === null || sha256 === undefined) return this.post(operation, variables, signal);
    const extensions = { persistedQuery: { version: 1, sha256Hash: sha256 } };
    const parameters = { operationName: name, variables: inJson(variables), extensions: inJson(extensions) };
    const key = `${this.endpoint}?${new URLSearchParams(parameters)}`;
    const whole = `${key}&${new URLSearchParams({ query: text })}`;
    if (whole.length > LONGEST_URL) return this.post(operation, variables, signal);
    try {
      return await this.get<Data>(this.kept, key, key, signal);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'PERSISTED_QUERY_NOT_FOUND') throw error;
      return this.get<Data>(this.kept, key, whole, signal);
    }
  }

  private async get<Data>(kept: KeptAnswers, key: string, url: string, signal: Signal): Promise<Answer<Data>> {
    const known = kept.get(key);
    const response = await this.send(url, signal, {
      headers: {
        accept: JSON_ACCEPTED,
        // Without it the server takes a GET for what a page of another site could have sent.
        'apollo-require-preflight': '1',
        ...(known === undefined ? {} : { 'if-none-match': known.tag }),
      },
    });
    if (response.status === 304 && known !== undefined)
      return { ...(known.answer as Answer<Data>), requestId: requestIdOf(response) };
    const answer = await readAnswer<Data>(response, signal);
    const tag = response.headers.get('etag');
    if (tag !== null) kept.set(key, { tag, answer });
    return answer;
  }

  private async post<Data>(operation: AnyOperation, variables: unknown, signal: Signal): Promise<Answer<Data>> {
    const response = await this.send(this.endpoint, signal, posted(operation, variables, JSON_ACCEPTED));
    return readAnswer<Data>(response, signal);
  }

  private async open(operation: AnyOperation, variables: unknown, signal: Signal): Promise<ReadableStream<Uint8Array>> {
    const request = posted(operation, variables, 'text/event-stream');
    const response = await this.send(`${this.endpoint}/stream`, signal, request);
    const isStream = response.ok && response.headers.get('content-type')?.startsWith('text/event-stream');
    if (isStream && response.body !== null) return response.body;
    await readAnswer(response, signal);
    throw new ApiError('BAD_ANSWER', 'An answer came in place of a stream of events.', { status: response.status });
  }

  /** @throws ApiError NETWORK, or the reason of the signal */
  private async send(url: string, signal: Signal, { headers, ...request }: SentRequest): Promise<Response> {
    try {
      return await this.fetch(url, {
        ...request,
        headers: { ...this.authorization, ...headers },
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      throw asLost(error, signal);
    }
  }
}

type AnyOperation = Operation<OperationKind, unknown, never>;
type Signal = AbortSignal | undefined;

interface SentRequest {
  readonly method?: 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

function posted({ name, text }: AnyOperation, variables: unknown, accept: string): SentRequest {
  return {
    method: 'POST',
    headers: { accept, 'content-type': 'application/json' },
    body: inJson({ query: text, operationName: name, variables }),
  };
}

function inJson(value: unknown): string {
  return JSON.stringify(value ?? {});
}
