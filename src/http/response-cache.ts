import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { Answered } from '../graphql/context.js';
import type { RateLimits } from '../graphql/rate-limits.js';
import type { MarketSource } from '../lake/market-source.js';
import { chargeRefused, tellRate } from './charges.js';
import { endWithCaller, openContext } from './request-context.js';

const CACHE_BYTES = 64 * 1024 * 1024;
const LARGEST_ANSWER_BYTES = 2 * 1024 * 1024;
/** Of a request whose answer is kept: to find it again the variables are put in order, and a megabyte of them takes a second. */
const LARGEST_REQUEST_BYTES = 32 * 1024;
/** Seconds that an answer about days before the last one may be used without asking; a restatement shows after them. */
const CLOSED_SECONDS = 3600;
/** The same for an answer that the next import changes. */
const OPEN_SECONDS = 30;
/** Of what an operation costs, charged for an answer that is kept. */
const KEPT_COST = 0.1;

declare module 'fastify' {
  interface FastifyRequest {
    /** Where an answer to this request may be kept; null for requests that are not kept. */
    responseKey: string | null;
  }
}

/** An answer, and what has to be known to give it to somebody else. */
interface KeptAnswer extends Answered {
  readonly type: string;
  /** As it is sent: a text would be encoded anew each time. */
  readonly body: Buffer;
  readonly tag: string;
}

/**
 * Keeps whole answers of repeatable operations: the same operation with the same variables on the same version of the
 * data has the same answer, so a landed import forgets them all at once. Whoever is given one has proved who it is
 * before, may ask for every root field of it and pays for it; else the operation goes its ordinary way and is refused.
 * Answers to GET bear an ETag and say how long they hold (docs/adr/0014).
 */
export function cacheResponses(app: FastifyInstance, markets: MarketSource, rates: RateLimits): void {
  const answers = new LRUCache<string, KeptAnswer>({
    maxSize: CACHE_BYTES,
    maxEntrySize: LARGEST_ANSWER_BYTES,
    sizeCalculation: ({ body }, key) => body.length + key.length,
  });
  app.decorateRequest('graphql');
  app.decorateRequest('responseKey', null);
  app.addHook('preHandler', async (request, reply) => {
    const context = openContext(request, markets, { rates });
    request.responseKey = responseKey(request, context.dataVersion);
    const known = request.responseKey === null ? undefined : answers.get(request.responseKey);
    if (known !== undefined && isAllowed(request, known)) {
      tellRate(reply, rates.charge(request.caller, Math.ceil(known.profile.cost * KEPT_COST)));
      context.answer.kept = known;
      return send(request, reply, known);
    }
    endWithCaller(reply, context);
  });
  app.addHook('onSend', async (request, reply, body) => {
    const context = request.graphql;
    // A kept answer, or a refusal before there was a context, has all it needs.
    if (context === undefined || reply.getHeader('cache-control') !== undefined) return;
    const { answer } = context;
    if (answer.profile === null && answer.rate === null) answer.rate = chargeRefused(request.caller, rates);
    tellRate(reply, answer.rate);
    reply.header('cache-control', 'no-store');
    if (!answer.isRepeatable || answer.profile === null || reply.statusCode !== 200 || typeof body !== 'string') return;
    if (request.responseKey === null && request.method !== 'GET') return;
    const { operation, profile } = answer;
    const tag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    const type = String(reply.getHeader('content-type'));
    const kept = { type, body: Buffer.from(body), tag, operation, profile };
    if (request.responseKey !== null) answers.set(request.responseKey, kept);
    if (request.method !== 'GET') return;
    tellFreshness(reply, kept);
    if (!hasTag(request, tag)) return;
    reply.code(304).removeHeader('content-type').removeHeader('content-length');
    return '';
  });
}

function send(request: FastifyRequest, reply: FastifyReply, known: KeptAnswer): FastifyReply {
  if (request.method !== 'GET')
    return reply.header('cache-control', 'no-store').header('content-type', known.type).send(known.body);
  tellFreshness(reply, known);
  return hasTag(request, known.tag)
    ? reply.code(304).send()
    : reply.header('content-type', known.type).send(known.body);
}

function isAllowed({ caller }: FastifyRequest, { profile: { scopes } }: KeptAnswer): boolean {
  for (const scope of scopes) if (!caller.scopes.has(scope)) return false;
  return true;
}

/** Private: what a key is needed for is not for caches that others share. */
function tellFreshness(reply: FastifyReply, { tag, profile: { isClosed } }: KeptAnswer): void {
  reply
    .header('etag', tag)
    .header('cache-control', `private, max-age=${isClosed ? CLOSED_SECONDS : OPEN_SECONDS}, must-revalidate`);
}

function hasTag(request: FastifyRequest, tag: string): boolean {
  const asked = request.headers['if-none-match'];
  return (
    asked !== undefined &&
    (asked.trim() === '*' || asked.split(',').some((one) => one.trim().replace(/^W\//, '') === tag))
  );
}

/** @returns null for what Apollo has to look at first: it refuses what a page of another site could send unasked */
function responseKey(request: FastifyRequest, dataVersion: number): string | null {
  if (request.headers['cache-control'] === 'no-cache') return null;
  // What tells no length is sent piece by piece, and may be as long as any body. Addresses are bounded by the server.
  if (request.method === 'POST' && !(Number(request.headers['content-length']) <= LARGEST_REQUEST_BYTES)) return null;
  const sent = request.method === 'POST' ? request.body : sentByGet(request);
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) return null;
  const { query, operationName, variables, extensions } = sent as Record<string, unknown>;
  try {
    return JSON.stringify([
      dataVersion,
      request.headers.accept,
      query,
      operationName ?? null,
      inOneOrder(variables ?? {}),
      inOneOrder(extensions),
    ]);
  } catch {
    return null; // nested so deep, or so large a number, that it cannot be written out again, though it could be read
  }
}

function sentByGet({ method, headers, query }: FastifyRequest): unknown {
  if (method !== 'GET' || headers['content-type'] !== undefined) return null;
  if (!headers['apollo-require-preflight'] && !headers['x-apollo-operation-name']) return null;
  const { variables, extensions, ...rest } = query as Record<string, string | string[] | undefined>;
  try {
    return { ...rest, variables: parsed(variables), extensions: parsed(extensions) };
  } catch {
    return null; // which Apollo words better
  }
}

function parsed(text: string | string[] | undefined): unknown {
  return text === undefined ? undefined : JSON.parse(String(text));
}

/** The same value with the members of its objects sorted: the order in which variables are written makes no other operation. */
function inOneOrder(value: unknown): unknown {
  // 1e999 is valid JSON, and would be written out as null: another operation.
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError('no number that JSON has');
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(inOneOrder);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, inOneOrder(member)]));
}
