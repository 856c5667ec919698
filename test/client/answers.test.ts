import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  ApiError,
  CancelJob,
  type Client,
  createClient,
  IndustryDetail,
  JobProgress,
  RateLimit,
  type RetryOptions,
} from '#client';

/** Answers that no server of ours gives at will: those of one that is overwhelmed, of a proxy, of a broken connection. */
type Answer = (response: ServerResponse, request: IncomingMessage) => void;

const answers: Answer[] = [];
let requests: { at: number; accept: string | undefined }[] = [];
const server = createServer((request, response) => {
  requests.push({ at: performance.now(), accept: request.headers.accept });
  request.resume();
  (answers.shift() ?? ((it) => it.writeHead(418).end()))(response, request);
});
let url: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  answers.length = 0;
  requests = [];
});

const clientOf = (retry: RetryOptions = {}): Client => createClient({ url, retry });

const refuse =
  (status: number, code: string, headers: Record<string, string> = {}, extensions: object = {}): Answer =>
  (response) =>
    response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify({ errors: [{ message: 'no', extensions: { code, ...extensions } }] }));
const succeed: Answer = (response) => response.end('{"data":{"rateLimit":null},"extensions":{"dataVersion":7}}');
const say =
  (status: number, text: string): Answer =>
  (response) =>
    response.writeHead(status).end(text);

async function failureOf(promise: Promise<unknown>): Promise<ApiError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApiError)) throw new Error(`no ApiError: ${error}`);
  return error;
}

test('variables that an operation requires cannot be left out, whichever way it is asked', async () => {
  answers.push(succeed, succeed);
  // @ts-expect-error - code, from and to are required
  await clientOf().query(IndustryDetail);
  // @ts-expect-error - as above
  await clientOf().answer(IndustryDetail);
  expect(requests).toHaveLength(2);
});

describe('a server that has too much to do', () => {
  test.each([
    ['in seconds', () => refuse(503, 'OVERLOADED', { 'retry-after': '1' })],
    ['as a date', () => refuse(503, 'OVERLOADED', { 'retry-after': new Date(Date.now() + 2000).toUTCString() })],
    ['in the error', () => refuse(429, 'RATE_LIMITED', {}, { retryAfter: 1 })],
  ])('is asked again after as long as it says, %s', async (_, refusal) => {
    answers.push(refusal(), succeed);
    expect((await clientOf().answer(RateLimit)).extensions.dataVersion).toBe(7);
    expect(requests).toHaveLength(2);
    expect((requests[1]?.at as number) - (requests[0]?.at as number)).toBeGreaterThan(900);
  });

  test('is asked again after a while of our own where it does not say', async () => {
    answers.push(refuse(429, 'RATE_LIMITED'), succeed);
    await clientOf().query(RateLimit);
    expect((requests[1]?.at as number) - (requests[0]?.at as number)).toBeGreaterThan(370);
  });

  test('is not asked for ever, nor after longer than the caller would wait', async () => {
    for (let times = 0; times < 5; times++) answers.push(refuse(503, 'OVERLOADED', { 'retry-after': '0' }));
    const error = await failureOf(clientOf({ attempts: 2 }).query(RateLimit));
    expect(error).toMatchObject({ code: 'OVERLOADED', status: 503, retryAfterMs: 0, isTransient: true });
    expect(requests).toHaveLength(3);
    answers.unshift(refuse(429, 'RATE_LIMITED', { 'retry-after': '31' }));
    expect((await failureOf(clientOf().query(RateLimit))).retryAfterMs).toBe(31_000);
    expect(requests).toHaveLength(4);
  });

  test('is sent a mutation once', async () => {
    answers.push(refuse(503, 'OVERLOADED', { 'retry-after': '0' }));
    expect((await failureOf(clientOf().mutate(CancelJob, { id: 'x' }))).isTransient).toBe(true);
    expect(requests).toHaveLength(1);
  });

  test('can be left while we wait for it', async () => {
    answers.push(refuse(503, 'OVERLOADED', { 'retry-after': '20' }));
    const asked = clientOf().query(RateLimit, {}, { signal: AbortSignal.timeout(200) });
    await expect(asked).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(requests).toHaveLength(1);
  });
});

describe('what is no answer of the API', () => {
  test.each([
    ['a page of a proxy', 502, '<html>Bad Gateway</html>'],
    ['JSON of somebody else', 200, '{"hello":"world"}'],
    ['nothing', 200, ''],
    ['half of an answer', 200, '{"data":{"rateLi'],
    ['errors that are none', 200, '{"errors":{"message":"no"}}'],
    ['no error among the errors', 200, '{"errors":[]}'],
    ['an error that is null', 200, '{"errors":[null]}'],
    ['data from a server that failed', 500, '{"data":{"rateLimit":null}}'],
  ])('is told as such: %s', async (_, status, text) => {
    answers.push(say(status, text));
    const error = await failureOf(clientOf().query(RateLimit));
    expect(error).toMatchObject({ code: 'BAD_ANSWER', status, errors: [], data: null });
    expect(error.message).toContain(text);
    expect(requests).toHaveLength(1);
  });

  test.each(['{nope', 'null', '{"errors":[null]}'])(
    'ends a subscription, and is not asked for again: %s',
    async (data) => {
      for (let times = 0; times < 3; times++)
        answers.push((response) =>
          response.writeHead(200, { 'content-type': 'text/event-stream' }).end(`event: next\ndata: ${data}\n\n`),
        );
      const followed = clientOf().subscribe(JobProgress, { id: 'x' }).next();
      expect((await failureOf(followed)).code).toBe('BAD_ANSWER');
      expect(requests).toHaveLength(1);
    },
  );

  test('neither is a connection that breaks', async () => {
    answers.push((response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"data":');
      setTimeout(() => response.destroy(), 20);
    });
    expect((await failureOf(clientOf().query(RateLimit))).code).toBe('NETWORK');
  });
});

test('errors bear the id that the server’s log has them under', async () => {
  answers.push(refuse(500, 'INTERNAL', {}, { id: 'of-the-error' }));
  expect((await failureOf(clientOf().query(RateLimit))).requestId).toBe('of-the-error');
  answers.push(refuse(500, 'INTERNAL', { 'x-request-id': 'of-the-request' }, { id: 'of-the-error' }));
  expect(await failureOf(clientOf().query(RateLimit))).toMatchObject({
    requestId: 'of-the-request',
    details: { id: 'of-the-error' },
  });
});

describe('a stream of events', () => {
  const event = (progress: number): string =>
    `event: next\ndata: {"data":{"jobProgress":{"id":"x","status":"RUNNING","progress":${progress},"message":null}}}\n\n`;
  const COMPLETE = 'event: complete\ndata:\n\n';
  const stream =
    (...pieces: readonly string[]): Answer =>
    async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
      for (const piece of pieces) {
        response.write(piece);
        await sleep(5);
      }
      response.end();
    };
  const follow = async (client: Client): Promise<number[]> => {
    const seen: number[] = [];
    for await (const { jobProgress } of client.subscribe(JobProgress, { id: 'x' })) seen.push(jobProgress.progress);
    return seen;
  };

  test('is read however it is cut, with remarks and other line ends', async () => {
    const whole = `:\n\n${event(0.25)}: still here\n\n${event(0.5).replaceAll('\n', '\r\n')}${event(1)}${COMPLETE}`;
    answers.push(stream(...whole));
    expect(await follow(clientOf())).toEqual([0.25, 0.5, 1]);
    expect(requests).toMatchObject([{ accept: 'text/event-stream' }]);
  });

  test('is made anew where it is lost, and given up where it is lost again and again', async () => {
    answers.push(
      stream(event(0.25)),
      refuse(503, 'OVERLOADED', { 'retry-after': '0' }),
      (response) => {
        stream(event(0.5))(response, {} as IncomingMessage);
        setTimeout(() => response.destroy(), 2);
      },
      stream(event(0.5), event(1), COMPLETE),
    );
    const seen = await follow(clientOf({ attempts: 1 }));
    expect([seen[0], seen.at(-1)]).toEqual([0.25, 1]);
    expect(requests).toHaveLength(4);
    answers.push((response) => void response.destroy(), stream());
    const error = await failureOf(follow(clientOf({ attempts: 1 })));
    expect(error.code).toBe('NETWORK');
    expect(error.message).toContain('broke off');
    expect(requests).toHaveLength(6);
  });

  test('of errors ends with the error, and an answer is no stream', async () => {
    const body = { errors: [{ message: 'gone', extensions: { code: 'UNKNOWN_JOB' } }] };
    answers.push(stream(`event: next\ndata: ${JSON.stringify(body)}\n\n`, COMPLETE));
    expect((await failureOf(follow(clientOf()))).code).toBe('UNKNOWN_JOB');
    answers.push(succeed);
    expect((await failureOf(follow(clientOf()))).code).toBe('BAD_ANSWER');
    expect(requests).toHaveLength(2);
  });
});
